package org.trefoil.contributor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.flight.FlightConnection;
import org.trefoil.arrow.tls.Identity;

/** Connections to the three executors. */
record Executors(List<ExecutorConnection> all) implements AutoCloseable {
  Executors {
    all = List.copyOf(all);
  }

  /**
   * Connects on the first call.
   *
   * @param addresses {@code host:port,host:port,host:port}, by party
   */
  static Executors at(String addresses, Identity identity) {
    String[] three = addresses.split(",");
    List<ExecutorConnection> opened = new ArrayList<>();
    for (int party = 0; party < three.length && three.length == 3; party++) {
      String address = three[party].trim();
      int colon = address.lastIndexOf(':');
      if (colon < 1 || !address.substring(colon + 1).matches("\\d{1,5}")) {
        break;
      }
      opened.add(
          FlightConnection.open(
              party,
              address.substring(0, colon),
              Integer.parseInt(address.substring(colon + 1)),
              identity));
    }
    if (opened.size() != 3) {
      opened.forEach(ExecutorConnection::close);
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot connect to \""
              + addresses
              + "\": write the three executors as host:port,host:port,host:port.");
    }
    return new Executors(opened);
  }

  <T> List<T> fromAll(Function<ExecutorConnection, T> call) {
    List<T> answers = new ArrayList<>();
    all.forEach(executor -> answers.add(call.apply(executor)));
    return answers;
  }

  @Override
  public void close() {
    all.forEach(ExecutorConnection::close);
  }
}

package org.trefoil.arrow.flight;

import java.nio.channels.ClosedChannelException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Carries errors over Flight: a condition and its reason arrive as they were thrown. */
final class FlightErrors {
  private static final Logger LOG = LoggerFactory.getLogger(FlightErrors.class);
  private static final Pattern LABEL =
      Pattern.compile("\\[TREFOIL_([A-Z_]{1,60})] (.*)", Pattern.DOTALL);
  private static final int LONGEST = 8000;

  private FlightErrors() {}

  /** At the executor: what the caller is told. Only an error with a condition tells its message. */
  static FlightRuntimeException outward(String what, Throwable error) {
    TrefoilException known = TrefoilException.in(error).orElse(null);
    if (known == null) {
      LOG.error("cannot serve {}", what, error);
      known =
          new TrefoilException(
              Condition.INTERNAL,
              "Cannot serve " + what + ": an error inside the executor. Its log has the details.");
    }
    String message = known.getMessage();
    return CallStatus.UNKNOWN
        .withDescription(message.substring(0, Math.min(message.length(), LONGEST)))
        .toRuntimeException();
  }

  /** At the caller: the executor's own error, or what the connection's failure means. */
  static TrefoilException inward(String executor, String what, Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      Matcher label = LABEL.matcher(String.valueOf(e.getMessage()));
      if (e instanceof TrefoilException known) {
        return known;
      }
      if (e instanceof FlightRuntimeException flight) {
        label = LABEL.matcher(String.valueOf(flight.status().description()));
      }
      if (label.lookingAt()) {
        return new TrefoilException(Wire.condition(label.group(1)), label.group(2), error);
      }
    }
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof SSLException && !(e.getCause() instanceof ClosedChannelException)) {
        return new TrefoilException(
            Condition.PEER_REFUSED,
            "Cannot reach "
                + executor
                + ": the TLS handshake failed ("
                + deepest(e).getMessage()
                + "). Check both certificates and authorities.",
            error);
      }
    }
    if (error instanceof FlightRuntimeException flight) {
      String reason =
          switch (flight.status().code()) {
            case UNAVAILABLE -> "it does not answer";
            case TIMED_OUT -> "it has not answered in time";
            case CANCELLED -> "the call was cancelled";
            default -> null;
          };
      if (reason != null) {
        return new TrefoilException(
            Condition.PEER_UNAVAILABLE,
            "Cannot reach " + executor + " for " + what + ": " + reason + ". Check that it runs.",
            error);
      }
    }
    return new TrefoilException(
        Condition.INTERNAL,
        "Cannot use "
            + executor
            + " for "
            + what
            + ": "
            + error.getClass().getSimpleName()
            + ". The executor's log has the details.",
        error);
  }

  private static Throwable deepest(Throwable error) {
    Throwable deepest = error;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest;
  }
}

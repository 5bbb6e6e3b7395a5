package org.trefoil.spark.share;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;

/** Calls that go to all three executors, and waits for all three. */
final class ExecutorTriple {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorTriple.class);

  /** How long one call waits for a change: between calls the waiter looks after other things. */
  private static final Duration POLL = Duration.ofMillis(400);

  private final List<ExecutorConnection> connections;

  ExecutorTriple(List<ExecutorConnection> connections) {
    if (connections.size() != 3) {
      throw new IllegalArgumentException("there are three executors");
    }
    this.connections = List.copyOf(connections);
  }

  List<ExecutorConnection> connections() {
    return connections;
  }

  /** Every table that an executor lists, as the first of them has it. */
  List<TableDescriptor> descriptors() {
    Map<String, TableDescriptor> all = new LinkedHashMap<>();
    for (List<TableDescriptor> one : fromAll(ExecutorConnection::descriptors)) {
      one.forEach(table -> all.putIfAbsent(key(table.owner(), table.table()), table));
    }
    return List.copyOf(all.values());
  }

  /**
   * The tables that all three describe alike; asked for another, it says which executor differs.
   */
  Catalog catalog() {
    List<Map<String, TableDescriptor>> each =
        fromAll(
            c ->
                c.descriptors().stream()
                    .collect(Collectors.toMap(t -> key(t.owner(), t.table()), t -> t)));
    Catalog first = Catalog.of(each.get(0).values());
    return (owner, table) -> {
      for (int party = 0; party < connections.size(); party++) {
        TableDescriptor found = each.get(party).get(key(owner, table));
        TableDescriptor next = each.get((party + 1) % 3).get(key(owner, table));
        if (found == null && next != null) {
          throw new TrefoilException(
              Condition.OWNER_UNAVAILABLE,
              cannotUse(owner, table)
                  + connections.get(party).name()
                  + " has not been told of it, as after a restart. Try again when the owner's agent"
                  + " has registered it.");
        }
        if (found != null && next != null && !sameRules(found, next)) {
          throw new TrefoilException(
              Condition.EXECUTORS_DISAGREE,
              cannotUse(owner, table)
                  + "the executors have been told different things of it. Let the owner's agent"
                  + " register it again.");
        }
      }
      return first.table(owner, table);
    };
  }

  private static String cannotUse(String owner, String table) {
    return "Cannot use table " + owner + "." + table + ": ";
  }

  /** The number of rows is an estimate, and may be of different days. */
  private static boolean sameRules(TableDescriptor one, TableDescriptor other) {
    return one.fields().equals(other.fields())
        && one.keys().equals(other.keys())
        && one.policy().equals(other.policy());
  }

  private static String key(String owner, String table) {
    return (owner + "." + table).toLowerCase(Locale.ROOT);
  }

  void onAll(Consumer<ExecutorConnection> call) {
    connections.forEach(call);
  }

  <T> List<T> fromAll(Function<ExecutorConnection, T> call) {
    List<T> answers = new ArrayList<>();
    connections.forEach(c -> answers.add(call.apply(c)));
    return answers;
  }

  /** Tells all three, whatever some of them answer: used when a query has failed already. */
  void tellAll(Consumer<ExecutorConnection> call) {
    for (ExecutorConnection connection : connections) {
      try {
        call.accept(connection);
      } catch (RuntimeException e) {
        LOG.debug("{} could not be told: {}", connection.name(), e.toString());
      }
    }
  }

  /** What a waiter does between two looks at a query; it throws to stop waiting. */
  interface Between {
    void look(ExecutorConnection connection, QueryStatus status);
  }

  /**
   * Waits until the query has reached {@code state} at all three; returns their statuses.
   *
   * @throws TrefoilException the query's own error if it ends before
   */
  List<QueryStatus> await(QueryId query, QueryState state, Between between) {
    List<QueryStatus> reached = new ArrayList<>();
    for (ExecutorConnection connection : connections) {
      reached.add(await(connection, query, state, between));
    }
    return reached;
  }

  private QueryStatus await(
      ExecutorConnection connection, QueryId query, QueryState state, Between between) {
    QueryState known = QueryState.SUBMITTED;
    while (true) {
      QueryStatus status = connection.status(query, known, POLL);
      if (status.state().isEnd() && status.state() != QueryState.DELIVERED) {
        throw error(query, status);
      }
      if (status.state().compareTo(state) >= 0) {
        return status;
      }
      if (Thread.interrupted()) {
        Thread.currentThread().interrupt();
        throw new TrefoilException(
            Condition.QUERY_CANCELLED, "Cannot wait for query " + query + ": interrupted.");
      }
      between.look(connection, status);
      known = status.state();
    }
  }

  /**
   * The error that ended the query, as an executor tells it; else {@code otherwise}. What an owner
   * or analyst meets when a query has failed elsewhere is only a consequence.
   */
  TrefoilException cause(QueryId query, TrefoilException otherwise) {
    for (ExecutorConnection connection : connections) {
      try {
        QueryStatus status = connection.status(query, QueryState.SUBMITTED, Duration.ZERO);
        if (status.state().isEnd() && status.error() != null) {
          return status.error();
        }
      } catch (RuntimeException e) {
        LOG.debug("{} has no status of {}: {}", connection.name(), query, e.toString());
      }
    }
    return otherwise;
  }

  private static TrefoilException error(QueryId query, QueryStatus status) {
    return status.error() != null
        ? status.error()
        : new TrefoilException(
            Condition.QUERY_CANCELLED, "Cannot finish query " + query + ": it was cancelled.");
  }
}

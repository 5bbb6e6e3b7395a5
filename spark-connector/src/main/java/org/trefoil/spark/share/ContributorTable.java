package org.trefoil.spark.share;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Contributed;
import org.trefoil.api.plan.Fragment;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;

/**
 * What the owner of a contributed table does while a query collects: waits until everybody has
 * contributed or the time of its policy is over, then closes the collection at all three executors.
 */
final class ContributorTable {
  private static final Logger LOG = LoggerFactory.getLogger(ContributorTable.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final ExecutorTriple executors;
  private final QueryId query;
  private final Contributed contributed;

  ContributorTable(ExecutorTriple executors, QueryId query, Contributed contributed) {
    this.executors = executors;
    this.query = query;
    this.contributed = contributed;
  }

  /** Returns when the collection is closed; throws what has ended the query if that comes first. */
  SharedTotals await() {
    Deadline deadline = new Deadline(contributed.rule().within());
    long many = 0;
    while (many < contributed.rule().most() && !deadline.passed()) {
      List<QueryStatus> all = executors.fromAll(c -> c.status(query, QueryState.INPUTS, POLL));
      for (QueryStatus status : all) {
        if (status.state().isEnd()) {
          throw status.error() != null
              ? status.error()
              : new TrefoilException(
                  Condition.QUERY_CANCELLED, "Cannot collect for query " + query + ": it ended.");
        }
      }
      if (all.stream().anyMatch(s -> s.state() != QueryState.INPUTS)) {
        return SharedTotals.NONE; // closed by somebody else who speaks for the owner
      }
      many = all.stream().mapToLong(s -> s.metrics().get("contributors")).min().orElse(0);
    }
    LOG.info("query {}: {} contributors, the collection is closed", query, many);
    Fragment fragment = contributed.fragment();
    executors.onAll(c -> c.commit(query, fragment.source(), fragment.branch(), List.of()));
    return new SharedTotals(1, contributed.rule().capacity(), 0);
  }
}

package org.trefoil.spark.share;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.arrow.cluster.AnswerShares;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.recipient.Reconstruction;
import org.trefoil.spark.result.Counter;
import org.trefoil.spark.result.RevealedRows;

/**
 * A result on its way to a recipient: its shares from the three executors, compared, and the rows
 * rebuilt from them.
 */
final class Delivery {
  private final ExecutorTriple executors;
  private final QueryId query;

  Delivery(ExecutorTriple executors, QueryId query) {
    this.executors = executors;
    this.query = query;
  }

  /** The rows of a query whose layout is known here; they still wait at the executors. */
  RevealedRows fetch(Plan plan, InputLayout layout) {
    return opened(plan, layout, executors.fromAll(c -> c.result(query)));
  }

  private RevealedRows opened(Plan plan, InputLayout layout, List<ResultShares> shares) {
    for (ResultShares one : shares) {
      if (one.rows() != shares.get(0).rows()
          || one.suppressionMayApply() != shares.get(0).suppressionMayApply()
          || one.heldBack().isPresent() != shares.get(0).heldBack().isPresent()) {
        throw disagree("deliver different numbers of rows");
      }
    }
    List<ClearColumn> opened =
        Reconstruction.openAll(shares.stream().map(ResultShares::columns).toList());
    List<Object[]> rows = new ResultDecoder(layout.result()).rows(opened);
    Map<Counter, Long> counters = counters(shares);
    counters.put(Counter.ROWS_REVEALED, (long) rows.size());
    if (shares.get(0).heldBack().isPresent()) {
      ClearColumn held =
          Reconstruction.open(
              shares.stream().<SharedColumn>map(one -> one.heldBack().orElseThrow()).toList());
      counters.put(Counter.GROUPS_HELD_BACK, held.limbs()[0][0]);
    }
    return new RevealedRows(
        plan.root().fields(), new ArrayList<>(rows), shares.get(0).suppressionMayApply(), counters);
  }

  /**
   * What waits for this caller, which all three executors have to describe alike.
   *
   * @throws TrefoilException UNKNOWN_QUERY, EXECUTORS_DISAGREE
   */
  HeldResult held() {
    List<List<HeldResult>> all =
        executors.fromAll(c -> c.held().stream().filter(h -> h.query().equals(query)).toList());
    for (int party = 0; party < all.size(); party++) {
      if (all.get(party).isEmpty()) {
        throw new TrefoilException(
            Condition.UNKNOWN_QUERY,
            "Cannot find a result of query "
                + query
                + " for this identity at "
                + executors.connections().get(party).name()
                + ": it is another's, was fetched, or is too old. See bin/trefoil result --list.");
      }
      if (!all.get(party).equals(all.get(0))) {
        throw disagree("describe it differently");
      }
    }
    return all.get(0).get(0);
  }

  /**
   * Fetches a result that another has run, and tells the executors that it has arrived.
   *
   * @throws TrefoilException POLICY_CHANGED if a table is not what it was computed with
   */
  RevealedRows take() {
    HeldResult held = held();
    Plan plan = SubstraitPlans.decode(held.plan());
    Catalog catalog = executors.catalog();
    requireSameTables(held.tables(), plan, catalog);
    List<QueryStatus> statuses =
        executors.fromAll(c -> c.status(query, QueryState.SUBMITTED, Duration.ZERO));
    if (!statuses.stream().allMatch(s -> s.rows().equals(statuses.get(0).rows()))) {
      throw disagree("were told different sizes of its tables");
    }
    InputLayout layout =
        InputLayout.of(Fragments.split(plan, catalog), catalog, statuses.get(0).rows());
    RevealedRows rows = fetch(plan, layout);
    executors.tellAll(c -> c.acknowledge(query));
    return rows;
  }

  /**
   * The rows of a run that was asked for again, from what the executors have kept of it.
   *
   * @throws TrefoilException POLICY_CHANGED if a table is not what it was computed with
   */
  RevealedRows read(Plan plan, Repeat repeat) {
    AnswerShares first = repeat.answers().get(0);
    Catalog catalog = executors.catalog();
    requireSameTables(first.tables(), plan, catalog);
    InputLayout layout = InputLayout.of(Fragments.split(plan, catalog), catalog, first.sizes());
    return opened(plan, layout, repeat.answers().stream().map(AnswerShares::shares).toList());
  }

  private void requireSameTables(byte[] computedWith, Plan plan, Catalog catalog) {
    if (!Arrays.equals(computedWith, tables(plan, catalog))) {
      throw new TrefoilException(
          Condition.POLICY_CHANGED,
          "Cannot read the result of query "
              + query
              + ": an owner has registered another schema or policy since it ran. Have it run"
              + " again.");
    }
  }

  /** As executors compute it: over the digests of the tables in the order of their names. */
  private static byte[] tables(Plan plan, Catalog catalog) {
    return Digest.of(
        Proposal.tables(plan).values().stream()
            .map(scan -> DescriptorDigest.of(catalog.table(scan.owner(), scan.table())))
            .toArray(byte[][]::new));
  }

  private TrefoilException disagree(String what) {
    return new TrefoilException(
        Condition.EXECUTORS_DISAGREE,
        "Cannot rebuild the result of query "
            + query
            + ": the executors "
            + what
            + ". Run the query again.");
  }

  private static Map<Counter, Long> counters(List<ResultShares> shares) {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    Map<String, Long> first = shares.get(0).metrics();
    put(counters, Counter.ROUNDS, first.get("rounds"));
    put(counters, Counter.ROWS_RECEIVED, first.get("rowsReceived"));
    long bytes = shares.stream().mapToLong(s -> s.metrics().getOrDefault("bytesSent", 0L)).sum();
    counters.put(Counter.BYTES_EXCHANGED, bytes);
    counters.put(
        Counter.COMPUTE_MILLIS,
        shares.stream()
            .mapToLong(s -> s.metrics().getOrDefault("computeMillis", 0L))
            .max()
            .orElseThrow());
    put(counters, Counter.WAIT_MILLIS_0, shares.get(0).metrics().get("waitMillis"));
    put(counters, Counter.WAIT_MILLIS_1, shares.get(1).metrics().get("waitMillis"));
    put(counters, Counter.WAIT_MILLIS_2, shares.get(2).metrics().get("waitMillis"));
    return counters;
  }

  private static void put(Map<Counter, Long> counters, Counter counter, Long value) {
    if (value != null) {
      counters.put(counter, value);
    }
  }
}

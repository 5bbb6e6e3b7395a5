package org.trefoil.spark.result;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.spark.TrefoilOptions;
import org.trefoil.spark.plan.ProposalDraft;

/**
 * The way from a plan to what it reveals. The planner and the result scan of this module know
 * nothing of executors but this; {@code org.trefoil.spark.share.ClusterQuery} implements it on the
 * three executors. One instance serves one catalog of one Spark application, from any thread. Every
 * call may throw a {@code TrefoilException}.
 */
public interface QueryExecution extends AutoCloseable {
  /**
   * The descriptors of every owner's tables, as the executors have them now. Tables that this Spark
   * holds itself (the configured OWNERS.yaml; schemas without DDL are inferred by {@code
   * spark.read}) are registered with the executors before they are listed, once.
   */
  List<TableDescriptor> descriptors(SparkSession session);

  /** As whom queries are submitted: the name in the certificate, or the configured one. */
  String analyst();

  /**
   * What the messages and EXPLAIN say of the run: {@code design, embedded executors}, {@code
   * design}, {@code authorized}.
   */
  String mode();

  /**
   * What EXPLAIN says of {@code plan}; nothing runs.
   *
   * @throws org.trefoil.api.error.TrefoilException if a policy forbids it or it is not in the
   *     profile
   */
  default Explanation explain(Plan plan, Catalog catalog) {
    PolicyCheck.check(plan, catalog, analyst());
    return Explanation.of(plan, catalog, mode(), () -> estimate(SubstraitPlans.encode(plan)));
  }

  /**
   * What an executor expects the plan to cost the three; nothing runs.
   *
   * @param planBytes {@code SubstraitPlans.encode(plan)}
   */
  CostEstimate estimate(byte[] planBytes);

  /**
   * Submits the plan to the three executors, shares the fragments of tables that this Spark holds,
   * waits and reconstructs. Called on a driver thread, once per run of a query. A Spark job is
   * alive while it waits, so that cancelling the job group in Spark interrupts the run and cancels
   * the query at the executors; the thread's local properties (job description) are left as they
   * were.
   *
   * <p>With {@code option("result")} nothing is submitted: the result of that query, which another
   * has run for this reader, is fetched. If the result is for others only, there are no rows, and
   * the log says how they get it.
   *
   * @param options the configuration of this query, its timeout among it
   * @param planBytes {@code SubstraitPlans.encode(plan)}
   */
  RevealedRows run(SparkSession session, TrefoilOptions options, byte[] planBytes, Plan plan);

  /** The bytes of a proposal, verified against {@code id}, in mode authorized. */
  default byte[] proposal(String id) {
    throw new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot read a proposal in mode " + mode() + ": it has none.");
  }

  /** The bytes of the plan whose result waits for this reader under the id of its query. */
  default byte[] held(String query) {
    throw new TrefoilException(
        Condition.UNKNOWN_QUERY, "Cannot find a result of query " + query + ": none is held.");
  }

  /**
   * The rows of a table of the namespace {@code system}, in mode authorized: what the executors say
   * of proposals and their logs.
   */
  default List<Object[]> system(String table) {
    throw new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot read system." + table + " in mode " + mode() + ": it governs nothing.");
  }

  /** Does what a procedure of the namespace {@code system} says; the lines that it answers. */
  default List<String> call(String procedure, List<String> arguments) {
    throw new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot call system." + procedure + " in mode " + mode() + ": it governs nothing.");
  }

  /**
   * Brings a proposal to the executors; the lines that it answers, its id first.
   *
   * @param catalog the name of Trefoil's catalog in the session
   */
  default List<String> propose(SparkSession session, String catalog, ProposalDraft draft) {
    throw new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot call system.propose in mode " + mode() + ": it governs nothing.");
  }

  @Override
  void close();
}

package org.trefoil.spark.plan;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.approval.Parameter;
import org.trefoil.api.approval.ParameterText;
import org.trefoil.api.approval.PlanLiterals;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;

/**
 * Makes a proposal of a draft: plans it with values of its parameters, finds where these stand in
 * the plan, and runs nothing.
 */
public final class ProposalPlanner {
  private static final int NONCE = 16;

  private final SparkSession spark;
  private final String catalog;
  private final ProposalDraft draft;
  private final String proposer;

  private ProposalPlanner(
      SparkSession spark, String catalog, ProposalDraft draft, String proposer) {
    this.spark = spark;
    this.catalog = catalog;
    this.draft = draft;
    this.proposer = proposer;
  }

  /**
   * The proposal.
   *
   * @param catalog the name of Trefoil's catalog in {@code spark}
   * @param tables as the executors list them
   * @throws TrefoilException UNSUPPORTED_OPERATION or PARAMETER_NOT_APPROVED if it cannot be one,
   *     and what planning it says
   */
  public static Proposal plan(
      SparkSession spark, String catalog, ProposalDraft draft, String proposer, Catalog tables) {
    return new ProposalPlanner(spark, catalog, draft, proposer).proposal(tables);
  }

  private Proposal proposal(Catalog tables) {
    List<Parameter> declared = draft.parameters();
    Proposal unplanned = made(new byte[0], List.of(), List.of(), declared);
    SortedMap<String, String> first = unplanned.firstValues();
    byte[] plan = planned(ParameterText.sql(unplanned, first));
    List<Parameter> placed = new ArrayList<>();
    for (Parameter parameter : declared) {
      placed.add(placed(unplanned, parameter, first, plan));
    }
    List<String> owners = Proposal.approvers(SubstraitPlans.decode(plan), tables);
    Proposal proposal = made(plan, finish(unplanned, first), owners, placed);
    SortedMap<String, String> last = new TreeMap<>();
    declared.forEach(p -> last.put(p.name(), values(p).get(values(p).size() - 1)));
    if (!Arrays.equals(proposal.plan(last), planned(ParameterText.sql(unplanned, last)))) {
      throw computed("a parameter");
    }
    return finish(unplanned, last).equals(proposal.finish())
        ? proposal
        : made(plan, List.of(), owners, placed);
  }

  /** What Spark does with what is revealed, if that can be stored. */
  private List<String> finish(Proposal unplanned, SortedMap<String, String> values) {
    return Finish.of(spark, read(ParameterText.sql(unplanned, values))).orElse(List.of());
  }

  private Proposal made(
      byte[] plan, List<String> finish, List<String> owners, List<Parameter> placed) {
    TreeSet<String> analysts = new TreeSet<>(draft.analysts());
    analysts.add(proposer);
    byte[] nonce = new byte[NONCE];
    new SecureRandom().nextBytes(nonce);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return new Proposal(
        proposer,
        List.copyOf(analysts),
        owners,
        plan.length == 0
            ? List.of()
            : Proposal.recipients(SubstraitPlans.decode(plan), List.copyOf(analysts)),
        draft.purpose(),
        draft.sql(),
        plan,
        finish,
        placed,
        now,
        now.plus(draft.validity()),
        draft.runs(),
        draft.interval(),
        draft.replaces(),
        nonce);
  }

  private Dataset<Row> read(String sql) {
    return spark
        .read()
        .format("trefoil")
        .option("catalog", catalog)
        .option("query", sql)
        .option("recipients", draft.recipients())
        .option("reveal", draft.ownKeys() ? "own-keys" : "aggregates")
        .load();
  }

  private byte[] planned(String sql) {
    List<byte[]> plans = PlannedQueries.of(read(sql));
    if (plans.size() != 1) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_OPERATION,
          "Cannot propose this query: it would be "
              + plans.size()
              + " runs at the executors, and a proposal is one. Propose each by itself");
    }
    return plans.get(0);
  }

  /** The parameter with the constants that change with it. */
  private Parameter placed(
      Proposal unplanned, Parameter parameter, SortedMap<String, String> first, byte[] plan) {
    List<String> values = values(parameter);
    if (values.size() < 2) {
      throw new TrefoilException(
          Condition.PARAMETER_NOT_APPROVED,
          "Cannot use parameter "
              + parameter.name()
              + ": it has one value only. Write it into the SQL");
    }
    SortedMap<String, String> second = new TreeMap<>(first);
    second.put(parameter.name(), values.get(1));
    Plan planned = SubstraitPlans.decode(plan);
    List<Expr.Literal> before = PlanLiterals.of(planned);
    List<Expr.Literal> after =
        PlanLiterals.of(SubstraitPlans.decode(planned(ParameterText.sql(unplanned, second))));
    if (before.size() != after.size()) {
      throw computed("parameter " + parameter.name());
    }
    List<Parameter.Place> places = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      if (!before.get(i).equals(after.get(i))) {
        places.add(new Parameter.Place(i, part(parameter, values.get(1), after.get(i))));
      }
    }
    if (places.isEmpty()) {
      throw computed("parameter " + parameter.name());
    }
    return new Parameter(parameter.name(), parameter.values(), parameter.calendar(), places);
  }

  private static Parameter.Part part(Parameter parameter, String value, Expr.Literal literal) {
    for (Parameter.Part part : Parameter.Part.values()) {
      boolean fits = parameter.calendar().isPresent() == (part != Parameter.Part.VALUE);
      if (fits && PlanLiterals.parse(parameter.text(value, part), literal.type()).equals(literal)) {
        return part;
      }
    }
    throw computed("parameter " + parameter.name());
  }

  private static TrefoilException computed(String what) {
    return new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot propose with "
            + what
            + ": it does not stand in Spark's plan as it is. Use it in comparisons only, and do not"
            + " compute with it");
  }

  private static List<String> values(Parameter parameter) {
    if (parameter.calendar().isEmpty()) {
      return parameter.values();
    }
    Parameter.Calendar c = parameter.calendar().get();
    List<String> values = new ArrayList<>();
    for (var day = c.first(); !day.isAfter(c.last()); day = c.after(day)) {
      values.add(day.toString());
    }
    return values;
  }
}

package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.approval.Card;
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
import org.trefoil.spark.plan.Finish;
import org.trefoil.spark.plan.PlannedQueries;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Plans a query, runs nothing, and brings it to the executors as a proposal. */
@Command(
    name = "propose",
    description = "Proposes a query for approval; prints the proposal's id.",
    mixinStandardHelpOptions = true)
final class ProposeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @ArgGroup(multiplicity = "1")
  private QueryText text;

  @Option(names = "--purpose", required = true, description = "What the result is for.")
  private String purpose;

  @Option(names = "--runs", defaultValue = "1", description = "How many runs. Default: 1.")
  private int runs;

  @Option(names = "--interval", defaultValue = "0s", description = "Between runs at least: 24h.")
  private String interval;

  @Option(names = "--days", defaultValue = "30", description = "Valid for, at most 90.")
  private int days;

  @Option(names = "--analyst", description = "Who may run it besides; may be repeated.")
  private List<String> analysts = new ArrayList<>();

  @Option(
      names = "--to",
      defaultValue = "analyst",
      paramLabel = "WHOM",
      description =
          "Who gets the result: owners' names, analyst (who runs it; default), owners (all whose"
              + " tables it reads), separated by commas; or none:NAME, which keeps it secret-shared"
              + " as table shared.NAME.")
  private String recipients;

  @Option(
      names = "--own-keys",
      description = "One row for each key that the recipient, one owner, has in its own table.")
  private boolean ownKeys;

  @Option(
      names = "--param",
      paramLabel = "NAME=...",
      description = "region=north,south or month=month:2026-01-01..2026-12-01")
  private List<String> parameters = new ArrayList<>();

  @Option(names = "--replaces", paramLabel = "ID", description = "The version before this one.")
  private Optional<String> replaces;

  @Override
  public Integer call() throws IOException {
    List<String> statements = SqlText.statements(text.read(spec));
    if (statements.size() != 1) {
      throw usage("the text has " + statements.size() + " statements. Propose one SELECT");
    }
    SparkProperties settings = SparkProperties.read(properties);
    try (GovernedCluster cluster = GovernedCluster.open(settings)) {
      String proposer =
          cluster.self().analyst().orElseThrow(() -> usage(cluster.self() + " is no analyst"));
      SparkSession spark = LocalSpark.open(settings);
      byte[] bytes;
      try {
        bytes = proposal(spark, statements.get(0), proposer, cluster.catalog()).encode();
      } finally {
        spark.stop();
      }
      Proposal.decode(bytes);
      Catalog catalog = cluster.catalog();
      System.err.print(Card.of(bytes, catalog, replaces.map(cluster::proposal)).text());
      cluster.onAll(g -> g.propose(bytes));
      System.out.println(Proposal.id(bytes));
      return 0;
    }
  }

  private Proposal proposal(SparkSession spark, String sql, String proposer, Catalog catalog) {
    List<Parameter> declared = parameters.stream().map(this::parameter).toList();
    Proposal draft = draft(sql, proposer, new byte[0], List.of(), List.of(), declared);
    SortedMap<String, String> first = draft.firstValues();
    byte[] plan = plan(spark, ParameterText.sql(draft, first));
    List<Parameter> placed = new ArrayList<>();
    for (Parameter parameter : declared) {
      placed.add(placed(spark, draft, parameter, first, plan));
    }
    List<String> owners = Proposal.approvers(SubstraitPlans.decode(plan), catalog);
    Proposal proposal = draft(sql, proposer, plan, finish(spark, draft, first), owners, placed);
    SortedMap<String, String> last = new TreeMap<>();
    declared.forEach(p -> last.put(p.name(), values(p).get(values(p).size() - 1)));
    if (!Arrays.equals(proposal.plan(last), plan(spark, ParameterText.sql(draft, last)))) {
      throw computed("a parameter");
    }
    return finish(spark, draft, last).equals(proposal.finish())
        ? proposal
        : draft(sql, proposer, plan, List.of(), owners, placed);
  }

  /** What Spark does with what is revealed, if that can be stored. */
  private List<String> finish(
      SparkSession spark, Proposal draft, SortedMap<String, String> values) {
    return Finish.of(spark, read(spark, ParameterText.sql(draft, values))).orElse(List.of());
  }

  private Proposal draft(
      String sql,
      String proposer,
      byte[] plan,
      List<String> finish,
      List<String> owners,
      List<Parameter> declared) {
    TreeSet<String> all = new TreeSet<>(analysts);
    all.add(proposer);
    byte[] nonce = new byte[16];
    new SecureRandom().nextBytes(nonce);
    Instant now = GovernedCluster.now();
    return new Proposal(
        proposer,
        List.copyOf(all),
        owners,
        plan.length == 0
            ? List.of()
            : Proposal.recipients(SubstraitPlans.decode(plan), List.copyOf(all)),
        purpose,
        sql,
        plan,
        finish,
        declared,
        now,
        now.plus(Duration.ofDays(days)),
        runs,
        duration(interval),
        replaces,
        nonce);
  }

  private Dataset<Row> read(SparkSession spark, String sql) {
    return spark
        .read()
        .format("trefoil")
        .option("query", sql)
        .option("recipients", recipients)
        .option("reveal", ownKeys ? "own-keys" : "aggregates")
        .load();
  }

  private byte[] plan(SparkSession spark, String sql) {
    List<byte[]> plans = PlannedQueries.of(read(spark, sql));
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
      SparkSession spark,
      Proposal draft,
      Parameter parameter,
      SortedMap<String, String> first,
      byte[] plan) {
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
        PlanLiterals.of(SubstraitPlans.decode(plan(spark, ParameterText.sql(draft, second))));
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

  private Parameter parameter(String text) {
    int equals = text.indexOf('=');
    String name = equals < 1 ? "" : text.substring(0, equals);
    String domain = text.substring(equals + 1);
    if (!name.matches("[a-z][a-z0-9_]{0,39}")) {
      throw usage("\"" + text + "\" is no parameter such as region=north,south");
    }
    try {
      for (Parameter.Unit unit : Parameter.Unit.values()) {
        String prefix = unit.name().toLowerCase(Locale.ROOT) + ":";
        if (domain.startsWith(prefix)) {
          String[] ends = domain.substring(prefix.length()).split("\\.\\.");
          return new Parameter(
              name,
              List.of(),
              Optional.of(
                  new Parameter.Calendar(unit, LocalDate.parse(ends[0]), LocalDate.parse(ends[1]))),
              List.of());
        }
      }
    } catch (DateTimeException | ArrayIndexOutOfBoundsException e) {
      throw usage("\"" + text + "\" is no period such as month=month:2026-01-01..2026-12-01");
    }
    return new Parameter(
        name,
        List.copyOf(new TreeSet<>(Arrays.asList(domain.split(",")))),
        Optional.empty(),
        List.of());
  }

  private Duration duration(String text) {
    Matcher m = Pattern.compile("([0-9]{1,6})(s|min|h|d)").matcher(text);
    if (!m.matches()) {
      throw usage("\"" + text + "\" is no time such as 30min, 24h or 7d");
    }
    long n = Long.parseLong(m.group(1));
    Map<String, Duration> units =
        Map.of(
            "s", Duration.ofSeconds(n),
            "min", Duration.ofMinutes(n),
            "h", Duration.ofHours(n),
            "d", Duration.ofDays(n));
    return units.get(m.group(2));
  }

  private ParameterException usage(String reason) {
    return new ParameterException(spec.commandLine(), "Cannot propose: " + reason);
  }
}

package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyCheck;

/**
 * A query as owners are asked to approve it. Its canonical bytes are what everybody sees, signs and
 * checks; their digest is its {@link #id}.
 *
 * @param proposer the analyst who proposes it
 * @param analysts who may run it, in ascending order
 * @param owners whose tables the plan reads, in ascending order
 * @param recipients who gets the result, as the plan says: {@code analyst:<name>} of each analyst
 *     if it goes to whoever runs it, {@code owner:<name>}; in ascending order; none if the result
 *     is kept secret-shared
 * @param purpose in the proposer's words
 * @param sql as the proposer wrote it; what runs is {@code plan}
 * @param plan Substrait; with parameters, the plan of their first values
 * @param finish what Spark computes from the revealed columns, one expression of SQL for each
 *     column of the result; empty if a run has to plan the SQL again, and to come to this plan
 * @param from not before
 * @param until not at or after
 * @param runs how many may reveal a result, over all analysts
 * @param interval between the starts of two runs at least
 * @param replaces the id of the proposal that this one follows
 * @param nonce 16 random bytes, so that the same query proposed twice is two proposals
 */
public record Proposal(
    String proposer,
    List<String> analysts,
    List<String> owners,
    List<String> recipients,
    String purpose,
    String sql,
    byte[] plan,
    List<String> finish,
    List<Parameter> parameters,
    Instant from,
    Instant until,
    int runs,
    Duration interval,
    Optional<String> replaces,
    byte[] nonce) {
  /** The longest that an approval may last. */
  public static final Duration LONGEST = Duration.ofDays(90);

  private static final String TYPE = "trefoil proposal 1";
  private static final Pattern EXPRESSION = Pattern.compile("[^\\p{Cntrl}]{1,10000}");
  private static final int NONCE = 16;
  private static final int MOST_RUNS = 10_000;

  /** A proposal whose SQL is planned again by every run. */
  public Proposal(
      String proposer,
      List<String> analysts,
      List<String> owners,
      List<String> recipients,
      String purpose,
      String sql,
      byte[] plan,
      List<Parameter> parameters,
      Instant from,
      Instant until,
      int runs,
      Duration interval,
      Optional<String> replaces,
      byte[] nonce) {
    this(
        proposer,
        analysts,
        owners,
        recipients,
        purpose,
        sql,
        plan,
        List.of(),
        parameters,
        from,
        until,
        runs,
        interval,
        replaces,
        nonce);
  }

  public Proposal {
    finish = List.copyOf(finish);
    analysts = List.copyOf(analysts);
    owners = List.copyOf(owners);
    recipients = List.copyOf(recipients);
    parameters = List.copyOf(parameters);
  }

  /**
   * Reads what {@link #encode} writes; MALFORMED_STATEMENT, naming the field, for anything else.
   */
  public static Proposal decode(byte[] bytes) {
    Fields in = CanonicalJson.read("proposal", bytes);
    if (!in.text("type").equals(TYPE)) {
      throw in.invalid("type", "it is not \"" + TYPE + "\"");
    }
    List<Parameter> parameters = new ArrayList<>();
    for (Fields parameter : in.objects("parameters")) {
      parameters.add(Parameter.read(parameter));
    }
    Proposal proposal =
        new Proposal(
            in.text("proposer", Statement.NAME),
            in.sorted("analysts", Statement.NAME),
            in.sorted("owners", Statement.NAME),
            in.sorted("recipients", Statement.ROLE),
            in.prose("purpose", 2000),
            in.prose("sql", 100_000),
            in.bytes("plan"),
            in.has("finish") ? in.texts("finish", EXPRESSION) : List.of(),
            parameters,
            in.time("from"),
            in.time("until"),
            (int) in.number("runs", 1, MOST_RUNS),
            Duration.ofSeconds(in.number("interval", 0, LONGEST.toSeconds())),
            in.has("replaces")
                ? Optional.of(in.text("replaces", Statement.DIGEST))
                : Optional.empty(),
            in.bytes("nonce", NONCE));
    in.end();
    proposal.check(in);
    return proposal;
  }

  private void check(Fields in) {
    if (!until.isAfter(from) || Duration.between(from, until).compareTo(LONGEST) > 0) {
      throw in.invalid("until", "it is not after from, or more than 90 days after it");
    }
    if (!analysts.contains(proposer)) {
      throw in.invalid("analysts", "the proposer is not among them");
    }
    if (owners.isEmpty()) {
      throw in.invalid("owners", "there is none");
    }
    Set<String> names = new HashSet<>();
    Set<Integer> literals = new HashSet<>();
    for (Parameter parameter : parameters) {
      boolean fresh =
          names.add(parameter.name())
              && parameter.places().stream().allMatch(p -> literals.add(p.literal()));
      if (!fresh) {
        throw in.invalid("parameters", "two have the same name or stand for the same constant");
      }
    }
  }

  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("type", TYPE);
    out.put("proposer", proposer);
    analysts.forEach(out.putArray("analysts")::add);
    owners.forEach(out.putArray("owners")::add);
    recipients.forEach(out.putArray("recipients")::add);
    out.put("purpose", purpose);
    out.put("sql", sql);
    out.put("plan", Fields.base64(plan));
    if (!finish.isEmpty()) {
      finish.forEach(out.putArray("finish")::add);
    }
    var array = out.putArray("parameters");
    parameters.forEach(parameter -> parameter.write(array.addObject()));
    out.put("from", from.toString());
    out.put("until", until.toString());
    out.put("runs", runs);
    out.put("interval", interval.toSeconds());
    replaces.ifPresent(id -> out.put("replaces", id));
    out.put("nonce", Fields.base64(nonce));
    return CanonicalJson.encode(out);
  }

  /** What names it everywhere: SHA-256 of its bytes, in hexadecimal. */
  public String id() {
    return Digest.hex(encode());
  }

  /** The id of encoded bytes. */
  public static String id(byte[] bytes) {
    return Digest.hex(bytes);
  }

  /** The first of the approved values of each parameter. */
  public SortedMap<String, String> firstValues() {
    SortedMap<String, String> values = new TreeMap<>();
    parameters.forEach(parameter -> values.put(parameter.name(), parameter.firstValue()));
    return values;
  }

  /**
   * The bytes of the plan with these values for its parameters.
   *
   * @throws TrefoilException PARAMETER_NOT_APPROVED
   */
  public byte[] plan(Map<String, String> values) {
    Plan template = SubstraitPlans.decode(plan);
    Set<String> known = new TreeSet<>();
    List<Expr.Literal> literals = PlanLiterals.of(template);
    Map<Integer, Expr.Literal> replaced = new HashMap<>();
    for (Parameter parameter : parameters) {
      known.add(parameter.name());
      String value = values.get(parameter.name());
      if (value == null) {
        throw parameters("parameter " + parameter.name() + " has no value. Give it one");
      }
      for (Parameter.Place place : parameter.places()) {
        if (place.literal() >= literals.size()) {
          throw parameters("parameter " + parameter.name() + " stands for no constant of the plan");
        }
        replaced.put(
            place.literal(),
            PlanLiterals.parse(
                parameter.text(value, place.part()), literals.get(place.literal()).type()));
      }
    }
    if (!known.containsAll(values.keySet())) {
      throw parameters("a parameter is given that the proposal does not have. It has " + known);
    }
    return SubstraitPlans.encode(PlanLiterals.replace(template, replaced));
  }

  /** Who gets the result of a plan, over all the analysts who may run it. */
  public static List<String> recipients(Plan plan, List<String> analysts) {
    return analysts.stream()
        .flatMap(analyst -> plan.release().roles(analyst).stream())
        .distinct()
        .sorted()
        .toList();
  }

  private static TrefoilException parameters(String reason) {
    return new TrefoilException(
        Condition.PARAMETER_NOT_APPROVED, "Cannot run the proposal: " + reason + ".");
  }

  /** The tables that a plan reads, as {@code owner.table}, in ascending order. */
  public static SortedMap<String, Rel.Scan> tables(Plan plan) {
    SortedMap<String, Rel.Scan> tables = new TreeMap<>();
    collect(plan.root(), tables);
    return tables;
  }

  /** Whose approval a plan needs: of a kept result the owners of what it was made from. */
  public static List<String> approvers(Plan plan, Catalog catalog) {
    return tables(plan).values().stream()
        .flatMap(scan -> catalog.table(scan.owner(), scan.table()).approvers().stream())
        .distinct()
        .sorted()
        .toList();
  }

  private static void collect(Rel rel, SortedMap<String, Rel.Scan> tables) {
    if (rel instanceof Rel.Scan scan) {
      tables.put(scan.owner() + "." + scan.table(), scan);
    }
    rel.inputs().forEach(input -> collect(input, tables));
  }

  /**
   * Returns the decoded plan if it could be approved as things stand: its bytes are a plan of the
   * profile, it reads tables of exactly the owners named, its first values are in the plan, and
   * every policy allows it to every analyst.
   *
   * @throws TrefoilException OWNERS_DIFFER, RECIPIENT_NOT_APPROVED, PARAMETER_NOT_APPROVED, and as
   *     {@link SubstraitPlans#decode} and {@link PolicyCheck#check}
   */
  public Plan check(Catalog catalog) {
    Plan decoded = SubstraitPlans.decode(plan);
    List<String> read = approvers(decoded, catalog);
    if (!read.equals(owners)) {
      throw new TrefoilException(
          Condition.OWNERS_DIFFER,
          "Cannot accept proposal "
              + id()
              + ": it names the owners "
              + String.join(", ", owners)
              + ", and its plan reads tables of "
              + String.join(", ", read)
              + ". Propose it again.");
    }
    List<String> receive = recipients(decoded, analysts);
    if (!receive.equals(recipients)) {
      throw new TrefoilException(
          Condition.RECIPIENT_NOT_APPROVED,
          "Cannot accept proposal "
              + id()
              + ": it names the recipients "
              + String.join(", ", recipients)
              + ", and by its plan the result goes to "
              + String.join(", ", receive)
              + ". Propose it again.");
    }
    if (!Arrays.equals(plan, plan(firstValues()))) {
      throw parameters(
          "its plan does not hold the first values of its parameters. Propose it again");
    }
    for (String analyst : analysts) {
      PolicyCheck.check(decoded, catalog, analyst);
    }
    return decoded;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Proposal proposal && id().equals(proposal.id());
  }

  @Override
  public int hashCode() {
    return id().hashCode();
  }

  @Override
  public String toString() {
    return "Proposal[" + id() + "]";
  }
}

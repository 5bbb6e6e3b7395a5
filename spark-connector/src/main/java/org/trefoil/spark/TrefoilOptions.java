package org.trefoil.spark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.internal.SQLConf;
import org.trefoil.api.approval.Retry;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Release;

/**
 * The only reader of Trefoil's Spark configuration. A key is looked up, first found wins:
 *
 * <ol>
 *   <li>read option: {@code spark.read().format("trefoil").option("timeout", "5min")},
 *   <li>session: {@code spark.trefoil.timeout},
 *   <li>catalog: {@code spark.sql.catalog.trefoil.timeout}, as it was when the catalog was first
 *       used,
 *   <li>the default.
 * </ol>
 *
 * <p>The keys {@code executors}, {@code identity}, {@code owners}, {@code analyst}, {@code mode},
 * {@code roster} and {@code signing-key} say who the catalog talks to, as whom and on whose word;
 * they are read from the catalog only. The keys {@code proposal}, {@code parameters}, {@code retry}
 * and {@code result} are options of a read only. A key of the catalog that does not exist is
 * refused.
 */
public final class TrefoilOptions {
  /** {@code host0:port,host1:port,host2:port} in the order of the parties, or {@code embedded}. */
  public static final String EXECUTORS = "executors";

  /** Directory with {@code key.pem}, {@code cert.pem} and {@code ca.pem}. */
  public static final String IDENTITY = "identity";

  /** The OWNERS.yaml with the tables that this Spark itself holds. */
  public static final String OWNERS = "owners";

  /** The analyst's name where there is no certificate to tell it (embedded); default {@code me}. */
  public static final String ANALYST = "analyst";

  /** How long a query may take from submission to result; default {@code 1h}. */
  public static final String TIMEOUT = "timeout";

  /** {@code design}, the default, or {@code authorized}: nothing without every owner's approval. */
  public static final String MODE = "mode";

  /** The file that says whose signature counts for whom; see docs/governance.md. */
  public static final String ROSTER = "roster";

  /** The file with the key that signs run requests or approvals. */
  public static final String SIGNING_KEY = "signing-key";

  /** The id of the approved proposal to run. */
  public static final String PROPOSAL = "proposal";

  /** Values for the proposal's parameters: {@code month=2026-10-01;region=north}. */
  public static final String PARAMETERS = "parameters";

  /**
   * A name for the one result of a run under a proposal: reading it again within a week answers the
   * same result without another run.
   */
  public static final String RETRY = "retry";

  /**
   * What an AVG of decimals reveals: {@code moments}, its sum and its count (default), or {@code
   * quotient}, nothing but itself, divided on shares.
   */
  public static final String AVERAGES = "averages";

  /**
   * Who gets the result: names of owners, {@code analyst} (who runs the query; the default), {@code
   * analyst:<name>}, {@code owners} (all whose tables it reads), separated by commas.
   */
  public static final String RECIPIENTS = "recipients";

  /**
   * {@code aggregates}, the default, or {@code own-keys}: one row for each key that the one
   * recipient, an owner, has in a table of its own.
   */
  public static final String REVEAL = "reveal";

  /** The value of {@link #REVEAL} for results for own keys. */
  public static final String OWN_KEYS = "own-keys";

  /**
   * Tables of which so many rows at most match a row that they are joined with where neither side
   * has a key: {@code north.visits=4, bank.bands=12}. More are an error.
   */
  public static final String MAX_MATCHES = "max-matches";

  /** The id of a query whose result waits at the executors for whoever reads. */
  public static final String RESULT = "result";

  /** The value of {@link #EXECUTORS} that starts three executors in this JVM. */
  public static final String EMBEDDED = "embedded";

  private static final String SESSION_PREFIX = "spark.trefoil.";
  private static final List<String> KEYS =
      List.of(
          EXECUTORS,
          IDENTITY,
          OWNERS,
          ANALYST,
          TIMEOUT,
          AVERAGES,
          RECIPIENTS,
          REVEAL,
          MAX_MATCHES,
          MODE,
          ROSTER,
          SIGNING_KEY);

  /** The options of the read that this thread is planning. */
  private static final ThreadLocal<Map<String, String>> PLANNED = new ThreadLocal<>();

  private final String catalog;
  private final Map<String, String> catalogOptions;
  private final Map<String, String> readOptions;

  private TrefoilOptions(
      String catalog, Map<String, String> catalogOptions, Map<String, String> readOptions) {
    this.catalog = catalog;
    this.catalogOptions = catalogOptions;
    this.readOptions = readOptions;
  }

  /**
   * The configuration of catalog {@code catalog}.
   *
   * @param options what Spark hands to the catalog: the keys without {@code
   *     spark.sql.catalog.<catalog>.}
   */
  public static TrefoilOptions ofCatalog(String catalog, Map<String, String> options) {
    Map<String, String> known = caseInsensitive(options);
    for (String key : known.keySet()) {
      if (!KEYS.contains(key.toLowerCase(Locale.ROOT))) {
        throw invalid(
            "Cannot use spark.sql.catalog."
                + catalog
                + "."
                + key
                + ": there is no such key. The keys are "
                + String.join(", ", KEYS)
                + ".");
      }
    }
    return new TrefoilOptions(catalog, known, caseInsensitive(Map.of()));
  }

  /** The same with the options of one read, which come first. */
  public TrefoilOptions withReadOptions(Map<String, String> options) {
    return new TrefoilOptions(catalog, catalogOptions, caseInsensitive(options));
  }

  /**
   * What {@code planning} returns. What it plans on this thread is planned with these options of
   * the read around it, as {@code option("query", sql)} needs it: the tables of the SQL have none.
   */
  static <T> T planned(Map<String, String> readOptions, Supplier<T> planning) {
    Map<String, String> before = PLANNED.get();
    PLANNED.set(caseInsensitive(readOptions));
    try {
      return planning.get();
    } finally {
      PLANNED.set(before);
    }
  }

  /** The catalog's name, {@code trefoil} in all examples. */
  public String catalog() {
    return catalog;
  }

  public boolean embedded() {
    return executorsValue().equalsIgnoreCase(EMBEDDED);
  }

  /** The three {@code host:port} in the order of the parties; not for embedded executors. */
  public List<String> executors() {
    List<String> hosts = new ArrayList<>();
    for (String host : Arrays.asList(executorsValue().split(","))) {
      hosts.add(host.strip());
    }
    if (hosts.size() != 3 || !hosts.stream().allMatch(h -> h.matches("\\S+:\\d{1,5}"))) {
      throw invalid(
          "Cannot use "
              + name(EXECUTORS)
              + " = "
              + executorsValue()
              + ": three host:port are needed, or the word embedded.");
    }
    return List.copyOf(hosts);
  }

  public Optional<Path> identity() {
    return ofCatalog(IDENTITY).map(Path::of);
  }

  public Optional<Path> owners() {
    return ofCatalog(OWNERS).map(Path::of);
  }

  public String analyst() {
    return ofCatalog(ANALYST).orElse("me");
  }

  /** Whether nothing runs without approvals; INVALID_CONFIGURATION for a mode that is none. */
  public boolean authorized() {
    String mode = ofCatalog(MODE).orElse("design");
    if (!mode.equals("design") && !mode.equals("authorized")) {
      throw invalid("Cannot use " + name(MODE) + " = " + mode + ": write design or authorized.");
    }
    return mode.equals("authorized");
  }

  public Optional<Path> roster() {
    return ofCatalog(ROSTER).map(Path::of);
  }

  public Optional<Path> signingKey() {
    return ofCatalog(SIGNING_KEY).map(Path::of);
  }

  /** Of a read under a proposal. */
  public Optional<String> proposal() {
    return Optional.ofNullable(readOptions.get(PROPOSAL)).filter(v -> !v.isBlank());
  }

  /** Of a read under a proposal; empty text if it has none. */
  public String parameters() {
    return readOptions.getOrDefault(PARAMETERS, "");
  }

  /** Of a read under a proposal; INVALID_CONFIGURATION if it is no key. */
  public Optional<String> retry() {
    Optional<String> key = Optional.ofNullable(readOptions.get(RETRY)).filter(v -> !v.isBlank());
    if (key.isPresent() && !Retry.KEY.matcher(key.get()).matches()) {
      throw invalid(
          "Cannot use the option "
              + RETRY
              + ": a key has letters, digits and any of _.:- only, 100 of them at most.");
    }
    return key;
  }

  public Duration timeout() {
    String value = ofQuery(TIMEOUT).orElse("1h");
    try {
      return Duration.ofSeconds(JavaUtils.timeStringAsSec(value));
    } catch (NumberFormatException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot use " + name(TIMEOUT) + " = " + value + ": it is no time such as 90s or 10min.",
          e);
    }
  }

  /**
   * Who gets the result of a query, and whether for keys of its own.
   *
   * @param owners whose tables it reads
   */
  public Release release(Collection<String> owners) {
    Release release = Release.parse(ofQuery(RECIPIENTS).orElse(Release.ANALYST), owners);
    String reveal = ofQuery(REVEAL).orElse("aggregates").toLowerCase(Locale.ROOT);
    if (!reveal.equals("aggregates") && !reveal.equals(OWN_KEYS)) {
      throw invalid(
          "Cannot use " + name(REVEAL) + " = " + reveal + ": it is aggregates or own-keys.");
    }
    return reveal.equals(OWN_KEYS) ? release.withOwnKeys() : release;
  }

  /** Of a read of a result that waits. */
  public Optional<String> result() {
    return Optional.ofNullable(readOptions.get(RESULT)).filter(v -> !v.isBlank());
  }

  /** Whether an AVG of decimals reveals its quotient only. */
  public boolean quotients() {
    String value = ofQuery(AVERAGES).orElse("moments").toLowerCase(Locale.ROOT);
    if (!value.equals("quotient") && !value.equals("moments")) {
      throw invalid(
          "Cannot use " + name(AVERAGES) + " = " + value + ": it is quotient or moments.");
    }
    return value.equals("quotient");
  }

  /** How many rows match at most, by {@code owner.table}; INVALID_CONFIGURATION for others. */
  public Map<String, Integer> matches() {
    Map<String, Integer> matches = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String entry : ofQuery(MAX_MATCHES).orElse("").split(",")) {
      if (entry.isBlank()) {
        continue;
      }
      if (!entry.strip().matches("[^=.\\s]+\\.[^=.\\s]+\\s*=\\s*([1-9]\\d?|100)")) {
        throw invalid(
            "Cannot use "
                + name(MAX_MATCHES)
                + ": write owner.table=N, where N is 1 to 100, and commas between them.");
      }
      String[] both = entry.split("=");
      matches.put(both[0].strip(), Integer.parseInt(both[1].strip()));
    }
    return matches;
  }

  private String executorsValue() {
    return ofCatalog(EXECUTORS)
        .orElseThrow(
            () ->
                invalid(
                    "Cannot connect to the executors: "
                        + name(EXECUTORS)
                        + " is not set. Set it to host0:port,host1:port,host2:port or to"
                        + " embedded."));
  }

  private Optional<String> ofCatalog(String key) {
    return Optional.ofNullable(catalogOptions.get(key)).filter(v -> !v.isBlank());
  }

  private Optional<String> ofQuery(String key) {
    if (readOptions.containsKey(key)) {
      return Optional.of(readOptions.get(key));
    }
    Map<String, String> around = PLANNED.get();
    if (around != null && around.containsKey(key)) {
      return Optional.of(around.get(key));
    }
    String session = SQLConf.get().getConfString(SESSION_PREFIX + key, null);
    return session != null ? Optional.of(session) : ofCatalog(key);
  }

  private String name(String key) {
    return "spark.sql.catalog." + catalog + "." + key;
  }

  private static TrefoilException invalid(String reason) {
    return new TrefoilException(Condition.INVALID_CONFIGURATION, reason);
  }

  private static Map<String, String> caseInsensitive(Map<String, String> options) {
    Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    copy.putAll(options);
    return copy;
  }
}

package org.trefoil.api.owners;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.OwnKeysRule;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Release;

/** The tables, sources and policies of an {@code OWNERS.yaml}. */
public record OwnersFile(Path file, List<OwnedTable> tables) {
  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_-]+");
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*");

  /** What Hadoop expands in a path. */
  private static final Pattern PATTERN = Pattern.compile("[*?{\\[]");

  private static final List<String> VERBS = Stream.of(Verb.values()).map(Verb::word).toList();
  private static final List<String> AGGREGATES =
      Stream.of(Aggregated.values()).map(Aggregated::word).toList();

  public OwnersFile {
    tables = List.copyOf(tables);
  }

  /**
   * Reads {@code file}.
   *
   * @throws TrefoilException INVALID_OWNERS_FILE naming the file, the place and what to write
   *     instead
   */
  public static OwnersFile read(Path file) {
    JsonNode tree;
    try (JsonParser parser = YAML.createParser(file.toFile())) {
      tree = YAML.readTree(parser);
    } catch (JacksonException e) {
      throw new TrefoilException(
          Condition.INVALID_OWNERS_FILE,
          "Cannot read "
              + file
              + ": it is not YAML: "
              + e.getOriginalMessage()
              + (e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")")
              + ".",
          e);
    } catch (IOException e) {
      throw new TrefoilException(
          Condition.INVALID_OWNERS_FILE,
          "Cannot read " + file + ": " + e.getMessage() + ". Check the path.",
          e);
    }
    Section top = new Section(file, "", tree == null ? YAML.missingNode() : tree);
    Section owners = top.withKeys("owners").required("owners", "Start the file with owners:.");
    List<OwnedTable> tables = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Map<String, String> ownerNames = new HashMap<>();
    for (String owner : owners.keys()) {
      if (owner.equalsIgnoreCase(KeptShared.OWNER)) {
        throw owners.invalid(
            "\"" + owner + "\" names the results that are kept secret-shared", "Rename the owner.");
      }
      requireNew(ownerNames, owner, owners, "owner");
      Section ownerSection = named(owners, owner).withKeys("tables");
      Section list = ownerSection.required("tables", "List the owner's tables under tables:.");
      for (String table : list.keys()) {
        OwnedTable read = table(owner, table, named(list, table));
        if (!names.add(read.name().toLowerCase(Locale.ROOT))) {
          throw list.invalid("table " + table + " occurs twice, apart from case", "Rename one.");
        }
        tables.add(read);
      }
    }
    if (tables.isEmpty()) {
      throw owners.invalid("there is no table", "List at least one.");
    }
    return new OwnersFile(file, tables);
  }

  /** The owners' names, in the order of the file. */
  public List<String> owners() {
    return tables.stream().map(OwnedTable::owner).distinct().toList();
  }

  /** The tables of {@code owner}. */
  public List<OwnedTable> tables(String owner) {
    return tables.stream().filter(t -> t.owner().equals(owner)).toList();
  }

  /** Spark does not tell names apart that differ in case only, and so nobody may. */
  private static void requireNew(Map<String, String> names, String name, Section at, String what) {
    String other = names.put(name.toLowerCase(Locale.ROOT), name);
    if (other != null) {
      throw at.invalid(
          what + "s " + other + " and " + name + " differ in case only", "Rename one.");
    }
  }

  private static Section named(Section map, String name) {
    if (!NAME.matcher(name).matches()) {
      throw map.invalid(
          "\"" + name + "\" is not a name", "Use letters, digits, underscore and hyphen.");
    }
    return map.at(name);
  }

  private static OwnedTable table(String owner, String name, Section table) {
    table.withKeys("source", "schema", "keys", "history", "policy");
    TablePolicy policy =
        policy(
            table.required(
                "policy", "Say at least min-group-size: without a policy nothing is shared."));
    if (policy.contributors().isPresent()) {
      return contributed(owner, name, table, policy);
    }
    Section source =
        table
            .required("source", "Say where its rows are, as in {format: csv, path: rows.csv}.")
            .withKeys("format", "path", "options");
    Map<String, String> options = new LinkedHashMap<>();
    if (source.has("options")) {
      Section map = source.at("options");
      for (String key : map.keys()) {
        options.put(key, map.at(key).text());
      }
    }
    List<List<String>> keys = new ArrayList<>();
    if (table.has("keys")) {
      for (Section key : table.at("keys").items("[[id], [code, day]]")) {
        // The empty list: no two rows differ in anything, that is, there is one row at most.
        keys.add(key.texts("[[id]], a list of column lists"));
      }
    }
    Optional<String> schema = table.optional("schema", Section::text);
    Optional<SchemaText> columns = schema.map(text -> schema(table.at("schema"), text));
    OwnedTable read =
        new OwnedTable(
            owner,
            name,
            source.required("format", "Name a format of spark.read, such as parquet.").text(),
            source.optional("path", path -> absolute(table.file(), path.text())),
            options,
            schema,
            columns.map(SchemaText::fields),
            columns.map(SchemaText::unsupported).orElse(Map.of()),
            keys,
            policy,
            history(table, policy));
    // Names that the schema lacks are found now rather than when the table is first used.
    read.declared().ifPresent(fields -> check(table, read));
    return read;
  }

  /** Where the owner keeps what earlier runs were over. */
  private static Optional<String> history(Section table, TablePolicy policy) {
    Optional<String> history =
        table.optional("history", path -> absolute(table.file(), path.text()));
    if (policy.rerunsChecked() && (history.isEmpty() || policy.entity().isEmpty())) {
      throw table
          .at("policy")
          .at("reruns")
          .invalid(
              history.isEmpty()
                  ? "nothing says where to keep what earlier runs were over"
                  : "nothing says whom a row is about",
              history.isEmpty()
                  ? "Name a folder of the owner's, as in history: history/orders, beside the policy."
                  : "Name the columns in entity.");
    }
    return history;
  }

  /** A table without a source: its columns are declared, and nothing is known to be unique. */
  private static OwnedTable contributed(
      String owner, String name, Section table, TablePolicy policy) {
    for (String key : List.of("source", "keys", "history")) {
      if (table.has(key)) {
        throw table.at(key).invalid("the table's rows are contributed", "Remove it.");
      }
    }
    if (policy.rerunsChecked()) {
      throw table
          .at("policy")
          .at("reruns")
          .invalid("no owner sees what contributors share", "Remove it.");
    }
    if (!policy.entity().isEmpty()) {
      throw table
          .at("policy")
          .at("entity")
          .invalid("the minimum group size counts contributors", "Remove it.");
    }
    Section schema = table.required("schema", "Declare the columns that contributors share.");
    SchemaText columns = schema(schema, schema.text());
    OwnedTable read =
        new OwnedTable(
            owner,
            name,
            OwnedTable.CONTRIBUTED,
            Optional.empty(),
            Map.of(),
            Optional.of(schema.text()),
            Optional.of(columns.fields()),
            columns.unsupported(),
            List.of(),
            policy,
            Optional.empty());
    check(table, read);
    return read;
  }

  private static void check(Section table, OwnedTable read) {
    try {
      read.descriptor(read.declared().orElseThrow(), read.unsupported(), 0);
    } catch (TrefoilException e) {
      throw table.invalid(e.reason(), "");
    }
  }

  private static SchemaText schema(Section at, String text) {
    try {
      return SchemaText.parse(text);
    } catch (TrefoilException e) {
      throw at.invalid(e.reason(), "");
    }
  }

  private static TablePolicy policy(Section policy) {
    policy.withKeys(
        "min-group-size",
        "min-owners",
        "dominance",
        "owner-dominance",
        "rounding",
        "entity",
        "padding",
        "columns",
        "default",
        "analysts",
        "recipients",
        "own-keys",
        "tell-suppressed",
        "filtered-size",
        "absence",
        "differences",
        "reruns",
        "approval",
        "contributors",
        "privacy");
    int k =
        (int)
            policy
                .required(
                    "min-group-size",
                    "Say how many distinct rows a released group needs at least; 1 switches"
                        + " suppression off.")
                .wholeNumber(1, Integer.MAX_VALUE);
    Map<String, ColumnPolicy> columns = new LinkedHashMap<>();
    if (policy.has("columns")) {
      Section map = policy.at("columns");
      Map<String, String> names = new HashMap<>();
      for (String column : map.keys()) {
        requireNew(names, column, map, "column");
        columns.put(column, column(map.at(column)));
      }
    }
    TablePolicy.Builder read = TablePolicy.builder(k).columns(columns);
    policy.optional("min-owners", m -> read.minOwners((int) m.wholeNumber(1, 1_000_000)));
    policy.optional("dominance", d -> read.dominance((int) d.wholeNumber(1, 100)));
    policy.optional("owner-dominance", d -> read.ownerDominance((int) d.wholeNumber(1, 100)));
    policy.optional("rounding", r -> read.rounding((int) r.wholeNumber(2, 1_000_000_000)));
    policy.optional("entity", e -> read.entity(e.texts("[customer]")));
    policy.optional(
        "padding", p -> read.padding(Padding.valueOf(upper(p.word(words(Padding.values()))))));
    policy.optional("default", d -> read.other(other(d)));
    policy.optional("analysts", a -> read.analysts(Optional.of(a.texts("[hq]"))));
    policy.optional("recipients", r -> read.recipients(Optional.of(recipients(r))));
    policy.optional("own-keys", o -> read.ownKeys(Optional.of(ownKeys(o))));
    policy.optional("tell-suppressed", t -> read.tellSuppressed(t.flag()));
    policy.optional(
        "filtered-size", f -> read.filteredSizePublic(isFirst(f, List.of("public", "secret"))));
    policy.optional("absence", f -> read.absencePublic(isFirst(f, List.of("public", "secret"))));
    policy.optional(
        "differences", f -> read.differencesPublic(isFirst(f, List.of("public", "secret"))));
    policy.optional("reruns", r -> read.rerunsChecked(isFirst(r, List.of("checked", "any"))));
    policy.optional("contributors", c -> read.contributors(Optional.of(contributors(c))));
    policy.optional("approval", a -> read.approvalNeeded(isFirst(a, List.of("each", "none"))));
    policy.optional("privacy", p -> read.privacy(Optional.of(privacy(p))));
    TablePolicy built = read.build();
    built
        .privacyFault()
        .ifPresent(
            fault -> {
              throw policy
                  .at("privacy")
                  .invalid(
                      fault,
                      "It needs approval: each, a min-group-size above 1, entity where rows is above"
                          + " 1, and no clause that counts exactly.");
            });
    if (built.dominance() > 0 && k == 1) {
      throw policy
          .at("dominance")
          .invalid(
              "min-group-size: 1 switches suppression off",
              "Ask for a min-group-size above 1, or remove it.");
    }
    if (built.rounding() > 1 && k == 1) {
      throw policy
          .at("rounding")
          .invalid(
              "min-group-size: 1 lets sums of single rows be added up",
              "Ask for a min-group-size above 1, or remove it.");
    }
    if (built.ownerDominance() > 0 && built.minOwners() < 3) {
      throw policy
          .at("owner-dominance")
          .invalid(
              "without a third owner the two others know each other's part",
              "Ask for min-owners: 3 or more, or remove it.");
    }
    return built;
  }

  private static boolean isFirst(Section section, List<String> words) {
    return section.word(words).equals(words.get(0));
  }

  private static OwnKeysRule ownKeys(Section section) {
    section.withKeys("to", "max-keys", "runs-per-day");
    return new OwnKeysRule(
        section
            .required("to", "List the owners that may look single rows up, as in [police].")
            .texts("[police]"),
        section
            .required("max-keys", "Say how many keys a run may ask for at most.")
            .wholeNumber(1, Integer.MAX_VALUE),
        section
            .optional("runs-per-day", r -> OptionalInt.of((int) r.wholeNumber(1, 1_000_000)))
            .orElse(OptionalInt.empty()));
  }

  private static ContributorsRule contributors(Section section) {
    section.withKeys("most", "rows", "within-seconds");
    return new ContributorsRule(
        (int)
            section
                .required("most", "Say how many may contribute to one query.")
                .wholeNumber(1, 1_000_000),
        (int)
            section
                .required("rows", "Say how many rows one of them may share.")
                .wholeNumber(1, 65_536),
        Duration.ofSeconds(
            section
                .required("within-seconds", "Say how long a query waits for contributions.")
                .wholeNumber(1, 31L * 24 * 3600)));
  }

  private static PrivacyRule privacy(Section section) {
    section.withKeys("epsilon", "per-run", "rows");
    long budget =
        epsilon(section.required("epsilon", "Say how much all runs together may spend, as in 10."));
    Section perRun = section.required("per-run", "Say how much a run spends, as in 0.5.");
    long each = epsilon(perRun);
    if (each > budget) {
      throw perRun.invalid("a run would spend more than there is", "Use epsilon or less.");
    }
    long rows = section.optional("rows", r -> r.wholeNumber(1, PrivacyRule.MOST_ROWS)).orElse(1L);
    return new PrivacyRule(budget, each, (int) rows);
  }

  private static long epsilon(Section section) {
    BigDecimal millionths = section.number().movePointRight(6);
    boolean fits =
        millionths.stripTrailingZeros().scale() <= 0
            && millionths.signum() > 0
            && millionths.compareTo(BigDecimal.valueOf(PrivacyRule.MOST)) <= 0;
    if (!fits) {
      throw section.invalid(
          "an epsilon is above 0, has six decimals at most and is a million at most", "Write 0.5.");
    }
    return millionths.longValueExact();
  }

  private static List<String> recipients(Section section) {
    List<String> recipients = new ArrayList<>();
    for (Section item : section.items("[analyst, bank-a]")) {
      try {
        recipients.add(
            List.of(Release.OWNERS, Release.NONE).contains(item.text())
                ? item.text()
                : Release.recipient(item.text()));
      } catch (TrefoilException e) {
        throw item.invalid(e.reason(), "");
      }
    }
    return recipients;
  }

  private static ColumnPolicy other(Section section) {
    return new ColumnPolicy(
        verbs(section.withKeys("use")),
        Optional.empty(),
        OptionalInt.empty(),
        OptionalLong.empty());
  }

  private static ColumnPolicy column(Section section) {
    section.withKeys("use", "range", "scale", "max-groups", "aggregates");
    Optional<Range> range =
        section.optional(
            "range",
            r -> {
              List<Section> ends = r.items("[0, 1000]");
              if (ends.size() != 2 || ends.get(0).number().compareTo(ends.get(1).number()) > 0) {
                throw r.invalid("a range is its least and its greatest value", "Write [0, 1000].");
              }
              return new Range(ends.get(0).number(), ends.get(1).number());
            });
    Optional<Long> scale = section.optional("scale", s -> s.wholeNumber(0, 18));
    Optional<Long> groups =
        section.optional("max-groups", g -> g.wholeNumber(1, Integer.MAX_VALUE));
    Set<Verb> verbs = verbs(section);
    return new ColumnPolicy(
        verbs,
        range,
        scale.map(s -> OptionalInt.of(s.intValue())).orElse(OptionalInt.empty()),
        groups.map(OptionalLong::of).orElse(OptionalLong.empty()),
        section.optional("aggregates", a -> aggregates(a, verbs)));
  }

  private static Set<Aggregated> aggregates(Section section, Set<Verb> use) {
    Set<Aggregated> allowed = new HashSet<>();
    for (Section word : section.items("[sum, count]")) {
      Aggregated aggregate = Aggregated.values()[AGGREGATES.indexOf(word.word(AGGREGATES))];
      if (!use.contains(aggregate.verb())) {
        throw word.invalid(
            aggregate.word() + " needs \"" + aggregate.verb().word() + "\" as well",
            "Add it to use, or leave it out of aggregates.");
      }
      allowed.add(aggregate);
    }
    return allowed;
  }

  private static Set<Verb> verbs(Section section) {
    Section use =
        section.required("use", "List what it may be used for, or use: [] if for nothing.");
    Set<Verb> verbs = new HashSet<>();
    for (Section verb : use.items("[join, filter]")) {
      verbs.add(Verb.values()[VERBS.indexOf(verb.word(VERBS))]);
    }
    return verbs;
  }

  /** Paths are relative to the file; URIs stay as they are. */
  private static String absolute(Path file, String path) {
    if (URI.matcher(path).matches()) {
      return path;
    }
    Path folder = file.toAbsolutePath().getParent();
    return folder.resolve(path).normalize().toString();
  }

  /**
   * Checks on the machine that holds them that files and folders of sources are there.
   *
   * @throws TrefoilException INVALID_OWNERS_FILE naming the table and the path
   */
  public void requireSources() {
    for (OwnedTable table : tables) {
      String path = table.path().orElse("");
      boolean local = path.startsWith("/") && !PATTERN.matcher(path).find();
      if (local && !Files.exists(Path.of(path))) {
        throw new TrefoilException(
            Condition.INVALID_OWNERS_FILE,
            "Cannot read table "
                + table.name()
                + ": there is no file "
                + path
                + ". Correct its path in "
                + file
                + ".");
      }
    }
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }

  private static List<String> words(Enum<?>[] values) {
    return Stream.of(values).map(v -> v.name().toLowerCase(Locale.ROOT)).toList();
  }
}

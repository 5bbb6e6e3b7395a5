package org.trefoil.api.approval;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Disclosure;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.policy.PolicyCheck;

/**
 * What a proposal means, in words, for whoever is asked to sign it. All of it follows from the
 * proposal's bytes and the present descriptors, but the section that repeats what the proposer
 * wrote; that one is marked, and nothing in it can pass for the rest. Characters that do not print,
 * and those that reorder text, are shown by their number.
 */
public final class Card {
  private final String id;
  private final List<Section> sections;

  private Card(String id, List<Section> sections) {
    this.id = id;
    this.sections = List.copyOf(sections);
  }

  /**
   * A part of the card.
   *
   * @param quoted true if the lines are the proposer's own and say nothing that was checked
   */
  public record Section(String heading, boolean quoted, List<String> lines) {
    public Section {
      lines = List.copyOf(lines);
    }
  }

  /**
   * The card of encoded bytes.
   *
   * @param previous the bytes of the version that was approved last, if any
   * @throws org.trefoil.api.error.TrefoilException as {@link Proposal#check(Catalog)}
   */
  public static Card of(byte[] bytes, Catalog catalog, Optional<byte[]> previous) {
    Proposal proposal = Proposal.decode(bytes);
    List<Section> derived = derived(proposal, catalog);
    List<Section> all = new ArrayList<>();
    all.add(new Section("Written by the proposer; nobody has checked it", true, written(proposal)));
    all.addAll(derived);
    changes(proposal, derived, catalog, previous).ifPresent(all::add);
    return new Card(proposal.id(), all);
  }

  private static List<String> written(Proposal proposal) {
    List<String> lines = new ArrayList<>();
    lines.add("Purpose: " + visible(proposal.purpose(), true));
    lines.add("SQL: " + visible(proposal.sql(), true));
    if (!proposal.finish().isEmpty()) {
      lines.add(
          "Computed from what is revealed (c0 is its first column): "
              + visible(String.join(", ", proposal.finish()), false));
    }
    return lines;
  }

  private static List<Section> derived(Proposal proposal, Catalog catalog) {
    Plan plan = proposal.check(catalog);
    Disclosure disclosure = Disclosure.of(plan, Fragments.split(plan, catalog), catalog);
    List<Section> sections = new ArrayList<>();
    sections.add(section("Who", who(proposal, plan)));
    sections.add(section("Which columns are used, and for what", used(plan, catalog)));
    sections.add(section("What a run reveals", disclosure.reveals()));
    if (!proposal.parameters().isEmpty()) {
      sections.add(section("Parameters", parameters(proposal)));
    }
    sections.add(section("How often", often(proposal)));
    sections.add(section("What leaks besides", disclosure.leaks()));
    sections.add(section("What protects it", disclosure.model()));
    sections.add(section("Clauses of the owners' policies", clauses(plan, catalog)));
    return sections;
  }

  private static Section section(String heading, List<String> lines) {
    return new Section(heading, false, lines.stream().map(l -> visible(l, false)).toList());
  }

  private static List<String> who(Proposal proposal, Plan plan) {
    return List.of(
        "Proposed by analyst " + proposal.proposer() + ".",
        "May be run by " + names("analyst", proposal.analysts()) + ", and nobody else.",
        "The result goes to "
            + plan.release().words()
            + (plan.release().kept().isPresent() ? "." : ", and to nobody else."),
        "Needs the approval of " + names("owner", proposal.owners()) + ".");
  }

  private static String names(String kind, List<String> names) {
    return kind + (names.size() > 1 ? "s " : " ") + String.join(", ", names);
  }

  private static List<String> used(Plan plan, Catalog catalog) {
    SortedMap<String, SortedMap<String, Set<Verb>>> uses = PolicyCheck.uses(plan, catalog);
    List<String> lines = new ArrayList<>();
    for (String table : Proposal.tables(plan).keySet()) {
      SortedMap<String, Set<Verb>> columns = uses.get(table);
      if (columns == null) {
        lines.add(table + ": no column; its rows are counted.");
        continue;
      }
      columns.forEach(
          (column, verbs) ->
              lines.add(
                  table
                      + "."
                      + column
                      + ": "
                      + verbs.stream().map(Card::words).collect(Collectors.joining("; "))
                      + "."));
    }
    lines.add("No other column is used.");
    return lines;
  }

  private static String words(Verb verb) {
    return switch (verb) {
      case JOIN -> "matched with another table (join)";
      case FILTER -> "compared, to choose rows or cases (filter)";
      case GROUP -> "its values are shown, one per group (group)";
      case AGGREGATE -> "summed or counted (aggregate)";
      case RANK -> "single values of it are shown (rank)";
      case OWN_KEYS ->
          "what it says of SINGLE ROWS is returned for the recipient's keys (own-keys)";
    };
  }

  private static List<String> parameters(Proposal proposal) {
    List<String> lines = new ArrayList<>();
    for (Parameter parameter : proposal.parameters()) {
      lines.add(
          parameter
              .calendar()
              .map(
                  c ->
                      parameter.name()
                          + ": one whole "
                          + c.unit().name().toLowerCase(Locale.ROOT)
                          + ", from the one of "
                          + c.first()
                          + " to the one of "
                          + c.last()
                          + " ("
                          + parameter.count()
                          + " in all).")
              .orElseGet(
                  () ->
                      parameter.name()
                          + ": one of "
                          + parameter.values().stream()
                              .map(v -> "'" + v + "'")
                              .collect(Collectors.joining(", "))
                          + "."));
    }
    lines.add(
        "This card shows the plan for "
            + proposal.firstValues().entrySet().stream()
                .map(e -> e.getKey() + " = " + e.getValue())
                .collect(Collectors.joining(", "))
            + "; other values stand in the same places.");
    return lines;
  }

  private static List<String> often(Proposal proposal) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "At most "
            + proposal.runs()
            + (proposal.runs() == 1 ? " run" : " runs in all")
            + (proposal.interval().isZero() || proposal.runs() == 1
                ? ""
                : ", at least " + duration(proposal.interval()) + " apart")
            + ", from "
            + proposal.from()
            + " until "
            + proposal.until()
            + ".");
    long choices = 1;
    for (Parameter parameter : proposal.parameters()) {
      choices = Math.min(Long.MAX_VALUE / 1001, choices) * parameter.count();
    }
    lines.add(
        proposal.runs() == 1
            ? "At worst, over the life of the proposal: one result."
            : "At worst, over the life of the proposal: "
                + proposal.runs()
                + " results"
                + (choices > 1
                    ? ", for up to "
                        + Math.min(choices, proposal.runs())
                        + " choices of the parameters"
                    : "")
                + ", each over the data as they are then. Whoever has two results over changed data can"
                + " compare them.");
    lines.add(
        "Who has run it may ask for the same result again, without another run, for as long as "
            + duration(Retry.KEPT)
            + ". Until then each executor keeps its shares of it, sealed to that person's key; a"
            + " withdrawal destroys them.");
    return lines;
  }

  private static String duration(Duration d) {
    if (d.toSeconds() % 86_400 == 0) {
      return d.toDays() + (d.toDays() == 1 ? " day" : " days");
    }
    return d.toSeconds() % 3600 == 0 ? d.toHours() + " h" : d.toSeconds() + " s";
  }

  private static List<String> clauses(Plan plan, Catalog catalog) {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, Rel.Scan> scan : Proposal.tables(plan).entrySet()) {
      TableDescriptor table = catalog.table(scan.getValue().owner(), scan.getValue().table());
      TablePolicy policy = table.policy();
      table.kept().ifPresent(kept -> lines.add(kept(table, kept)));
      lines.add(
          scan.getKey()
              + ": "
              + (policy.privacy().isPresent()
                  ? noise(policy.privacy().get())
                  : policy.minGroupSize() > 1
                      ? "groups of fewer than "
                          + policy.minGroupSize()
                          + (policy.entity().isEmpty()
                              ? " rows"
                              : " different " + String.join(", ", policy.entity()))
                          + " are held back"
                      : "groups of any size are shown (min-group-size: 1)")
              + (policy.minOwners() > 1
                  ? ", and those to which fewer than "
                      + policy.minOwners()
                      + " owners besides the recipients contribute"
                  : "")
              + (policy.dominance() > 0
                  ? "; sums in which one of them dominates are withheld (dominance: "
                      + policy.dominance()
                      + ")"
                  : "")
              + (policy.rounding() > 1
                  ? "; counts and sums are multiples of " + policy.rounding()
                  : "")
              + (policy.ownerDominance() > 0
                  ? "; sums in which one owner dominates are withheld (owner-dominance: "
                      + policy.ownerDominance()
                      + ")"
                  : "")
              + aggregates(PolicyCheck.uses(plan, catalog).get(scan.getKey()), policy)
              + "; its size is padded: "
              + policy.padding().name().toLowerCase(Locale.ROOT)
              + "; analysts: "
              + policy
                  .analysts()
                  .map(a -> a.stream().sorted(Comparator.naturalOrder()).toList().toString())
                  .orElse("anyone with a certificate")
              + "; recipients: "
              + policy.recipients().map(r -> String.join(", ", r)).orElse("the analyst")
              + policy
                  .ownKeys()
                  .map(
                      own ->
                          "; single rows may be looked up by "
                              + String.join(", ", own.to())
                              + ", "
                              + own.maxKeys()
                              + " keys a run"
                              + (own.runsPerDay().isPresent()
                                  ? ", " + own.runsPerDay().getAsInt() + " runs a day"
                                  : ""))
                  .orElse("")
              + (policy.tellSuppressed() ? "; how many groups are held back is told" : "")
              + ".");
    }
    return lines;
  }

  private static String noise(PrivacyRule rule) {
    return "counts and sums have noise that nobody knows, and each run spends "
        + PrivacyRule.epsilon(rule.perRun())
        + " of the "
        + PrivacyRule.epsilon(rule.budget())
        + " that all runs of all proposals over it may spend (privacy)";
  }

  private static String kept(TableDescriptor table, KeptShared kept) {
    return table.name()
        + " is a result that nobody has seen: it is kept secret-shared, made by "
        + (kept.proposal().isEmpty() ? "a query in mode design" : "proposal " + kept.proposal())
        + " from "
        + String.join(", ", kept.sources().keySet())
        + ", under whose policies its groups were released.";
  }

  private static String aggregates(SortedMap<String, Set<Verb>> used, TablePolicy policy) {
    StringBuilder text = new StringBuilder();
    for (String column : used == null ? Set.<String>of() : used.keySet()) {
      policy
          .column(column)
          .aggregates()
          .ifPresent(
              allowed ->
                  text.append("; of ")
                      .append(column)
                      .append(" no aggregate but ")
                      .append(
                          allowed.stream()
                              .map(Aggregated::word)
                              .sorted()
                              .collect(Collectors.joining(", "))));
    }
    return text.toString();
  }

  private static Optional<Section> changes(
      Proposal proposal, List<Section> now, Catalog catalog, Optional<byte[]> previous) {
    if (previous.isEmpty()) {
      return proposal
          .replaces()
          .map(
              id ->
                  section(
                      "Changed since the last approved version",
                      List.of("It is said to follow " + id + ", which is not known here.")));
    }
    List<Section> before = derived(Proposal.decode(previous.get()), catalog);
    List<String> lines = new ArrayList<>();
    lines.add("Compared with " + Proposal.id(previous.get()) + ", under the present policies:");
    List<String> old = flat(before);
    List<String> fresh = flat(now);
    old.stream().filter(l -> !fresh.contains(l)).forEach(l -> lines.add("- " + l));
    fresh.stream().filter(l -> !old.contains(l)).forEach(l -> lines.add("+ " + l));
    if (lines.size() == 1) {
      lines.add("Nothing in these sections.");
    }
    return Optional.of(new Section("Changed since the last approved version", false, lines));
  }

  private static List<String> flat(List<Section> sections) {
    return sections.stream()
        .flatMap(s -> s.lines().stream().map(line -> s.heading() + ": " + line))
        .toList();
  }

  /**
   * {@code text} with what does not print, and what changes the direction of text, by its number.
   *
   * @param lines whether it may have several
   */
  public static String visible(String text, boolean lines) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              int type = Character.getType(c);
              boolean hidden =
                  type == Character.CONTROL
                      || type == Character.FORMAT
                      || type == Character.SURROGATE
                      || type == Character.PRIVATE_USE
                      || type == Character.UNASSIGNED
                      || type == Character.LINE_SEPARATOR
                      || type == Character.PARAGRAPH_SEPARATOR
                      || (type == Character.SPACE_SEPARATOR && c != ' ');
              if (lines && (c == '\n' || c == '\t')) {
                out.appendCodePoint(c == '\t' ? ' ' : c);
              } else if (hidden) {
                out.append("\\u{").append(Integer.toHexString(c)).append('}');
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  /** The proposal's id. */
  public String id() {
    return id;
  }

  public List<Section> sections() {
    return sections;
  }

  /** For a terminal; every line of the proposer's own begins with a bar. */
  public String text() {
    StringBuilder out = new StringBuilder("Proposal ").append(id).append('\n');
    for (Section section : sections) {
      out.append('\n').append(section.heading().toUpperCase(Locale.ROOT)).append('\n');
      for (String line : section.lines()) {
        String indent = section.quoted() ? "  | " : "  ";
        boolean first = true;
        for (String part : line.split("\n", -1)) {
          for (String row : wrapped(part, 96)) {
            out.append(indent)
                .append(first || section.quoted() ? "" : "  ")
                .append(row)
                .append('\n');
            first = false;
          }
        }
      }
    }
    return out.toString();
  }

  private static List<String> wrapped(String text, int width) {
    List<String> rows = new ArrayList<>();
    String rest = text;
    while (rest.length() > width) {
      int at = rest.lastIndexOf(' ', width);
      int end = at > 0 ? at : width;
      rows.add(rest.substring(0, end));
      rest = rest.substring(at > 0 ? end + 1 : end);
    }
    rows.add(rest);
    return rows;
  }

  /** What names the text that was shown: whoever is shown another one has another. */
  public String digest() {
    return Digest.hex(text().getBytes(StandardCharsets.UTF_8));
  }

  /** A page that needs nothing else and runs nothing. */
  public String html() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Trefoil proposal</title>
        <style>
        body { font: 16px/1.45 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; color: #1a1a1a; background: #fff; }
        h1 { font-size: 1.35em; } h2 { font-size: 1.05em; margin: 1.6em 0 .3em; }
        code { font: 0.85em ui-monospace, monospace; overflow-wrap: anywhere; }
        ul { margin: 0; padding-left: 1.2em; } li { margin: .25em 0; overflow-wrap: anywhere; }
        .quoted { border-left: .4em solid #b35c00; background: #fff4e6; padding: .2em 1em 1em; }
        .quoted pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 0.9em ui-monospace, monospace; margin: .6em 0 0; }
        </style></head><body>
        """);
    out.append("<h1>Proposal</h1><p><code>").append(escaped(id)).append("</code></p>\n");
    for (Section section : sections) {
      out.append(section.quoted() ? "<section class=\"quoted\">" : "<section>");
      out.append("<h2>").append(escaped(section.heading())).append("</h2>\n");
      if (section.quoted()) {
        section.lines().forEach(l -> out.append("<pre>").append(escaped(l)).append("</pre>\n"));
      } else {
        out.append("<ul>\n");
        section.lines().forEach(l -> out.append("<li>").append(escaped(l)).append("</li>\n"));
        out.append("</ul>\n");
      }
      out.append("</section>\n");
    }
    return out.append("</body></html>\n").toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}

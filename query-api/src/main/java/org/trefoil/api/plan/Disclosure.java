package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;

/**
 * What a query reveals, to whom, and what leaks, in sentences: the same in EXPLAIN, on the approval
 * card and in the audit.
 */
public record Disclosure(
    List<String> reveals, List<String> recipients, List<String> leaks, List<String> model) {
  public Disclosure {
    reveals = List.copyOf(reveals);
    recipients = List.copyOf(recipients);
    leaks = List.copyOf(leaks);
    model = List.copyOf(model);
  }

  /** The statement for {@code plan}. */
  public static Disclosure of(Plan plan, Split split, Catalog tables) {
    Catalog catalog = plan.release().rules(tables);
    NormalForm form = NormalForm.of(plan, catalog);
    return new Disclosure(
        reveals(plan, form, split, catalog),
        List.of(
            sentence(
                plan.release().words()
                    + (plan.release().kept().isPresent() ? "." : ", and nobody else."))),
        leaks(plan, split, catalog),
        model(plan));
  }

  /** What protects the rows, and what it does not. */
  public static List<String> model(Plan plan) {
    return List.of(
        "Secret shares on three executors; nothing is learned as long as no two of them"
            + " collude and each follows the protocol (semi-honest).",
        "integrity: none. An executor that deviates from the protocol is not detected beyond"
            + " comparisons of plans, inputs and delivered results.",
        "Shares are personal data, not anonymous data; "
            + plan.release()
                .kept()
                .map(
                    name ->
                        "those of the owners' rows are erased when the query ends, those of the"
                            + " result are kept, encrypted, until it expires or an owner"
                            + " withdraws.")
                .orElse("they are erased when the query ends."));
  }

  private static String sentence(String words) {
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  private static List<String> reveals(Plan plan, NormalForm form, Split split, Catalog catalog) {
    IntFunction<String> columns = index -> column(form, index);
    List<String> sentences = new ArrayList<>();
    for (int i = 0; i < form.top().columns().size(); i++) {
      Expr revealed = form.top().columns().get(i);
      sentences.add(
          "Column "
              + form.top().names().get(i)
              + ": "
              + (showsValues(form, revealed) ? "values of " : "")
              + SqlText.of(revealed, columns)
              + ".");
    }
    for (NormalForm.Grouped grouped : grouped(form.root())) {
      if (grouped.groups().isEmpty()) {
        sentences.add("One row over all joined rows.");
      } else {
        sentences.add(
            "One row for each group of " + SqlText.joined(grouped.groups(), columns, ", ") + ".");
      }
      List<Expr> conditions = conditions(grouped.input());
      if (!conditions.isEmpty()) {
        sentences.add("Only rows with " + SqlText.joined(conditions, columns, " and ") + ".");
      }
    }
    if (!form.root().conditions().isEmpty()) {
      sentences.add(
          "Only groups with " + SqlText.joined(form.root().conditions(), columns, " and ") + ".");
    }
    form.top()
        .limit()
        .ifPresent(
            l ->
                sentences.add(
                    "At most "
                        + l.count()
                        + " rows"
                        + (l.offset() > 0 ? " after the first " + l.offset() : "")
                        + (form.top().sort().isEmpty()
                            ? ""
                            : " in the order of "
                                + form.top().sort().stream()
                                    .map(
                                        k ->
                                            SqlText.of(k.expression(), columns)
                                                + (k.ascending() ? "" : " descending"))
                                    .collect(Collectors.joining(", ")))
                        + "."));
    for (TableDescriptor table : tables(split, catalog)) {
      TablePolicy policy = table.policy();
      policy.privacy().ifPresent(rule -> sentences.add(noise(table, rule)));
      if (policy.privacy().isEmpty() && policy.minGroupSize() > 1) {
        sentences.add(
            "A row only if at least "
                + policy.minGroupSize()
                + " distinct "
                + (policy.contributors().isPresent()
                    ? "contributors"
                    : policy.entity().isEmpty()
                        ? "rows"
                        : "values of " + String.join(", ", policy.entity()))
                + (policy.contributors().isPresent() ? " to " : " of ")
                + table.name()
                + (isUnited(split, table) && policy.absencePublic() ? ", or none," : "")
                + " contribute to it.");
      }
      if (policy.rounding() > 1) {
        sentences.add(
            "Counts and sums as multiples of "
                + policy.rounding()
                + ", the nearest, also in conditions, order and means (rounding of "
                + table.name()
                + ").");
      }
      if (policy.ownerDominance() > 0) {
        sentences.add(
            "NULL instead of a sum or mean, as where too few contribute, unless what it adds up of"
                + " the union with "
                + table.name()
                + ", less the two owners that have most of it, is at least "
                + policy.ownerDominance()
                + " % of the greatest (owner-dominance: "
                + policy.ownerDominance()
                + ").");
      }
      if (policy.minGroupSize() > 1 && policy.dominance() > 0) {
        sentences.add(
            "NULL instead of a sum or mean, as where too few contribute, unless what it adds up of "
                + table.name()
                + ", less the two "
                + (policy.contributors().isPresent()
                    ? "contributors"
                    : policy.entity().isEmpty()
                        ? "rows"
                        : "values of " + String.join(", ", policy.entity()))
                + " that weigh most in it, is at least "
                + policy.dominance()
                + " % of the greatest (dominance: "
                + policy.dominance()
                + ").");
      }
      if (policy.rerunsChecked()) {
        sentences.add(
            "Nothing, if this plan has run before and since any of its runs fewer than "
                + policy.minGroupSize()
                + " distinct values of "
                + String.join(", ", policy.entity())
                + " of "
                + table.name()
                + ", but some, came, went or changed; joined with other tables, if it has run"
                + " before. The table's owner decides.");
      }
      if (policy.minOwners() > 1) {
        sentences.add(
            "A row only if at least "
                + policy.minOwners()
                + " owners contribute to it, those that get the result not counted ("
                + table.name()
                + ").");
      }
    }
    noised(split, catalog, sentences);
    parts(form, split, columns, sentences);
    OwnKeys.of(plan, catalog).ifPresent(own -> lookedUp(own, sentences));
    return sentences;
  }

  private static String noise(TableDescriptor table, PrivacyRule rule) {
    boolean rows = table.policy().entity().isEmpty();
    return "Counts and sums with noise that nobody knows, never exact: whether one "
        + (rows
            ? "row of " + table.name()
            : String.join(", ", table.policy().entity())
                + " of "
                + table.name()
                + " (with "
                + rule.rows()
                + (rule.rows() == 1 ? " row" : " rows")
                + " at most, what is more is left out)")
        + " is in it or not changes the probability of a result by a factor of e^"
        + PrivacyRule.epsilon(rule.perRun())
        + " at most, but for one in a billion times. Values outside their declared range are moved"
        + " into it. Each run spends "
        + PrivacyRule.epsilon(rule.perRun())
        + " of the "
        + PrivacyRule.epsilon(rule.budget())
        + " that all runs over the table may spend together (privacy).";
  }

  /** How much noise there is. */
  private static void noised(Split split, Catalog catalog, List<String> sentences) {
    List<Rel.Aggregate> aggregates = new ArrayList<>();
    aggregates(split.remainder(), aggregates);
    for (Rel.Aggregate aggregate : aggregates) {
      Optional<Noised> noised = Noised.of(aggregate, split, catalog);
      if (noised.isEmpty()) {
        continue;
      }
      List<String> sizes = new ArrayList<>();
      for (int i = 0; i < aggregate.calls().size(); i++) {
        AggregateCall call = aggregate.calls().get(i);
        int scale =
            call.kind() == AggregateCall.Kind.SUM ? call.argument().get().type().scale() : 0;
        sizes.add(
            aggregate.names().get(aggregate.groups().size() + i)
                + " "
                + noised
                    .get()
                    .calls()
                    .get(i)
                    .deviation()
                    .movePointLeft(scale)
                    .stripTrailingZeros()
                    .toPlainString());
      }
      if (!sizes.isEmpty()) {
        sentences.add("The noise is typically: " + String.join(", ", sizes) + ".");
      }
      if (noised.get().groups().isPresent()) {
        sentences.add(
            "A row only if it counts at least "
                + noised.get().least()
                + " rows, with noise as well.");
      }
    }
  }

  /** What single rows are returned. */
  private static void lookedUp(OwnKeys own, List<String> sentences) {
    sentences.add(
        "SINGLE ROWS: for each key of "
            + own.keys().name()
            + ", which owner "
            + own.recipient()
            + " supplies and nobody else sees, at most "
            + own.maxKeys()
            + " in a run, what these tables say of it, also where one row is all they have: "
            + own.lookedUp().stream()
                .filter(t -> !t.owner().equals(own.recipient()))
                .map(TableDescriptor::name)
                .collect(Collectors.joining(", "))
            + ".");
  }

  /** What of a released group is not shown because too few of its rows weigh in it. */
  private static void parts(
      NormalForm form, Split split, IntFunction<String> columns, List<String> sentences) {
    List<String> values = new ArrayList<>();
    List<String> counts = new ArrayList<>();
    List<String> apart = new ArrayList<>();
    List<Rel.Aggregate> aggregates = new ArrayList<>();
    aggregates(split.remainder(), aggregates);
    for (NormalForm.Grouped grouped : grouped(form.root())) {
      Rel.Aggregate aggregate =
          aggregates.stream()
              .filter(a -> a.names().equals(grouped.names()))
              .findFirst()
              .orElseThrow();
      for (int i = 0; i < aggregate.calls().size(); i++) {
        String name = columns.apply(grouped.offset() + grouped.groups().size() + i);
        if (!aggregate.calls().get(i).apart().isEmpty()) {
          apart.add(name);
        }
        if (!aggregate.calls().get(i).weighing().isEmpty()) {
          (aggregate.calls().get(i).nullable() ? values : counts).add(name);
        }
      }
    }
    if (!values.isEmpty()) {
      sentences.add(
          "NULL instead of "
              + String.join(", ", values)
              + " where fewer of them weigh in it: rows with a value that is not NULL, counted for"
              + " each branch of a CASE and each term of a sum, and without a factor that is zero.");
    }
    if (!counts.isEmpty()) {
      sentences.add("No row where fewer of them are counted in " + String.join(", ", counts) + ".");
    }
    if (!apart.isEmpty()) {
      sentences.add(
          "The same of "
              + String.join(", ", apart)
              + " where their conditions, columns without a value among them, leave a part of the"
              + " rows that is not empty and has fewer: differences of values would rest on it.");
    }
  }

  /** The aggregates whose rows are revealed. */
  private static void aggregates(Rel rel, List<Rel.Aggregate> all) {
    if (rel instanceof Rel.Aggregate aggregate) {
      all.add(aggregate);
    } else {
      rel.inputs().forEach(in -> aggregates(in, all));
    }
  }

  private static List<String> leaks(Plan plan, Split split, Catalog catalog) {
    List<String> sentences = new ArrayList<>();
    sentences.add("To the executors: this query, the schemas and the declared ranges.");
    for (Source source : split.sources()) {
      for (Fragment fragment : source.branches()) {
        TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
        String size = "To the executors, owners and analysts: " + size(table, fragment) + ".";
        if (fragment.mostRows(table).isEmpty() && !sentences.contains(size)) {
          sentences.add(size);
        }
      }
    }
    sentences.add(
        plan.release().toAnalyst()
            ? "To the executors: the number of rows of the result."
            : "To the executors and the analyst: the number of rows of the result.");
    sentences.add(
        "To the executors, owners and the analyst: if a single row's value cannot be computed with"
            + " (an overflow, a division by zero, a failed cast, a value outside its declared"
            + " range), that there is such a row, also in a group that is held back: the query"
            + " fails and names the kind of error and, where an owner finds it, its table.");
    if (tables(split, catalog).stream().anyMatch(t -> t.policy().holdsBack())) {
      String whom = plan.release().equals(Release.TO_ANALYST) ? "analyst" : "recipients";
      boolean told = tables(split, catalog).stream().allMatch(t -> t.policy().tellSuppressed());
      sentences.add(
          told
              ? "To the " + whom + ": how many groups are held back because they are too small."
              : "To the "
                  + whom
                  + ": that groups may be held back because they are too small, never"
                  + " how many.");
      for (TableDescriptor table : tables(split, catalog)) {
        if (isUnited(split, table)
            && table.policy().minGroupSize() > 1
            && table.policy().privacy().isEmpty()
            && table.policy().absencePublic()) {
          sentences.add(
              "To whoever knows the other tables' rows: of a group that is held back, that "
                  + table.name()
                  + " has rows in it.");
        }
      }
    }
    return sentences;
  }

  private static String size(TableDescriptor table, Fragment fragment) {
    if (table.isContributed()) {
      return "who contributed to " + table.name();
    }
    boolean filtered = fragment.isFiltered();
    Padding padding = table.policy().padding();
    if (padding == Padding.FULL) {
      return "the number of rows of " + table.name();
    }
    String rows =
        filtered && table.policy().filteredSizePublic()
            ? "the number of rows of " + table.name() + " that its conditions leave"
            : "the number of rows of " + table.name();
    return padding == Padding.EXACT ? rows : rows + ", rounded up to a power of two";
  }

  private static List<TableDescriptor> tables(Split split, Catalog catalog) {
    return split.sources().stream()
        .flatMap(s -> s.branches().stream())
        .map(b -> catalog.table(b.owner(), b.table()))
        .distinct()
        .toList();
  }

  private static boolean isUnited(Split split, TableDescriptor table) {
    return split.sources().stream()
        .filter(s -> s.branches().size() > 1)
        .flatMap(s -> s.branches().stream())
        .anyMatch(b -> b.owner().equals(table.owner()) && b.table().equals(table.table()));
  }

  /** Whether a revealed column shows single values: a group, or a row joined with one. */
  private static boolean showsValues(NormalForm form, Expr revealed) {
    if (!(revealed instanceof Expr.FieldRef ref)) {
      return false;
    }
    NormalForm.Item item = form.item(ref.index());
    return item instanceof NormalForm.Grouped grouped
        ? ref.index() - grouped.offset() < grouped.groups().size()
        : item instanceof NormalForm.Leaf
            || form.behind(ref.index()).stream().anyMatch(e -> showsValues(form, e));
  }

  /** The aggregates whose rows are revealed, those that the query has. */
  private static List<NormalForm.Grouped> grouped(NormalForm.Block block) {
    List<NormalForm.Grouped> all = new ArrayList<>();
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped && grouped.written()) {
        all.add(grouped);
      } else if (item instanceof NormalForm.Outer outer) {
        all.addAll(grouped(outer.left()));
        all.addAll(grouped(outer.right()));
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> all.addAll(grouped(input)));
      } else if (item instanceof NormalForm.Windowed windowed) {
        all.addAll(grouped(windowed.input()));
      }
    }
    return all;
  }

  /** The conditions of a block and of what it is made of. */
  private static List<Expr> conditions(NormalForm.Block block) {
    List<Expr> all = new ArrayList<>(block.conditions());
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        all.addAll(conditions(grouped.input()));
      } else if (item instanceof NormalForm.Outer outer) {
        all.addAll(conditions(outer.left()));
        all.addAll(conditions(outer.right()));
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> all.addAll(conditions(input)));
      } else if (item instanceof NormalForm.Windowed windowed) {
        all.addAll(conditions(windowed.input()));
      }
    }
    return all;
  }

  /** {@code owner.table.column}, the common name in a union, or what a column was made from. */
  private static String column(NormalForm form, int index) {
    IntFunction<String> columns = ref -> column(form, ref);
    NormalForm.Item item = form.item(index);
    if (item instanceof NormalForm.Grouped grouped) {
      int call = index - grouped.offset() - grouped.groups().size();
      List<Expr> behind = form.behind(index);
      String text = behind.isEmpty() ? "*" : SqlText.of(behind.get(0), columns);
      return call < 0 ? text : grouped.calls().get(call).sql(text);
    }
    if (item instanceof NormalForm.Outer) {
      return SqlText.of(form.behind(index).get(0), columns);
    }
    if (item instanceof NormalForm.Windowed windowed) {
      Optional<WindowCall> call = windowed.call(index);
      if (call.isEmpty()) {
        return SqlText.of(form.behind(index).get(0), columns);
      }
      return call.get()
          .sql(
              call.get().argument().map(a -> SqlText.of(a, columns)).orElse("*"),
              SqlText.joined(windowed.partitions(), columns, ", "),
              windowed.keys().stream()
                  .map(
                      k ->
                          SqlText.of(k.expression(), columns)
                              + (k.ascending() ? "" : " descending"))
                  .collect(Collectors.joining(", ")));
    }
    if (item instanceof NormalForm.United united) {
      return united.fields().get(index - united.offset()).name();
    }
    NormalForm.Leaf leaf = (NormalForm.Leaf) item;
    int column = index - leaf.offset();
    if (leaf.branches().size() > 1) {
      return leaf.fields().get(column).name();
    }
    NormalForm.Branch branch = leaf.branches().get(0);
    return SqlText.of(
        branch.outputs().get(column),
        of -> branch.table().name() + "." + branch.rel().fields().get(of).name());
  }
}

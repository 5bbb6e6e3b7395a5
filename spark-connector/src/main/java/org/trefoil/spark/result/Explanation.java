package org.trefoil.spark.result;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Disclosure;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.CostEstimate;
import scala.jdk.javaapi.CollectionConverters;

/** What EXPLAIN says of the leaf: what was pushed, in Spark's words, and what is disclosed. */
public final class Explanation {
  private final Map<String, String> entries;
  private final String model;
  private Supplier<CostEstimate> executors;

  private Explanation(
      Map<String, String> entries, List<String> model, Supplier<CostEstimate> executors) {
    this.entries = entries;
    this.model = String.join(" ", model);
    this.executors = executors;
  }

  /** Explains a result that another has asked for: what was leaked is theirs to know. */
  public static Explanation ofHeld(Plan plan, String mode) {
    List<String> model = Disclosure.model(plan);
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("Mode", mode);
    entries.put("Model", list(model));
    return new Explanation(entries, model, null);
  }

  /**
   * Explains a plan.
   *
   * @param executors what the executors expect it to cost; asked once, when somebody wants to read
   *     it, and may fail
   */
  static Explanation of(Plan plan, Catalog catalog, String mode, Supplier<CostEstimate> executors) {
    Split split = Fragments.split(plan, catalog);
    Disclosure disclosure = Disclosure.of(plan, split, catalog);
    List<String> joins = new ArrayList<>();
    List<String> aggregates = new ArrayList<>();
    List<String> groups = new ArrayList<>();
    List<String> tables = new ArrayList<>();
    collect(plan.root(), joins, aggregates, groups, tables);
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("Tables", list(tables));
    entries.put("PushedJoin", list(joins));
    entries.put("PushedAggregates", list(aggregates));
    entries.put("PushedGroupBy", list(groups));
    entries.put("Reveals", list(disclosure.reveals()));
    entries.put("Recipients", list(disclosure.recipients()));
    entries.put("Leaks", list(disclosure.leaks()));
    List<String> rounded = rounded(split);
    if (!rounded.isEmpty()) {
      entries.put("Rounded", list(rounded));
    }
    entries.put("Model", list(disclosure.model()));
    entries.put("Mode", mode);
    entries.put("Estimate", Estimate.of(split, catalog));
    return new Explanation(entries, disclosure.model(), executors);
  }

  private synchronized Map<String, String> entries() {
    if (executors != null) {
      entries.merge("Estimate", Estimate.of(executors), (owners, own) -> owners + "; " + own);
      executors = null;
    }
    return entries;
  }

  /** Against whom the query is protected, and against whom it is not. */
  String model() {
    return model;
  }

  /** All on one line, for a simple EXPLAIN. */
  String line() {
    return entries().entrySet().stream()
        .map(e -> e.getKey() + ": " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  /** For EXPLAIN FORMATTED. */
  scala.collection.immutable.Map<String, String> metadata() {
    return scala.collection.immutable.Map$.MODULE$.from(CollectionConverters.asScala(entries()));
  }

  private static String list(List<String> entries) {
    return "[" + String.join("; ", entries) + "]";
  }

  /** How far what is shared with a declared number of digits may be from what it was. */
  private static List<String> rounded(Split split) {
    Set<String> all = new TreeSet<>();
    for (Source source : split.sources()) {
      for (Fragment fragment : source.branches()) {
        collectRounded(fragment.local(), all);
      }
    }
    return List.copyOf(all);
  }

  private static void collectRounded(Rel rel, Set<String> all) {
    rel.inputs().forEach(input -> collectRounded(input, all));
    if (rel instanceof Rel.Scan scan) {
      for (Field field : scan.fields()) {
        if (field.type().isFixedPoint()) {
          BigDecimal half = BigDecimal.valueOf(5, field.type().scale() + 1);
          all.add(
              scan.owner()
                  + "."
                  + scan.table()
                  + "."
                  + field.name()
                  + " to "
                  + field.type().scale()
                  + " digits after the point: each value is off by at most "
                  + half.toPlainString());
        }
      }
    }
  }

  private static void collect(
      Rel rel,
      List<String> joins,
      List<String> aggregates,
      List<String> groups,
      List<String> tables) {
    for (Rel input : rel.inputs()) {
      collect(input, joins, aggregates, groups, tables);
    }
    if (rel instanceof Rel.Scan scan) {
      tables.add(scan.owner() + "." + scan.table());
    } else if (rel instanceof Rel.Join join) {
      joins.add(
          join.kind().name().replace('_', ' ') + " ON " + text(join.condition(), join.joined()));
    } else if (rel instanceof Rel.Aggregate aggregate) {
      List<Field> fields = aggregate.input().fields();
      aggregate.groups().forEach(g -> groups.add(text(g, fields)));
      for (AggregateCall call : aggregate.calls()) {
        aggregates.add(call.sql(call.argument().map(a -> text(a, fields)).orElse("*")));
      }
    }
  }

  /** An expression for people: columns by name. */
  private static String text(Expr expression, List<Field> fields) {
    if (expression instanceof Expr.FieldRef field) {
      return fields.get(field.index()).name();
    }
    if (expression instanceof Expr.Literal literal) {
      String quote = literal.type().kind() == DataType.Kind.BINARY ? "X'" : "'";
      return literal.value() instanceof String s
          ? quote + s + "'"
          : String.valueOf(literal.value());
    }
    Expr.Call call = (Expr.Call) expression;
    List<String> arguments = call.arguments().stream().map(a -> text(a, fields)).toList();
    String template = call.function().sql();
    if (template == null || template.contains("$*")) {
      return call.function() + "(" + String.join(", ", arguments) + ")";
    }
    StringBuilder filled = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      if (c != '$') {
        filled.append(c);
        continue;
      }
      char what = template.charAt(++i);
      filled.append(what == 'T' ? call.type().sql() : arguments.get(what - '1'));
    }
    return filled.toString();
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** What is unique, and which columns follow from others, as far as owners are to be believed. */
final class Dependencies {
  private final Split split;
  private final Catalog catalog;
  private final Nodes nodes;

  Dependencies(Split split, Catalog catalog, Nodes nodes) {
    this.split = split;
    this.catalog = catalog;
    this.nodes = nodes;
  }

  /**
   * The sources on whose columns a group column of {@code source} may rest. Where a table of it has
   * k above 1, only those of its own owner: another one could share a column that does not agree
   * with its key, and so be shown values of single rows as those of a group.
   */
  IntPredicate believedFor(int source) {
    if (source >= split.sources().size()) {
      return other -> other == source;
    }
    boolean counted =
        split.sources().get(source).branches().stream()
            .anyMatch(b -> catalog.table(b.owner(), b.table()).policy().holdsBack());
    return other -> other < split.sources().size() && (!counted || sameOwner(source, other));
  }

  /** Whether one owner holds all tables of both sources. */
  boolean sameOwner(int source, int other) {
    return Stream.of(source, other)
            .flatMap(s -> split.sources().get(s).branches().stream())
            .map(Fragment::owner)
            .distinct()
            .count()
        == 1;
  }

  /**
   * The columns that have one value wherever those of {@code given} have, as far as this follows
   * from what the owners of {@code believed} sources share.
   *
   * @param keys columns of single sources that owners check when they declare them unique
   */
  Set<Origin> determined(
      Rel body, Set<Origin> given, IntPredicate believed, List<List<Origin>> keys) {
    Set<Origin> known = new LinkedHashSet<>(given);
    known.removeIf(column -> !believed.test(column.node()));
    List<List<Origin>> equal = new ArrayList<>();
    equalities(body, equal);
    equal.removeIf(pair -> !pair.stream().allMatch(c -> believed.test(c.node())));
    int size;
    do {
      size = known.size();
      for (List<Origin> pair : equal) {
        if (known.contains(pair.get(0)) || known.contains(pair.get(1))) {
          known.addAll(pair);
        }
      }
      keysDetermine(body, known, believed);
      // Only declared keys that a join uses as well: owners check that those are unique.
      for (List<Origin> key : keys) {
        int source = key.get(0).node();
        if (believed.test(source) && known.containsAll(key) && hasKey(source, key)) {
          addAll(source, known);
        }
      }
    } while (known.size() > size);
    return known;
  }

  private void equalities(Rel rel, List<List<Origin>> equal) {
    if (rel instanceof Rel.Join join && join.kind() == Rel.Join.Kind.INNER) {
      JoinKeys keys = JoinKeys.of(join);
      for (int i = 0; i < keys.left().size(); i++) {
        equal.add(
            List.of(
                nodes.of(join.left()).get(keys.left().get(i)),
                nodes.of(join.right()).get(keys.right().get(i))));
      }
    } else if (rel instanceof Rel.Filter filter) {
      for (Expr term : Expressions.terms(Function.AND, filter.condition())) {
        if (term instanceof Expr.Call call
            && call.function() == Function.EQUAL
            && call.arguments().stream().allMatch(Expr.FieldRef.class::isInstance)) {
          List<Origin> scope = nodes.of(filter.input());
          equal.add(
              call.arguments().stream().map(a -> scope.get(((Expr.FieldRef) a).index())).toList());
        }
      }
    }
    // Within an aggregate, or one input of a union, other rows are equal than those that it makes.
    if (!(rel instanceof Rel.Aggregate || rel instanceof Rel.Union)) {
      rel.inputs().forEach(in -> equalities(in, equal));
    }
  }

  private void keysDetermine(Rel rel, Set<Origin> known, IntPredicate believed) {
    if (rel instanceof Rel.Aggregate || rel instanceof Rel.Union) {
      return;
    }
    if (rel instanceof Rel.Join join && join.kind() == Rel.Join.Kind.INNER) {
      List<Origin> left = nodes.of(join.left());
      List<Origin> key = JoinKeys.of(join).left().stream().map(left::get).toList();
      boolean ofSource =
          !key.isEmpty()
              && nodes.isSource(key.get(0))
              && key.stream().allMatch(c -> c.node() == key.get(0).node())
              && isAtHome(join.left(), key.get(0).node());
      if (ofSource && believed.test(key.get(0).node()) && known.containsAll(key)) {
        addAll(key.get(0).node(), known);
      }
    }
    rel.inputs().forEach(in -> keysDetermine(in, known, believed));
  }

  /** Whether the source is below {@code rel} without an aggregate in between. */
  private static boolean isAtHome(Rel rel, int source) {
    if (rel instanceof Rel.Input input) {
      return input.source() == source;
    }
    return !(rel instanceof Rel.Aggregate || rel instanceof Rel.Union)
        && rel.inputs().stream().anyMatch(in -> isAtHome(in, source));
  }

  private void addAll(int source, Set<Origin> known) {
    for (int i = 0; i < split.sources().get(source).fields().size(); i++) {
      known.add(new Origin(source, i));
    }
  }

  /** The sources whose rows occur at most once in {@code rel}, whatever other owners share. */
  Set<Integer> once(Rel rel) {
    if (rel instanceof Rel.Input input) {
      return Set.of(input.source());
    }
    if (rel instanceof Rel.Aggregate || rel instanceof Rel.Union) {
      return Set.of();
    }
    if (rel instanceof Rel.Join join) {
      return once(join);
    }
    return once(rel.inputs().get(0));
  }

  private Set<Integer> once(Rel.Join join) {
    Set<Integer> right = once(join.right());
    JoinKeys keys = JoinKeys.of(join);
    if (keys.right().isEmpty() || join.kind() != Rel.Join.Kind.INNER) {
      return join.kind() == Rel.Join.Kind.INNER || join.kind() == Rel.Join.Kind.RIGHT
          ? right
          : Set.of();
    }
    List<Origin> of = nodes.of(join.right());
    List<Origin> key = keys.right().stream().map(of::get).toList();
    int foreign = key.get(0).node();
    if (!right.contains(foreign) || !hasKey(foreign, key)) {
      return right;
    }
    Set<Integer> both = new HashSet<>(right);
    // An owner that declares a key and shares duplicates may fool nobody but itself.
    once(join.left()).stream().filter(s -> sameOwner(s, foreign)).forEach(both::add);
    return both;
  }

  /** Whether {@code columns} hold a declared key of a source that is one table. */
  boolean hasKey(int node, List<Origin> columns) {
    if (node >= split.sources().size()) {
      return false;
    }
    Source source = split.sources().get(node);
    if (source.branches().size() != 1) {
      return false;
    }
    Fragment fragment = source.branches().get(0);
    Set<Integer> outputs = new HashSet<>();
    columns.stream()
        .filter(c -> c.node() == node && !nodes.field(c).nullable())
        .forEach(c -> outputs.add(c.output()));
    return UniqueKeys.of(fragment.local(), catalog.table(fragment.owner(), fragment.table()).keys())
        .stream()
        .anyMatch(outputs::containsAll);
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.trefoil.api.plan.NormalForm.Item;

/** A relation of the remainder before the columns of the sources are final. */
final class Node {
  /** What it is; expressions hold marks. */
  sealed interface Shape {}

  /** Rows of a source. */
  record Leaf(int leaf) implements Shape {}

  /**
   * A join of unique rows and rows that refer to them.
   *
   * @param keys of the unique side, then of the other
   * @param residual what must hold besides, of outer joins only
   * @param outer the columns that may be NULL; null of an inner join
   */
  record Join(
      Rel.Join.Kind kind,
      Node primary,
      Node foreign,
      List<NormalForm.Equality> keys,
      List<Expr> residual,
      NormalForm.Outer outer)
      implements Shape {}

  /** Aggregated rows. */
  record Group(Node input, NormalForm.Grouped grouped, List<Expr> groups, List<AggregateCall> calls)
      implements Shape {}

  /**
   * Rows of several nodes, one after the other.
   *
   * @param columns by input the references to what is united
   */
  record Union(List<Node> inputs, NormalForm.United united, List<List<Expr>> columns)
      implements Shape {}

  /**
   * Rows with what is computed in their order.
   *
   * @param partitions references
   * @param keys of references
   * @param calls of references
   */
  record Window(
      Node input,
      NormalForm.Windowed windowed,
      List<Expr> partitions,
      List<Rel.Sort.Key> keys,
      List<WindowCall> calls)
      implements Shape {}

  final Shape shape;

  /** Offsets of the items whose columns can be read. */
  final SortedSet<Integer> items = new TreeSet<>();

  /** Column sets that are unique among the rows. */
  final Set<Set<Integer>> unique = new LinkedHashSet<>();

  final List<Expr> conditions = new ArrayList<>();

  /** Columns that are computed on shares, by their marks. */
  final Map<Integer, Expr> computed = new LinkedHashMap<>();

  /** Rows at most, as tables were registered. */
  final long rows;

  private final String name;

  private Node(Shape shape, long rows, String name) {
    this.shape = shape;
    this.rows = rows;
    this.name = name;
  }

  static Node leaf(int leaf, Item item) {
    NormalForm.Leaf tables = (NormalForm.Leaf) item;
    Node node =
        new Node(
            new Leaf(leaf),
            tables.branches().stream().mapToLong(b -> b.table().rows()).sum(),
            String.join(" + ", tables.branches().stream().map(b -> b.table().name()).toList()));
    node.items.add(item.offset());
    node.unique.addAll(UniqueKeys.of(item));
    return node;
  }

  static Node grouped(
      Node input, NormalForm.Grouped grouped, List<Expr> groups, List<AggregateCall> calls) {
    Node node =
        new Node(
            new Group(input, grouped, groups, calls),
            groups.isEmpty() ? 1 : input.rows,
            "the aggregate of " + input.name);
    node.items.add(grouped.offset());
    node.unique.addAll(UniqueKeys.of(grouped));
    return node;
  }

  static Node windowed(
      Node input,
      NormalForm.Windowed windowed,
      List<Expr> partitions,
      List<Rel.Sort.Key> keys,
      List<WindowCall> calls) {
    Node node =
        new Node(new Window(input, windowed, partitions, keys, calls), input.rows, input.name);
    node.items.add(windowed.offset());
    for (Set<Integer> unique : input.unique) {
      Set<Integer> own = new LinkedHashSet<>();
      for (int i = 0; i < windowed.columns().size(); i++) {
        if (windowed.columns().get(i) instanceof Expr.FieldRef ref
            && unique.contains(ref.index())) {
          own.add(windowed.offset() + i);
        }
      }
      if (own.size() == unique.size()) {
        node.unique.add(own);
      }
    }
    return node;
  }

  static Node united(List<Node> inputs, NormalForm.United united, List<List<Expr>> columns) {
    Node node =
        new Node(
            new Union(inputs, united, columns),
            inputs.stream().mapToLong(n -> n.rows).sum(),
            String.join(" + ", inputs.stream().map(n -> n.name).toList()));
    node.items.add(united.offset());
    return node;
  }

  static Node joined(Node primary, Node foreign, List<NormalForm.Equality> keys) {
    Node node =
        new Node(
            new Join(Rel.Join.Kind.INNER, primary, foreign, keys, List.of(), null),
            foreign.rows,
            primary.name + " * " + foreign.name);
    node.items.addAll(primary.items);
    node.items.addAll(foreign.items);
    node.unique.addAll(foreign.unique);
    return node;
  }

  static Node outer(
      Rel.Join.Kind kind,
      Node primary,
      Node foreign,
      List<NormalForm.Equality> keys,
      List<Expr> residual,
      NormalForm.Outer outer) {
    Node node =
        new Node(
            new Join(kind, primary, foreign, keys, residual, outer),
            kind == Rel.Join.Kind.RIGHT ? foreign.rows : primary.rows + foreign.rows,
            primary.name + " * " + foreign.name);
    node.items.add(outer.offset());
    if (kind == Rel.Join.Kind.RIGHT) {
      node.items.addAll(foreign.items);
      node.unique.addAll(foreign.unique);
    } else if (kind == Rel.Join.Kind.LEFT) {
      node.items.addAll(primary.items);
    }
    return node;
  }

  /** How messages name it. */
  String name() {
    return name;
  }

  boolean reads(List<Item> all) {
    return all.stream().allMatch(i -> items.contains(i.offset()));
  }

  /** Adds a column that is computed from others; the reference to it. */
  Expr computed(int mark, Expr expr) {
    for (Map.Entry<Integer, Expr> e : computed.entrySet()) {
      if (Expressions.plain(e.getValue()).equals(Expressions.plain(expr))) {
        return new Expr.FieldRef(e.getKey(), expr.type(), expr.nullable());
      }
    }
    computed.put(mark, expr);
    return new Expr.FieldRef(mark, expr.type(), expr.nullable());
  }

  /** Whether each of its rows is an aggregate, possibly with what a single row adds to it. */
  boolean isAggregated() {
    if (shape instanceof Join join) {
      boolean both = join.kind == Rel.Join.Kind.LEFT || join.kind == Rel.Join.Kind.FULL;
      return join.foreign.isAggregated() && (!both || join.primary.isAggregated());
    }
    if (shape instanceof Union union) {
      return union.inputs.stream().allMatch(Node::isAggregated);
    }
    return shape instanceof Group
        || (shape instanceof Window window && window.input.isAggregated());
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/**
 * Joins the items of a block step by step, on one side of each join a key. A table that refers to
 * others and is referred to itself is joined with those it refers to first: the largest table, to
 * which nothing refers, then takes part in the fewest joins. Equalities that are no key of a join,
 * such as those that close a cycle, become conditions above it. What has one row is joined last.
 */
final class JoinOrder {
  /** A join of a PK side with an FK side; {@code pairs} are expressions over the items. */
  private record Candidate(
      Node primary, Node foreign, int foreignItem, List<NormalForm.Equality> pairs) {}

  private final NormalForm form;
  private final List<NormalForm.Equality> equalities;
  private final UnaryOperator<Expr> extract;
  private final List<Node> open;
  private final Classes<Expr> equal = new Classes<>();
  private final Classes<Expr> enforced = new Classes<>();
  private final Map<Expr, Expr> originals = new HashMap<>();

  /**
   * @param extract expressions over the items to expressions over marks
   */
  JoinOrder(
      NormalForm form,
      List<NormalForm.Equality> equalities,
      List<Node> nodes,
      UnaryOperator<Expr> extract) {
    this.form = form;
    this.equalities = equalities;
    this.extract = extract;
    this.open = new ArrayList<>(nodes);
  }

  /**
   * @param crossing conditions over marks, each applied as soon as its columns are there
   */
  Node join(List<Expr> crossing) {
    for (NormalForm.Equality e : equalities) {
      equal.unite(plain(e.left()), plain(e.right()));
    }
    List<Expr> waiting = new ArrayList<>(crossing);
    open.forEach(node -> conditions(node, waiting));
    while (open.size() > 1) {
      Candidate next = next();
      List<NormalForm.Equality> keys = new ArrayList<>();
      for (NormalForm.Equality pair : next.pairs) {
        requireSameType(pair);
        keys.add(new NormalForm.Equality(extract.apply(pair.left()), extract.apply(pair.right())));
        enforced.unite(plain(pair.left()), plain(pair.right()));
      }
      Node joined = Node.joined(next.primary, next.foreign, keys);
      if (foreignIsUnique(next)) {
        joined.unique.addAll(next.primary.unique);
      }
      open.remove(next.primary);
      open.set(open.indexOf(next.foreign), joined);
      conditions(joined, waiting);
    }
    return open.get(0);
  }

  private void conditions(Node node, List<Expr> waiting) {
    for (NormalForm.Equality e : equalities) {
      boolean inside = node.reads(form.itemsOf(e.left())) && node.reads(form.itemsOf(e.right()));
      if (inside && !enforced.same(plain(e.left()), plain(e.right()))) {
        node.conditions.add(equal(extract.apply(e.left()), extract.apply(e.right())));
        enforced.unite(plain(e.left()), plain(e.right()));
      }
    }
    for (Expr condition : List.copyOf(waiting)) {
      boolean there =
          Expressions.refs(condition).stream().allMatch(mark -> node.items.contains(offset(mark)));
      if (there) {
        node.conditions.add(condition);
        waiting.remove(condition);
      }
    }
  }

  /** The offset of the item of a mark. */
  private int offset(int mark) {
    return mark < 0
        ? form.item(-1 - mark).offset()
        : form.leaves().get(mark / Fragments.mark(1, 0)).offset();
  }

  private Expr plain(Expr expr) {
    Expr plain = Expressions.plain(expr);
    originals.putIfAbsent(plain, expr);
    return plain;
  }

  private Candidate next() {
    List<Candidate> candidates = new ArrayList<>();
    for (Node primary : open) {
      for (Node foreign : open) {
        if (primary != foreign) {
          candidate(primary, foreign).ifPresent(candidates::add);
        }
      }
    }
    // Where both sides are unique, the joined rows are those of the smaller one.
    candidates.removeIf(
        c ->
            c.primary.rows < c.foreign.rows
                && candidates.stream()
                    .anyMatch(d -> d.primary == c.foreign && d.foreign == c.primary));
    // Best: the PK side refers to nothing any more, and the FK side is referred to itself.
    return candidates.stream()
        .filter(c -> !refersOn(candidates, c.primary, c.foreign))
        .filter(c -> isReferredTo(candidates, c.foreign, c.primary))
        .findFirst()
        .or(
            () ->
                candidates.stream()
                    .filter(c -> !refersOn(candidates, c.primary, c.foreign))
                    .findFirst())
        .or(() -> candidates.stream().findFirst())
        .or(this::single)
        .orElseThrow(this::noJoin);
  }

  /** A join with a relation of one row. */
  private Optional<Candidate> single() {
    for (Node primary : open) {
      if (primary.unique.contains(Set.of())) {
        Node foreign = open.stream().filter(n -> n != primary).findFirst().orElseThrow();
        return Optional.of(new Candidate(primary, foreign, -1, List.of()));
      }
    }
    return Optional.empty();
  }

  private static boolean refersOn(List<Candidate> candidates, Node node, Node except) {
    return candidates.stream().anyMatch(d -> d.foreign == node && d.primary != except);
  }

  private static boolean isReferredTo(List<Candidate> candidates, Node node, Node except) {
    return candidates.stream().anyMatch(d -> d.primary == node && d.foreign != except);
  }

  private Optional<Candidate> candidate(Node primary, Node foreign) {
    for (Set<Integer> key : primary.unique) {
      for (int item : foreign.items) {
        List<NormalForm.Equality> pairs = new ArrayList<>();
        for (int column : key) {
          pair(column, item).ifPresent(pairs::add);
        }
        if (!key.isEmpty() && pairs.size() == key.size()) {
          return Optional.of(new Candidate(primary, foreign, item, pairs));
        }
      }
    }
    return Optional.empty();
  }

  /** An equality of column {@code index} and something of the item at {@code foreign}. */
  private Optional<NormalForm.Equality> pair(int index, int foreign) {
    for (Map.Entry<Expr, Expr> e : List.copyOf(originals.entrySet())) {
      if (UniqueKeys.isColumn(e.getValue(), index)) {
        for (Expr member : equal.members(e.getKey())) {
          if (form.itemsOf(member).get(0).offset() == foreign) {
            return Optional.of(new NormalForm.Equality(e.getValue(), originals.get(member)));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static boolean foreignIsUnique(Candidate c) {
    return c.foreign.unique.stream()
        .anyMatch(
            key ->
                key.stream()
                    .allMatch(
                        column ->
                            c.pairs.stream()
                                .anyMatch(p -> UniqueKeys.isColumn(p.right(), column))));
  }

  static void requireSameType(NormalForm.Equality pair) {
    DataType left = pair.left().type();
    DataType right = pair.right().type();
    if (left.kind() != right.kind() || left.scale() != right.scale()) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_JOIN,
          "Cannot join a "
              + left.sql()
              + " with a "
              + right.sql()
              + ". Cast one of them to the type of the other.");
    }
  }

  static Expr equal(Expr left, Expr right) {
    return new Expr.Call(
        Function.EQUAL,
        List.of(left, right),
        DataType.BOOLEAN,
        left.nullable() || right.nullable());
  }

  private TrefoilException noJoin() {
    for (NormalForm.Equality e : equalities) {
      Optional<Node> left = open.stream().filter(n -> n.reads(form.itemsOf(e.left()))).findFirst();
      Optional<Node> right =
          open.stream().filter(n -> n.reads(form.itemsOf(e.right()))).findFirst();
      if (left.isPresent() && right.isPresent() && left.get() != right.get()) {
        return new TrefoilException(
            Condition.UNSUPPORTED_JOIN,
            "Cannot join "
                + left.get().name()
                + " and "
                + right.get().name()
                + ": neither has a declared key within the columns that are equated, so that rows"
                + " of both could match many times. Join on a key, and let its owner declare it"
                + " under keys.");
      }
    }
    return new TrefoilException(
        Condition.UNSUPPORTED_JOIN,
        "Cannot join "
            + open.get(0).name()
            + " and "
            + open.get(1).name()
            + ": no condition equates a column of one with a column of the other. Add an equality"
            + " with a declared key.");
  }
}

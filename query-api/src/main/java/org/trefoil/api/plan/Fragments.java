package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Divides a plan into owner-local fragments and the cross-owner remainder. */
public final class Fragments {
  private final NormalForm form;
  private final boolean ansi;

  /** Per leaf: the expressions that its fragments deliver, and their positions. */
  private final List<Map<Expr, Integer>> positions = new ArrayList<>();

  private final List<List<Expr>> outputs = new ArrayList<>();

  /** Per leaf: conditions that its fragments apply. */
  private final List<List<Expr>> local = new ArrayList<>();

  /** Per leaf: what is not NULL in the rows that its fragments deliver. */
  private final List<Set<Expr>> notNull = new ArrayList<>();

  private Fragments(NormalForm form, boolean ansi) {
    this.form = form;
    this.ansi = ansi;
    for (int i = 0; i < form.leaves().size(); i++) {
      positions.add(new LinkedHashMap<>());
      outputs.add(new ArrayList<>());
      local.add(new ArrayList<>());
      notNull.add(new HashSet<>());
    }
  }

  /**
   * Divides {@code plan}; everybody computes the same split from the same plan and descriptors.
   *
   * <p>The remainder is, from the top, {@code Project(references)? Limit? Sort? Filter? Aggregate
   * body}; a body is made of {@link Rel.Input}, {@link Rel.Join} and {@link Rel.Filter} only and
   * has no Project, so that the columns of a relation in it are the columns of its inputs, left to
   * right. Of every Join:
   *
   * <ul>
   *   <li>the condition is {@code l1 = r1 AND l2 = r2 ...} of column references, the l's of one
   *       source of the left input, the r's of one source of the right input, none nullable;
   *   <li>the l's are a declared key of the left input: every right row has at most one partner
   *       (left is the PK side, right the FK side), so that the join has at most as many rows as
   *       its right input.
   * </ul>
   *
   * Group expressions and arguments of MIN and MAX are references to fragment columns. Every other
   * expression of the body holds references, literals and functions {@link Function#onShares()};
   * every maximal part of it that reads one source only is one column of that source.
   *
   * @throws org.trefoil.api.error.TrefoilException ROW_LEVEL_ACCESS if rows would be revealed that
   *     are not aggregates; UNSUPPORTED_* naming what is outside the first profile;
   *     TABLE_NOT_FOUND, COLUMN_NOT_FOUND
   */
  public static Split split(Plan plan, Catalog catalog) {
    return new Fragments(NormalForm.of(plan, catalog), plan.ansi()).split();
  }

  private Split split() {
    List<Expr> crossing = new ArrayList<>();
    for (Expr condition : form.conditions()) {
      SortedSet<Integer> leaves = form.leavesOf(condition);
      if (leaves.size() > 1) {
        crossing.add(condition);
      } else {
        apply(leaves.isEmpty() ? 0 : leaves.first(), condition);
      }
    }
    for (NormalForm.Equality e : form.equalities()) {
      for (Expr side : List.of(e.left(), e.right())) {
        int leaf = form.leavesOf(side).first();
        if (side.nullable() && !known(leaf, side)) {
          apply(leaf, Expressions.notNull(side));
        }
      }
    }
    Node body = new JoinOrder().join(crossing.stream().map(this::extract).toList());
    List<Expr> groups = new ArrayList<>();
    for (int i = 0; i < form.groups().size(); i++) {
      Expr group = extract(form.groups().get(i));
      if (!(group instanceof Expr.FieldRef)) {
        throw unsupported(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot group by "
                + form.names().get(i)
                + ": it is computed from columns of several tables. Group by columns, or by"
                + " expressions over one table each.");
      }
      groups.add(group);
    }
    List<AggregateCall> calls = new ArrayList<>();
    for (AggregateCall call : form.calls()) {
      calls.add(call(call));
    }
    return assemble(body, groups, calls);
  }

  private AggregateCall call(AggregateCall call) {
    Optional<Expr> argument = call.argument();
    if (call.kind() == AggregateCall.Kind.COUNT) {
      // COUNT of what is never NULL counts rows.
      argument = argument.filter(this::isNullable);
    }
    AggregateCall whole = new AggregateCall(call.kind(), argument, call.type());
    argument = argument.map(this::extract);
    switch (call.kind()) {
      case COUNT -> {}
      case MIN, MAX -> {
        if (!(argument.orElseThrow() instanceof Expr.FieldRef)) {
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot compute "
                  + call.kind()
                  + " of an expression over several tables. Use columns of one table in it.");
        }
      }
      case SUM -> {
        if (!argument.orElseThrow().type().isNumeric()) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot compute SUM of a " + argument.orElseThrow().type().sql() + ".");
        }
      }
    }
    return new AggregateCall(call.kind(), argument, call.type(), weighing(whole));
  }

  /** Over fragment columns; empty if no table asks for a minimum. */
  private List<Expr> weighing(AggregateCall call) {
    boolean counted =
        form.leaves().stream()
            .flatMap(leaf -> leaf.branches().stream())
            .anyMatch(branch -> branch.table().policy().minGroupSize() > 1);
    if (!counted || call.argument().isEmpty()) {
      return List.of();
    }
    Expr present = Expressions.notNull(call.argument().get());
    List<Expr> weighing = new ArrayList<>();
    for (Expr condition : Weights.of(call, e -> form.leavesOf(e).size() <= 1)) {
      if (!condition.equals(present)) {
        weighing.add(extract(condition));
        continue;
      }
      // Whether the value is there is shared with the value.
      Expr argument = extract(call.argument().get());
      if (argument.nullable()) {
        weighing.add(Expressions.notNull(argument));
      }
    }
    return weighing;
  }

  private boolean isNullable(Expr expr) {
    SortedSet<Integer> leaves = form.leavesOf(expr);
    return leaves.size() == 1 ? refine(leaves.first(), expr).nullable() : expr.nullable();
  }

  /** Adds a condition to the fragments of a leaf. */
  private void apply(int leaf, Expr condition) {
    local.get(leaf).add(condition);
    if (condition instanceof Expr.Call call && call.function() == Function.IS_NOT_NULL) {
      notNull.get(leaf).addAll(Expressions.notNullWith(call.arguments().get(0)));
    } else {
      notNull.get(leaf).addAll(Expressions.notNullWith(condition));
    }
  }

  private boolean known(int leaf, Expr expr) {
    return notNull.get(leaf).contains(Expressions.plain(expr));
  }

  /**
   * Replaces every maximal part of {@code expr} that reads one leaf only by a reference to an
   * output of that leaf, numbered by {@link #mark}.
   */
  private Expr extract(Expr expr) {
    SortedSet<Integer> leaves = form.leavesOf(expr);
    if (leaves.isEmpty()) {
      return expr;
    }
    if (leaves.size() == 1) {
      return output(leaves.first(), expr);
    }
    NormalForm.requireOnShares(expr);
    Expr.Call call = (Expr.Call) expr;
    requireComputable(call);
    if (call.function() == Function.AND || call.function() == Function.OR) {
      // Terms of one leaf are gathered: together they are one bit.
      SortedMap<Integer, List<Expr>> single = new TreeMap<>();
      List<Expr> terms = new ArrayList<>();
      for (Expr term : Expressions.terms(call.function(), call)) {
        SortedSet<Integer> of = form.leavesOf(term);
        if (of.size() == 1) {
          single.computeIfAbsent(of.first(), k -> new ArrayList<>()).add(term);
        } else {
          terms.add(extract(term));
        }
      }
      List<Expr> all = new ArrayList<>();
      single.forEach((leaf, of) -> all.add(output(leaf, Expressions.joined(call.function(), of))));
      all.addAll(terms);
      return Expressions.joined(call.function(), all);
    }
    return new Expr.Call(
        call.function(),
        call.arguments().stream().map(this::extract).toList(),
        call.type(),
        call.nullable());
  }

  private Expr output(int leaf, Expr expr) {
    Expr refined = refine(leaf, expr);
    Integer position = positions.get(leaf).get(Expressions.plain(expr));
    if (position == null) {
      position = outputs.get(leaf).size();
      positions.get(leaf).put(Expressions.plain(expr), position);
      outputs.get(leaf).add(refined);
    }
    return new Expr.FieldRef(mark(leaf, position), expr.type(), refined.nullable());
  }

  /** Marks as never NULL what the conditions of the leaf let through only where it is not. */
  private Expr refine(int leaf, Expr expr) {
    Expr refined = expr;
    if (expr instanceof Expr.Call call) {
      List<Expr> arguments = call.arguments().stream().map(a -> refine(leaf, a)).toList();
      refined =
          new Expr.Call(
              call.function(),
              arguments,
              call.type(),
              call.nullable() && !staysNotNull(call, arguments));
    }
    return known(leaf, expr) ? Expressions.withoutNull(refined) : refined;
  }

  private boolean staysNotNull(Expr.Call call, List<Expr> arguments) {
    return switch (call.function()) {
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, AND, OR, NOT ->
          arguments.stream().noneMatch(Expr::nullable);
      case ADD, SUBTRACT, MULTIPLY, NEGATE ->
          (ansi || call.type().isInteger()) && arguments.stream().noneMatch(Expr::nullable);
      case COALESCE -> arguments.stream().anyMatch(a -> !a.nullable());
      case CASE -> {
        boolean all = arguments.size() % 2 == 1;
        for (int i = 1; i < arguments.size(); i += 2) {
          all &= !arguments.get(i).nullable();
        }
        yield all && !arguments.get(arguments.size() - 1).nullable();
      }
      default -> false;
    };
  }

  /** Refuses types that a function does not have on shares. */
  private static void requireComputable(Expr.Call call) {
    DataType to = call.type();
    switch (call.function()) {
      case CASE, COALESCE -> {
        if (!to.isNumeric() && to.kind() != DataType.Kind.BOOLEAN) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot choose between values of several tables of type "
                  + to.sql()
                  + ": only numbers and booleans. Choose within one table.");
        }
      }
      case CAST -> {
        DataType from = call.arguments().get(0).type();
        boolean exact =
            to.isNumeric()
                && (from.isNumeric() || from.kind() == DataType.Kind.BOOLEAN)
                && to.scale() >= from.scale()
                && (to.kind() == DataType.Kind.DOUBLE) == (from.kind() == DataType.Kind.DOUBLE);
        if (!exact) {
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot cast "
                  + from.sql()
                  + " to "
                  + to.sql()
                  + " on values of several tables. Cast the columns of each table.");
        }
      }
      case ADD, SUBTRACT -> {
        if (call.arguments().stream().anyMatch(a -> a.type().scale() > to.scale())) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot add values of several tables into "
                  + to.sql()
                  + ": they have more digits after the point. Cast them to fewer digits.");
        }
      }
      case MULTIPLY -> {
        int scale = call.arguments().get(0).type().scale() + call.arguments().get(1).type().scale();
        if (to.scale() != scale) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot multiply values of several tables into "
                  + to.sql()
                  + ": the exact product has "
                  + scale
                  + " digits after the point. Cast the factors to fewer digits.");
        }
      }
      default -> {}
    }
  }

  private static final int OUTPUTS = 1 << 16;

  private static int mark(int leaf, int output) {
    return leaf * OUTPUTS + output;
  }

  // ---- assembling -------------------------------------------------------------------------------

  private Split assemble(Node body, List<Expr> groups, List<AggregateCall> calls) {
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < form.leaves().size(); i++) {
      sources.add(source(i));
    }
    Built built = build(body, sources);
    Rel.Aggregate aggregate =
        new Rel.Aggregate(
            built.rel,
            groups.stream().map(built::resolve).toList(),
            calls.stream()
                .map(
                    c ->
                        new AggregateCall(
                            c.kind(),
                            c.argument().map(built::resolve),
                            c.type(),
                            c.weighing().stream().map(built::resolve).toList()))
                .toList(),
            form.names());
    NormalForm.Top top = form.top();
    List<Field> fields = aggregate.fields();
    Rel rel = aggregate;
    if (!top.having().isEmpty()) {
      rel = new Rel.Filter(rel, over(Expressions.joined(Function.AND, top.having()), fields));
    }
    if (!top.sort().isEmpty()) {
      rel =
          new Rel.Sort(
              rel,
              top.sort().stream()
                  .map(
                      k ->
                          new Rel.Sort.Key(
                              over(k.expression(), fields), k.ascending(), k.nullsFirst()))
                  .toList());
    }
    if (top.limit().isPresent()) {
      rel = new Rel.Limit(rel, top.limit().get().offset(), top.limit().get().count());
    }
    List<Expr> revealed = new ArrayList<>();
    boolean same = top.columns().size() == fields.size() && top.names().equals(form.names());
    for (int i = 0; i < top.columns().size(); i++) {
      int column = top.columns().get(i);
      same &= column == i;
      revealed.add(
          new Expr.FieldRef(column, fields.get(column).type(), fields.get(column).nullable()));
    }
    return new Split(sources, same ? rel : new Rel.Project(rel, revealed, top.names()));
  }

  private static Expr over(Expr expr, List<Field> fields) {
    Expressions.visit(
        expr,
        e -> {
          if (e instanceof Expr.Call call) {
            requireComputable(call);
          }
        });
    return Expressions.replaceRefs(
        expr,
        ref ->
            new Expr.FieldRef(
                ref.index(), fields.get(ref.index()).type(), fields.get(ref.index()).nullable()));
  }

  private Source source(int index) {
    NormalForm.Leaf leaf = form.leaves().get(index);
    List<Fragment> fragments = new ArrayList<>();
    for (int i = 0; i < leaf.branches().size(); i++) {
      NormalForm.Branch b = leaf.branches().get(i);
      fragments.add(
          new Fragment(index, i, b.table().owner(), b.table().table(), fragment(index, leaf, b)));
    }
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < outputs.get(index).size(); i++) {
      Expr e = outputs.get(index).get(i);
      fields.add(new Field(name(leaf, i, e), e.type(), e.nullable()));
    }
    return new Source(index, fragments, fields);
  }

  private static String name(NormalForm.Leaf leaf, int position, Expr output) {
    return output instanceof Expr.FieldRef ref
        ? leaf.fields().get(ref.index() - leaf.offset()).name()
        : "_" + position;
  }

  /** Project(Filter(Scan)) over the columns that are used. */
  private Rel fragment(int index, NormalForm.Leaf leaf, NormalForm.Branch branch) {
    List<Expr> conditions = new ArrayList<>(branch.conditions());
    for (Expr condition : local.get(index)) {
      Expr over = over(condition, leaf, branch);
      boolean always =
          over instanceof Expr.Call call
              && call.function() == Function.IS_NOT_NULL
              && !call.arguments().get(0).nullable();
      if (!always) {
        conditions.add(over);
      }
    }
    List<Expr> columns =
        outputs.get(index).stream()
            .map(
                e -> {
                  Expr over = over(e, leaf, branch);
                  FixedPoint.require(over);
                  return e.nullable() ? over : Expressions.withoutNull(over);
                })
            .toList();
    SortedSet<Integer> used = new TreeSet<>();
    conditions.forEach(c -> used.addAll(Expressions.refs(c)));
    columns.forEach(c -> used.addAll(Expressions.refs(c)));
    Map<Integer, Integer> kept = new HashMap<>();
    List<Field> fields = new ArrayList<>();
    for (int column : used) {
      kept.put(column, fields.size());
      fields.add(branch.scan().fields().get(column));
    }
    Expressions.RefRewrite pruned =
        ref -> new Expr.FieldRef(kept.get(ref.index()), ref.type(), ref.nullable());
    Rel rel = new Rel.Scan(branch.table().owner(), branch.table().table(), fields);
    if (!conditions.isEmpty()) {
      rel =
          new Rel.Filter(
              rel, Expressions.replaceRefs(Expressions.joined(Function.AND, conditions), pruned));
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      names.add(name(leaf, i, outputs.get(index).get(i)));
    }
    return new Rel.Project(
        rel, columns.stream().map(c -> Expressions.replaceRefs(c, pruned)).toList(), names);
  }

  private static Expr over(Expr expr, NormalForm.Leaf leaf, NormalForm.Branch branch) {
    return Expressions.replaceRefs(
        expr,
        ref -> {
          Expr output = branch.outputs().get(ref.index() - leaf.offset());
          return ref.nullable() ? output : Expressions.withoutNull(output);
        });
  }

  /** A relation and where the outputs of each leaf lie among its columns. */
  private record Built(Rel rel, Map<Integer, Integer> offsets) {
    Expr resolve(Expr expr) {
      List<Field> fields = rel.fields();
      return Expressions.replaceRefs(
          expr,
          ref -> {
            int index = offsets.get(ref.index() / OUTPUTS) + ref.index() % OUTPUTS;
            return new Expr.FieldRef(index, fields.get(index).type(), fields.get(index).nullable());
          });
    }
  }

  private Built build(Node node, List<Source> sources) {
    Built built;
    if (node.leaf >= 0) {
      built =
          new Built(
              new Rel.Input(node.leaf, sources.get(node.leaf).fields()), Map.of(node.leaf, 0));
    } else {
      Built left = build(node.left, sources);
      Built right = build(node.right, sources);
      int width = left.rel.fields().size();
      Map<Integer, Integer> offsets = new HashMap<>(left.offsets);
      right.offsets.forEach((leaf, offset) -> offsets.put(leaf, offset + width));
      List<Field> fields = new ArrayList<>(left.rel.fields());
      fields.addAll(right.rel.fields());
      List<Expr> terms = new ArrayList<>();
      for (NormalForm.Equality pair : node.keys) {
        terms.add(
            equal(
                left.resolve(pair.left()),
                Expressions.replaceRefs(
                    right.resolve(pair.right()),
                    ref -> new Expr.FieldRef(ref.index() + width, ref.type(), ref.nullable()))));
      }
      built =
          new Built(
              new Rel.Join(
                  Rel.Join.Kind.INNER,
                  left.rel,
                  right.rel,
                  Expressions.joined(Function.AND, terms)),
              offsets);
    }
    if (node.conditions.isEmpty()) {
      return built;
    }
    return new Built(
        new Rel.Filter(built.rel, built.resolve(Expressions.joined(Function.AND, node.conditions))),
        built.offsets);
  }

  private static Expr equal(Expr left, Expr right) {
    return new Expr.Call(
        Function.EQUAL,
        List.of(left, right),
        DataType.BOOLEAN,
        left.nullable() || right.nullable());
  }

  // ---- the order of joins
  // ------------------------------------------------------------------------

  /** A relation before the columns of the leaves are final; expressions are marked references. */
  private static final class Node {
    final int leaf;
    final Node left;
    final Node right;
    final List<NormalForm.Equality> keys;
    final List<Expr> conditions = new ArrayList<>();
    final SortedSet<Integer> leaves = new TreeSet<>();

    /** Column sets of a leaf that are unique among the rows: leaf and column numbers. */
    final Set<UniqueKey> unique = new LinkedHashSet<>();

    Node(int leaf) {
      this(leaf, null, null, List.of());
      leaves.add(leaf);
    }

    Node(Node left, Node right, List<NormalForm.Equality> keys) {
      this(-1, left, right, keys);
      leaves.addAll(left.leaves);
      leaves.addAll(right.leaves);
    }

    private Node(int leaf, Node left, Node right, List<NormalForm.Equality> keys) {
      this.leaf = leaf;
      this.left = left;
      this.right = right;
      this.keys = keys;
    }
  }

  private record UniqueKey(int leaf, List<Integer> columns) {}

  /** A join of a PK side with an FK side; {@code pairs} are expressions over the leaves. */
  private record Candidate(
      Node primary, Node foreign, int foreignLeaf, List<NormalForm.Equality> pairs) {}

  /**
   * Joins the leaves step by step, a declared key on one side of each join. A table that refers to
   * others and is referred to itself is joined with those it refers to first: the largest table, to
   * which nothing refers, then takes part in the fewest joins. Equalities that are no key of a
   * join, such as those that close a cycle, become conditions above it.
   */
  private final class JoinOrder {
    private final List<Node> open = new ArrayList<>();
    private final Classes<Expr> equal = new Classes<>();
    private final Classes<Expr> enforced = new Classes<>();
    private final Map<Expr, Expr> originals = new HashMap<>();

    Node join(List<Expr> crossing) {
      for (NormalForm.Equality e : form.equalities()) {
        equal.unite(plain(e.left()), plain(e.right()));
      }
      for (int i = 0; i < form.leaves().size(); i++) {
        open.add(leaf(i));
      }
      List<Expr> waiting = new ArrayList<>(crossing);
      while (open.size() > 1) {
        Candidate next = next();
        List<NormalForm.Equality> keys = new ArrayList<>();
        for (NormalForm.Equality pair : next.pairs) {
          requireSameType(pair);
          keys.add(new NormalForm.Equality(extract(pair.left()), extract(pair.right())));
          enforced.unite(plain(pair.left()), plain(pair.right()));
        }
        Node joined = new Node(next.primary, next.foreign, keys);
        joined.unique.addAll(next.foreign.unique);
        if (foreignIsUnique(next)) {
          joined.unique.addAll(next.primary.unique);
        }
        open.remove(next.primary);
        open.set(open.indexOf(next.foreign), joined);
        for (NormalForm.Equality e : form.equalities()) {
          boolean inside =
              joined.leaves.containsAll(form.leavesOf(e.left()))
                  && joined.leaves.containsAll(form.leavesOf(e.right()));
          if (inside && !enforced.same(plain(e.left()), plain(e.right()))) {
            joined.conditions.add(equal(extract(e.left()), extract(e.right())));
            enforced.unite(plain(e.left()), plain(e.right()));
          }
        }
        for (Expr condition : List.copyOf(waiting)) {
          if (joined.leaves.containsAll(markedLeaves(condition))) {
            joined.conditions.add(condition);
            waiting.remove(condition);
          }
        }
      }
      return open.get(0);
    }

    private Expr plain(Expr expr) {
      Expr plain = Expressions.plain(expr);
      originals.putIfAbsent(plain, expr);
      return plain;
    }

    private SortedSet<Integer> markedLeaves(Expr marked) {
      SortedSet<Integer> leaves = new TreeSet<>();
      Expressions.refs(marked).forEach(ref -> leaves.add(ref / OUTPUTS));
      return leaves;
    }

    private Node leaf(int index) {
      Node node = new Node(index);
      NormalForm.Leaf leaf = form.leaves().get(index);
      if (leaf.branches().size() == 1) {
        NormalForm.Branch branch = leaf.branches().get(0);
        List<String> names =
            branch.scan().fields().stream().map(f -> f.name().toLowerCase(Locale.ROOT)).toList();
        for (List<String> key : branch.table().keys()) {
          List<Integer> columns = new ArrayList<>();
          for (String name : key) {
            // The branch of a single table delivers its columns; a union of one may not.
            int scan = names.indexOf(name.toLowerCase(Locale.ROOT));
            int column = -1;
            for (int i = 0; scan >= 0 && i < branch.outputs().size(); i++) {
              if (branch.outputs().get(i) instanceof Expr.FieldRef ref && ref.index() == scan) {
                column = i;
                break;
              }
            }
            columns.add(column);
          }
          if (!columns.isEmpty() && !columns.contains(-1)) {
            node.unique.add(new UniqueKey(index, columns));
          }
        }
      }
      return node;
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
      if (candidates.isEmpty()) {
        throw noJoin();
      }
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
          .orElse(candidates.get(0));
    }

    private static boolean refersOn(List<Candidate> candidates, Node node, Node except) {
      return candidates.stream().anyMatch(d -> d.foreign == node && d.primary != except);
    }

    private static boolean isReferredTo(List<Candidate> candidates, Node node, Node except) {
      return candidates.stream().anyMatch(d -> d.primary == node && d.foreign != except);
    }

    private Optional<Candidate> candidate(Node primary, Node foreign) {
      for (UniqueKey key : primary.unique) {
        for (int leaf : foreign.leaves) {
          List<NormalForm.Equality> pairs = new ArrayList<>();
          for (int column : key.columns) {
            pair(key.leaf, column, leaf).ifPresent(pairs::add);
          }
          if (pairs.size() == key.columns.size()) {
            return Optional.of(new Candidate(primary, foreign, leaf, pairs));
          }
        }
      }
      return Optional.empty();
    }

    /** An equality of column {@code column} of leaf {@code primary} and something of the other. */
    private Optional<NormalForm.Equality> pair(int primary, int column, int foreign) {
      int index = form.leaves().get(primary).offset() + column;
      for (Map.Entry<Expr, Expr> e : List.copyOf(originals.entrySet())) {
        if (isColumn(e.getValue(), index)) {
          for (Expr member : equal.members(e.getKey())) {
            if (form.leavesOf(member).first() == foreign) {
              return Optional.of(new NormalForm.Equality(e.getValue(), originals.get(member)));
            }
          }
        }
      }
      return Optional.empty();
    }

    private boolean foreignIsUnique(Candidate c) {
      for (UniqueKey key : c.foreign.unique) {
        if (key.leaf == c.foreignLeaf) {
          int offset = form.leaves().get(key.leaf).offset();
          if (key.columns.stream()
              .allMatch(
                  column -> c.pairs.stream().anyMatch(p -> isColumn(p.right(), offset + column)))) {
            return true;
          }
        }
      }
      return false;
    }

    private void requireSameType(NormalForm.Equality pair) {
      DataType left = pair.left().type();
      DataType right = pair.right().type();
      if (left.kind() != right.kind() || left.scale() != right.scale()) {
        throw unsupported(
            Condition.UNSUPPORTED_JOIN,
            "Cannot join a "
                + left.sql()
                + " with a "
                + right.sql()
                + ". Cast one of them to the type of the other.");
      }
    }

    private TrefoilException noJoin() {
      for (NormalForm.Equality e : form.equalities()) {
        int left = form.leavesOf(e.left()).first();
        int right = form.leavesOf(e.right()).first();
        if (open.stream().noneMatch(n -> n.leaves.contains(left) && n.leaves.contains(right))) {
          return unsupported(
              Condition.UNSUPPORTED_JOIN,
              "Cannot join "
                  + named(left)
                  + " and "
                  + named(right)
                  + ": neither has a declared key within the columns that are equated, so that rows"
                  + " of both could match many times. Join on a key, and let its owner declare it"
                  + " under keys.");
        }
      }
      return unsupported(
          Condition.UNSUPPORTED_JOIN,
          "Cannot join "
              + named(open.get(0).leaves.first())
              + " and "
              + named(open.get(1).leaves.first())
              + ": no condition equates a column of one with a column of the other. Add an equality"
              + " with a declared key.");
    }

    private String named(int leaf) {
      return String.join(
          " + ", form.leaves().get(leaf).branches().stream().map(b -> b.table().name()).toList());
    }
  }

  /** Whether {@code expr} is column {@code index}, or tells its values apart as the column does. */
  private static boolean isColumn(Expr expr, int index) {
    if (expr instanceof Expr.FieldRef ref) {
      return ref.index() == index;
    }
    return expr instanceof Expr.Call call
        && call.function() == Function.CAST
        && keepsApart(call.arguments().get(0).type(), call.type())
        && isColumn(call.arguments().get(0), index);
  }

  /** Whether a cast gives different values different results: a key stays one when it is cast. */
  public static boolean keepsApart(DataType from, DataType to) {
    if (from.isInteger() && to.isInteger()) {
      return from.kind().compareTo(to.kind()) <= 0;
    }
    if (from.kind() == DataType.Kind.STRING && to.kind() == DataType.Kind.STRING) {
      return from.precision() <= to.precision();
    }
    int digits =
        switch (from.kind()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INT -> 10;
          case BIGINT -> 19;
          case DECIMAL -> from.precision() - from.scale();
          default -> 100;
        };
    return to.kind() == DataType.Kind.DECIMAL
        && to.scale() >= from.scale()
        && to.precision() - to.scale() >= digits;
  }

  private static TrefoilException unsupported(Condition condition, String reason) {
    return new TrefoilException(condition, reason);
  }
}

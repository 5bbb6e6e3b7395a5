package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;

/** Divides a plan into owner-local fragments and the cross-owner remainder. */
public final class Fragments {
  private final NormalForm form;
  private final boolean ansi;
  private final List<NormalForm.Leaf> leaves;

  /** Per leaf: the expressions that its fragments deliver, and their positions. */
  private final List<Map<Expr, Integer>> positions = new ArrayList<>();

  private final List<List<Expr>> outputs = new ArrayList<>();

  /** Per leaf: conditions that its fragments apply. */
  private final List<List<Expr>> local = new ArrayList<>();

  /** Per leaf: what is not NULL in the rows that its fragments deliver. */
  private final List<Set<Expr>> notNull = new ArrayList<>();

  /** By the offset of an outer join: the nodes whose columns may be NULL above it. */
  private final Map<Integer, List<Node>> nulled = new HashMap<>();

  /** What stands for columns that outer joins may make NULL, by their marks. */
  private final Map<Integer, Expr> behind = new LinkedHashMap<>();

  /** By the offset of a window: its rows. */
  private final Map<Integer, Node> passed = new HashMap<>();

  private int computed;

  private final Weights.Columns weights =
      new Weights.Columns() {
        @Override
        public boolean local(Expr expr) {
          return isLocal(expr);
        }

        @Override
        public Optional<AggregateCall> made(Expr.FieldRef column) {
          return InnerCalls.of(form, column);
        }
      };

  private Fragments(NormalForm form, boolean ansi) {
    this.form = form;
    this.ansi = ansi;
    this.leaves = form.leaves();
    for (int i = 0; i < leaves.size(); i++) {
      positions.add(new LinkedHashMap<>());
      outputs.add(new ArrayList<>());
      local.add(new ArrayList<>());
      notNull.add(new HashSet<>());
    }
    this.computed = form.items().stream().mapToInt(i -> i.offset() + i.width()).max().orElse(0);
  }

  /**
   * Divides {@code plan}; everybody computes the same split from the same plan and descriptors.
   *
   * <p>The remainder is, from the top, {@code Project(references)? Limit? Sort?} over a relation of
   * {@link Rel.Input}, {@link Rel.Filter}, {@link Rel.Join}, {@link Rel.Aggregate}, {@link
   * Rel.Union} of Projects, {@link Rel.Window} of references, and otherwise {@link Rel.Project}
   * only where something is computed that is grouped by or joined with. Of every Join:
   *
   * <ul>
   *   <li>the kind is INNER, LEFT, RIGHT or FULL; semi, anti and existence joins have become inner
   *       and outer joins with distinct rows;
   *   <li>the condition starts with {@code l1 = r1 AND l2 = r2 ...} of column references, the l's
   *       of the left input, the r's of the right one; other conjuncts follow in outer joins only;
   *   <li>the l's are unique in the left input: every right row has at most one partner (left is
   *       the PK side, right the FK side), so that an inner join has at most as many rows as its
   *       right input. Without any equality the left input has one row.
   * </ul>
   *
   * Group expressions and arguments of MIN and MAX are references. Every other expression holds
   * references, literals and functions {@link Function#onShares()}; every maximal part of it that
   * reads one source only is one column of that source.
   *
   * @throws org.trefoil.api.error.TrefoilException ROW_LEVEL_ACCESS if rows would be revealed that
   *     are not aggregates; UNSUPPORTED_* naming what is outside the profile; TABLE_NOT_FOUND,
   *     COLUMN_NOT_FOUND
   */
  public static Split split(Plan plan, Catalog catalog) {
    NormalForm form = OwnersFirst.of(NormalForm.of(plan, catalog), plan.ansi());
    Split split = new Fragments(form, plan.ansi()).split(plan.release().rules(catalog));
    return new Split(split.sources(), split.remainder(), plan.release());
  }

  /** Whether a cast gives different values different results: a key stays one when it is cast. */
  public static boolean keepsApart(DataType from, DataType to) {
    return UniqueKeys.keepsApart(from, to);
  }

  private Split split(Catalog catalog) {
    Node root = block(form.root(), true);
    if (!root.isAggregated()) {
      throw new TrefoilException(
          Condition.ROW_LEVEL_ACCESS,
          "Cannot return column "
              + form.top().names().get(0)
              + " of single rows: the rows that are joined with aggregates are not aggregated"
              + " themselves. Aggregate them, or group by a column whose policy allows"
              + " \"group\".");
    }
    List<Expr> columns = form.top().columns().stream().map(this::extract).toList();
    List<Rel.Sort.Key> sort =
        form.top().sort().stream()
            .map(k -> new Rel.Sort.Key(extract(k.expression()), k.ascending(), k.nullsFirst()))
            .toList();
    List<Source> sources = new ArrayList<>();
    FragmentRows rows = new FragmentRows(form);
    for (int i = 0; i < leaves.size(); i++) {
      sources.add(rows.source(i, outputs.get(i), local.get(i)));
    }
    Split split =
        new Split(sources, new Remainder(sources, behind).of(root, columns, sort, form.top()));
    Countable.require(split, catalog);
    Noised.require(split, catalog);
    Contributed.check(split, catalog);
    return split;
  }

  // ---- blocks

  /**
   * @param root whether the block's rows are revealed
   */
  private Node block(NormalForm.Block block, boolean root) {
    List<Expr> crossing = new ArrayList<>();
    for (Expr condition : block.conditions()) {
      List<NormalForm.Item> items = form.itemsOf(condition);
      if (items.isEmpty()) {
        items = block.items().subList(0, 1);
      }
      if (items.size() == 1 && items.get(0) instanceof NormalForm.Leaf leaf && !leaf.isKept()) {
        apply(leaves.indexOf(leaf), condition);
      } else {
        crossing.add(condition);
      }
    }
    for (NormalForm.Equality e : block.equalities()) {
      requireNotNull(e.left(), crossing);
      requireNotNull(e.right(), crossing);
    }
    List<Node> nodes = new ArrayList<>();
    for (NormalForm.Item item : block.items()) {
      nodes.add(
          item instanceof NormalForm.Grouped grouped
              ? grouped(grouped, root)
              : item instanceof NormalForm.Outer outer
                  ? outer(outer, root)
                  : item instanceof NormalForm.United united
                      ? united(united, root)
                      : item instanceof NormalForm.Windowed windowed
                          ? windowed(windowed, root)
                          : Node.leaf(leaves.indexOf(item), item));
    }
    return new JoinOrder(form, block.equalities(), nodes, this::extract)
        .join(crossing.stream().map(this::extract).toList());
  }

  private void requireNotNull(Expr key, List<Expr> crossing) {
    if (!key.nullable()) {
      return;
    }
    if (form.itemsOf(key).get(0) instanceof NormalForm.Leaf leaf && !leaf.isKept()) {
      int index = leaves.indexOf(leaf);
      if (!known(index, key)) {
        apply(index, Expressions.notNull(key));
      }
    } else if (!crossing.contains(Expressions.notNull(key))) {
      crossing.add(Expressions.notNull(key));
    }
  }

  private Node grouped(NormalForm.Grouped grouped, boolean root) {
    Node input = block(grouped.input(), false);
    List<Expr> groups = new ArrayList<>();
    for (int i = 0; i < grouped.groups().size(); i++) {
      groups.add(reference(grouped.groups().get(i), input, "group by", grouped.names().get(i)));
    }
    List<AggregateCall> calls = new ArrayList<>();
    for (int i = 0; i < grouped.calls().size(); i++) {
      AggregateCall call = grouped.calls().get(i);
      AggregateCall made = call(call, input, grouped.names().get(grouped.groups().size() + i));
      calls.add(
          root
              ? made.weighedBy(weighing(call))
                  .measuredBy(measured(call, grouped))
                  .roundedTo(rounding(call))
              : made);
    }
    if (root && differencesHeldBack()) {
      List<List<Expr>> pieces = Differences.pieces(values(grouped), this::isNullable);
      for (int i = 0; i < calls.size(); i++) {
        calls.set(i, calls.get(i).apartBy(pieces.get(i).stream().map(this::extract).toList()));
      }
    }
    return Node.grouped(input, grouped, groups, calls);
  }

  private Node united(NormalForm.United united, boolean root) {
    List<Node> inputs = new ArrayList<>();
    List<List<Expr>> columns = new ArrayList<>();
    for (int i = 0; i < united.inputs().size(); i++) {
      NormalForm.Block block = united.inputs().get(i);
      Node input = block(block, root);
      List<Expr> references = new ArrayList<>();
      for (int c = 0; c < united.width(); c++) {
        Expr column = united.columns().get(i).get(c);
        references.add(
            Expressions.refs(column).isEmpty()
                ? constant(column, block, input)
                : reference(column, input, "unite", united.fields().get(c).name()));
      }
      inputs.add(input);
      columns.add(references);
    }
    return Node.united(inputs, united, columns);
  }

  private Node windowed(NormalForm.Windowed windowed, boolean root) {
    Node input = block(windowed.input(), root);
    List<Expr> partitions =
        windowed.partitions().stream()
            .filter(p -> !form.itemsOf(p).isEmpty())
            .map(p -> reference(p, input, "partition by", p.type().sql() + " value"))
            .toList();
    List<Rel.Sort.Key> keys = new ArrayList<>();
    for (Rel.Sort.Key key : windowed.keys()) {
      if (!form.itemsOf(key.expression()).isEmpty()) {
        Expr by =
            reference(
                key.expression(), input, "order by", key.expression().type().sql() + " value");
        keys.add(new Rel.Sort.Key(by, key.ascending(), key.nullsFirst()));
      }
    }
    List<WindowCall> calls = new ArrayList<>();
    for (int i = 0; i < windowed.calls().size(); i++) {
      WindowCall call = windowed.calls().get(i);
      String name = windowed.names().get(i);
      // COUNT of what is never NULL counts rows.
      calls.add(
          call.over(
              call.argument()
                  .filter(a -> !call.isCount() || isNullable(a))
                  .map(a -> reference(a, input, "compute " + call.kind() + " of", name))));
    }
    Node node = Node.windowed(input, windowed, partitions, keys, calls);
    passed.put(windowed.offset(), input);
    return node;
  }

  /** A column of {@code node} that holds a constant: one of a table, if there is one. */
  private Expr constant(Expr constant, NormalForm.Block block, Node node) {
    return block.items().stream()
        .filter(NormalForm::inTheClear)
        .findFirst()
        .map(leaf -> output(leaves.indexOf(leaf), constant))
        .orElseGet(() -> node.computed(-1 - computed++, constant));
  }

  private AggregateCall call(AggregateCall call, Node input, String name) {
    Optional<Expr> argument = call.argument();
    if (call.kind() == AggregateCall.Kind.COUNT) {
      // COUNT of what is never NULL counts rows.
      argument = argument.filter(this::isNullable);
    }
    switch (call.kind()) {
      case COUNT -> argument = argument.map(this::extract);
      case MIN, MAX, QUANTILE ->
          argument = argument.map(a -> reference(a, input, "compute " + call.kind() + " of", name));
      case SUM -> {
        argument = argument.map(this::extract);
        if (!argument.orElseThrow().type().isSummable()) {
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "Cannot compute SUM of a " + argument.orElseThrow().type().sql() + ".");
        }
      }
    }
    return call.over(argument);
  }

  /** Over fragment columns; empty if no table asks for a minimum. */
  private List<Expr> weighing(AggregateCall of) {
    boolean counted =
        leaves.stream()
            .flatMap(leaf -> leaf.branches().stream())
            .anyMatch(branch -> countsExactly(branch.table().policy()));
    boolean allRows =
        of.argument().isEmpty()
            || (of.kind() == AggregateCall.Kind.COUNT && !isNullable(of.argument().get()));
    if (!counted || allRows) {
      return List.of();
    }
    Expr present = Expressions.notNull(of.argument().get());
    List<Expr> weighing = new ArrayList<>();
    for (Expr condition : Weights.of(of, weights)) {
      if (!condition.equals(present)) {
        weighing.add(extract(condition));
        continue;
      }
      // Whether the value is there is shared with the value.
      Expr argument = extract(of.argument().get());
      if (argument.nullable()) {
        weighing.add(Expressions.notNull(argument));
      }
    }
    return weighing;
  }

  private int rounding(AggregateCall of) {
    boolean sumOrCount =
        of.kind() == AggregateCall.Kind.SUM || of.kind() == AggregateCall.Kind.COUNT;
    return sumOrCount ? policies().mapToInt(TablePolicy::rounding).max().orElse(1) : 1;
  }

  /** Over fragment columns: how much of a row weighs, where a table asks for that. */
  private List<Expr> measured(AggregateCall of, NormalForm.Grouped grouped) {
    if (of.kind() != AggregateCall.Kind.SUM || policies().noneMatch(Magnitudes::measures)) {
      return List.of();
    }
    if (differencesHeldBack()) {
      requireSameRows(grouped);
    }
    List<Expr> terms = Magnitudes.of(of.argument().orElseThrow());
    if (terms.size() > 1 && terms.stream().anyMatch(t -> form.itemsOf(t).size() > 1)) {
      // x * a - x * b is nothing but one row's, if somebody's a and b differ there only.
      throw unsupported(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot tell how much single entities weigh in a SUM of several terms of which one is a"
              + " product of columns of several tables: a policy asks for dominance, and terms may"
              + " cancel each other out but for few rows. Sum one product.");
    }
    return terms.stream().map(this::extract).toList();
  }

  /**
   * Of what sums of one column differ by, nobody would be told how much single entities weigh in
   * it: so they are of the same rows, or of none in common; and another table's column, which may
   * make few rows weigh more in one of them, is in none or in all.
   */
  private void requireSameRows(NormalForm.Grouped grouped) {
    List<Differences.Value> sums = new ArrayList<>();
    List<Expr> arguments = new ArrayList<>();
    List<Differences.Value> all = values(grouped);
    for (int i = 0; i < all.size(); i++) {
      if (grouped.calls().get(i).kind() == AggregateCall.Kind.SUM) {
        Differences.Value v = all.get(i);
        sums.add(new Differences.Value(v.conditions(), v.everyRow(), v.columns(), true, v.name()));
        arguments.add(grouped.calls().get(i).argument().orElseThrow());
      }
    }
    List<List<Expr>> pieces = Differences.pieces(sums, this::isNullable);
    for (int i = 0; i < sums.size(); i++) {
      for (int j = 0; j < sums.size(); j++) {
        boolean others =
            form.itemsOf(arguments.get(i)).size() > 1
                && !arguments.get(i).equals(arguments.get(j))
                && sums.get(i).related(sums.get(j));
        if (others || (i == j && !pieces.get(i).isEmpty())) {
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "Cannot tell how much single entities weigh in what "
                  + sums.get(i).name()
                  + " and other sums of the same columns differ by: a policy asks for dominance."
                  + " Ask for one of them, for sums of rows that have none in common, or group by"
                  + " what the conditions compare.");
        }
      }
    }
  }

  private Stream<TablePolicy> policies() {
    return leaves.stream()
        .flatMap(leaf -> leaf.branches().stream())
        .map(branch -> branch.table().policy());
  }

  private boolean differencesHeldBack() {
    return policies().anyMatch(policy -> countsExactly(policy) && !policy.differencesPublic());
  }

  /** Whether exact counts decide what is shown: with noise, none may. */
  private static boolean countsExactly(TablePolicy policy) {
    return policy.holdsBack() && policy.privacy().isEmpty();
  }

  private List<Differences.Value> values(NormalForm.Grouped grouped) {
    List<Differences.Value> values = new ArrayList<>();
    for (int i = 0; i < grouped.calls().size(); i++) {
      AggregateCall call = grouped.calls().get(i);
      boolean count = call.kind() == AggregateCall.Kind.COUNT;
      Set<String> columns = new HashSet<>();
      if (!count) {
        call.argument().ifPresent(a -> delivered(a, columns));
      }
      Optional<Expr> power =
          call.argument().filter(a -> !count).flatMap(Fragments::base).filter(this::isColumn);
      values.add(
          new Differences.Value(
              // A power is zero where its column is: no row is chosen by it.
              power
                  .map(x -> List.of(Expressions.notNull(x)))
                  .orElseGet(() -> Weights.of(call, weights)),
              power.isEmpty() && Weights.ofEveryRow(call, weights),
              columns,
              !count && call.argument().filter(this::isBare).isPresent(),
              grouped.names().get(grouped.groups().size() + i)));
    }
    return values;
  }

  /** Adds the tables' columns whose values go into {@code expr}, and not what chooses them. */
  private void delivered(Expr expr, Set<String> columns) {
    if (expr.type().kind() == DataType.Kind.BOOLEAN && !(expr instanceof Expr.FieldRef)) {
      return;
    }
    if (expr instanceof Expr.FieldRef ref) {
      if (form.item(ref.index()) instanceof NormalForm.Leaf leaf) {
        for (NormalForm.Branch branch : leaf.branches()) {
          Expr output = branch.outputs().get(ref.index() - leaf.offset());
          for (int field : Expressions.refs(output)) {
            columns.add(branch.table().name() + "." + branch.rel().fields().get(field).name());
          }
        }
      } else {
        form.behind(ref.index()).forEach(behind -> delivered(behind, columns));
      }
    } else if (expr instanceof Expr.Call call) {
      int size = call.arguments().size();
      for (int i = 0; i < size; i++) {
        if (call.function() != Function.CASE || i % 2 == 1 || i == size - 1) {
          delivered(call.arguments().get(i), columns);
        }
      }
    }
  }

  /** The column of which {@code expr} is a multiple of a power, if it is one. */
  private static Optional<Expr> base(Expr expr) {
    if (expr instanceof Expr.FieldRef) {
      return Optional.of(expr);
    }
    if (!(expr instanceof Expr.Call call)) {
      return Optional.empty();
    }
    List<Expr> a = call.arguments();
    if (call.function() == Function.CAST && a.get(0).type().isNumeric()) {
      return base(a.get(0));
    }
    if (call.function() != Function.MULTIPLY) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      if (a.get(i) instanceof Expr.Literal) {
        return base(a.get(1 - i));
      }
    }
    return base(a.get(0)).filter(x -> base(a.get(1)).filter(x::equals).isPresent());
  }

  /**
   * Whether a value is 0, NULL or one of a column of an owner whose rows are protected, or a power
   * of it: nobody else has chosen it, so that it does not count rows. Where rows of several owners
   * are, one of them might count those of another.
   */
  private boolean isBare(Expr expr) {
    if (expr instanceof Expr.Literal literal) {
      return literal.value() == null
          || (literal.value() instanceof Number number && number.doubleValue() == 0);
    }
    if (expr instanceof Expr.Call call && call.function() == Function.CASE) {
      List<Expr> a = call.arguments();
      return IntStream.range(0, a.size())
          .filter(i -> i % 2 == 1 || i == a.size() - 1)
          .allMatch(i -> isBare(a.get(i)));
    }
    if (expr instanceof Expr.Call call && call.function() == Function.COALESCE) {
      return call.arguments().stream().allMatch(this::isBare);
    }
    Optional<Expr> base = base(expr).filter(this::isColumn);
    if (base.isEmpty()) {
      return false;
    }
    NormalForm.Leaf of = (NormalForm.Leaf) form.item(((Expr.FieldRef) base.get()).index());
    Set<String> owners = new HashSet<>();
    of.branches().forEach(b -> owners.add(b.table().owner()));
    return leaves.stream()
        .flatMap(leaf -> leaf.branches().stream())
        .filter(b -> b.table().policy().holdsBack())
        .allMatch(b -> owners.contains(b.table().owner()));
  }

  /** Whether a value is one of a table's column, which no query has chosen. */
  private boolean isColumn(Expr expr) {
    return expr instanceof Expr.FieldRef ref
        && form.item(ref.index()) instanceof NormalForm.Leaf leaf
        && leaf.branches().stream()
            .allMatch(b -> b.outputs().get(ref.index() - leaf.offset()) instanceof Expr.FieldRef);
  }

  /** Whether the owner of one table computes {@code expr} in the clear. */
  private boolean isLocal(Expr expr) {
    List<NormalForm.Item> items = form.itemsOf(expr);
    return items.isEmpty() || (items.size() == 1 && NormalForm.inTheClear(items.get(0)));
  }

  /** A column of {@code node} that holds {@code expr}. */
  private Expr reference(Expr expr, Node node, String use, String name) {
    Expr extracted = extract(expr);
    if (extracted instanceof Expr.FieldRef) {
      return extracted;
    }
    if (!expr.type().isSummable() && expr.type().kind() != DataType.Kind.BOOLEAN) {
      throw unsupported(
          Condition.UNSUPPORTED_OPERATION,
          "Cannot "
              + use
              + " "
              + name
              + ": it is computed from columns of several tables and is a "
              + expr.type().sql()
              + ". Use columns, or expressions over one table each.");
    }
    return node.computed(-1 - computed++, extracted);
  }

  private Node outer(NormalForm.Outer outer, boolean root) {
    Node left = block(outer.left(), root);
    Node right = block(outer.right(), root);
    List<NormalForm.Equality> equal = new ArrayList<>();
    List<Expr> others = new ArrayList<>();
    for (Expr condition : outer.on()) {
      Optional<NormalForm.Equality> pair = pair(condition, left, right);
      pair.ifPresentOrElse(equal::add, () -> others.add(condition));
    }
    if (!outer.full()) {
      for (NormalForm.Equality e : equal) {
        List<Expr> derived = new ArrayList<>();
        requireNotNull(e.right(), derived);
        derived.forEach(c -> right.conditions.add(extract(c)));
      }
    }
    // A single row that matches nothing could not be kept without an equality.
    Optional<List<NormalForm.Equality>> byRight =
        keys(right, equal, false).filter(k -> !outer.full() || !k.isEmpty());
    Optional<List<NormalForm.Equality>> byLeft = keys(left, equal, true).filter(k -> !k.isEmpty());
    if (byRight.isEmpty() && byLeft.isEmpty()) {
      throw unsupported(
          Condition.UNSUPPORTED_JOIN,
          "Cannot compute an outer join of "
              + left.name()
              + " and "
              + right.name()
              + ": neither has a declared key within the columns that are equated, so that rows of"
              + " both could match many times. Join on a key, and let its owner declare it under"
              + " keys, or aggregate one side first.");
    }
    List<NormalForm.Equality> keys = byRight.orElseGet(byLeft::orElseThrow);
    equal.stream()
        .filter(e -> !keys.contains(e))
        .forEach(
            e ->
                // The unique side's column last: it is a condition, and no key of the join.
                others.add(
                    byRight.isPresent()
                        ? JoinOrder.equal(e.left(), e.right())
                        : JoinOrder.equal(e.right(), e.left())));
    List<NormalForm.Equality> pairs = new ArrayList<>();
    for (NormalForm.Equality e : keys) {
      JoinOrder.requireSameType(e);
      Expr l = extract(e.left());
      Expr r = extract(e.right());
      pairs.add(
          byRight.isPresent() ? new NormalForm.Equality(r, l) : new NormalForm.Equality(l, r));
    }
    Rel.Join.Kind kind =
        outer.full()
            ? Rel.Join.Kind.FULL
            : byRight.isPresent() ? Rel.Join.Kind.RIGHT : Rel.Join.Kind.LEFT;
    nulled.put(outer.offset(), outer.full() ? List.of(left, right) : List.of(right));
    return Node.outer(
        kind,
        byRight.isPresent() ? right : left,
        byRight.isPresent() ? left : right,
        pairs,
        others.stream().map(this::extract).toList(),
        outer);
  }

  private Optional<NormalForm.Equality> pair(Expr condition, Node left, Node right) {
    if (condition instanceof Expr.Call call && call.function() == Function.EQUAL) {
      Expr a = call.arguments().get(0);
      Expr b = call.arguments().get(1);
      if (isKey(a) && isKey(b)) {
        boolean straight = left.reads(form.itemsOf(a)) && right.reads(form.itemsOf(b));
        boolean crossed = right.reads(form.itemsOf(a)) && left.reads(form.itemsOf(b));
        if (straight || crossed) {
          return Optional.of(new NormalForm.Equality(straight ? a : b, straight ? b : a));
        }
      }
    }
    return Optional.empty();
  }

  private boolean isKey(Expr side) {
    List<NormalForm.Item> items = form.itemsOf(side);
    return items.size() == 1
        && (NormalForm.inTheClear(items.get(0)) || side instanceof Expr.FieldRef);
  }

  /** Equalities whose one sides are unique in {@code node} and whose others are of one item. */
  private Optional<List<NormalForm.Equality>> keys(
      Node node, List<NormalForm.Equality> equal, boolean left) {
    for (Set<Integer> unique : node.unique) {
      if (unique.isEmpty()) {
        return Optional.of(List.of());
      }
      List<NormalForm.Equality> pairs = new ArrayList<>();
      for (int column : unique) {
        equal.stream()
            .filter(e -> UniqueKeys.isColumn(left ? e.left() : e.right(), column))
            .findFirst()
            .ifPresent(pairs::add);
      }
      if (pairs.size() == unique.size()
          && pairs.stream()
                  .map(e -> form.itemsOf(left ? e.right() : e.left()).get(0).offset())
                  .distinct()
                  .count()
              == 1) {
        return Optional.of(pairs);
      }
    }
    return Optional.empty();
  }

  // ---- what leaves read

  private boolean isNullable(Expr expr) {
    List<NormalForm.Item> items = form.itemsOf(expr);
    if (items.size() == 1 && items.get(0) instanceof NormalForm.Leaf leaf) {
      return refine(leaves.indexOf(leaf), expr).nullable();
    }
    return expr.nullable();
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
   * output of that leaf, numbered by {@link #mark}, and columns of other items by their marks.
   */
  private Expr extract(Expr expr) {
    List<NormalForm.Item> items = form.itemsOf(expr);
    if (items.isEmpty()) {
      return expr;
    }
    if (items.size() == 1
        && items.get(0) instanceof NormalForm.Leaf leaf
        && (!leaf.isKept() || expr instanceof Expr.FieldRef)) {
      return output(leaves.indexOf(leaf), expr);
    }
    if (expr instanceof Expr.FieldRef ref) {
      if (items.get(0) instanceof NormalForm.Outer outer) {
        nullable(outer, ref.index());
      } else if (items.get(0) instanceof NormalForm.Windowed windowed) {
        passed(windowed, ref.index());
      }
      return new Expr.FieldRef(-1 - ref.index(), ref.type(), ref.nullable());
    }
    NormalForm.requireOnShares(expr);
    Expr.Call call = (Expr.Call) expr;
    Optional<Expr> spelled = SpelledOut.of(call);
    if (spelled.isPresent()) {
      return extract(spelled.get());
    }
    Computable.require(call);
    if (call.function() == Function.AND || call.function() == Function.OR) {
      // Terms of one leaf are gathered: together they are one bit.
      SortedMap<Integer, List<Expr>> single = new TreeMap<>();
      List<Expr> terms = new ArrayList<>();
      for (Expr term : Expressions.terms(call.function(), call)) {
        List<NormalForm.Item> of = form.itemsOf(term);
        if (of.size() == 1 && of.get(0) instanceof NormalForm.Leaf leaf && !leaf.isKept()) {
          single.computeIfAbsent(leaves.indexOf(leaf), k -> new ArrayList<>()).add(term);
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

  /** Lets the nodes below an outer join deliver what stands behind its column. */
  private void nullable(NormalForm.Outer outer, int index) {
    int mark = -1 - index;
    if (behind.containsKey(mark)) {
      return;
    }
    Expr column = outer.columns().get(index - outer.offset());
    Node of = nulled.get(outer.offset()).get(0);
    for (Node node : nulled.get(outer.offset())) {
      of = node.reads(form.itemsOf(column)) ? node : of;
    }
    Expr extracted = extract(column);
    behind.put(
        mark,
        extracted instanceof Expr.FieldRef ? extracted : of.computed(-1 - computed++, extracted));
  }

  /** Lets the nodes below a window deliver what stands behind a column of its rows. */
  private void passed(NormalForm.Windowed windowed, int index) {
    int mark = -1 - index;
    int column = index - windowed.offset();
    if (column < windowed.columns().size() && !behind.containsKey(mark)) {
      Expr of = windowed.columns().get(column);
      Node input = passed.get(windowed.offset());
      Expr extracted = extract(of);
      behind.put(
          mark,
          extracted instanceof Expr.FieldRef && !form.itemsOf(of).isEmpty()
              ? extracted
              : input.computed(-1 - computed++, extracted));
    }
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

  private static final int OUTPUTS = 1 << 16;

  /** The number of a source's output before the remainder is made; other columns' are negative. */
  static int mark(int leaf, int output) {
    return leaf * OUTPUTS + output;
  }

  private static TrefoilException unsupported(Condition condition, String reason) {
    return new TrefoilException(condition, reason);
  }
}

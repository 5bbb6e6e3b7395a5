package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.NormalForm.Block;
import org.trefoil.api.plan.NormalForm.Equality;
import org.trefoil.api.plan.NormalForm.Item;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Reads relations as blocks. Inner joins become items of one block; semi joins an inner join with
 * the distinct keys of their right side; anti and existence joins an outer join with these, and a
 * test for its NULLs.
 */
final class BlockReader {
  private final Catalog catalog;
  private final List<Item> items = new ArrayList<>();
  private int width;

  BlockReader(Catalog catalog) {
    this.catalog = catalog;
  }

  /** Rows of the items at these places that meet conditions, and the columns in terms of theirs. */
  record Rows(List<Integer> items, List<Expr> conditions, List<Expr> outputs) {
    Rows where(List<Expr> more) {
      List<Expr> all = new ArrayList<>(conditions);
      all.addAll(more);
      return new Rows(items, all, outputs);
    }

    Rows columns(List<Expr> columns) {
      return new Rows(items, conditions, columns);
    }
  }

  List<Item> items() {
    return items;
  }

  Rows read(Rel rel) {
    if (rel instanceof Rel.Scan scan) {
      return leaf(List.of(branch(scan)), scan.fields());
    }
    if (rel instanceof Rel.Filter filter) {
      Rows in = read(filter.input());
      return in.where(conjuncts(filter.condition(), in.outputs));
    }
    if (rel instanceof Rel.Project project) {
      Rows in = read(project.input());
      return in.columns(
          project.expressions().stream().map(e -> Expressions.substitute(e, in.outputs)).toList());
    }
    if (rel instanceof Rel.Join join) {
      return join(join);
    }
    if (rel instanceof Rel.Union union) {
      return union(union);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      Rows in = read(aggregate.input());
      return grouped(
          in,
          aggregate.groups().stream().map(g -> Expressions.substitute(g, in.outputs)).toList(),
          aggregate.calls().stream()
              .map(c -> c.over(c.argument().map(a -> Expressions.substitute(a, in.outputs))))
              .toList(),
          aggregate.names(),
          true);
    }
    if (rel instanceof Rel.Window window) {
      return window(window);
    }
    if (rel instanceof Rel.Sort sort) {
      // Nothing above depends on the order.
      return read(sort.input());
    }
    if (rel instanceof Rel.Limit) {
      throw unsupported(
          Condition.UNSUPPORTED_OPERATION,
          "Cannot apply LIMIT to rows that are aggregated or joined afterwards. Leave it out, or"
              + " run the inner query by itself.");
    }
    throw new TrefoilException(
        Condition.MALFORMED_PLAN, "Cannot read the plan: it holds an input of a split plan");
  }

  /** The block of these items; what Spark inferred is left out. */
  Block block(List<Integer> of, List<Expr> all) {
    List<Expr> conditions = new ArrayList<>();
    List<Equality> equalities = new ArrayList<>();
    for (Expr condition : all) {
      Optional<Equality> equality = equality(condition);
      if (equality.isPresent()) {
        equalities.add(equality.get());
      } else {
        conditions.add(condition);
      }
    }
    Implied implied = new Implied(items, equalities);
    conditions = implied.withoutImplied(conditions);
    for (int i : of) {
      if (items.get(i) instanceof NormalForm.Leaf leaf) {
        items.set(i, implied.withoutImplied(leaf));
      }
    }
    return new Block(of.stream().map(items::get).toList(), conditions, equalities);
  }

  private Block block(Rows rows) {
    return block(rows.items, rows.conditions);
  }

  /** Sides that are items of their own; of a derived item a column and nothing computed. */
  private Optional<Equality> equality(Expr condition) {
    if (condition instanceof Expr.Call call && call.function() == Function.EQUAL) {
      Expr left = call.arguments().get(0);
      Expr right = call.arguments().get(1);
      if (isOfOne(left)
          && isOfOne(right)
          && !NormalForm.itemsOf(left, items).equals(NormalForm.itemsOf(right, items))) {
        return Optional.of(new Equality(left, right));
      }
    }
    return Optional.empty();
  }

  private boolean isOfOne(Expr side) {
    List<Item> of = NormalForm.itemsOf(side, items);
    return of.size() == 1 && (NormalForm.inTheClear(of.get(0)) || side instanceof Expr.FieldRef);
  }

  static List<Expr> conjuncts(Expr condition, List<Expr> columns) {
    return Expressions.terms(Function.AND, Expressions.substitute(condition, columns)).stream()
        .filter(c -> !(c instanceof Expr.Literal l && Boolean.TRUE.equals(l.value())))
        .toList();
  }

  private Rows item(Item item, List<Field> fields) {
    items.add(item);
    List<Expr> outputs = new ArrayList<>();
    for (Field f : fields) {
      outputs.add(new Expr.FieldRef(width++, f.type(), f.nullable()));
    }
    // Every item has an offset of its own.
    width += fields.isEmpty() ? 1 : 0;
    return new Rows(List.of(items.size() - 1), List.of(), outputs);
  }

  private Rows leaf(List<NormalForm.Branch> branches, List<Field> fields) {
    return item(new NormalForm.Leaf(branches, fields, width), fields);
  }

  private Rows grouped(
      Rows in, List<Expr> groups, List<AggregateCall> calls, List<String> names, boolean written) {
    Block block = block(in);
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      fields.add(new Field(names.get(i), groups.get(i).type(), groups.get(i).nullable()));
    }
    for (int i = 0; i < calls.size(); i++) {
      AggregateCall call = calls.get(i);
      fields.add(new Field(names.get(groups.size() + i), call.type(), call.nullable()));
    }
    return item(new NormalForm.Grouped(block, groups, calls, names, written, width), fields);
  }

  private Rows window(Rel.Window window) {
    Rows in = read(window.input());
    Block block = block(in);
    return item(
        new NormalForm.Windowed(
            block,
            in.outputs,
            window.partitions().stream().map(p -> Expressions.substitute(p, in.outputs)).toList(),
            window.keys().stream()
                .map(
                    k ->
                        new Rel.Sort.Key(
                            Expressions.substitute(k.expression(), in.outputs),
                            k.ascending(),
                            k.nullsFirst()))
                .toList(),
            window.calls().stream()
                .map(c -> c.over(c.argument().map(a -> Expressions.substitute(a, in.outputs))))
                .toList(),
            window.names(),
            width),
        window.fields());
  }

  // ---- joins

  private Rows join(Rel.Join join) {
    Rows left = read(join.left());
    int boundary = width;
    Rows right = read(join.right());
    List<Expr> outputs = new ArrayList<>(left.outputs);
    outputs.addAll(right.outputs);
    List<Expr> on = conjuncts(join.condition(), outputs);
    return switch (join.kind()) {
      case INNER -> joined(left, right).where(on).columns(outputs);
      case LEFT -> outer(left, right, On.of(on, boundary)).columns;
      case RIGHT -> {
        Rows all = outer(right, left, On.of(on, boundary).swapped()).columns;
        List<Expr> swapped =
            new ArrayList<>(all.outputs.subList(right.outputs.size(), all.outputs.size()));
        swapped.addAll(all.outputs.subList(0, right.outputs.size()));
        yield all.columns(swapped);
      }
      case FULL -> full(left, right, on, outputs);
      case LEFT_SEMI -> semi(left, right, On.of(on, boundary));
      case LEFT_ANTI -> anti(left, right, on, boundary, join.right());
      case EXISTENCE -> exists(left, right, On.of(on, boundary), true);
    };
  }

  private static Rows joined(Rows left, Rows right) {
    List<Integer> both = new ArrayList<>(left.items);
    both.addAll(right.items);
    return new Rows(both, left.conditions, left.outputs).where(right.conditions);
  }

  /** The conjuncts of a join's condition, by the sides that they read. */
  private record On(List<Expr> left, List<Expr> right, List<Equality> keys, List<Expr> both) {
    static On of(List<Expr> conjuncts, int boundary) {
      On on = new On(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      for (Expr c : conjuncts) {
        if (side(c, boundary) <= 0) {
          on.left.add(c);
        } else if (side(c, boundary) == 1) {
          on.right.add(c);
        } else if (c instanceof Expr.Call call
            && call.function() == Function.EQUAL
            && Math.abs(side(call.arguments().get(0), boundary)) <= 1
            && side(call.arguments().get(0), boundary)
                == -side(call.arguments().get(1), boundary)) {
          boolean ordered = side(call.arguments().get(0), boundary) < 0;
          on.keys.add(
              new Equality(
                  call.arguments().get(ordered ? 0 : 1), call.arguments().get(ordered ? 1 : 0)));
        } else {
          on.both.add(c);
        }
      }
      return on;
    }

    /** -1: left only, 0: neither, 1: right only, 2: both. */
    static int side(Expr expr, int boundary) {
      var refs = Expressions.refs(expr);
      if (refs.isEmpty()) {
        return 0;
      }
      return refs.last() < boundary ? -1 : refs.first() >= boundary ? 1 : 2;
    }

    On swapped() {
      return new On(
          right, left, keys.stream().map(e -> new Equality(e.right(), e.left())).toList(), both);
    }

    List<Expr> rightKeys() {
      return keys.stream().map(Equality::right).toList();
    }
  }

  /** The rows of an outer join, and its item. */
  private record OuterRows(Rows columns, int item) {}

  private OuterRows outer(Rows left, Rows right, On on) {
    List<Expr> kept = new ArrayList<>(on.left);
    on.keys.forEach(e -> kept.add(equal(e.left(), e.right())));
    kept.addAll(on.both);
    Block nulls = block(right.where(on.right));
    Rows item =
        item(
            new NormalForm.Outer(false, block(left), nulls, kept, right.outputs, width),
            nullable(right.outputs));
    List<Expr> outputs = new ArrayList<>(left.outputs);
    outputs.addAll(item.outputs);
    return new OuterRows(item.columns(outputs), item.items.get(0));
  }

  private Rows full(Rows left, Rows right, List<Expr> on, List<Expr> outputs) {
    return item(
        new NormalForm.Outer(true, block(left), block(right), on, outputs, width),
        nullable(outputs));
  }

  private static List<Field> nullable(List<Expr> columns) {
    return columns.stream().map(e -> new Field("_", e.type(), true)).toList();
  }

  /** A join with what tells whether a left row has a match. */
  private Rows semi(Rows left, Rows right, On on) {
    Rows filtered = right.where(on.right);
    Rows all = left.where(on.left);
    if (on.keys.isEmpty() && on.both.isEmpty()) {
      Rows count =
          grouped(filtered, List.of(), List.of(count(Optional.empty())), List.of("count"), false);
      return joined(all, count)
          .where(List.of(test(Function.GREATER, count.outputs.get(0), zero())));
    }
    if (on.both.isEmpty() && isUnique(filtered, on.rightKeys())) {
      List<Expr> equal = on.keys.stream().map(e -> equal(e.left(), e.right())).toList();
      return joined(all, filtered).where(equal);
    }
    Distinct distinct = distinct(filtered, on);
    List<Expr> conditions = new ArrayList<>(distinct.residual.stream().toList());
    for (int i = 0; i < on.keys.size(); i++) {
      conditions.add(equal(on.keys.get(i).left(), distinct.rows.outputs.get(i)));
    }
    return joined(all, distinct.rows).where(conditions);
  }

  /** Left rows without a match, or all with a column that says whether there is one. */
  private Rows exists(Rows left, Rows right, On on, boolean column) {
    Rows filtered = right.where(on.right);
    Expr matched;
    Rows all;
    if (on.keys.isEmpty() && on.both.isEmpty()) {
      Rows count =
          grouped(filtered, List.of(), List.of(count(Optional.empty())), List.of("count"), false);
      all = joined(left, count);
      matched = test(Function.GREATER, count.outputs.get(0), zero());
    } else {
      Rows unique = filtered;
      List<Expr> keys = on.rightKeys();
      Optional<Expr> residual = Optional.empty();
      if (!on.both.isEmpty() || !isUnique(filtered, keys)) {
        Distinct distinct = distinct(filtered, on);
        unique = distinct.rows;
        keys = unique.outputs.subList(0, on.keys.size());
        residual = distinct.residual;
      }
      List<Equality> pairs = new ArrayList<>();
      for (int i = 0; i < keys.size(); i++) {
        pairs.add(new Equality(on.keys.get(i).left(), keys.get(i)));
      }
      List<Expr> wanted = new ArrayList<>(keys);
      if (residual.isPresent()) {
        wanted = unique.outputs;
      }
      On equal = new On(List.of(), List.of(), pairs, List.of());
      OuterRows outer = outer(left, unique.columns(wanted), equal);
      all = outer.columns;
      int first = left.outputs.size();
      matched = Expressions.notNull(all.outputs.get(first));
      if (residual.isPresent()) {
        Map<Integer, Expr> moved = new LinkedHashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
          moved.put(((Expr.FieldRef) wanted.get(i)).index(), all.outputs.get(first + i));
        }
        Expr of =
            Expressions.replaceRefs(residual.get(), ref -> moved.getOrDefault(ref.index(), ref));
        matched = call(Function.COALESCE, nullableNow(of), bool(false));
      }
    }
    for (Expr condition : on.left) {
      matched = call(Function.AND, matched, call(Function.COALESCE, condition, bool(false)));
    }
    if (!column) {
      return all.where(List.of(call(Function.NOT, matched))).columns(left.outputs);
    }
    List<Expr> outputs = new ArrayList<>(left.outputs);
    outputs.add(matched);
    return all.columns(outputs);
  }

  /** One row for each key of a join's right side, and whether one of its rows differs. */
  private record Distinct(Rows rows, Optional<Expr> residual) {}

  /**
   * A condition {@code right value <> left expression}, or an order of both, holds for some right
   * row exactly if it holds for the least or the greatest value.
   */
  private Distinct distinct(Rows right, On on) {
    List<AggregateCall> calls = new ArrayList<>();
    if (on.keys.isEmpty() || on.both.size() > 1) {
      throw residual();
    }
    Expr value = null;
    Expr.Call condition = null;
    int at = 0;
    boolean negated = false;
    if (!on.both.isEmpty()) {
      Expr both = on.both.get(0);
      if (both instanceof Expr.Call call && call.function() == Function.NOT) {
        negated = true;
        both = call.arguments().get(0);
      }
      if (!(both instanceof Expr.Call call)) {
        throw residual();
      }
      condition = call;
      int boundary = boundary(right);
      boolean ordered =
          switch (call.function()) {
            case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> true;
            case EQUAL -> negated;
            default -> false;
          };
      if (!ordered || call.arguments().size() != 2) {
        throw residual();
      }
      at = On.side(call.arguments().get(0), boundary) == 1 ? 0 : 1;
      if (On.side(call.arguments().get(at), boundary) != 1
          || On.side(call.arguments().get(1 - at), boundary) > 0) {
        throw residual();
      }
      value = call.arguments().get(at);
      for (AggregateCall.Kind kind : List.of(AggregateCall.Kind.MIN, AggregateCall.Kind.MAX)) {
        calls.add(new AggregateCall(kind, Optional.of(value), value.type()));
      }
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < on.keys.size() + calls.size(); i++) {
      names.add("_" + i);
    }
    Rows rows = grouped(right, on.rightKeys(), calls, names, false);
    if (condition == null) {
      return new Distinct(rows, Optional.empty());
    }
    Expr one = over(condition, at, rows.outputs.get(on.keys.size()), negated);
    Expr other = over(condition, at, rows.outputs.get(on.keys.size() + 1), negated);
    return new Distinct(rows, Optional.of(call(Function.OR, one, other)));
  }

  private static int boundary(Rows rows) {
    int least = Integer.MAX_VALUE;
    for (Expr e : rows.outputs) {
      var refs = Expressions.refs(e);
      least = refs.isEmpty() ? least : Math.min(least, refs.first());
    }
    return least;
  }

  private static Expr over(Expr.Call condition, int at, Expr value, boolean negated) {
    List<Expr> arguments = new ArrayList<>(condition.arguments());
    arguments.set(at, value);
    Expr test = call(condition.function(), arguments.toArray(Expr[]::new));
    return negated ? call(Function.NOT, test) : test;
  }

  private Rows anti(Rows left, Rows right, List<Expr> on, int boundary, Rel again) {
    List<Expr> plain = new ArrayList<>();
    for (Expr condition : on) {
      Optional<Expr.Call> equal = nullAware(condition);
      if (equal.isPresent() && equal.get().arguments().stream().anyMatch(Expr::nullable)) {
        if (on.size() > 1) {
          throw residual();
        }
        return notIn(left, right, equal.get(), boundary, again);
      }
      plain.add(equal.isPresent() ? equal.get() : condition);
    }
    return exists(left, right, On.of(plain, boundary), false);
  }

  /** The equality of {@code a = b OR (a = b) IS NULL}, which is how Spark writes NOT IN. */
  private static Optional<Expr.Call> nullAware(Expr condition) {
    List<Expr> terms = Expressions.terms(Function.OR, condition);
    if (terms.size() != 2) {
      return Optional.empty();
    }
    if (isNullOf(terms, 0)) {
      return Optional.of((Expr.Call) terms.get(0));
    }
    return isNullOf(terms, 1) ? Optional.of((Expr.Call) terms.get(1)) : Optional.empty();
  }

  /** Whether term {@code equal} is an equality, and the other tests whether it is NULL. */
  private static boolean isNullOf(List<Expr> terms, int equal) {
    return terms.get(equal) instanceof Expr.Call of
        && of.function() == Function.EQUAL
        && terms.get(1 - equal) instanceof Expr.Call test
        && test.function() == Function.IS_NULL
        && Expressions.plain(test.arguments().get(0)).equals(Expressions.plain(of));
  }

  /**
   * NOT IN: a row stays if there are no right rows at all, or if it has a value, the right rows
   * have values, and none is its own.
   */
  private Rows notIn(Rows left, Rows right, Expr.Call equal, int boundary, Rel again) {
    On on = On.of(List.of(equal), boundary);
    if (on.keys.size() != 1) {
      throw residual();
    }
    Equality key = on.keys.get(0);
    Rows marked = exists(left, right, on, true);
    Rows copy = read(again);
    Map<Expr, Expr> copied = new LinkedHashMap<>();
    for (int i = 0; i < right.outputs.size(); i++) {
      copied.put(Expressions.plain(right.outputs.get(i)), copy.outputs.get(i));
    }
    Expr value =
        Expressions.replaceRefs(
            key.right(), ref -> copied.getOrDefault(Expressions.plain(ref), ref));
    if (Expressions.refs(value).first() < boundary(copy)) {
      throw residual();
    }
    Rows counts =
        grouped(
            copy,
            List.of(),
            List.of(count(Optional.empty()), count(Optional.of(value))),
            List.of("rows", "values"),
            false);
    Expr none = test(Function.EQUAL, counts.outputs.get(0), zero());
    Expr complete = test(Function.EQUAL, counts.outputs.get(0), counts.outputs.get(1));
    Expr out = call(Function.NOT, marked.outputs.get(left.outputs.size()));
    Expr stays =
        call(Function.AND, call(Function.AND, Expressions.notNull(key.left()), complete), out);
    return joined(marked, counts)
        .where(List.of(call(Function.OR, none, stays)))
        .columns(left.outputs);
  }

  /** Whether no two rows agree in {@code keys}, for all that is known here. */
  private boolean isUnique(Rows rows, List<Expr> keys) {
    return rows.items.size() == 1
        && UniqueKeys.of(items.get(rows.items.get(0))).stream()
            .anyMatch(
                unique ->
                    unique.stream()
                        .allMatch(
                            column -> keys.stream().anyMatch(k -> UniqueKeys.isColumn(k, column))));
  }

  private static TrefoilException residual() {
    return unsupported(
        Condition.UNSUPPORTED_JOIN,
        "Cannot find which rows have a match: EXISTS, IN and their negations need an equality with"
            + " a column of the subquery, and beside equalities at most one comparison of a value"
            + " of the subquery with one outside it. Join and aggregate instead.");
  }

  // ---- expressions

  private static AggregateCall count(Optional<Expr> argument) {
    return new AggregateCall(AggregateCall.Kind.COUNT, argument, DataType.BIGINT);
  }

  private static Expr zero() {
    return new Expr.Literal(DataType.BIGINT, 0L);
  }

  private static Expr bool(boolean value) {
    return new Expr.Literal(DataType.BOOLEAN, value);
  }

  private static Expr equal(Expr left, Expr right) {
    return test(Function.EQUAL, left, right);
  }

  private static Expr test(Function function, Expr left, Expr right) {
    return call(function, left, right);
  }

  private static Expr call(Function function, Expr... arguments) {
    List<Expr> all = List.of(arguments);
    boolean nullable =
        function == Function.COALESCE
            ? all.stream().allMatch(Expr::nullable)
            : all.stream().anyMatch(Expr::nullable);
    return new Expr.Call(function, all, DataType.BOOLEAN, nullable);
  }

  /** {@code expr} with calls as nullable as their arguments have become. */
  private static Expr nullableNow(Expr expr) {
    return expr instanceof Expr.Call call
        ? call(
            call.function(),
            call.arguments().stream().map(BlockReader::nullableNow).toArray(Expr[]::new))
        : expr;
  }

  // ---- tables

  private Rows union(Rel.Union union) {
    List<NormalForm.Branch> branches = new ArrayList<>();
    for (Rel input : union.inputs()) {
      BlockReader inner = new BlockReader(catalog);
      Rows rows = inner.read(input);
      if (inner.items.size() != 1 || !(inner.items.get(0) instanceof NormalForm.Leaf leaf)) {
        return united(union);
      }
      for (NormalForm.Branch b : leaf.branches()) {
        List<Expr> conditions = new ArrayList<>(b.conditions());
        rows.conditions.forEach(c -> conditions.add(Expressions.substitute(c, b.outputs())));
        branches.add(
            new NormalForm.Branch(
                b.table(),
                b.rel(),
                conditions,
                rows.outputs.stream().map(o -> Expressions.substitute(o, b.outputs())).toList()));
      }
    }
    for (NormalForm.Branch b : branches) {
      if (b.table().kept().isPresent()) {
        throw unsupported(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot unite "
                + b.table().name()
                + " with other tables: it is a result that is kept secret-shared. Join it, or"
                + " aggregate it by itself.");
      }
    }
    Rows united = leaf(branches, union.fields());
    return united.where(lifted(united.items.get(0), united.outputs));
  }

  /** Not of tables only: the inputs are united on shares. */
  private Rows united(Rel.Union union) {
    List<Block> inputs = new ArrayList<>();
    List<List<Expr>> columns = new ArrayList<>();
    for (Rel input : union.inputs()) {
      Rows rows = read(input);
      inputs.add(block(rows));
      columns.add(List.copyOf(rows.outputs));
    }
    List<Field> fields = union.fields();
    return item(new NormalForm.United(inputs, columns, fields, width), fields);
  }

  /** Takes conditions that every branch has out of the branches. */
  private List<Expr> lifted(int index, List<Expr> columns) {
    NormalForm.Leaf leaf = (NormalForm.Leaf) items.get(index);
    List<Map<Expr, Expr>> byForm = new ArrayList<>();
    for (NormalForm.Branch b : leaf.branches()) {
      Map<Expr, Expr> forms = new LinkedHashMap<>();
      for (Expr condition : b.conditions()) {
        Implied.overOutputs(condition, b, columns)
            .ifPresent(e -> forms.put(Expressions.plain(e), condition));
      }
      byForm.add(forms);
    }
    List<Expr> common = new ArrayList<>(byForm.get(0).keySet());
    common.removeIf(form -> !byForm.stream().allMatch(forms -> forms.containsKey(form)));
    List<NormalForm.Branch> branches = new ArrayList<>();
    for (int i = 0; i < leaf.branches().size(); i++) {
      NormalForm.Branch b = leaf.branches().get(i);
      Set<Expr> taken = new HashSet<>();
      for (Expr form : common) {
        taken.add(byForm.get(i).get(form));
      }
      branches.add(
          new NormalForm.Branch(
              b.table(),
              b.rel(),
              b.conditions().stream().filter(c -> !taken.contains(c)).toList(),
              b.outputs()));
    }
    items.set(index, new NormalForm.Leaf(branches, leaf.fields(), leaf.offset()));
    return common;
  }

  private NormalForm.Branch branch(Rel.Scan scan) {
    TableDescriptor table = catalog.table(scan.owner(), scan.table());
    List<Field> fields = new ArrayList<>();
    for (Field f : scan.fields()) {
      Field declared =
          table.fields().stream()
              .filter(d -> d.name().equalsIgnoreCase(f.name()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new TrefoilException(
                          Condition.COLUMN_NOT_FOUND,
                          "Cannot find column "
                              + f.name()
                              + " of table "
                              + table.name()
                              + ". Its columns are "
                              + String.join(", ", table.fields().stream().map(Field::name).toList())
                              + "."));
      if (!declared.type().equals(f.type()) || (declared.nullable() && !f.nullable())) {
        throw new TrefoilException(
            Condition.MALFORMED_PLAN,
            "Cannot read column "
                + table.name()
                + "."
                + declared.name()
                + " as "
                + f.type().sql()
                + (f.nullable() ? "" : " NOT NULL")
                + ": its owner has registered it as "
                + declared.type().sql()
                + (declared.nullable() ? "" : " NOT NULL")
                + ". Plan the query again.");
      }
      fields.add(new Field(declared.name(), f.type(), f.nullable()));
    }
    List<Expr> outputs = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      outputs.add(new Expr.FieldRef(i, fields.get(i).type(), fields.get(i).nullable()));
    }
    return new NormalForm.Branch(
        table, new Rel.Scan(table.owner(), table.table(), fields), List.of(), outputs);
  }

  private static TrefoilException unsupported(Condition condition, String reason) {
    return new TrefoilException(condition, reason);
  }
}

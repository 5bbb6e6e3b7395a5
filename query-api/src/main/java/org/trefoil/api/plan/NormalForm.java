package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * A plan of the first profile with its Projects inlined: tables, the conditions over them, one
 * aggregate, and what follows it. Policy and fragments both start from it, so that they agree on
 * what a query does.
 *
 * <p>Conditions and aggregates address columns by one numbering over all leaves: column c of a leaf
 * is {@code leaf.offset() + c}.
 *
 * <p>Spark's optimizer adds conditions that follow from others: IS NOT NULL on keys of inner
 * equi-joins and on what another condition compares, and a condition on one side's key copied to
 * the other side's. They do not restrict the result and so are left out here; of a condition and
 * its copies the one stays whose columns may be filtered.
 *
 * @param conditions conjuncts that are not equalities between two leaves, each over one or more
 *     leaves
 * @param equalities equi-join conditions
 * @param groups group expressions
 * @param calls aggregates; names of groups and then calls are in {@code names}
 */
public record NormalForm(
    List<Leaf> leaves,
    List<Expr> conditions,
    List<Equality> equalities,
    List<Expr> groups,
    List<AggregateCall> calls,
    List<String> names,
    Top top) {

  /** A table, or a union of tables. */
  public record Leaf(List<Branch> branches, List<Field> fields, int offset) {}

  /**
   * One table of a leaf; its expressions address the columns of {@code scan}.
   *
   * @param conditions those that only this branch has
   * @param outputs the leaf's columns
   */
  public record Branch(
      TableDescriptor table, Rel.Scan scan, List<Expr> conditions, List<Expr> outputs) {}

  /** An equality of an expression over one leaf and an expression over another. */
  public record Equality(Expr left, Expr right) {}

  /**
   * What happens to the aggregated rows, in this order; expressions address the columns of the
   * aggregate.
   *
   * @param limit offset and count; absent: all rows
   * @param columns the columns that are revealed
   */
  public record Top(
      List<Expr> having,
      List<Rel.Sort.Key> sort,
      Optional<Limit> limit,
      List<Integer> columns,
      List<String> names) {}

  /** Rows {@code offset} to {@code offset + count}. */
  public record Limit(long offset, long count) {}

  /**
   * The normal form of {@code plan}.
   *
   * @throws TrefoilException as {@link Fragments#split}
   */
  public static NormalForm of(Plan plan, Catalog catalog) {
    TopReader top = new TopReader();
    Rel.Aggregate aggregate = top.read(plan.root());
    BodyReader body = new BodyReader(catalog);
    Block block = body.read(aggregate.input());
    List<Expr> groups =
        aggregate.groups().stream().map(g -> Expressions.substitute(g, block.outputs)).toList();
    List<AggregateCall> calls =
        aggregate.calls().stream()
            .map(
                c ->
                    new AggregateCall(
                        c.kind(),
                        c.argument().map(a -> Expressions.substitute(a, block.outputs)),
                        c.type()))
            .toList();
    List<Expr> conditions = new ArrayList<>();
    List<Equality> equalities = new ArrayList<>();
    for (Expr condition : block.conditions) {
      Optional<Equality> equality = equality(condition, body.leaves);
      if (equality.isPresent()) {
        equalities.add(equality.get());
      } else {
        conditions.add(condition);
      }
    }
    List<Leaf> leaves = new ArrayList<>(body.leaves);
    Implied implied = new Implied(leaves, equalities);
    conditions = implied.withoutImplied(conditions);
    for (int i = 0; i < leaves.size(); i++) {
      leaves.set(i, implied.withoutImplied(leaves.get(i)));
    }
    return new NormalForm(
        List.copyOf(leaves),
        List.copyOf(conditions),
        List.copyOf(equalities),
        groups,
        calls,
        aggregate.names(),
        top.top(aggregate));
  }

  /** The leaves that {@code expr} reads. */
  public SortedSet<Integer> leavesOf(Expr expr) {
    return leavesOf(expr, leaves);
  }

  /** The leaf of column {@code index}. */
  public int leafOf(int index) {
    return leafOf(index, leaves);
  }

  private static SortedSet<Integer> leavesOf(Expr expr, List<Leaf> leaves) {
    SortedSet<Integer> found = new TreeSet<>();
    Expressions.refs(expr).forEach(ref -> found.add(leafOf(ref, leaves)));
    return found;
  }

  private static int leafOf(int index, List<Leaf> leaves) {
    int leaf = leaves.size() - 1;
    while (leaves.get(leaf).offset() > index) {
      leaf--;
    }
    return leaf;
  }

  private static Optional<Equality> equality(Expr condition, List<Leaf> leaves) {
    if (condition instanceof Expr.Call call && call.function() == Function.EQUAL) {
      SortedSet<Integer> left = leavesOf(call.arguments().get(0), leaves);
      SortedSet<Integer> right = leavesOf(call.arguments().get(1), leaves);
      if (left.size() == 1 && right.size() == 1 && !left.equals(right)) {
        return Optional.of(new Equality(call.arguments().get(0), call.arguments().get(1)));
      }
    }
    return Optional.empty();
  }

  private static TrefoilException unsupported(String reason) {
    return new TrefoilException(Condition.UNSUPPORTED_OPERATION, reason);
  }

  /** Reads down to the aggregate. */
  private static final class TopReader {
    private final List<Rel> above = new ArrayList<>();

    Rel.Aggregate read(Rel root) {
      Rel rel = root;
      while (!(rel instanceof Rel.Aggregate aggregate)) {
        if (rel instanceof Rel.Project
            || rel instanceof Rel.Filter
            || rel instanceof Rel.Sort
            || rel instanceof Rel.Limit) {
          above.add(rel);
          rel = rel.inputs().get(0);
        } else if (aggregated(rel)) {
          throw unsupported(
              "Cannot run a "
                  + (rel instanceof Rel.Union ? "UNION" : "join")
                  + " of aggregates inside the secure part: a query has one aggregate. Run the"
                  + " aggregates as queries of their own, or aggregate the united rows.");
        } else {
          throw new TrefoilException(
              Condition.ROW_LEVEL_ACCESS,
              "Cannot return "
                  + shown(root)
                  + ": only aggregates can be revealed. Aggregate it, or group by a column whose"
                  + " policy allows \"group\".");
        }
      }
      return aggregate;
    }

    Top top(Rel.Aggregate aggregate) {
      List<Field> fields = aggregate.fields();
      List<Expr> columns = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (int i = 0; i < fields.size(); i++) {
        columns.add(new Expr.FieldRef(i, fields.get(i).type(), fields.get(i).nullable()));
        names.add(fields.get(i).name());
      }
      List<Expr> having = new ArrayList<>();
      List<Rel.Sort.Key> sort = List.of();
      Optional<Limit> limit = Optional.empty();
      for (int i = above.size() - 1; i >= 0; i--) {
        List<Expr> current = columns;
        Rel rel = above.get(i);
        if (rel instanceof Rel.Filter filter) {
          if (limit.isPresent()) {
            throw unsupported("Cannot filter the rows that LIMIT has left. Filter with HAVING.");
          }
          having.addAll(
              Expressions.terms(
                  Function.AND, onShares(Expressions.substitute(filter.condition(), current))));
        } else if (rel instanceof Rel.Sort order) {
          if (limit.isPresent()) {
            throw unsupported("Cannot sort the rows that LIMIT has left. Sort them once.");
          }
          sort =
              order.keys().stream()
                  .map(
                      k ->
                          new Rel.Sort.Key(
                              onShares(Expressions.substitute(k.expression(), current)),
                              k.ascending(),
                              k.nullsFirst()))
                  .toList();
        } else if (rel instanceof Rel.Limit cut) {
          if (limit.isPresent()) {
            throw unsupported("Cannot apply LIMIT twice. Write the smaller one.");
          }
          limit = Optional.of(new Limit(cut.offset(), cut.count()));
        } else {
          Rel.Project project = (Rel.Project) rel;
          columns =
              new ArrayList<>(
                  project.expressions().stream()
                      .map(e -> Expressions.substitute(e, current))
                      .toList());
          names = project.names();
        }
      }
      List<Integer> revealed = new ArrayList<>();
      for (int i = 0; i < columns.size(); i++) {
        if (!(columns.get(i) instanceof Expr.FieldRef ref)) {
          throw unsupported(
              "Cannot compute column "
                  + names.get(i)
                  + " from aggregates inside the secure part. Compute it from the revealed"
                  + " aggregates, above the query.");
        }
        revealed.add(ref.index());
      }
      return new Top(List.copyOf(having), sort, limit, List.copyOf(revealed), List.copyOf(names));
    }

    private static Expr onShares(Expr expr) {
      Expressions.visit(expr, NormalForm::requireOnShares);
      return expr;
    }

    private static boolean aggregated(Rel rel) {
      return rel instanceof Rel.Aggregate || rel.inputs().stream().anyMatch(TopReader::aggregated);
    }

    private static String shown(Rel root) {
      return root.fields().isEmpty()
          ? "rows"
          : "column " + root.fields().get(0).name() + " of single rows";
    }
  }

  /** Refuses functions that are not computed on shares. */
  static void requireOnShares(Expr expr) {
    if (expr instanceof Expr.Call call && !call.function().onShares()) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_FUNCTION,
          "Cannot compute "
              + call.function().wireName()
              + " on values of several owners or on aggregates: it is available only where all its"
              + " columns are of one table. Apply it to each table's columns by themselves, or to"
              + " the revealed result.");
    }
  }

  /** Rows below the aggregate: conditions and columns over the leaves. */
  private record Block(List<Expr> conditions, List<Expr> outputs) {}

  /** Reads what is below the aggregate, inlining Projects. */
  private static final class BodyReader {
    private final Catalog catalog;
    final List<Leaf> leaves = new ArrayList<>();
    private int width;

    BodyReader(Catalog catalog) {
      this.catalog = catalog;
    }

    Block read(Rel rel) {
      if (rel instanceof Rel.Scan scan) {
        return leaf(List.of(branch(scan)), scan.fields());
      }
      if (rel instanceof Rel.Filter filter) {
        Block in = read(filter.input());
        List<Expr> conditions = new ArrayList<>(in.conditions);
        conditions.addAll(conjuncts(filter.condition(), in.outputs));
        return new Block(conditions, in.outputs);
      }
      if (rel instanceof Rel.Project project) {
        Block in = read(project.input());
        return new Block(
            in.conditions,
            project.expressions().stream()
                .map(e -> Expressions.substitute(e, in.outputs))
                .toList());
      }
      if (rel instanceof Rel.Join join && join.kind() != Rel.Join.Kind.INNER) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_JOIN,
            "Cannot compute a "
                + join.kind().name().replace('_', ' ')
                + " join: only inner joins run on shares so far. Write it as an inner join where"
                + " that is the same.");
      }
      if (rel instanceof Rel.Join join) {
        Block left = read(join.left());
        Block right = read(join.right());
        List<Expr> outputs = new ArrayList<>(left.outputs);
        outputs.addAll(right.outputs);
        List<Expr> conditions = new ArrayList<>(left.conditions);
        conditions.addAll(right.conditions);
        conditions.addAll(conjuncts(join.condition(), outputs));
        return new Block(conditions, outputs);
      }
      if (rel instanceof Rel.Union union) {
        return union(union);
      }
      if (rel instanceof Rel.Aggregate) {
        throw unsupported(
            "Cannot aggregate below another aggregate or below a join. Write the query with one"
                + " aggregate over joined rows.");
      }
      if (rel instanceof Rel.Sort || rel instanceof Rel.Limit) {
        throw unsupported(
            "Cannot apply LIMIT or ORDER BY to rows that are not aggregated. Aggregate first.");
      }
      throw new TrefoilException(
          Condition.MALFORMED_PLAN, "Cannot read the plan: it holds an input of a split plan");
    }

    private Block leaf(List<Branch> branches, List<Field> fields) {
      int offset = width;
      leaves.add(new Leaf(branches, fields, offset));
      width += fields.size();
      List<Expr> outputs = new ArrayList<>();
      for (int i = 0; i < fields.size(); i++) {
        Field f = fields.get(i);
        outputs.add(new Expr.FieldRef(offset + i, f.type(), f.nullable()));
      }
      return new Block(List.of(), outputs);
    }

    private Block union(Rel.Union union) {
      List<Branch> branches = new ArrayList<>();
      for (Rel input : union.inputs()) {
        BodyReader inner = new BodyReader(catalog);
        Block block = inner.read(input);
        if (inner.leaves.size() != 1) {
          throw unsupported(
              "Cannot unite joins: an input of UNION ALL below the aggregate reads one table. Join"
                  + " the united tables instead.");
        }
        for (Branch b : inner.leaves.get(0).branches()) {
          List<Expr> conditions = new ArrayList<>(b.conditions());
          block.conditions.forEach(c -> conditions.add(Expressions.substitute(c, b.outputs())));
          branches.add(
              new Branch(
                  b.table(),
                  b.scan(),
                  conditions,
                  block.outputs.stream()
                      .map(o -> Expressions.substitute(o, b.outputs()))
                      .toList()));
        }
      }
      Block united = leaf(branches, union.fields());
      return new Block(lifted(leaves.size() - 1, united.outputs), united.outputs);
    }

    /** Takes conditions that every branch has out of the branches. */
    private List<Expr> lifted(int index, List<Expr> columns) {
      Leaf leaf = leaves.get(index);
      List<Map<Expr, Expr>> byForm = new ArrayList<>();
      for (Branch b : leaf.branches()) {
        Map<Expr, Expr> forms = new LinkedHashMap<>();
        for (Expr condition : b.conditions()) {
          overOutputs(condition, b, columns)
              .ifPresent(e -> forms.put(Expressions.plain(e), condition));
        }
        byForm.add(forms);
      }
      List<Expr> common = new ArrayList<>(byForm.get(0).keySet());
      common.removeIf(form -> !byForm.stream().allMatch(forms -> forms.containsKey(form)));
      List<Branch> branches = new ArrayList<>();
      for (int i = 0; i < leaf.branches().size(); i++) {
        Branch b = leaf.branches().get(i);
        Set<Expr> taken = new HashSet<>();
        for (Expr form : common) {
          taken.add(byForm.get(i).get(form));
        }
        branches.add(
            new Branch(
                b.table(),
                b.scan(),
                b.conditions().stream().filter(c -> !taken.contains(c)).toList(),
                b.outputs()));
      }
      leaves.set(index, new Leaf(branches, leaf.fields(), leaf.offset()));
      return common;
    }

    private Branch branch(Rel.Scan scan) {
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
                                + String.join(
                                    ", ", table.fields().stream().map(Field::name).toList())
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
      return new Branch(
          table, new Rel.Scan(table.owner(), table.table(), fields), List.of(), outputs);
    }

    private static List<Expr> conjuncts(Expr condition, List<Expr> columns) {
      return Expressions.terms(Function.AND, Expressions.substitute(condition, columns)).stream()
          .filter(c -> !(c instanceof Expr.Literal l && Boolean.TRUE.equals(l.value())))
          .toList();
    }
  }

  /** A branch's condition written over the leaf's columns, if they suffice for it. */
  private static Optional<Expr> overOutputs(Expr condition, Branch branch, List<Expr> columns) {
    for (int i = 0; i < columns.size(); i++) {
      if (!(branch.outputs().get(i) instanceof Expr.Literal)
          && Expressions.plain(branch.outputs().get(i)).equals(Expressions.plain(condition))) {
        return Optional.of(columns.get(i));
      }
    }
    if (condition instanceof Expr.FieldRef) {
      return Optional.empty();
    }
    if (condition instanceof Expr.Call call) {
      List<Expr> arguments = new ArrayList<>();
      for (Expr a : call.arguments()) {
        Optional<Expr> over = overOutputs(a, branch, columns);
        if (over.isEmpty()) {
          return Optional.empty();
        }
        arguments.add(over.get());
      }
      return Optional.of(new Expr.Call(call.function(), arguments, call.type(), call.nullable()));
    }
    return Optional.of(condition);
  }

  /** Finds conditions that follow from the equi-joins and other conditions. */
  private static final class Implied {
    private final List<Leaf> leaves;
    private final Classes<Expr> keys = new Classes<>();
    private final Map<Expr, Integer> names = new HashMap<>();
    private final Set<Expr> notNull = new HashSet<>();

    Implied(List<Leaf> leaves, List<Equality> equalities) {
      this.leaves = leaves;
      for (Equality e : equalities) {
        keys.unite(Expressions.plain(e.left()), Expressions.plain(e.right()));
        notNull.addAll(Expressions.notNullWith(e.left()));
        notNull.addAll(Expressions.notNullWith(e.right()));
      }
    }

    List<Expr> withoutImplied(List<Expr> conditions) {
      for (Expr condition : conditions) {
        if (!isNotNull(condition)) {
          notNull.addAll(Expressions.notNullWith(condition));
        }
      }
      Map<Expr, Expr> kept = new LinkedHashMap<>();
      for (Expr condition : conditions) {
        if (isImpliedNotNull(condition)) {
          continue;
        }
        Expr form = overClasses(Expressions.plain(condition));
        Expr other = kept.get(form);
        if (other == null || (mayFilter(condition) && !mayFilter(other))) {
          kept.put(form, condition);
        }
      }
      return new ArrayList<>(kept.values());
    }

    Leaf withoutImplied(Leaf leaf) {
      List<Branch> branches = new ArrayList<>();
      for (Branch b : leaf.branches()) {
        List<Expr> columns = new ArrayList<>();
        for (int i = 0; i < leaf.fields().size(); i++) {
          columns.add(new Expr.FieldRef(leaf.offset() + i, leaf.fields().get(i).type(), true));
        }
        branches.add(
            new Branch(
                b.table(),
                b.scan(),
                b.conditions().stream()
                    .filter(
                        c -> overOutputs(c, b, columns).filter(this::isImpliedNotNull).isEmpty())
                    .toList(),
                b.outputs()));
      }
      return new Leaf(List.copyOf(branches), leaf.fields(), leaf.offset());
    }

    private static boolean isNotNull(Expr condition) {
      return condition instanceof Expr.Call call && call.function() == Function.IS_NOT_NULL;
    }

    /** Whether a join or another condition already leaves out the rows where it is NULL. */
    private boolean isImpliedNotNull(Expr condition) {
      return isNotNull(condition)
          && notNull.contains(Expressions.plain(((Expr.Call) condition).arguments().get(0)));
    }

    /** {@code expr} with every join key replaced by a name that all keys equal to it share. */
    private Expr overClasses(Expr expr) {
      if (keys.contains(expr)) {
        int name = names.computeIfAbsent(keys.find(expr), k -> -1 - names.size());
        return new Expr.FieldRef(name, org.trefoil.api.type.DataType.BOOLEAN, true);
      }
      if (expr instanceof Expr.Call call) {
        return new Expr.Call(
            call.function(),
            call.arguments().stream().map(this::overClasses).toList(),
            call.type(),
            true);
      }
      return expr;
    }

    private boolean mayFilter(Expr condition) {
      for (int ref : Expressions.refs(condition)) {
        Leaf leaf = leaves.get(leafOf(ref, leaves));
        for (Branch b : leaf.branches()) {
          for (int column : Expressions.refs(b.outputs().get(ref - leaf.offset()))) {
            String name = b.scan().fields().get(column).name();
            if (!b.table().policy().column(name).use().contains(Verb.FILTER)) {
              return false;
            }
          }
        }
      }
      return true;
    }
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * A plan with its Projects inlined: blocks of joined items and conditions, one within another.
 * Policy and fragments both start from it, so that they agree on what a query does.
 *
 * <p>Expressions address columns by one numbering over all items: column c of an item is {@code
 * item.offset() + c}.
 *
 * <p>Spark's optimizer adds conditions that follow from others: IS NOT NULL on keys of inner
 * equi-joins and on what another condition compares, and a condition on one side's key copied to
 * the other side's. They do not restrict the result and so are left out here; of a condition and
 * its copies the one stays whose columns may be filtered.
 *
 * @param items all items of all blocks, in the order of their offsets
 * @param root the rows that are revealed: its conditions are HAVING
 */
public record NormalForm(List<Item> items, Block root, Top top) {
  public NormalForm {
    items = List.copyOf(items);
  }

  /** What is joined in a block. */
  public sealed interface Item {
    /** The number of its first column. */
    int offset();

    /** The number of its columns. */
    int width();
  }

  /** A table, or a union of tables. */
  public record Leaf(List<Branch> branches, List<Field> fields, int offset) implements Item {
    /** Whether nobody can compute with it in the clear: it is a result that is kept on shares. */
    public boolean isKept() {
      return branches.get(0).table().kept().isPresent();
    }

    @Override
    public int width() {
      return fields.size();
    }
  }

  /**
   * One table of a leaf; its expressions address the columns of {@code rel}.
   *
   * @param table the table; of a fragment over several tables of an owner the one that bounds its
   *     rows
   * @param rel the scan of the table, or what an owner computes of its tables
   * @param conditions those that only this branch has
   * @param outputs the leaf's columns
   */
  public record Branch(TableDescriptor table, Rel rel, List<Expr> conditions, List<Expr> outputs) {}

  /**
   * Aggregated rows; its columns are the groups, then the calls.
   *
   * @param names of groups and calls
   * @param written whether the query has it: not if it stands for the right side of a semi join
   */
  public record Grouped(
      Block input,
      List<Expr> groups,
      List<AggregateCall> calls,
      List<String> names,
      boolean written,
      int offset)
      implements Item {
    @Override
    public int width() {
      return groups.size() + calls.size();
    }
  }

  /**
   * An outer join. All rows of {@code left} stay, and its items are items of whoever joins this
   * one; in a full join also those of {@code right} stay, and the columns of both may be NULL.
   *
   * @param on the conjuncts of the join's condition
   * @param columns the columns that may be NULL, which are this item's columns
   */
  public record Outer(
      boolean full, Block left, Block right, List<Expr> on, List<Expr> columns, int offset)
      implements Item {
    @Override
    public int width() {
      return columns.size();
    }
  }

  /**
   * Rows with what is computed in their order; the columns are those of the rows, then the calls.
   *
   * @param columns of the rows, over the items of {@code input}
   * @param names of the calls
   */
  public record Windowed(
      Block input,
      List<Expr> columns,
      List<Expr> partitions,
      List<Rel.Sort.Key> keys,
      List<WindowCall> calls,
      List<String> names,
      int offset)
      implements Item {
    @Override
    public int width() {
      return columns.size() + calls.size();
    }

    /** The call of a column; absent: one of the rows'. */
    public Optional<WindowCall> call(int index) {
      int call = index - offset - columns.size();
      return call < 0 ? Optional.empty() : Optional.of(calls.get(call));
    }

    /** What the order depends on. */
    public List<Expr> ordering() {
      List<Expr> all = new ArrayList<>(partitions);
      keys.forEach(k -> all.add(k.expression()));
      return all;
    }
  }

  /**
   * The rows of several blocks, one after the other; a union of tables only is a {@link Leaf}.
   *
   * @param columns by input what each of this item's columns is there
   */
  public record United(List<Block> inputs, List<List<Expr>> columns, List<Field> fields, int offset)
      implements Item {
    public United {
      inputs = List.copyOf(inputs);
      columns = List.copyOf(columns);
      fields = List.copyOf(fields);
    }

    @Override
    public int width() {
      return fields.size();
    }
  }

  /**
   * The rows of an inner join of {@code items}.
   *
   * @param conditions conjuncts that are not in {@code equalities}
   * @param equalities equi-join conditions
   */
  public record Block(List<Item> items, List<Expr> conditions, List<Equality> equalities) {
    public Block {
      items = List.copyOf(items);
      conditions = List.copyOf(conditions);
      equalities = List.copyOf(equalities);
    }
  }

  /** An equality of an expression over one item and an expression over another. */
  public record Equality(Expr left, Expr right) {}

  /**
   * What happens to the rows of the root, in this order.
   *
   * @param limit offset and count; absent: all rows
   * @param columns what is revealed
   */
  public record Top(
      List<Rel.Sort.Key> sort, Optional<Limit> limit, List<Expr> columns, List<String> names) {}

  /** Rows {@code offset} to {@code offset + count}. */
  public record Limit(long offset, long count) {}

  /**
   * The normal form of {@code plan}; its tables are under the rules of the plan's {@link Release}.
   *
   * @throws TrefoilException as {@link Fragments#split}
   */
  public static NormalForm of(Plan plan, Catalog catalog) {
    return new RootReader(plan.release().rules(catalog)).read(plan.root());
  }

  /** Whether {@code item} is a table whose owner computes expressions over it in the clear. */
  static boolean inTheClear(Item item) {
    return item instanceof Leaf leaf && !leaf.isKept();
  }

  /** The tables, in the order of the plan. */
  public List<Leaf> leaves() {
    return items.stream().filter(Leaf.class::isInstance).map(Leaf.class::cast).toList();
  }

  /** The item of column {@code index}. */
  public Item item(int index) {
    return item(index, items);
  }

  /** The items that {@code expr} reads. */
  public List<Item> itemsOf(Expr expr) {
    return itemsOf(expr, items);
  }

  /**
   * What a column was made from: the expressions behind an aggregate's, a union's, an outer join's
   * or a window's column; of a window's call its argument, if it has one, then what orders it.
   */
  public List<Expr> behind(int index) {
    Item item = item(index);
    int column = index - item.offset();
    if (item instanceof Grouped grouped) {
      return column < grouped.groups().size()
          ? List.of(grouped.groups().get(column))
          : grouped.calls().get(column - grouped.groups().size()).argument().stream().toList();
    }
    if (item instanceof United united) {
      return united.columns().stream().map(of -> of.get(column)).toList();
    }
    if (item instanceof Windowed windowed) {
      if (column < windowed.columns().size()) {
        return List.of(windowed.columns().get(column));
      }
      List<Expr> all = new ArrayList<>();
      windowed.call(index).flatMap(WindowCall::argument).ifPresent(all::add);
      all.addAll(windowed.ordering());
      return all;
    }
    return item instanceof Outer outer ? List.of(outer.columns().get(column)) : List.of();
  }

  static Item item(int index, List<Item> items) {
    int at = items.size() - 1;
    while (items.get(at).offset() > index || items.get(at).width() == 0) {
      at--;
    }
    return items.get(at);
  }

  static List<Item> itemsOf(Expr expr, List<Item> items) {
    SortedSet<Integer> offsets = new TreeSet<>();
    List<Item> found = new ArrayList<>();
    for (int ref : Expressions.refs(expr)) {
      Item item = item(ref, items);
      if (offsets.add(item.offset())) {
        found.add(item);
      }
    }
    return found;
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
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * How the rows of every source are encoded and shared: computed by owners and executors each for
 * themselves from the signed plan's split, the descriptors and the announced padded sizes.
 *
 * <p><b>Rows.</b> Every source starts with an implicit valid bit (1 for a real row, 0 for a dummy),
 * which is not in {@link #columns}. Rows of a source are the rows of its branches one after
 * another. Each branch holds its real rows first, then its dummies; where {@link #sortedBy} names a
 * column the real rows are in its order. Dummies are zero in every column but KEY, where they hold
 * their position in the branch with the top bit set.
 *
 * <p><b>Forms</b> by use: an equi-join key is KEY; a condition is BIT; what is compared with
 * another column is ORDERED, and compared columns have equal slots; what is added, multiplied or
 * chosen by CASE and COALESCE is ARITHMETIC; MIN and MAX are ORDERED; a group column that is
 * revealed, or used by HAVING or ORDER BY, is ORDERED (BOOLEAN: BIT). Wherever a used column is
 * nullable its VALID comes with it. {@link #groupKeys} and {@link #contributions} say what grouping
 * and suppression need.
 *
 * <p><b>KEY.</b> {@code width - 1} bits below the top bit hold the slots, right-aligned, if their
 * widths add up to at most {@link #hashWidth}; else the keyed hash, truncated to {@link #hashWidth}
 * bits, of the slots' bits written as for ORDERED. Both sides of a join have the same width.
 *
 * <p><b>ARITHMETIC.</b> 64 bits if the values, every intermediate result and the sums over all
 * joined rows fit, else 128; columns that meet in one expression have one width. Where even 128
 * bits are too few for the sum of a column, its {@link #bounds} are narrowed until they suffice:
 * larger values are refused while sharing, and nothing ever wraps.
 */
public final class InputLayout {
  private final LayoutBuilder built;
  private final List<List<InputColumn>> columns = new ArrayList<>();
  private final Map<LayoutBuilder.Need, Integer> positions = new HashMap<>();

  private InputLayout(LayoutBuilder built) {
    this.built = built;
    for (int i = 0; i < built.nodes.count(); i++) {
      int node = i;
      List<LayoutBuilder.Need> needs =
          built.needs.stream()
              .filter(n -> n.node() == node)
              .sorted(
                  Comparator.comparing(LayoutBuilder.Need::form)
                      .thenComparing(
                          LayoutBuilder.Need::outputs,
                          (a, b) ->
                              Arrays.compare(
                                  a.stream().mapToInt(n -> n).toArray(),
                                  b.stream().mapToInt(n -> n).toArray())))
              .toList();
      for (int j = 0; j < needs.size(); j++) {
        positions.put(needs.get(j), j);
      }
      columns.add(needs.stream().map(built::column).toList());
    }
  }

  /**
   * Computes the layout.
   *
   * @param rows the announced padded row count by source and branch
   * @throws TrefoilException UNBOUNDED_VALUE if a computed value may not fit 128 bits
   */
  public static InputLayout of(Split split, Catalog catalog, List<List<Long>> rows) {
    Catalog rules = split.release().rules(catalog);
    InputLayout layout = new InputLayout(new LayoutBuilder(split, rules, rows));
    for (Source source : split.sources()) {
      Contributed.of(source, rules).ifPresent(c -> c.check(layout.columns(source.id())));
    }
    return layout;
  }

  /**
   * The columns of a source in the order in which they are shared, without the valid bit; of
   * another node (see {@link Origin}) the forms in which its columns are needed.
   */
  public List<InputColumn> columns(int node) {
    return columns.get(node);
  }

  /** The position in {@link #columns} of a column; INTERNAL if the layout does not have it. */
  public int column(int node, Form form, List<Integer> outputs) {
    Integer position = positions.get(new LayoutBuilder.Need(node, form, outputs));
    if (position == null) {
      throw new TrefoilException(
          Condition.INTERNAL,
          "Cannot find " + form + " of columns " + outputs + " of node " + node + ".");
    }
    return position;
  }

  /** Whether the layout has a column. */
  public boolean has(int node, Form form, List<Integer> outputs) {
    return positions.containsKey(new LayoutBuilder.Need(node, form, outputs));
  }

  /** Where the columns of a relation of the remainder are made. */
  public List<Origin> origins(Rel rel) {
    return built.nodes.of(rel);
  }

  /** Where the columns that a join's condition addresses are made. */
  public List<Origin> joined(Rel.Join join) {
    return built.nodes.joined(join);
  }

  /** The node of a relation that makes columns: an aggregate, an outer join, a projection. */
  public int node(Rel rel) {
    return built.nodes.node(rel);
  }

  /** What a column of a node is. */
  public Field field(Origin column) {
    return built.nodes.field(column);
  }

  /**
   * The position of the KEY column by which a side of an equi-join is compared, among the columns
   * of the source that has it; absent if the key is put together of ORDERED and BIT columns.
   */
  public Optional<Origin> key(Rel.Join join, boolean left) {
    return built
        .key(join, left)
        .map(need -> new Origin(need.node(), column(need.node(), Form.KEY, need.outputs())));
  }

  /** Bits of both sides' key of an equi-join, the top bit of dummies included. */
  public int keyWidth(Rel.Join join) {
    return built.keyWidth(join);
  }

  /**
   * The position of the KEY or RANK column by which the owner must deliver the real rows of the
   * source in ascending unsigned order, its dummies last. A KEY column encodes a declared key: two
   * equal real keys are KEY_NOT_UNIQUE. Joined rows lie where those of the FK side lay, so that the
   * order lasts until a join has the source on its PK side, or to the groups.
   */
  public OptionalInt sortedBy(int source) {
    LayoutBuilder.Need key = built.sorted.get(source);
    return key == null ? OptionalInt.empty() : OptionalInt.of(positions.get(key));
  }

  /**
   * The position of the KEY column by which the rows of the source lie in a table of bins, dummies
   * in the empty ones (see {@link OwnerKeys}). The source then has as many rows as there are bins.
   */
  public OptionalInt binnedBy(int source) {
    LayoutBuilder.Need key = built.binned.get(source);
    return key == null ? OptionalInt.empty() : OptionalInt.of(positions.get(key));
  }

  /** How a join runs without a sort; absent: with one. */
  public Optional<OwnerKeys> ownerKeys(Rel.Join join) {
    return built.ownerKeys(join, positions::get);
  }

  /** The joins without a sort that rows of a source take part in with PLACE columns, in order. */
  public List<OwnerKeys> lookups(int source) {
    return built.ownerKeyJoins().stream()
        .map(join -> ownerKeys(join).orElseThrow())
        .filter(keys -> keys.refers() == source)
        .sorted(Comparator.comparingInt(OwnerKeys::table))
        .toList();
  }

  /**
   * Bits of a hash that replaces columns wider than itself, in KEY and HASHED columns: 40 + log2 of
   * both row counts, so that two values share a hash with probability 2^-40, and at least 64.
   */
  public int hashWidth() {
    return built.hashWidth();
  }

  /** Padded rows of a source, or its bins: the sum over its branches. */
  public int rows(int source) {
    return built.rows(source);
  }

  /** Padded rows of one branch. */
  public int rows(int source, int branch) {
    return built.rows.get(source).get(branch).intValue();
  }

  /**
   * The unscaled values that a source's column, no STRING, may have: a value outside fails with
   * VALUE_OUT_OF_RANGE while sharing and names the column.
   */
  public Bounds bounds(int source, int output) {
    return built.bounds.of(new Origin(source, output));
  }

  /** Bounds of a numeric expression over the columns of {@code input}, of the remainder. */
  public Bounds bounds(Rel input, Expr expression) {
    return built.bounds.of(built.nodes.of(input), expression);
  }

  /** Bounds of a numeric expression over columns that are made at {@code scope}. */
  public Bounds bounds(List<Origin> scope, Expr expression) {
    return built.bounds.of(scope, expression);
  }

  /**
   * The ring, 64 or 128 bits, in which a numeric expression over columns that are made at {@code
   * scope} is computed: that of the ARITHMETIC columns and aggregates in it.
   */
  public int ring(List<Origin> scope, Expr expression) {
    return built.rings.ring(scope, expression);
  }

  /** The ring, 64 or 128 bits, of a SUM or COUNT: its position among the aggregate's calls. */
  public int ring(Rel.Aggregate aggregate, int call) {
    return built.rings.ring(new Origin(node(aggregate), aggregate.groups().size() + call));
  }

  /** The form in which a column is made. */
  public Form form(Origin column) {
    return built.form(column);
  }

  /**
   * The parts of the sort key that tells groups apart. Owners check that every KEY column over a
   * declared key (cast or not, see {@link Fragments#keepsApart}) is unique, which joins, counting
   * for suppression and this list rely on. Group columns that follow from others (those of a PK
   * side whose key is among the group columns) are left out, those of tables with k above 1 only
   * where no other owner has to be believed for it; empty for a global aggregate.
   */
  public List<GroupKey> groupKeys(Rel.Aggregate aggregate) {
    return List.copyOf(built.groupKeys.get(node(aggregate)));
  }

  /**
   * Present where the rows of an aggregate lie where one owner put them, group by group, as {@link
   * #sortedBy} asks it to: its source. The last bit of its RANK column then differs between two
   * rows next to each other exactly if their groups do.
   */
  public OptionalInt ownerGroups(Rel.Aggregate aggregate) {
    LayoutBuilder.Need rank = built.ownerGroups.get(node(aggregate));
    return rank == null ? OptionalInt.empty() : OptionalInt.of(rank.node());
  }

  /** The group keys of all aggregates. */
  public List<List<GroupKey>> groupKeys() {
    return List.copyOf(built.groupKeys.values());
  }

  /** What suppression counts: one entry per table (branch) with k above 1. */
  public List<Contribution> contributions(Rel.Aggregate aggregate) {
    return built.contributions.get(node(aggregate));
  }

  /** What suppression counts in all aggregates. */
  public List<Contribution> contributions() {
    return built.contributions.values().stream().flatMap(List::stream).toList();
  }

  /** The owners that suppression counts; {@link OwnersCounted#asks} of none if there is no need. */
  public OwnersCounted owners(Rel.Aggregate aggregate) {
    return built.owners.get(node(aggregate));
  }

  /** The noise of what an aggregate shows; absent: it is exact. */
  public Optional<Noised> noised(Rel.Aggregate aggregate) {
    return built.bounds.noised(aggregate);
  }

  /** The unions whose owners are measured, where a SUM is. */
  public List<OwnersMeasured> measured(Rel.Aggregate aggregate) {
    return built.measured.get(node(aggregate));
  }

  /** The owners that suppression counts in all aggregates. */
  public List<OwnersCounted> owners() {
    return List.copyOf(built.owners.values());
  }

  /** Whether what is shown has noise: then nothing that depends on single rows may be opened. */
  public boolean isNoisy() {
    return built.noisy;
  }

  /** Whether any group may be held back. */
  public boolean holdsBack() {
    return !contributions().isEmpty()
        || owners().stream().anyMatch(OwnersCounted::asks)
        || isNoisy();
  }

  /** Whether the recipients are told how many groups are held back: every policy allows it. */
  public boolean tellsHeldBack() {
    return built.tellsHeldBack();
  }

  /** How the revealed columns are encoded, in the order of the plan's root. */
  public List<ResultColumn> result() {
    return built.result();
  }
}

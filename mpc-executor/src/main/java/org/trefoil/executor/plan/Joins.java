package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.JoinKeys;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.OwnerKeys;
import org.trefoil.api.plan.Rel;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.GroupAggregate;
import org.trefoil.executor.operator.GroupOrder;
import org.trefoil.executor.operator.JoinOwnerKeys;
import org.trefoil.executor.operator.JoinPkFk;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Runs one join of a remainder: unique rows on the left, rows that refer to them on the right. The
 * columns of a side that may have no match are zero, and not valid, where there is none.
 */
final class Joins {
  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final Overflow overflow;
  private final Stages stages;
  private int steps;

  Joins(Party party, Step step, InputLayout layout, Overflow overflow, Stages stages) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.overflow = overflow;
    this.stages = stages;
  }

  /** What a join reads of its inputs. */
  static Set<ColumnId> needed(Rel.Join join, Set<ColumnId> above, InputLayout layout) {
    Set<ColumnId> needed = new LinkedHashSet<>();
    List<Origin> scope = layout.joined(join);
    int node = join.kind() == Rel.Join.Kind.INNER ? -1 : layout.node(join);
    for (ColumnId id : above) {
      if (id.node() == node) {
        below(id, scope, layout).ifPresent(needed::add);
      } else {
        needed.add(id);
      }
    }
    JoinKeys keys = JoinKeys.of(join);
    if (!keys.left().isEmpty()) {
      needed.addAll(keyColumns(join, keys, true, layout));
      needed.addAll(keyColumns(join, keys, false, layout));
    }
    if (join.kind() != Rel.Join.Kind.INNER) {
      List<Origin> both = new ArrayList<>(origins(join, keys, true, layout));
      both.addAll(origins(join, keys, false, layout));
      for (Origin key : both) {
        if (layout.field(key).nullable()) {
          needed.add(Reference.column(key, Form.VALID, layout));
        }
      }
    }
    keys.residual().forEach(e -> needed.addAll(Reference.columns(e, scope, layout)));
    layout.ownerKeys(join).ifPresent(of -> needed.addAll(places(of, layout)));
    return needed;
  }

  /** The columns that say where probes and bins go. */
  private static List<ColumnId> places(OwnerKeys of, InputLayout layout) {
    return IntStream.range(0, of.places())
        .map(i -> layout.column(of.refers(), Form.PLACE, List.of(of.table(), i)))
        .mapToObj(c -> new ColumnId(of.refers(), c))
        .toList();
  }

  /** Where the bins, then the three probes of every row go. */
  private static Words places(OwnerKeys of, List<SharedColumn> columns, int rows) {
    Words bins = Local.slice((Words) columns.get(3), 0, Math.min(rows, of.bins()));
    for (int c = 4; c < columns.size(); c++) {
      int left = Math.min(rows, of.bins() - bins.rows());
      bins = Local.concat(bins, Local.slice((Words) columns.get(c), 0, left));
    }
    for (int probe = 0; probe < 3; probe++) {
      bins = Local.concat(bins, (Words) columns.get(probe));
    }
    return bins;
  }

  /** What stands behind a column of an outer join; absent: whether there is a match. */
  private static Optional<ColumnId> below(ColumnId id, List<Origin> scope, InputLayout layout) {
    InputColumn column = layout.columns(id.node()).get(id.column());
    Origin of = scope.get(column.outputs().get(0));
    return column.form() == Form.VALID && !layout.field(of).nullable()
        ? Optional.empty()
        : Optional.of(Reference.column(of, column.form(), layout));
  }

  private static List<Origin> origins(
      Rel.Join join, JoinKeys keys, boolean left, InputLayout layout) {
    List<Origin> of = layout.origins(left ? join.left() : join.right());
    return (left ? keys.left() : keys.right()).stream().map(of::get).toList();
  }

  /** The columns of which the key of a side is made. */
  private static List<ColumnId> keyColumns(
      Rel.Join join, JoinKeys keys, boolean left, InputLayout layout) {
    Optional<Origin> one = layout.key(join, left);
    if (one.isPresent()) {
      return List.of(new ColumnId(one.get().node(), one.get().output()));
    }
    return origins(join, keys, left, layout).stream()
        .map(
            of -> {
              boolean bit = layout.has(of.node(), Form.BIT, List.of(of.output()));
              return Reference.column(of, bit ? Form.BIT : Form.ORDERED, layout);
            })
        .toList();
  }

  /** The KEY column by which the left input has to lie, so that it need not be sorted. */
  static Optional<ColumnId> order(Rel.Join join, InputLayout layout) {
    return JoinKeys.of(join).left().isEmpty()
        ? Optional.empty()
        : layout.key(join, true).map(of -> new ColumnId(of.node(), of.output()));
  }

  JoinedRows rows(
      Rel.Join join, Set<ColumnId> above, BiFunction<Rel, Set<ColumnId>, JoinedRows> inputs) {
    Set<ColumnId> needed = needed(join, above, layout);
    JoinKeys keys = JoinKeys.of(join);
    JoinedRows left = inputs.apply(join.left(), needed);
    JoinedRows right = inputs.apply(join.right(), needed);
    stages.begin("join, " + left.rows() + " and " + right.rows() + " rows");
    List<ColumnId> carried = left.carried(unique(join, keys, above));
    Bits match;
    Map<ColumnId, SharedColumn> columns;
    if (keys.left().isEmpty()) {
      int[] only = new int[right.rows()];
      requireOneRow(left);
      columns = JoinedRows.named(carried, Columns.rows(left.columns(carried), only));
      match = And.bits(party, step.child("match"), Local.rows(left.valid(), only), right.valid());
    } else if (layout.ownerKeys(join).isPresent()) {
      OwnerKeys of = layout.ownerKeys(join).get();
      List<ColumnId> places = places(of, layout);
      JoinPkFk.Joined joined =
          JoinOwnerKeys.join(
              party,
              step.child("join"),
              new JoinPkFk.Side(key(join, keys, true, left), left.valid(), left.columns(carried)),
              new JoinPkFk.Side(key(join, keys, false, right), right.valid(), List.of()),
              places(of, right.columns(places), right.rows()));
      columns = JoinedRows.named(carried, joined.pk());
      match = joined.valid();
      right = right.without(places);
    } else {
      Optional<ColumnId> order = order(join, layout);
      boolean inOrder = order.isPresent() && left.inOrder().equals(order);
      Words key = key(join, keys, true, left);
      JoinPkFk.Joined joined =
          JoinPkFk.join(
              party,
              step.child("join"),
              new JoinPkFk.Side(
                  inOrder ? key : distinct(step.child("dummies"), key, present(join, keys, left)),
                  left.valid(),
                  left.columns(carried)),
              inOrder,
              new JoinPkFk.Side(key(join, keys, false, right), right.valid(), List.of()));
      columns = JoinedRows.named(carried, joined.pk());
      match = joined.valid();
    }
    Map<ColumnId, SharedColumn> both = new LinkedHashMap<>(columns);
    both.putAll(right.columns());
    if (join.kind() == Rel.Join.Kind.INNER) {
      return new JoinedRows(match, right.real(), both, right.inOrder());
    }
    JoinedRows pairs = new JoinedRows(match, right.real(), both, right.inOrder());
    Bits matched = matched(join, keys, pairs);
    if (join.kind() != Rel.Join.Kind.RIGHT) {
      return withUnmatched(join, keys, above, left, right, pairs, matched);
    }
    Map<ColumnId, SharedColumn> result = new LinkedHashMap<>(right.columns());
    int node = layout.node(join);
    for (ColumnId id : above) {
      if (id.node() == node) {
        result.put(id, nullable(step.child("column" + id.column()), id, join, pairs, matched));
      }
    }
    return new JoinedRows(right.valid(), right.real(), result, right.inOrder());
  }

  /**
   * The rows of a LEFT or FULL join: first those of the right input, then those of the left one,
   * which count where none of the right rows has matched them.
   */
  private JoinedRows withUnmatched(
      Rel.Join join,
      JoinKeys keys,
      Set<ColumnId> above,
      JoinedRows left,
      JoinedRows right,
      JoinedRows pairs,
      Bits matched) {
    boolean full = join.kind() == Rel.Join.Kind.FULL;
    Bits found = found(join, keys, left, right, matched);
    Bits valid = Local.concat(full ? right.valid() : matched, Local.xor(left.valid(), found));
    int node = layout.node(join);
    Map<ColumnId, SharedColumn> columns = new LinkedHashMap<>();
    for (ColumnId id : above) {
      if (id.node() == node) {
        columns.put(id, ofEither(id, join, left, right, pairs, matched));
      } else if (left.columns().containsKey(id)) {
        columns.put(id, Local.concat(pairs.column(id), left.column(id)));
      }
    }
    return new JoinedRows(valid, valid, columns, Optional.empty());
  }

  /** A column that may be NULL, of right rows and then of left ones. */
  private SharedColumn ofEither(
      ColumnId id,
      Rel.Join join,
      JoinedRows left,
      JoinedRows right,
      JoinedRows pairs,
      Bits matched) {
    Optional<ColumnId> below = below(id, layout.joined(join), layout);
    int output = layout.columns(id.node()).get(id.column()).outputs().get(0);
    if (output >= join.left().fields().size()) {
      SharedColumn top = below.isEmpty() ? ones(right) : right.column(below.get());
      return Local.concat(top, Columns.zero(Columns.shape(top), left.rows()));
    }
    SharedColumn top = nullable(step.child("column" + id.column()), id, join, pairs, matched);
    return Local.concat(top, below.isEmpty() ? ones(left) : left.column(below.get()));
  }

  private Bits ones(JoinedRows rows) {
    return Local.constant(party, true, rows.rows());
  }

  /** Which valid left rows have a right row that matches: a join with the keys of those. */
  private Bits found(
      Rel.Join join, JoinKeys keys, JoinedRows left, JoinedRows right, Bits matched) {
    if (right.rows() == 0 || left.rows() == 0) {
      return Bits.zero(left.rows());
    }
    Step at = step.child("matched");
    Words key = key(join, keys, false, right);
    GroupOrder order =
        GroupOrder.of(
            party, at.child("order"), matched, key, Words.zero(0, right.rows()), List.of(key));
    GroupAggregate.Groups groups =
        GroupAggregate.aggregate(
            party, at.child("keys"), order, order.payload(), List.of(), List.of(), right.rows());
    // They lie in the order of their keys, and their dummies follow.
    Words distinct = distinct(at.child("dummies"), (Words) groups.last().get(0), groups.valid());
    return JoinPkFk.join(
            party,
            at.child("join"),
            new JoinPkFk.Side(distinct, groups.valid(), List.of()),
            true,
            new JoinPkFk.Side(key(join, keys, true, left), present(join, keys, left), List.of()))
        .valid();
  }

  /** The valid rows of a left input whose keys are not NULL. */
  private Bits present(Rel.Join join, JoinKeys keys, JoinedRows left) {
    Bits present = left.valid();
    if (join.kind() != Rel.Join.Kind.INNER) {
      for (Origin key : origins(join, keys, true, layout)) {
        if (layout.field(key).nullable()) {
          SharedColumn known = left.column(Reference.column(key, Form.VALID, layout));
          present = And.bits(party, step.child("present" + steps++), present, (Bits) known);
        }
      }
    }
    return present;
  }

  /** What is carried of the left input: the rest of its columns is no longer read. */
  private Set<ColumnId> unique(Rel.Join join, JoinKeys keys, Set<ColumnId> above) {
    Set<ColumnId> all = new LinkedHashSet<>(above);
    List<Origin> scope = layout.joined(join);
    keys.residual().forEach(e -> all.addAll(Reference.columns(e, scope, layout)));
    if (join.kind() != Rel.Join.Kind.INNER) {
      int node = layout.node(join);
      above.stream()
          .filter(id -> id.node() == node)
          .forEach(id -> below(id, scope, layout).ifPresent(all::add));
      for (Origin key : origins(join, keys, true, layout)) {
        if (layout.field(key).nullable()) {
          all.add(Reference.column(key, Form.VALID, layout));
        }
      }
    }
    return all;
  }

  private static void requireOneRow(JoinedRows rows) {
    if (rows.rows() != 1) {
      throw new TrefoilException(
          Condition.MALFORMED_PLAN,
          "Cannot run a join without an equality: its left side has "
              + rows.rows()
              + " rows and not one. Report this error.");
    }
  }

  /** The key of a side: as its source shares it, or put together of its columns. */
  private Words key(Rel.Join join, JoinKeys keys, boolean left, JoinedRows rows) {
    List<SharedColumn> parts = rows.columns(keyColumns(join, keys, left, layout));
    if (layout.key(join, left).isPresent()) {
      return (Words) parts.get(0);
    }
    return Local.widen(Local.beside(parts), layout.keyWidth(join));
  }

  /** Keys that tell invalid rows apart as well: their number under a top bit of one. */
  private Words distinct(Step at, Words key, Bits valid) {
    int rows = key.rows();
    int width = key.width();
    Words dummy =
        Local.beside(Local.constant(party, true, rows), Local.index(party, width - 1, rows));
    Words chosen = And.mask(party, at, valid, Local.xor(key, dummy));
    return Local.xor(chosen, dummy);
  }

  /** Which pairs of rows satisfy the whole condition of an outer join. */
  private Bits matched(Rel.Join join, JoinKeys keys, JoinedRows pairs) {
    Bits matched = pairs.valid();
    List<Origin> both = new ArrayList<>(origins(join, keys, true, layout));
    both.addAll(origins(join, keys, false, layout));
    for (Origin key : both) {
      if (layout.field(key).nullable()) {
        Bits present = (Bits) pairs.column(Reference.column(key, Form.VALID, layout));
        matched = And.bits(party, step.child("key" + steps++), matched, present);
      }
    }
    if (keys.residual().isEmpty()) {
      return matched;
    }
    List<Origin> scope = layout.joined(join);
    overflow.among(matched);
    Expressions expressions =
        new Expressions(
            party,
            step.child("condition"),
            new BodyFields(layout, scope, pairs),
            e -> Relations.interval(layout.bounds(scope, e)),
            overflow);
    for (Expr condition : keys.residual()) {
      matched =
          And.bits(
              party, step.child("on" + steps++), matched, expressions.condition(condition).yes());
    }
    return matched;
  }

  /** A column that is zero and not valid where there is no match. */
  private SharedColumn nullable(
      Step at, ColumnId id, Rel.Join join, JoinedRows pairs, Bits matched) {
    Optional<ColumnId> below = below(id, layout.joined(join), layout);
    if (below.isEmpty()) {
      return matched;
    }
    SharedColumn column = pairs.column(below.get());
    if (column instanceof Bits bits) {
      return And.bits(party, at, matched, bits);
    }
    return column instanceof Words words
        ? And.mask(party, at, matched, words)
        : Multiply.byBit(party, at, matched, (Sums) column);
  }
}

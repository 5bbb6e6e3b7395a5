package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Counts;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.ObliviousSort;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.operator.Reencode;
import org.trefoil.executor.operator.RunningSums;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Runs a window: the rows are sorted by partition and order, once; what is computed of the rows up
 * to each follows from running sums. Nothing is opened but what the sort opens.
 */
final class Windows {
  private static final int RING = 64;

  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final Rel.Window window;
  private final List<Origin> references;
  private final Overflow overflow;

  /** The rows in order, and their keys: not valid, the partition, the order. */
  private JoinedRows rows;

  private Words key;
  private int partitionWidth;

  private final Map<Integer, Bits> agreeing = new HashMap<>();
  private Bits peers;
  private Sums number;
  private final Map<WindowCall, Sums> computed = new HashMap<>();
  private int steps;

  Windows(Party party, Step step, InputLayout layout, Rel.Window window, Overflow overflow) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.window = window;
    this.references = layout.origins(window.input());
    this.overflow = overflow;
  }

  /** The columns that are read of the window's rows. */
  static Set<ColumnId> needed(Rel.Window window, Set<ColumnId> above, InputLayout layout) {
    List<Origin> references = layout.origins(window.input());
    Set<ColumnId> all = new LinkedHashSet<>();
    int node = layout.node(window);
    above.stream().filter(id -> id.node() != node).forEach(all::add);
    window.partitions().forEach(p -> all.addAll(Reference.columns(p, references, layout)));
    window.keys().forEach(k -> all.addAll(Reference.columns(k.expression(), references, layout)));
    for (WindowCall call : window.calls()) {
      call.argument().ifPresent(a -> all.addAll(Reference.columns(a, references, layout)));
    }
    return all;
  }

  JoinedRows rows(Set<ColumnId> needed, BiFunction<Rel, Set<ColumnId>, JoinedRows> relations) {
    JoinedRows in = relations.apply(window.input(), needed(window, needed, layout));
    sort(in);
    int node = layout.node(window);
    Map<ColumnId, SharedColumn> columns = new LinkedHashMap<>(rows.columns());
    for (ColumnId id : needed) {
      if (id.node() == node) {
        InputColumn column = layout.columns(node).get(id.column());
        columns.put(id, column(column));
      }
    }
    return new JoinedRows(rows.valid(), rows.valid(), columns, Optional.empty());
  }

  private Step next(String name) {
    return step.child(name + steps++);
  }

  private void sort(JoinedRows in) {
    BodyFields fields = new BodyFields(layout, references, in);
    overflow.among(in.valid());
    Expressions expressions =
        new Expressions(
            party,
            step.child("keys"),
            fields,
            e -> Relations.interval(layout.bounds(references, e)),
            overflow);
    SortKeys keys = new SortKeys(party, layout, references, fields, expressions);
    Words first = Local.words(Local.not(party, in.valid()));
    if (!window.partitions().isEmpty()) {
      List<Rel.Sort.Key> partitions =
          window.partitions().stream().map(p -> new Rel.Sort.Key(p, true, true)).toList();
      first = Local.beside(first, keys.of(step.child("partition"), partitions));
    }
    partitionWidth = first.width();
    Words all =
        window.keys().isEmpty()
            ? first
            : Local.beside(first, keys.of(step.child("order"), window.keys()));
    ObliviousSort.Sorted sorted =
        ObliviousSort.sort(party, step.child("sort"), all, new ArrayList<>(in.columns().values()));
    key = sorted.key();
    Bits valid = Local.not(party, Local.plane(key, key.width() - 1));
    List<ColumnId> ids = new ArrayList<>(in.columns().keySet());
    rows = new JoinedRows(valid, valid, JoinedRows.named(ids, sorted.payload()), Optional.empty());
  }

  // ---- which rows belong together

  /** Whether the row so many places before is of the same partition. */
  private Bits agreeing(int before) {
    return agreeing.computeIfAbsent(
        before,
        d ->
            equalTo(
                next("partition"),
                Local.field(key, key.width() - partitionWidth, partitionWidth),
                d));
  }

  private Bits equalTo(Step at, Words of, int before) {
    int n = of.rows();
    if (before >= n) {
      return Bits.zero(n);
    }
    Bits equal =
        Equality.words(party, at, Local.slice(of, before, n), Local.slice(of, 0, n - before));
    return Columns.padded(equal, before, 0);
  }

  /** Whether a row is the first of its partition. */
  private Bits starts() {
    return Local.not(party, agreeing(1));
  }

  /** Whether a row's keys differ from those of the row before it. */
  private Bits peers() {
    if (peers == null) {
      peers = Local.not(party, equalTo(next("peers"), key, 1));
    }
    return peers;
  }

  // ---- calls

  private SharedColumn column(InputColumn column) {
    WindowCall call = window.calls().get(column.outputs().get(0) - references.size());
    if (call.kind() == WindowCall.Kind.LAG) {
      return lag(call, column);
    }
    if (column.form() == Form.VALID) {
      return Counts.positive(party, next("some"), numbers(call.counting()), rows.rows());
    }
    Sums values = numbers(call);
    return column.form() == Form.ORDERED
        ? Reencode.toOrdered(party, next("ordered"), values, column.slots().get(0))
        : Reencode.toRing(party, next("ring"), values, column.width());
  }

  /** What a call computes, once. */
  private Sums numbers(WindowCall call) {
    Sums known = computed.get(call);
    if (known == null) {
      known = values(call);
      computed.put(call, known);
    }
    return known;
  }

  private Expressions argument(WindowCall call) {
    overflow.among(rows.valid());
    return new Expressions(
        party,
        next("argument-of-" + call.kind()),
        new BodyFields(layout, references, rows),
        e -> Relations.interval(layout.bounds(references, e)),
        overflow);
  }

  private Sums values(WindowCall call) {
    return switch (call.kind()) {
      case ROW_NUMBER -> number();
      case RANK -> {
        Sums first = Multiply.byBit(party, next("first"), peers(), number());
        yield running(peers(), first);
      }
      case DENSE_RANK ->
          running(starts(), BitToArithmetic.convert(party, next("bits"), peers(), RING));
      case COUNT, COUNT_OF_PEERS -> upTo(call, counted(call));
      case SUM, SUM_OF_PEERS -> {
        Expr of = call.argument().orElseThrow();
        yield upTo(call, argument(call).summable(of, layout.ring(references, of)).values());
      }
      case LAG -> throw new IllegalStateException("LAG is no number");
    };
  }

  private Sums counted(WindowCall call) {
    Bits present = call.argument().map(a -> argument(call).present(a)).orElse(null);
    return present == null
        ? Local.sums(party, RING, rows.rows(), 1)
        : BitToArithmetic.convert(party, next("bits"), present, RING);
  }

  private Sums number() {
    if (number == null) {
      number = running(starts(), Local.sums(party, RING, rows.rows(), 1));
    }
    return number;
  }

  /** Of the rows up to each one, or up to the last with its keys. */
  private Sums upTo(WindowCall call, Sums values) {
    Sums sums = running(starts(), values);
    if (!call.ofPeers()) {
      return sums;
    }
    int n = rows.rows();
    Bits last = Local.slice(Local.concat(peers(), Local.constant(party, true, 1)), 1, n + 1);
    Sums shown = Multiply.byBit(party, next("last"), last, sums);
    int[] back = new int[n];
    for (int r = 0; r < n; r++) {
      back[r] = n - 1 - r;
    }
    return Local.rows(running(Local.rows(last, back), Local.rows(shown, back)), back);
  }

  private Sums running(Bits starts, Sums values) {
    return RunningSums.of(party, next("running"), starts, List.of(values)).get(0);
  }

  /** Another row's column, zero where there is none. */
  private SharedColumn lag(WindowCall call, InputColumn column) {
    int n = rows.rows();
    int by = Math.abs(call.offset());
    Bits same = agreeing(by);
    if (call.offset() < 0) {
      same = by >= n ? Bits.zero(n) : Columns.padded(Local.slice(same, by, n), 0, by);
    }
    Origin of = references.get(((Expr.FieldRef) call.argument().orElseThrow()).index());
    if (column.form() == Form.VALID && !layout.field(of).nullable()) {
      return same;
    }
    SharedColumn moved = moved(rows.column(Reference.column(of, column.form(), layout)), call);
    if (moved instanceof Bits bits) {
      return And.bits(party, next("lag"), same, bits);
    }
    return moved instanceof Words words
        ? And.mask(party, next("lag"), same, words)
        : Multiply.byBit(party, next("lag"), same, (Sums) moved);
  }

  private SharedColumn moved(SharedColumn column, WindowCall call) {
    int n = column.rows();
    int by = Math.abs(call.offset());
    if (by >= n) {
      return Columns.zero(Columns.shape(column), n);
    }
    return call.offset() < 0
        ? Columns.padded(Local.slice(column, by, n), 0, by)
        : Columns.padded(Local.slice(column, 0, n - by), by, 0);
  }
}

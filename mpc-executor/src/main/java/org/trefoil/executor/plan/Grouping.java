package org.trefoil.executor.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Contribution;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.GroupKey;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Rel;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.DistinctCount;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.GlobalAggregate;
import org.trefoil.executor.operator.GroupAggregate;
import org.trefoil.executor.operator.GroupOrder;
import org.trefoil.executor.operator.Interval;
import org.trefoil.executor.operator.Numbers;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.operator.Suppress;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** Runs the aggregate of a plan and the suppression of its groups. */
final class Grouping {
  /** Groups that may be released, and their columns. */
  record Result(Bits valid, AggregateFields fields) {}

  /** A distinct count or a greatest value, each of which takes part in a sort of its own. */
  private sealed interface Ranked {
    Words suffix();
  }

  private record Distinct(int contribution, Words suffix) implements Ranked {}

  private record Extreme(int call, Words suffix) implements Ranked {}

  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final Rel.Aggregate aggregate;
  private final List<Reference> references;
  private final Overflow overflow;
  private final Stages stages;
  private final JoinedRows rows;
  private final BodyFields fields;
  private final Expressions expressions;
  private int steps;

  // What the main pass sums and counts, without repetition.
  private final List<Sums> sums = new ArrayList<>();
  private final Map<Expr, Integer> sumOf = new HashMap<>();
  private final List<Bits> counted = new ArrayList<>();
  private final Map<Object, Integer> countOf = new HashMap<>();

  Grouping(
      Party party,
      Step step,
      InputLayout layout,
      Rel.Aggregate aggregate,
      JoinedRows rows,
      Overflow overflow,
      Stages stages) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.aggregate = aggregate;
    this.references = Reference.of(aggregate.input());
    this.overflow = overflow;
    this.stages = stages;
    this.rows = rows;
    this.fields = new BodyFields(layout, references, rows);
    overflow.among(rows.valid());
    this.expressions =
        new Expressions(
            party,
            step.child("arguments"),
            fields,
            e -> Body.interval(layout.bounds(aggregate.input(), e)),
            overflow);
  }

  /** The columns of the sources that an aggregate reads. */
  static Set<ColumnId> needed(Rel.Aggregate aggregate, InputLayout layout) {
    List<Reference> references = Reference.of(aggregate.input());
    Set<ColumnId> needed = new LinkedHashSet<>();
    for (Expr group : aggregate.groups()) {
      needed.addAll(Reference.columns(group, references, layout));
    }
    for (AggregateCall call : aggregate.calls()) {
      call.argument().ifPresent(a -> needed.addAll(Reference.columns(a, references, layout)));
    }
    for (GroupKey key : layout.groupKeys()) {
      needed.addAll(keyColumns(key, layout));
    }
    for (Contribution c : layout.contributions()) {
      if (c.several()) {
        needed.add(
            new ColumnId(c.source(), layout.column(c.source(), Form.BRANCH, List.of(c.branch()))));
      }
      if (!direct(c)) {
        needed.add(new ColumnId(c.source(), layout.column(c.source(), c.form(), List.of())));
      }
    }
    return needed;
  }

  static boolean direct(Contribution c) {
    return c.once() && c.form() == Form.ROW_ID;
  }

  static List<ColumnId> keyColumns(GroupKey key, InputLayout layout) {
    int source = key.source();
    if (key.form() != Form.ORDERED) {
      return List.of(new ColumnId(source, layout.column(source, key.form(), key.outputs())));
    }
    List<ColumnId> columns = new ArrayList<>();
    for (int output : key.outputs()) {
      for (Form form : List.of(Form.VALID, Form.BIT, Form.ORDERED)) {
        if (layout.has(source, form, List.of(output))) {
          columns.add(new ColumnId(source, layout.column(source, form, List.of(output))));
        }
      }
    }
    return columns;
  }

  Result run() {
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (call.kind() == AggregateCall.Kind.SUM) {
        Expr argument = call.argument().orElseThrow();
        if (!sumOf.containsKey(argument)) {
          Numbers numbers = expressions.summable(argument, layout.ring(i));
          sumOf.put(argument, sums.size());
          sums.add(numbers.values());
          count(argument, numbers.present());
        }
      } else if (call.kind() == AggregateCall.Kind.COUNT && call.argument().isPresent()) {
        Expr argument = call.argument().get();
        if (!countOf.containsKey(argument)) {
          count(argument, expressions.present(argument));
        }
      }
    }
    return aggregate.groups().isEmpty() ? global() : grouped();
  }

  /** Remembers to count the rows of {@code present}; null: all rows. */
  private void count(Object what, Bits present) {
    if (present == null) {
      countOf.put(what, -1);
    } else {
      countOf.put(what, counted.size());
      counted.add(present);
    }
  }

  private List<Ranked> ranked() {
    List<Ranked> all = new ArrayList<>();
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (call.kind() == AggregateCall.Kind.MIN || call.kind() == AggregateCall.Kind.MAX) {
        all.add(new Extreme(i, extreme(call)));
      }
    }
    List<Contribution> contributions = layout.contributions();
    for (int i = 0; i < contributions.size(); i++) {
      if (!direct(contributions.get(i))) {
        all.add(new Distinct(i, Local.beside(counts(i), id(contributions.get(i)))));
      }
    }
    return all;
  }

  /** (present, value) for MAX, (present, complement of the value) for MIN. */
  private Words extreme(AggregateCall call) {
    int field = ((Expr.FieldRef) call.argument().orElseThrow()).index();
    Words value =
        call.type().kind() == org.trefoil.api.type.DataType.Kind.BOOLEAN
            ? Local.words(fields.bit(field))
            : fields.ordered(field).orElseThrow().words();
    Words ranked = call.kind() == AggregateCall.Kind.MIN ? Local.not(party, value) : value;
    Bits present = fields.present(field).orElseGet(() -> Local.constant(party, true, rows.rows()));
    return Local.beside(present, ranked);
  }

  private AggregateFields.Column extremeColumn(AggregateCall call, Words greatest) {
    Bits present = Local.plane(greatest, greatest.width() - 1);
    Words value = Local.field(greatest, 0, greatest.width() - 1);
    if (call.kind() == AggregateCall.Kind.MIN) {
      value = Local.not(party, value);
    }
    int field = ((Expr.FieldRef) call.argument().orElseThrow()).index();
    if (call.type().kind() == org.trefoil.api.type.DataType.Kind.BOOLEAN) {
      return AggregateFields.Column.of(Local.plane(value, 0), present);
    }
    return AggregateFields.Column.of(value, fields.ordered(field).orElseThrow().slot(), present);
  }

  private Words id(Contribution c) {
    return (Words)
        rows.column(new ColumnId(c.source(), layout.column(c.source(), c.form(), List.of())));
  }

  private Optional<Bits> branch(Contribution c) {
    return c.several()
        ? Optional.of(
            (Bits)
                rows.column(
                    new ColumnId(
                        c.source(), layout.column(c.source(), Form.BRANCH, List.of(c.branch())))))
        : Optional.empty();
  }

  /** Which rows count for a contribution: those of its branch, with an entity. */
  private Bits counts(int contribution) {
    Contribution c = layout.contributions().get(contribution);
    Bits counts = branch(c).orElseGet(() -> Local.constant(party, true, rows.rows()));
    if (c.form() == Form.ENTITY) {
      Words id = id(c);
      Bits none = Equality.constant(party, next("entity"), id, new long[Words.limbs(id.width())]);
      counts = And.bits(party, next("counts"), counts, Local.not(party, none));
    }
    return counts;
  }

  // ---- with groups

  private Result grouped() {
    List<Contribution> contributions = layout.contributions();
    for (int i = 0; i < contributions.size(); i++) {
      int contribution = i;
      branch(contributions.get(i)).ifPresent(b -> count(contribution, b));
    }
    List<Ranked> ranked = ranked();
    int n = rows.rows();
    int padding = n == 0 ? 1 : 0;
    Words key = Columns.padded(key(), 0, padding);
    Bits valid = Columns.padded(rows.valid(), 0, padding);
    int bound = bound(key.width(), n + padding);

    List<SharedColumn> groupColumns = new ArrayList<>();
    for (Expr group : aggregate.groups()) {
      int field = ((Expr.FieldRef) group).index();
      if (hidden(group)) {
        continue;
      }
      groupColumns.add(
          group.type().kind() == org.trefoil.api.type.DataType.Kind.BOOLEAN
              ? fields.bit(field)
              : fields.ordered(field).orElseThrow().words());
      fields.present(field).ifPresent(groupColumns::add);
    }
    List<SharedColumn> payload = new ArrayList<>(groupColumns);
    payload.addAll(sums);
    payload.addAll(counted);
    if (padding > 0) {
      payload.replaceAll(c -> Columns.padded(c, 0, padding));
    }

    GroupAggregate.Groups main = null;
    AggregateFields.Column[] extremes = new AggregateFields.Column[aggregate.calls().size()];
    Sums[] distinct = new Sums[contributions.size()];
    for (int pass = 0; pass < Math.max(1, ranked.size()); pass++) {
      Ranked by = ranked.isEmpty() ? null : ranked.get(pass);
      boolean first = pass == 0;
      stages.begin("group by, pass " + (pass + 1) + ", " + n + " rows");
      Step at = step.child("pass" + pass);
      Words suffix =
          by == null ? Words.zero(0, n + padding) : Columns.padded(by.suffix(), 0, padding);
      GroupOrder order =
          GroupOrder.of(party, at.child("order"), valid, key, suffix, first ? payload : List.of());
      List<SharedColumn> last = new ArrayList<>();
      List<Sums> summed = new ArrayList<>();
      List<Bits> ones = new ArrayList<>();
      if (first) {
        last.addAll(order.payload().subList(0, groupColumns.size()));
        for (int i = 0; i < sums.size(); i++) {
          summed.add((Sums) order.payload().get(groupColumns.size() + i));
        }
        for (int i = 0; i < counted.size(); i++) {
          ones.add((Bits) order.payload().get(groupColumns.size() + sums.size() + i));
        }
      }
      if (by instanceof Extreme) {
        last.add(order.suffix());
      } else if (by instanceof Distinct) {
        ones.add(DistinctCount.firsts(party, at.child("distinct"), order));
      }
      GroupAggregate.Groups groups =
          GroupAggregate.aggregate(party, at.child("groups"), order, last, summed, ones, bound);
      if (by instanceof Extreme extreme) {
        extremes[extreme.call()] =
            extremeColumn(
                aggregate.calls().get(extreme.call()),
                (Words) groups.last().get(groups.last().size() - 1));
      } else if (by instanceof Distinct count) {
        distinct[count.contribution()] = groups.counts().get(groups.counts().size() - 1);
      }
      main = first ? groups : main;
    }
    return finish(main, extremes, distinct);
  }

  /**
   * Whether nothing above the groups reads this group column, so that the layout has no payload of
   * it: it only tells groups apart, by the sort key.
   */
  private boolean hidden(Expr group) {
    int field = ((Expr.FieldRef) group).index();
    return group.type().kind() == org.trefoil.api.type.DataType.Kind.BOOLEAN
        ? !fields.hasBit(field)
        : fields.ordered(field).isEmpty();
  }

  private Result finish(
      GroupAggregate.Groups main, AggregateFields.Column[] extremes, Sums[] distinct) {
    List<Suppress.Contributed> contributed = new ArrayList<>();
    List<Contribution> contributions = layout.contributions();
    for (int i = 0; i < contributions.size(); i++) {
      Contribution c = contributions.get(i);
      Optional<Sums> ofBranch =
          c.several() ? Optional.of(main.counts().get(countOf.get((Object) i))) : Optional.empty();
      Sums count = distinct[i] != null ? distinct[i] : ofBranch.orElse(main.rows());
      contributed.add(new Suppress.Contributed(count, ofBranch, c.k(), Math.max(1, rows.rows())));
    }
    stages.begin("suppression, " + main.valid().rows() + " groups");
    Bits released = Suppress.released(party, step.child("suppress"), main.valid(), contributed);

    List<AggregateFields.Column> columns = new ArrayList<>();
    int at = 0;
    for (Expr group : aggregate.groups()) {
      int field = ((Expr.FieldRef) group).index();
      if (hidden(group)) {
        columns.add(new AggregateFields.Column(null, null, null, null, null));
        continue;
      }
      SharedColumn value = main.last().get(at++);
      Bits present = fields.present(field).isPresent() ? (Bits) main.last().get(at++) : null;
      columns.add(
          value instanceof Bits bit
              ? AggregateFields.Column.of(bit, present)
              : AggregateFields.Column.of(
                  (Words) value, fields.ordered(field).orElseThrow().slot(), present));
    }
    overflow.among(released);
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      columns.add(
          switch (call.kind()) {
            case MIN, MAX -> extremes[i];
            case COUNT -> AggregateFields.Column.of(counted(call, main), null);
            case SUM -> sum(call, main);
          });
    }
    return new Result(released, new AggregateFields(released.rows(), columns));
  }

  private Sums counted(AggregateCall call, GroupAggregate.Groups main) {
    int which = call.argument().isEmpty() ? -1 : countOf.get(call.argument().get());
    return which < 0 ? main.rows() : main.counts().get(which);
  }

  private AggregateFields.Column sum(AggregateCall call, GroupAggregate.Groups main) {
    Expr argument = call.argument().orElseThrow();
    Sums sum = main.sums().get(sumOf.get(argument));
    int which = countOf.get(argument);
    // A group has a row; only a sum of NULLs, or the global sum of no rows, is NULL.
    Bits present = null;
    if (which >= 0 || aggregate.groups().isEmpty()) {
      present = positive(which < 0 ? main.rows() : main.counts().get(which));
    }
    check(call, sum, present);
    return AggregateFields.Column.of(sum, present);
  }

  private void check(AggregateCall call, Sums sum, Bits present) {
    Interval range =
        Body.interval(layout.bounds(aggregate.input(), call.argument().orElseThrow()))
            .summed(Math.max(1, rows.rows()));
    if (overflow.possible(range, call.type())) {
      overflow.check(next("overflow"), sum, range, call.type(), present);
    }
  }

  private Bits positive(Sums count) {
    int width = Interval.of(0, Math.max(1, rows.rows())).signedBits();
    Words bits =
        org.trefoil.executor.protocol.ArithmeticToBoolean.convert(
            party, next("count"), count, width);
    return Local.not(
        party, Equality.constant(party, next("none"), bits, new long[Words.limbs(width)]));
  }

  private Words key() {
    List<SharedColumn> parts = new ArrayList<>();
    for (GroupKey key : layout.groupKeys()) {
      keyColumns(key, layout).forEach(id -> parts.add(rows.column(id)));
    }
    return Local.beside(parts);
  }

  /** At most so many groups: by the widths of the key, and by the rows of each rank's source. */
  private int bound(int width, int rowCount) {
    BigInteger bound = BigInteger.ONE;
    int bits = width;
    for (GroupKey key : layout.groupKeys()) {
      if (key.form() != Form.ORDERED) {
        bound = bound.multiply(BigInteger.valueOf(Math.max(1, layout.rows(key.source()))));
        bits -= rows.column(keyColumns(key, layout).get(0)).width();
      }
    }
    return bound.shiftLeft(Math.min(bits, 64)).min(BigInteger.valueOf(rowCount)).intValue();
  }

  // ---- one group of all rows

  private Result global() {
    stages.begin("aggregate of " + rows.rows() + " rows");
    List<Contribution> contributions = layout.contributions();
    for (int i = 0; i < contributions.size(); i++) {
      int contribution = i;
      branch(contributions.get(i)).ifPresent(b -> count(contribution, b));
    }
    List<Sums> totals = new ArrayList<>();
    for (Sums sum : sums) {
      totals.add(GlobalAggregate.sum(party, next("sum"), rows.valid(), sum));
    }
    List<Sums> counts = new ArrayList<>();
    for (Bits bits : counted) {
      Bits valid = And.bits(party, next("valid"), rows.valid(), bits);
      counts.add(GlobalAggregate.count(party, next("count"), valid));
    }
    AggregateFields.Column[] extremes = new AggregateFields.Column[aggregate.calls().size()];
    Sums[] distinct = new Sums[contributions.size()];
    for (Ranked by : ranked()) {
      if (by instanceof Extreme extreme) {
        Words greatest =
            GlobalAggregate.greatest(party, next("extreme"), rows.valid(), extreme.suffix());
        extremes[extreme.call()] = extremeColumn(aggregate.calls().get(extreme.call()), greatest);
      } else if (by instanceof Distinct count) {
        distinct[count.contribution()] = distinctOverall(count);
      }
    }
    Sums rowCount = GlobalAggregate.count(party, next("rows"), rows.valid());
    // Branches of a union may be empty, but if all are, that must look like too few rows.
    Bits valid =
        contributions.stream().anyMatch(Contribution::several)
            ? positive(rowCount)
            : Local.constant(party, true, 1);
    return finish(
        new GroupAggregate.Groups(valid, List.of(), totals, counts, rowCount), extremes, distinct);
  }

  private Sums distinctOverall(Distinct count) {
    int n = rows.rows();
    if (n == 0) {
      return Sums.zero(64, 1);
    }
    stages.begin("distinct count, " + n + " rows");
    Step at = next("distinct");
    GroupOrder order =
        GroupOrder.of(
            party, at.child("order"), rows.valid(), Words.zero(0, n), count.suffix(), List.of());
    Bits firsts = DistinctCount.firsts(party, at.child("firsts"), order);
    Bits valid = And.bits(party, at.child("valid"), firsts, order.real());
    return GlobalAggregate.count(party, at.child("count"), valid);
  }

  private Step next(String name) {
    return step.child(name + steps++);
  }
}

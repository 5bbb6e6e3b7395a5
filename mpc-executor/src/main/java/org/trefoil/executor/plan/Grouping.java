package org.trefoil.executor.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Contribution;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.GroupKey;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Noised;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.OwnersCounted;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.ContributingOwners;
import org.trefoil.executor.operator.Counts;
import org.trefoil.executor.operator.DistinctCount;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.FewGroups;
import org.trefoil.executor.operator.GlobalAggregate;
import org.trefoil.executor.operator.GroupAggregate;
import org.trefoil.executor.operator.GroupOrder;
import org.trefoil.executor.operator.Interval;
import org.trefoil.executor.operator.Numbers;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.operator.OwnerGroups;
import org.trefoil.executor.operator.Quantiles;
import org.trefoil.executor.operator.RoundTo;
import org.trefoil.executor.operator.Suppress;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** Runs the aggregate of a plan and the suppression of its groups. */
final class Grouping {
  /**
   * Groups that may be released, what is read of their keys, and their aggregates.
   *
   * @param held the groups that are held back
   */
  record Result(Bits valid, Bits held, Map<ColumnId, SharedColumn> groups, AggregateFields calls) {}

  /** A distinct count or a greatest value, each of which takes part in a sort of its own. */
  private sealed interface Ranked {
    Words suffix();
  }

  private record Distinct(int contribution, Words suffix) implements Ranked {}

  private record Extreme(int call, Words suffix) implements Ranked {}

  /** Values at places in one order. */
  private record Places(List<Integer> calls, Words suffix) implements Ranked {
    Words values(Words sorted) {
      return Local.field(sorted, 0, suffix.width() - 1);
    }

    Bits present(Words sorted) {
      return Local.plane(sorted, suffix.width() - 1);
    }
  }

  /** The rows of an owner, those of {@code part} or all if that is -1. */
  private record OwnersRows(int owner, int part) {}

  /** The rows of a contribution that weigh in a part of an aggregate. */
  private record Cell(int contribution, int part) {}

  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final Rel.Aggregate aggregate;
  private final List<Origin> references;
  private final List<ColumnId> carried;
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

  /**
   * The parts of the aggregates that not every row weighs in, and what cuts them, without
   * repetition.
   */
  private final List<Expr> parts = new ArrayList<>();

  private final List<Bits> weighing = new ArrayList<>();

  /** Absent where no sum is measured. */
  private Undominated undominated;

  Grouping(
      Party party,
      Step step,
      InputLayout layout,
      Rel.Aggregate aggregate,
      JoinedRows rows,
      Set<ColumnId> above,
      Overflow overflow,
      Stages stages) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.aggregate = aggregate;
    this.references = layout.origins(aggregate.input());
    this.carried = carried(aggregate, layout, above);
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
            e -> Relations.interval(layout.bounds(aggregate.input(), e)),
            overflow);
  }

  /** The shared columns of its groups that are read above an aggregate. */
  private static List<ColumnId> carried(
      Rel.Aggregate aggregate, InputLayout layout, Set<ColumnId> above) {
    List<Origin> references = layout.origins(aggregate.input());
    Set<Origin> groups = new HashSet<>();
    for (Expr group : aggregate.groups()) {
      groups.add(references.get(((Expr.FieldRef) group).index()));
    }
    return above.stream()
        .filter(id -> isOf(groups, id.node(), layout.columns(id.node()).get(id.column())))
        .toList();
  }

  private static boolean isOf(Set<Origin> groups, int node, InputColumn column) {
    return switch (column.form()) {
      case ROW_ID, ENTITY, BRANCH, PLACE -> false;
      default -> column.outputs().stream().allMatch(o -> groups.contains(new Origin(node, o)));
    };
  }

  /**
   * The shared columns that an aggregate reads.
   *
   * @param above what is read of its groups
   */
  static Set<ColumnId> needed(Rel.Aggregate aggregate, InputLayout layout, Set<ColumnId> above) {
    List<Origin> references = layout.origins(aggregate.input());
    Set<ColumnId> needed = new LinkedHashSet<>(carried(aggregate, layout, above));
    for (AggregateCall call : aggregate.calls()) {
      call.argument().ifPresent(a -> needed.addAll(Reference.columns(a, references, layout)));
      call.magnitudes().forEach(e -> needed.addAll(Reference.columns(e, references, layout)));
      call.conditions().forEach(w -> needed.addAll(Reference.columns(w, references, layout)));
    }
    for (GroupKey key : layout.groupKeys(aggregate)) {
      needed.addAll(keyColumns(key, layout));
    }
    ownerRank(aggregate, layout).ifPresent(needed::add);
    for (Contribution c : layout.contributions(aggregate)) {
      if (c.several()) {
        needed.add(
            new ColumnId(c.source(), layout.column(c.source(), Form.BRANCH, List.of(c.branch()))));
      }
      if (!direct(c)) {
        needed.add(new ColumnId(c.source(), layout.column(c.source(), c.form(), List.of())));
      }
    }
    for (List<OwnersCounted.Branch> owner : layout.owners(aggregate).secret()) {
      owner.forEach(b -> needed.add(branch(b, layout)));
    }
    layout.measured(aggregate).stream()
        .flatMap(of -> of.owners().stream())
        .flatMap(List::stream)
        .forEach(b -> needed.add(branch(b, layout)));
    return needed;
  }

  private static ColumnId branch(OwnersCounted.Branch b, InputLayout layout) {
    return new ColumnId(b.source(), layout.column(b.source(), Form.BRANCH, List.of(b.branch())));
  }

  static boolean direct(Contribution c) {
    return c.once() && c.form() == Form.ROW_ID;
  }

  static List<ColumnId> keyColumns(GroupKey key, InputLayout layout) {
    int source = key.node();
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

  /** The RANK column by which an owner delivered the rows group by group. */
  private static Optional<ColumnId> ownerRank(Rel.Aggregate aggregate, InputLayout layout) {
    OptionalInt source = layout.ownerGroups(aggregate);
    return source.isPresent()
        ? Optional.of(
            new ColumnId(source.getAsInt(), layout.sortedBy(source.getAsInt()).orElseThrow()))
        : Optional.empty();
  }

  Result run() {
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (call.kind() == AggregateCall.Kind.SUM) {
        Expr argument = call.argument().orElseThrow();
        if (!sumOf.containsKey(argument)) {
          Numbers numbers = expressions.summable(argument, layout.ring(aggregate, i));
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
    for (AggregateCall call : aggregate.calls()) {
      for (Expr part : call.conditions()) {
        if (!parts.contains(part)) {
          parts.add(part);
          weighing.add(expressions.condition(part).yes());
        }
      }
    }
    contributions();
    owners();
    return aggregate.groups().isEmpty() ? global() : grouped();
  }

  /** Remembers to count the rows of {@code present}; null: all rows. */
  private void count(Object what, Bits present) {
    if (present == null) {
      countOf.put(what, -1);
      return;
    }
    for (int i = 0; i < counted.size(); i++) {
      if (counted.get(i) == present) {
        countOf.put(what, i);
        return;
      }
    }
    countOf.put(what, counted.size());
    counted.add(present);
  }

  /** Remembers to count the rows that each table contributes, to the group and to each part. */
  private void contributions() {
    List<Contribution> contributions = layout.contributions(aggregate);
    for (int i = 0; i < contributions.size(); i++) {
      Contribution c = contributions.get(i);
      if (!direct(c) && !c.mayBeAbsent()) {
        continue;
      }
      Optional<Bits> branch = branch(c);
      count(i, branch.orElse(null));
      for (int part = 0; part < parts.size(); part++) {
        Bits weighs = weighing.get(part);
        count(
            new Cell(i, part),
            branch.isEmpty() ? weighs : And.bits(party, next("weighs"), branch.get(), weighs));
      }
    }
  }

  /** Remembers to count the rows of each owner, in the group and in each part. */
  private void owners() {
    List<List<OwnersCounted.Branch>> owners = layout.owners(aggregate).secret();
    for (int i = 0; i < owners.size(); i++) {
      Bits of = null;
      for (OwnersCounted.Branch b : owners.get(i)) {
        Bits branch = (Bits) rows.column(branch(b, layout));
        Bits both = of == null ? null : And.bits(party, next("owner"), of, branch);
        of = of == null ? branch : Local.xor(Local.xor(of, branch), both);
      }
      count(new OwnersRows(i, -1), of);
      for (int part = 0; part < parts.size(); part++) {
        count(
            new OwnersRows(i, part), And.bits(party, next("owner-weighs"), of, weighing.get(part)));
      }
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
    Map<Expr, List<Integer>> places = new LinkedHashMap<>();
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (call.kind() == AggregateCall.Kind.QUANTILE) {
        places.computeIfAbsent(call.argument().orElseThrow(), a -> new ArrayList<>()).add(i);
      }
    }
    places.values().forEach(c -> all.add(new Places(c, extreme(aggregate.calls().get(c.get(0))))));
    List<Contribution> contributions = layout.contributions(aggregate);
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
        call.type().kind() == DataType.Kind.BOOLEAN
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
    if (call.type().kind() == DataType.Kind.BOOLEAN) {
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
    Contribution c = layout.contributions(aggregate).get(contribution);
    Bits counts = branch(c).orElseGet(() -> Local.constant(party, true, rows.rows()));
    if (c.form() == Form.ENTITY) {
      Words id = id(c);
      Bits none = Equality.constant(party, next("entity"), id, new long[Words.limbs(id.width())]);
      counts = And.bits(party, next("counts"), counts, Local.not(party, none));
    }
    return counts;
  }

  // ---- with groups

  /** Measures the sums that a table asks to be measured. */
  private Undominated undominated(Words key, int bound, int padding) {
    return Undominated.asked(aggregate)
        ? new Undominated(
            party,
            step.child("dominance"),
            layout,
            aggregate,
            expressions,
            rows.valid(),
            key,
            bound,
            padding,
            this::measured,
            b -> (Bits) rows.column(branch(b, layout)))
        : null;
  }

  private Undominated.Measured measured(int contribution) {
    Contribution c = layout.contributions(aggregate).get(contribution);
    boolean all = !c.several() && c.form() == Form.ROW_ID;
    return new Undominated.Measured(
        all ? null : counts(contribution), direct(c) ? Words.zero(0, rows.rows()) : id(c));
  }

  private Result grouped() {
    List<Ranked> ranked = ranked();
    int n = rows.rows();
    int padding = n == 0 ? 1 : 0;
    Words key = Columns.padded(key(), 0, padding);
    Bits valid = Columns.padded(rows.valid(), 0, padding);
    int bound = bound(key.width(), n + padding);

    undominated = undominated(key(), bound, padding);
    List<SharedColumn> groupColumns = rows.columns(carried);
    List<SharedColumn> payload = new ArrayList<>(groupColumns);
    payload.addAll(sums);
    payload.addAll(counted);
    if (padding > 0) {
      payload.replaceAll(c -> Columns.padded(c, 0, padding));
    }

    GroupAggregate.Groups main = null;
    AggregateFields.Column[] extremes = new AggregateFields.Column[aggregate.calls().size()];
    Map<Object, Sums> distinct = new HashMap<>();
    Optional<ColumnId> ownerRank = ownerRank(aggregate, layout);
    List<ColumnId> keyColumns =
        layout.groupKeys(aggregate).stream().flatMap(k -> keyColumns(k, layout).stream()).toList();
    if (ranked.isEmpty()
        && undominated == null
        && keyColumns.containsAll(this.carried)
        && fewGroups(
            n + padding,
            key.width(),
            Columns.shapes(groupColumns),
            Columns.shapes(sums),
            counted.size(),
            bound,
            ownerRank.isPresent(),
            party.link())) {
      stages.begin("group by a few values, " + n + " rows");
      GroupAggregate.Groups few =
          FewGroups.aggregate(
              party,
              step.child("few"),
              valid,
              key,
              sums.stream().map(s -> Columns.padded(s, 0, padding)).toList(),
              counted.stream().map(c -> Columns.padded(c, 0, padding)).toList());
      Words values = (Words) few.last().get(0);
      main =
          new GroupAggregate.Groups(
              few.valid(),
              this.carried.stream().map(id -> part(values, keyColumns, id)).toList(),
              few.sums(),
              few.counts(),
              few.rows());
      return finish(main, extremes, distinct);
    }
    if (ownerRank.isPresent()) {
      stages.begin("group by in its owner's order, " + n + " rows");
      int sumsFrom = groupColumns.size();
      int countsFrom = sumsFrom + sums.size();
      main =
          OwnerGroups.aggregate(
              party,
              step.child("groups"),
              Columns.padded(rows.real(), 0, padding),
              Columns.padded(Local.plane((Words) rows.column(ownerRank.get()), 0), 0, padding),
              valid,
              payload.subList(0, sumsFrom),
              payload.subList(sumsFrom, countsFrom).stream().map(Sums.class::cast).toList(),
              payload.subList(countsFrom, payload.size()).stream().map(Bits.class::cast).toList(),
              bound);
      return finish(main, extremes, distinct);
    }
    for (int pass = 0; pass < Math.max(1, ranked.size()); pass++) {
      Ranked by = ranked.isEmpty() ? null : ranked.get(pass);
      boolean first = pass == 0;
      stages.begin("group by, pass " + (pass + 1) + ", " + n + " rows");
      Step at = step.child("pass" + pass);
      Words suffix =
          by == null ? Words.zero(0, n + padding) : Columns.padded(by.suffix(), 0, padding);
      List<SharedColumn> carried = new ArrayList<>(first ? payload : List.of());
      int before = carried.size();
      if (by instanceof Distinct) {
        weighing.forEach(w -> carried.add(Columns.padded(w, 0, padding)));
      }
      GroupOrder order = GroupOrder.of(party, at.child("order"), valid, key, suffix, carried);
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
        List<Bits> weighs =
            order.payload().subList(before, carried.size()).stream().map(Bits.class::cast).toList();
        DistinctCount.Marks marks = DistinctCount.marks(party, at.child("distinct"), order, weighs);
        ones.add(marks.firsts());
        ones.addAll(marks.fulfilled());
      } else if (by instanceof Places places) {
        ones.add(places.present(order.suffix()));
      }
      GroupAggregate.Groups groups =
          GroupAggregate.aggregate(party, at.child("groups"), order, last, summed, ones, bound);
      if (by instanceof Extreme extreme) {
        extremes[extreme.call()] =
            extremeColumn(
                aggregate.calls().get(extreme.call()),
                (Words) groups.last().get(groups.last().size() - 1));
      } else if (by instanceof Distinct count) {
        int from = groups.counts().size() - 1 - parts.size();
        distinct(distinct, count, groups.counts().subList(from, groups.counts().size()));
      } else if (by instanceof Places places) {
        Sums counts = groups.counts().get(groups.counts().size() - 1);
        places(at, places, places.values(order.suffix()), groups.rows(), counts, extremes);
      }
      main = first ? groups : main;
    }
    return finish(main, extremes, distinct);
  }

  /** The columns of values at places. */
  private void places(
      Step at,
      Places places,
      Words values,
      Sums rows,
      Sums counts,
      AggregateFields.Column[] columns) {
    stages.begin("values at places, " + values.rows() + " rows");
    Bits some = Counts.positive(party, at.child("some"), counts, Math.max(1, values.rows()));
    List<AggregateCall> calls = places.calls().stream().map(aggregate.calls()::get).toList();
    List<Words> found =
        Quantiles.at(
            party,
            at.child("quantiles"),
            values,
            rows,
            counts,
            some,
            calls.stream().map(c -> c.position().orElseThrow()).toList());
    int field = ((Expr.FieldRef) calls.get(0).argument().orElseThrow()).index();
    for (int i = 0; i < found.size(); i++) {
      columns[places.calls().get(i)] =
          AggregateFields.Column.of(found.get(i), fields.ordered(field).orElseThrow().slot(), some);
    }
  }

  /** Whether the values of the key are so few that one bit for each is the cheapest. */
  static boolean fewGroups(
      int rows,
      int keyWidth,
      List<ColumnShape> last,
      List<ColumnShape> sums,
      int counted,
      int bound,
      boolean inOwnersOrder,
      Link link) {
    if (keyWidth < 1 || keyWidth > FewGroups.WIDTH) {
      return false;
    }
    Cost otherwise;
    if (inOwnersOrder) {
      otherwise = OwnerGroups.cost(rows, last, sums, counted, bound, link);
    } else {
      List<ColumnShape> payload = new ArrayList<>(last);
      payload.addAll(sums);
      payload.addAll(Collections.nCopies(counted, ColumnShape.BIT));
      otherwise =
          GroupOrder.cost(rows, keyWidth, 0, payload, link)
              .then(GroupAggregate.cost(rows, last, sums, counted, bound, link));
    }
    return link.nanos(FewGroups.cost(rows, keyWidth, sums, counted, link)) < link.nanos(otherwise);
  }

  /** The column {@code id} of keys that consist of {@code columns}, the first the highest. */
  private SharedColumn part(Words keys, List<ColumnId> columns, ColumnId id) {
    int below = 0;
    for (int k = columns.size() - 1; !columns.get(k).equals(id); k--) {
      below += rows.column(columns.get(k)).width();
    }
    SharedColumn column = rows.column(id);
    return column instanceof Bits
        ? Local.plane(keys, below)
        : Local.field(keys, below, column.width());
  }

  /** Remembers the distinct values of a contribution: all, then those that weigh in each part. */
  private void distinct(Map<Object, Sums> known, Distinct by, List<Sums> counts) {
    known.put(by.contribution(), counts.get(0));
    for (int part = 0; part < parts.size(); part++) {
      known.put(new Cell(by.contribution(), part), counts.get(1 + part));
    }
  }

  private Result finish(
      GroupAggregate.Groups main, AggregateFields.Column[] extremes, Map<Object, Sums> distinct) {
    stages.begin("suppression, " + main.valid().rows() + " groups");
    Bits released =
        Suppress.released(
            party,
            step.child("suppress"),
            main.valid(),
            contributed(main, distinct, contribution -> contribution, false));
    released = enoughOwners(released, main, -1, false);
    Optional<Noised> noised = layout.noised(aggregate);
    if (noised.isPresent()) {
      released =
          Noising.released(
              party, step.child("noise"), noised.get(), released, main.rows(), rows.rows());
    }
    // Where a part rests on too few rows, or differs by too few, what it is part of is not shown.
    Stands stands = new Stands(released, main, distinct);
    for (AggregateCall call : aggregate.calls()) {
      if (!call.nullable() && !call.conditions().isEmpty()) {
        released = And.bits(party, next("shown"), released, stands.all(call));
      }
    }

    List<AggregateFields.Column> columns = new ArrayList<>();
    overflow.among(released);
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (noised.isPresent()) {
        Sums exact =
            call.kind() == AggregateCall.Kind.SUM
                ? main.sums().get(sumOf.get(call.argument().orElseThrow()))
                : counted(call, main);
        columns.add(Noising.added(party, next("noise"), exact, noised.get().calls().get(i)));
        continue;
      }
      AggregateFields.Column column =
          switch (call.kind()) {
            case MIN, MAX, QUANTILE -> extremes[i];
            case COUNT -> AggregateFields.Column.of(counted(call, main), null);
            case SUM -> sum(call, main);
          };
      boolean measured = !call.magnitudes().isEmpty();
      if (call.nullable() && (measured || !call.conditions().isEmpty())) {
        column = shown(column, stands.all(call));
      }
      if (call.kind() == AggregateCall.Kind.SUM) {
        check(call, column);
      }
      columns.add(call.rounding() > 1 ? rounded(call, column) : column);
    }
    return new Result(
        released,
        Local.xor(main.valid(), released),
        JoinedRows.named(carried, main.last().subList(0, carried.size())),
        new AggregateFields(released.rows(), columns));
  }

  /** Of the groups those to which enough owners contribute, to a part of it or at all. */
  private Bits enoughOwners(Bits released, GroupAggregate.Groups main, int part, boolean orNone) {
    OwnersCounted owners = layout.owners(aggregate);
    if (!owners.asks()) {
      return released;
    }
    List<Sums> rowsOf = new ArrayList<>();
    for (int i = 0; i < owners.secret().size(); i++) {
      rowsOf.add(number(main, countOf.get(new OwnersRows(i, part))));
    }
    return ContributingOwners.enough(
        party,
        next("owners"),
        released,
        rowsOf,
        owners.leastSecret(),
        orNone,
        Math.max(1, rows.rows()));
  }

  /**
   * @param orNone whether no row is enough, too
   */
  private List<Suppress.Contributed> contributed(
      GroupAggregate.Groups main,
      Map<Object, Sums> distinct,
      IntFunction<Object> what,
      boolean orNone) {
    List<Suppress.Contributed> contributed = new ArrayList<>();
    for (int i = 0; i < layout.contributions(aggregate).size(); i++) {
      Contribution c = layout.contributions(aggregate).get(i);
      Object counted = what.apply(i);
      Sums rowsOf = countOf.containsKey(counted) ? number(main, countOf.get(counted)) : null;
      Sums entities = direct(c) ? rowsOf : distinct.get(counted);
      contributed.add(
          new Suppress.Contributed(
              entities,
              orNone
                  ? Optional.of(entities)
                  : c.mayBeAbsent() ? Optional.of(rowsOf) : Optional.empty(),
              c.k(),
              Math.max(1, rows.rows())));
    }
    return contributed;
  }

  /** In which groups the values stand; each condition is decided once. */
  private final class Stands {
    private final Map<Expr, Bits> enough = new HashMap<>();
    private final Map<Expr, Bits> pieces = new HashMap<>();
    private final Map<List<Expr>, Bits> apart = new HashMap<>();
    private final GroupAggregate.Groups main;

    Stands(Bits released, GroupAggregate.Groups main, Map<Object, Sums> distinct) {
      this.main = main;
      for (AggregateCall call : aggregate.calls()) {
        for (Expr part : call.weighing()) {
          if (!enough.containsKey(part)) {
            enough.put(part, decided(released, distinct, part, false));
          }
        }
        if (!call.apart().isEmpty() && !apart.containsKey(call.apart())) {
          Bits all = null;
          for (Expr piece : call.apart()) {
            Bits one = pieces.get(piece);
            if (one == null) {
              one = decided(released, distinct, piece, true);
              pieces.put(piece, one);
            }
            all = all == null ? one : And.bits(party, next("pieces"), all, one);
          }
          apart.put(call.apart(), all);
        }
      }
    }

    private Bits decided(Bits released, Map<Object, Sums> distinct, Expr of, boolean orNone) {
      int part = parts.indexOf(of);
      return enoughOwners(
          Suppress.released(
              party,
              step.child((orNone ? "piece" : "part") + part),
              released,
              contributed(main, distinct, c -> new Cell(c, part), orNone)),
          main,
          part,
          orNone);
    }

    Bits all(AggregateCall call) {
      Bits all = apart.get(call.apart());
      for (Expr part : call.weighing()) {
        Bits one = enough.get(part);
        all = all == null ? one : And.bits(party, next("stands"), all, one);
      }
      if (!call.magnitudes().isEmpty()) {
        Bits one = undominated.in(call);
        all = all == null ? one : And.bits(party, next("stands"), all, one);
      }
      return all;
    }
  }

  /** NULL, and without its value, where it does not stand. */
  private AggregateFields.Column shown(AggregateFields.Column column, Bits stands) {
    Bits present =
        column.present() == null
            ? stands
            : And.bits(party, next("present"), column.present(), stands);
    if (column.bit() != null) {
      return AggregateFields.Column.of(
          And.bits(party, next("shown"), column.bit(), present), present);
    }
    if (column.words() != null) {
      return AggregateFields.Column.of(
          And.mask(party, next("shown"), present, column.words()), column.slot(), present);
    }
    return AggregateFields.Column.of(
        Multiply.byBit(party, next("shown"), present, column.sums()), present);
  }

  private static Sums number(GroupAggregate.Groups main, int which) {
    return which < 0 ? main.rows() : main.counts().get(which);
  }

  private Sums counted(AggregateCall call, GroupAggregate.Groups main) {
    return number(main, call.argument().isEmpty() ? -1 : countOf.get(call.argument().get()));
  }

  private AggregateFields.Column sum(AggregateCall call, GroupAggregate.Groups main) {
    Expr argument = call.argument().orElseThrow();
    Sums sum = main.sums().get(sumOf.get(argument));
    int which = countOf.get(argument);
    // A group has a row; only a sum of NULLs, or the global sum of no rows, is NULL.
    Bits present = null;
    if (which >= 0 || aggregate.groups().isEmpty()) {
      present = positive(number(main, which));
    }
    return AggregateFields.Column.of(sum, present);
  }

  private AggregateFields.Column rounded(AggregateCall call, AggregateFields.Column exact) {
    return AggregateFields.Column.of(
        RoundTo.multiples(
            party,
            next("rounded"),
            exact.sums(),
            unrounded(layout, aggregate, call, rows.rows()),
            call.unit()),
        exact.present());
  }

  /** The values of a SUM or COUNT of so many rows before it is rounded. */
  static Interval unrounded(
      InputLayout layout, Rel.Aggregate aggregate, AggregateCall call, int rows) {
    Interval row =
        call.kind() == AggregateCall.Kind.COUNT
            ? Interval.BIT
            : Relations.interval(layout.bounds(aggregate.input(), call.argument().orElseThrow()));
    return row.summed(Math.max(1, rows));
  }

  private void check(AggregateCall call, AggregateFields.Column sum) {
    Interval range =
        Relations.interval(layout.bounds(aggregate.input(), call.argument().orElseThrow()))
            .summed(Math.max(1, rows.rows()));
    if (overflow.possible(range, call.type())) {
      overflow.check(next("overflow"), sum.sums(), range, call.type(), sum.present());
    }
  }

  private Bits positive(Sums count) {
    return Counts.positive(party, next("count"), count, rows.rows());
  }

  private Words key() {
    List<SharedColumn> parts = new ArrayList<>();
    for (GroupKey key : layout.groupKeys(aggregate)) {
      keyColumns(key, layout).forEach(id -> parts.add(rows.column(id)));
    }
    return Local.beside(parts);
  }

  /** At most so many groups: by the widths of the key, and by the rows of each rank's source. */
  private int bound(int width, int rowCount) {
    BigInteger bound = BigInteger.ONE;
    int bits = width;
    for (GroupKey key : layout.groupKeys(aggregate)) {
      if (key.form() != Form.ORDERED) {
        bound = bound.multiply(BigInteger.valueOf(Math.max(1, layout.rows(key.node()))));
        bits -= rows.column(keyColumns(key, layout).get(0)).width();
      }
    }
    return bound.shiftLeft(Math.min(bits, 64)).min(BigInteger.valueOf(rowCount)).intValue();
  }

  // ---- one group of all rows

  private Result global() {
    undominated = undominated(Words.zero(0, rows.rows()), 1, rows.rows() == 0 ? 1 : 0);
    stages.begin("aggregate of " + rows.rows() + " rows");
    List<Sums> totals = GlobalAggregate.sums(party, next("sums"), rows.valid(), sums);
    List<Sums> counts = new ArrayList<>();
    for (Bits bits : counted) {
      Bits valid = And.bits(party, next("valid"), rows.valid(), bits);
      counts.add(GlobalAggregate.count(party, next("count"), valid));
    }
    AggregateFields.Column[] extremes = new AggregateFields.Column[aggregate.calls().size()];
    Map<Object, Sums> distinct = new HashMap<>();
    for (Ranked by : ranked()) {
      if (by instanceof Extreme extreme) {
        Words greatest =
            GlobalAggregate.greatest(party, next("extreme"), rows.valid(), extreme.suffix());
        extremes[extreme.call()] = extremeColumn(aggregate.calls().get(extreme.call()), greatest);
      } else if (by instanceof Distinct count) {
        distinct(distinct, count, distinctOverall(count));
      } else if (by instanceof Places places) {
        placesOverall(places, extremes);
      }
    }
    Sums rowCount = GlobalAggregate.count(party, next("rows"), rows.valid());
    // Tables of a union may be absent, but if all are, that must look like too few rows.
    Bits valid =
        layout.contributions(aggregate).stream().anyMatch(Contribution::mayBeAbsent)
            ? positive(rowCount)
            : Local.constant(party, true, 1);
    return finish(
        new GroupAggregate.Groups(valid, List.of(), totals, counts, rowCount), extremes, distinct);
  }

  private void placesOverall(Places places, AggregateFields.Column[] columns) {
    int padding = rows.rows() == 0 ? 1 : 0;
    int n = rows.rows() + padding;
    Step at = next("places");
    GroupOrder order =
        GroupOrder.of(
            party,
            at.child("order"),
            Columns.padded(rows.valid(), 0, padding),
            Words.zero(0, n),
            Columns.padded(places.suffix(), 0, padding),
            List.of());
    Bits present =
        And.bits(party, at.child("present"), order.real(), places.present(order.suffix()));
    places(
        at,
        places,
        places.values(order.suffix()),
        GlobalAggregate.count(party, at.child("rows"), order.real()),
        GlobalAggregate.count(party, at.child("count"), present),
        columns);
  }

  private List<Sums> distinctOverall(Distinct count) {
    int n = rows.rows();
    if (n == 0) {
      return Collections.nCopies(1 + parts.size(), Sums.zero(64, 1));
    }
    stages.begin("distinct count, " + n + " rows");
    Step at = next("distinct");
    GroupOrder order =
        GroupOrder.of(
            party,
            at.child("order"),
            rows.valid(),
            Words.zero(0, n),
            count.suffix(),
            List.copyOf(weighing));
    DistinctCount.Marks marks =
        DistinctCount.marks(
            party,
            at.child("firsts"),
            order,
            order.payload().stream().map(Bits.class::cast).toList());
    List<Bits> all = new ArrayList<>(List.of(marks.firsts()));
    all.addAll(marks.fulfilled());
    List<Sums> counts = new ArrayList<>();
    for (Bits bits : all) {
      Step one = at.child("count" + counts.size());
      Bits valid = And.bits(party, one.child("valid"), bits, order.real());
      counts.add(GlobalAggregate.count(party, one, valid));
    }
    return counts;
  }

  private Step next(String name) {
    return step.child(name + steps++);
  }
}

package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Contribution;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.JoinKeys;
import org.trefoil.api.plan.Noised;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.OwnerKeys;
import org.trefoil.api.plan.OwnersCounted;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.executor.operator.ContributingOwners;
import org.trefoil.executor.operator.Counts;
import org.trefoil.executor.operator.DistinctCount;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.FewGroups;
import org.trefoil.executor.operator.FilterRows;
import org.trefoil.executor.operator.GlobalAggregate;
import org.trefoil.executor.operator.GroupAggregate;
import org.trefoil.executor.operator.GroupOrder;
import org.trefoil.executor.operator.JoinOwnerKeys;
import org.trefoil.executor.operator.JoinPkFk;
import org.trefoil.executor.operator.Keep;
import org.trefoil.executor.operator.ObliviousSort;
import org.trefoil.executor.operator.OwnerGroups;
import org.trefoil.executor.operator.Quantiles;
import org.trefoil.executor.operator.Reveal;
import org.trefoil.executor.operator.RoundTo;
import org.trefoil.executor.operator.RunningSums;
import org.trefoil.executor.operator.Suppress;
import org.trefoil.executor.operator.TopRows;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.share.column.ColumnShape;

/**
 * What the operators of a query are expected to send, from public facts only. An estimate:
 * conditions and conversions of single columns are counted roughly, sorts, joins and shuffles
 * closely.
 */
public final class Estimate {
  /** One operator and its cost. */
  public record Stage(String name, Cost cost) {}

  private record Rows(int count, Set<ColumnId> columns, Optional<ColumnId> inOrder) {}

  private static final int COMPARED_BITS = 32;
  private static final int RING = 64;

  private final InputLayout layout;
  private final Link link;
  private boolean shuffledSorts;
  private final List<Stage> stages = new ArrayList<>();
  private int heldGroups;

  private Estimate(InputLayout layout, Link link) {
    this.layout = layout;
    this.link = link;
  }

  /** Estimates a query. */
  public static Estimate of(Split split, InputLayout layout, Link link) {
    Estimate estimate = new Estimate(layout, link);
    estimate.top(split.remainder(), split.release().kept().isPresent());
    return estimate;
  }

  /** The operators in the order in which they run. */
  public List<Stage> stages() {
    return List.copyOf(stages);
  }

  /** The sum of the stages. */
  public Cost total() {
    return stages.stream().map(Stage::cost).reduce(Cost.NONE, Cost::then);
  }

  public long rounds() {
    return total().rounds();
  }

  /** Bytes that the busiest party sends. */
  public long bytes() {
    return total().bytes();
  }

  /** Whether a sort takes part, so that rounds and bytes depend on a random order. */
  public boolean shuffledSorts() {
    return shuffledSorts;
  }

  /** What the three take for it, on these links. */
  public double seconds() {
    return link.nanos(total()) / 1e9;
  }

  private void top(Rel root, boolean keep) {
    List<Rel.Sort.Key> order = List.of();
    Rel rel = root;
    long wanted = Long.MAX_VALUE;
    boolean above = true;
    while (above) {
      if (rel instanceof Rel.Sort sort) {
        order = sort.keys();
      } else if (rel instanceof Rel.Limit limit) {
        wanted = limit.offset() + Math.min(limit.count(), Integer.MAX_VALUE);
      }
      above =
          rel instanceof Rel.Sort
              || rel instanceof Rel.Limit
              || (rel instanceof Rel.Project project
                  && project.expressions().stream().allMatch(Expr.FieldRef.class::isInstance));
      rel = above ? rel.inputs().get(0) : rel;
    }
    List<Origin> references = layout.origins(rel);
    Rows rows = rows(rel, PhysicalPlanner.needed(root, order, references, layout));
    List<ColumnShape> result = new ArrayList<>();
    for (ResultColumn column : layout.result()) {
      result.add(
          switch (column.form()) {
            case BIT -> ColumnShape.BIT;
            case ORDERED -> ColumnShape.words(column.width());
            default -> ColumnShape.sums(column.width());
          });
      if (column.field().nullable()) {
        result.add(ColumnShape.BIT);
      }
    }
    int groups = rows.count();
    if (layout.tellsHeldBack()) {
      stages.add(new Stage("groups held back", GlobalAggregate.costOfCount(heldGroups, link)));
    }
    if (keep) {
      // ORDER BY without LIMIT means nothing for what is kept.
      order = wanted == Long.MAX_VALUE ? List.of() : order;
      stages.add(new Stage("keep", Keep.cost((int) Math.min(wanted, groups), result)));
    } else if (order.isEmpty()) {
      stages.add(new Stage("reveal", Reveal.cost(groups, result)));
    }
    if (!order.isEmpty()) {
      shuffledSorts = true;
      int width = RING * order.size();
      stages.add(
          new Stage(
              "ORDER BY", TopRows.cost(groups, width, result, Math.min(wanted, groups), link)));
    }
  }

  private Rows rows(Rel rel, Set<ColumnId> needed) {
    if (rel instanceof Rel.Input input) {
      int source = input.source();
      Set<ColumnId> columns = new LinkedHashSet<>();
      for (int c = 0; c < layout.columns(source).size(); c++) {
        if (needed.contains(new ColumnId(source, c))) {
          columns.add(new ColumnId(source, c));
        }
      }
      Optional<ColumnId> order =
          layout.sortedBy(source).isPresent()
              ? Optional.of(new ColumnId(source, layout.sortedBy(source).getAsInt()))
              : Optional.empty();
      return new Rows(layout.rows(source), columns, order);
    }
    if (rel instanceof Rel.Filter filter) {
      Set<ColumnId> all = new LinkedHashSet<>(needed);
      all.addAll(Reference.columns(filter.condition(), layout.origins(filter), layout));
      Rows rows = rows(filter.input(), all);
      boolean having = filter.input() instanceof Rel.Aggregate;
      stages.add(
          new Stage(
              having ? "HAVING" : "filter of " + rows.count() + " rows",
              Expressions.cost(
                      filter.condition(), rows.count(), having ? RING : COMPARED_BITS, RING, link)
                  .then(FilterRows.cost(rows.count()))));
      return rows;
    }
    if (rel instanceof Rel.Project project) {
      return project(project, needed);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      Rows rows = rows(aggregate.input(), Grouping.needed(aggregate, layout, needed));
      return new Rows(aggregate(aggregate, rows, needed), needed, Optional.empty());
    }
    if (rel instanceof Rel.Window window) {
      return window(window, needed);
    }
    if (rel instanceof Rel.Union union) {
      int count = 0;
      for (Rel input : union.inputs()) {
        Rows rows = rows(input, Relations.neededOf(union, input, needed, layout));
        count = Math.addExact(count, rows.count());
      }
      return new Rows(count, needed, Optional.empty());
    }
    return join((Rel.Join) rel, needed);
  }

  private Rows project(Rel.Project project, Set<ColumnId> needed) {
    Set<ColumnId> all = new LinkedHashSet<>(needed);
    List<Origin> references = layout.origins(project.input());
    project.expressions().forEach(e -> all.addAll(Reference.columns(e, references, layout)));
    Rows rows = rows(project.input(), all);
    Cost cost = Cost.NONE;
    for (Expr expression : project.expressions()) {
      if (!(expression instanceof Expr.FieldRef)) {
        cost = cost.then(Expressions.cost(expression, rows.count(), COMPARED_BITS, RING, link));
      }
    }
    if (cost != Cost.NONE) {
      stages.add(new Stage("computation on " + rows.count() + " rows", cost));
    }
    Set<ColumnId> columns = new LinkedHashSet<>(rows.columns());
    columns.addAll(needed);
    return new Rows(rows.count(), columns, rows.inOrder());
  }

  private Rows window(Rel.Window window, Set<ColumnId> above) {
    Rows rows = rows(window.input(), Windows.needed(window, above, layout));
    int n = rows.count();
    List<Origin> references = layout.origins(window.input());
    Set<ColumnId> ordering = new LinkedHashSet<>();
    window.partitions().forEach(p -> ordering.addAll(Reference.columns(p, references, layout)));
    window
        .keys()
        .forEach(k -> ordering.addAll(Reference.columns(k.expression(), references, layout)));
    int width = 1 + ordering.stream().mapToInt(id -> column(id).width()).sum();
    shuffledSorts = true;
    Cost cost =
        ObliviousSort.cost(n, width, shapes(rows.columns()), link)
            .then(Equality.cost(n, width).times(2));
    for (ColumnId id : above) {
      if (id.node() == layout.node(window)) {
        InputColumn made = layout.columns(id.node()).get(id.column());
        WindowCall call = window.calls().get(made.outputs().get(0) - references.size());
        cost = cost.then(called(call, n, width));
        if (call.isSum() && made.form() == Form.VALID) {
          cost = cost.then(BitToArithmetic.cost(n, RING)).then(Counts.cost(n, n, link));
        }
      }
    }
    stages.add(new Stage("window over " + n + " rows", cost));
    Set<ColumnId> all = new LinkedHashSet<>(rows.columns());
    all.addAll(above);
    return new Rows(n, all, Optional.empty());
  }

  private static Cost called(WindowCall call, int n, int width) {
    Cost running = RunningSums.cost(n, 1, RING);
    if (call.kind() == WindowCall.Kind.LAG) {
      return Equality.cost(n, width).then(Multiply.costByBit(n, RING));
    }
    return call.ofPeers() ? running.times(2).then(Multiply.costByBit(n, RING)) : running;
  }

  private Rows join(Rel.Join join, Set<ColumnId> above) {
    Set<ColumnId> needed = Joins.needed(join, above, layout);
    Rows pk = rows(join.left(), needed);
    Rows fk = rows(join.right(), needed);
    Set<ColumnId> carried = kept(pk.columns(), needed);
    Optional<ColumnId> order = Joins.order(join, layout);
    Cost cost = And.cost(fk.count(), 1);
    Optional<OwnerKeys> known = layout.ownerKeys(join);
    if (known.isPresent()) {
      int width = layout.keyWidth(join);
      order.ifPresent(carried::remove);
      cost = JoinOwnerKeys.cost(pk.count(), fk.count(), width, shapes(carried));
    } else if (!JoinKeys.of(join).left().isEmpty()) {
      shuffledSorts = true;
      int width = layout.keyWidth(join);
      boolean inOrder = order.isPresent() && pk.inOrder().equals(order);
      order.ifPresent(carried::remove);
      cost =
          JoinPkFk.cost(pk.count(), fk.count(), width, shapes(carried), inOrder, link)
              .then(inOrder ? Cost.NONE : And.cost(pk.count(), width));
    }
    boolean outer = join.kind() != Rel.Join.Kind.INNER;
    if (outer) {
      for (ColumnId id : above) {
        if (id.node() == layout.node(join)) {
          ColumnShape shape = shape(column(id));
          cost =
              cost.then(
                  shape.kind() == ColumnShape.Kind.SUMS
                      ? Multiply.costByBit(fk.count(), shape.width())
                      : And.cost(fk.count(), shape.width()));
        }
      }
    }
    boolean both = join.kind() == Rel.Join.Kind.LEFT || join.kind() == Rel.Join.Kind.FULL;
    if (both) {
      int width = layout.keyWidth(join);
      List<ColumnShape> key = List.of(ColumnShape.words(width));
      cost =
          cost.then(GroupOrder.cost(fk.count(), width, 0, key, link))
              .then(GroupAggregate.cost(fk.count(), key, List.of(), 0, fk.count(), link))
              .then(And.cost(fk.count(), width))
              .then(JoinPkFk.cost(fk.count(), pk.count(), width, List.of(), true, link));
    }
    stages.add(new Stage("join of " + pk.count() + " and " + fk.count() + " rows", cost));
    Set<ColumnId> all = new LinkedHashSet<>(carried);
    all.addAll(fk.columns());
    all.addAll(above);
    return both
        ? new Rows(pk.count() + fk.count(), all, Optional.empty())
        : new Rows(fk.count(), all, fk.inOrder());
  }

  /** Adds the aggregate and its suppression; the padded number of groups. */
  private int aggregate(Rel.Aggregate aggregate, Rows rows, Set<ColumnId> above) {
    int n = Math.max(1, rows.count());
    boolean global = aggregate.groups().isEmpty();
    List<Origin> references = layout.origins(aggregate.input());
    List<ColumnShape> last = new ArrayList<>();
    last.addAll(shapes(kept(rows.columns(), above)));
    Cost cost = Cost.NONE;
    List<ColumnShape> sums = new ArrayList<>();
    List<Integer> suffixes = new ArrayList<>();
    int counted = 0;
    Map<Expr, List<AggregateCall.Position>> places = new LinkedHashMap<>();
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (call.argument().isEmpty()) {
        continue;
      }
      Expr argument = call.argument().get();
      switch (call.kind()) {
        case SUM -> {
          sums.add(ColumnShape.sums(layout.ring(aggregate, i)));
          counted += argument.nullable() ? 1 : 0;
        }
        case COUNT -> counted += argument.nullable() ? 1 : 0;
        case MIN, MAX -> suffixes.add(ranked(argument, references));
        case QUANTILE ->
            places
                .computeIfAbsent(argument, a -> new ArrayList<>())
                .add(call.position().orElseThrow());
      }
      cost = cost.then(Expressions.cost(argument, n, COMPARED_BITS, RING, link));
    }
    int extremes = suffixes.size();
    places.keySet().forEach(argument -> suffixes.add(ranked(argument, references)));
    Set<Expr> parts = new LinkedHashSet<>();
    Set<Expr> weighing = new LinkedHashSet<>();
    Set<Expr> pieces = new LinkedHashSet<>();
    for (AggregateCall call : aggregate.calls()) {
      parts.addAll(call.conditions());
      weighing.addAll(call.weighing());
      pieces.addAll(call.apart());
    }
    for (Expr part : parts) {
      cost = cost.then(Expressions.cost(part, n, COMPARED_BITS, RING, link));
    }
    int distinct = 0;
    for (Contribution c : layout.contributions(aggregate)) {
      if (Grouping.direct(c) || c.mayBeAbsent()) {
        counted += parts.size() + (c.several() ? 1 : 0);
      }
      if (!Grouping.direct(c)) {
        distinct++;
        suffixes.add(
            1
                + column(new ColumnId(c.source(), layout.column(c.source(), c.form(), List.of())))
                    .width());
      }
    }
    if (layout.owners(aggregate).asks()) {
      counted += layout.owners(aggregate).secret().size() * (1 + parts.size());
    }
    int keyWidth =
        layout.groupKeys(aggregate).stream()
            .flatMap(k -> Grouping.keyColumns(k, layout).stream())
            .mapToInt(id -> column(id).width())
            .sum();
    if (global) {
      cost = cost.then(GlobalAggregate.costOfSums(n, sums));
      cost = cost.then(GlobalAggregate.costOfCount(n, link).times(1L + counted));
      for (int i = 0; i < extremes; i++) {
        cost = cost.then(GlobalAggregate.costOfGreatest(link, n, suffixes.get(i)));
      }
      for (int i = extremes; i < suffixes.size() - distinct; i++) {
        shuffledSorts = true;
        cost =
            cost.then(GroupOrder.cost(n, 0, suffixes.get(i), List.of(), link))
                .then(GlobalAggregate.costOfCount(n, link).times(2));
      }
      for (int i = suffixes.size() - distinct; i < suffixes.size(); i++) {
        shuffledSorts = true;
        cost =
            cost.then(GroupOrder.cost(n, 0, suffixes.get(i), bits(parts.size()), link))
                .then(DistinctCount.cost(n, 1 + suffixes.get(i), parts.size()))
                .then(GlobalAggregate.costOfCount(n, link).times(1L + parts.size()));
      }
    } else {
      List<ColumnShape> payload = new ArrayList<>(last);
      payload.addAll(sums);
      for (int i = 0; i < counted; i++) {
        payload.add(ColumnShape.BIT);
      }
      int bound = (int) Math.min(n, 1L << Math.min(40, keyWidth));
      boolean inPlace = layout.ownerGroups(aggregate).isPresent();
      boolean few =
          suffixes.isEmpty()
              && !Undominated.asked(aggregate)
              && Grouping.fewGroups(n, keyWidth, last, sums, counted, bound, inPlace, link);
      if (few) {
        cost = cost.then(FewGroups.cost(n, keyWidth, sums, counted, link));
      } else if (inPlace) {
        cost = cost.then(OwnerGroups.cost(n, last, sums, counted, bound, link));
      }
      int passes = few || inPlace ? 0 : Math.max(1, suffixes.size());
      for (int pass = 0; pass < passes; pass++) {
        boolean first = pass == 0;
        int suffix = suffixes.isEmpty() ? 0 : suffixes.get(pass);
        boolean marks = pass >= suffixes.size() - distinct && distinct > 0;
        List<ColumnShape> kept = new ArrayList<>(first ? last : List.of());
        if (suffix > 0 && !marks) {
          kept.add(ColumnShape.words(suffix));
        }
        List<ColumnShape> carried = new ArrayList<>(first ? payload : List.of());
        if (marks) {
          carried.addAll(bits(parts.size()));
        }
        shuffledSorts = true;
        cost =
            cost.then(GroupOrder.cost(n, keyWidth, suffix, carried, link))
                .then(
                    GroupAggregate.cost(
                        n,
                        kept,
                        first ? sums : List.of(),
                        (first ? counted : 0) + (marks ? 1 + parts.size() : 0),
                        bound,
                        link));
        if (marks) {
          cost = cost.then(DistinctCount.cost(n, 1 + keyWidth + suffix, parts.size()));
        }
      }
    }
    int groups = global ? 1 : (int) Math.min(n, 1L << Math.min(40, keyWidth));
    Set<Expr> magnitudes = new LinkedHashSet<>();
    aggregate.calls().forEach(call -> magnitudes.addAll(call.magnitudes()));
    for (Expr magnitude : magnitudes) {
      shuffledSorts = true;
      cost =
          cost.then(Expressions.cost(magnitude, n, COMPARED_BITS, RING, link))
              .then(
                  Undominated.cost(
                      layout,
                      aggregate,
                      magnitude,
                      i -> entityWidth(layout.contributions(aggregate).get(i)),
                      n,
                      keyWidth,
                      groups,
                      link));
    }
    for (Map.Entry<Expr, List<AggregateCall.Position>> e : places.entrySet()) {
      int width = ranked(e.getKey(), references) - 1;
      cost = cost.then(Quantiles.cost(n, groups, width, e.getValue(), link));
    }
    stages.add(new Stage("aggregate of " + rows.count() + " rows", cost));
    Cost suppression = Cost.NONE;
    for (Contribution c : layout.contributions(aggregate)) {
      suppression =
          suppression.then(
              Suppress.cost(groups, c.k(), n, c.mayBeAbsent(), link)
                  .times(1L + weighing.size())
                  .then(Suppress.cost(groups, c.k(), n, true, link).times(pieces.size())));
    }
    OwnersCounted owners = layout.owners(aggregate);
    if (owners.asks()) {
      suppression =
          suppression.then(
              owners(groups, owners, false, n, link)
                  .times(1L + weighing.size())
                  .then(owners(groups, owners, true, n, link).times(pieces.size())));
    }
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      if (call.rounding() > 1) {
        suppression =
            suppression.then(
                RoundTo.cost(
                    groups,
                    layout.ring(aggregate, i),
                    Grouping.unrounded(layout, aggregate, call, n),
                    call.unit(),
                    link));
      }
    }
    Optional<Noised> noised = layout.noised(aggregate);
    if (noised.isPresent()) {
      List<Integer> rings =
          IntStream.range(0, aggregate.calls().size())
              .mapToObj(i -> layout.ring(aggregate, i))
              .toList();
      suppression = suppression.then(Noising.cost(noised.get(), rings, groups, n, link));
    }
    stages.add(new Stage("suppression of " + groups + " groups", suppression));
    heldGroups += groups;
    return groups;
  }

  private static Cost owners(int groups, OwnersCounted owners, boolean orNone, int n, Link link) {
    return ContributingOwners.cost(
        groups, owners.secret().size(), owners.leastSecret(), orNone, Math.max(1, n), link);
  }

  /** Bits that tell the entities of a table apart; 0 where each row is one. */
  private int entityWidth(Contribution c) {
    return Grouping.direct(c)
        ? 0
        : column(new ColumnId(c.source(), layout.column(c.source(), c.form(), List.of()))).width();
  }

  /** Bits by which values are ordered, and whether there is one. */
  private int ranked(Expr argument, List<Origin> references) {
    return 1
        + shapes(Reference.columns(argument, references, layout)).stream()
            .mapToInt(ColumnShape::width)
            .max()
            .orElse(1);
  }

  private static List<ColumnShape> bits(int count) {
    return Collections.nCopies(count, ColumnShape.BIT);
  }

  private InputColumn column(ColumnId id) {
    return layout.columns(id.node()).get(id.column());
  }

  private List<ColumnShape> shapes(Set<ColumnId> columns) {
    return columns.stream().map(this::column).map(Estimate::shape).toList();
  }

  private static ColumnShape shape(InputColumn column) {
    if (Set.of(Form.VALID, Form.BIT, Form.BRANCH).contains(column.form())) {
      return ColumnShape.BIT;
    }
    return column.form() == Form.ARITHMETIC
        ? ColumnShape.sums(column.width())
        : ColumnShape.words(column.width());
  }

  private static Set<ColumnId> kept(Set<ColumnId> columns, Set<ColumnId> needed) {
    Set<ColumnId> kept = new LinkedHashSet<>(columns);
    kept.retainAll(needed);
    return kept;
  }
}

package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Split;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Compaction;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.GlobalAggregate;
import org.trefoil.executor.operator.Keep;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.operator.Reveal;
import org.trefoil.executor.operator.TopRows;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * Runs the cross-owner remainder of a plan: joins, filters and aggregates, where suppression comes
 * before HAVING, then ORDER BY and LIMIT, then the reveal. The order is part of the security. Every
 * party computes the same operators from the same public facts.
 */
public final class PhysicalPlanner {
  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final Stages stages;
  private final Overflow overflow;

  private PhysicalPlanner(Party party, Step step, InputLayout layout, Stages stages) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.stages = stages;
    this.overflow = layout.isNoisy() ? Overflow.forbidden(party) : new Overflow(party);
  }

  /**
   * Runs a query on one party's shares; blocks until its peers have done the same.
   *
   * @param sources one per source of {@code split}
   * @param permit spent by the reveal
   * @throws TrefoilException ARITHMETIC_OVERFLOW, and what transports throw
   */
  public static RevealedShares run(
      Party party,
      Step step,
      Split split,
      InputLayout layout,
      List<SourceShares> sources,
      RevealPermit permit,
      Progress progress) {
    Stages stages = new Stages(progress, operators(split.remainder()));
    PhysicalPlanner planner = new PhysicalPlanner(party, step, layout, stages);
    return planner.run(split.remainder(), sources, permit, split.release().kept().isPresent());
  }

  /** What lies above the rows that are revealed. */
  private record Top(List<Rel.Sort.Key> order, Optional<Rel.Limit> limit, Rel rows) {}

  private static Top top(Rel root) {
    Rel rel = root;
    if (rel instanceof Rel.Project project
        && project.expressions().stream().allMatch(Expr.FieldRef.class::isInstance)) {
      rel = project.input();
    }
    Optional<Rel.Limit> limit = Optional.empty();
    if (rel instanceof Rel.Limit found) {
      limit = Optional.of(found);
      rel = found.input();
    }
    List<Rel.Sort.Key> order = List.of();
    if (rel instanceof Rel.Sort sort) {
      order = sort.keys();
      rel = sort.input();
    }
    requireAggregated(rel);
    return new Top(order, limit, rel);
  }

  /** No row is revealed that is none of an aggregate. */
  private static void requireAggregated(Rel rel) {
    if (rel instanceof Rel.Join join) {
      requireAggregated(join.right());
      if (join.kind() == Rel.Join.Kind.LEFT || join.kind() == Rel.Join.Kind.FULL) {
        requireAggregated(join.left());
      }
    } else if (rel instanceof Rel.Filter
        || rel instanceof Rel.Project
        || rel instanceof Rel.Window) {
      requireAggregated(rel.inputs().get(0));
    } else if (rel instanceof Rel.Union) {
      rel.inputs().forEach(PhysicalPlanner::requireAggregated);
    } else if (!(rel instanceof Rel.Aggregate)) {
      throw new TrefoilException(
          Condition.ROW_LEVEL_ACCESS,
          "Cannot return rows of "
              + rel.getClass().getSimpleName()
              + ": only aggregates can be revealed. Aggregate them, or group by columns whose"
              + " policy allows \"group\".");
    }
  }

  private RevealedShares run(
      Rel root, List<SourceShares> sources, RevealPermit permit, boolean keep) {
    Top top = top(root);
    List<Origin> references = layout.origins(top.rows());
    Relations relations =
        new Relations(party, step.child("body"), layout, sources, overflow, stages);
    JoinedRows rows = relations.rows(top.rows(), needed(root, top.order(), references, layout));
    Bits valid = rows.valid();
    BodyFields fields = new BodyFields(layout, references, rows);
    overflow.among(valid);
    Expressions expressions =
        new Expressions(
            party,
            step.child("order-by"),
            fields,
            e -> Relations.interval(layout.bounds(references, e)),
            overflow);
    List<SharedColumn> columns = result(root, rows);
    Words key =
        top.order().isEmpty()
            ? null
            : new SortKeys(party, layout, references, fields, expressions)
                .of(step.child("key"), top.order());
    overflow.raise(step.child("overflow"));

    if (keep) {
      return kept(permit, valid, columns, key, top);
    }
    Optional<Sums> heldBack =
        layout.tellsHeldBack()
            ? Optional.of(GlobalAggregate.count(party, step.child("held-back"), relations.held()))
            : Optional.empty();
    long offset = top.limit().map(Rel.Limit::offset).orElse(0L);
    long limit = top.limit().map(Rel.Limit::count).orElse(Long.MAX_VALUE);
    Reveal.Revealed revealed;
    if (key != null) {
      stages.begin("ORDER BY, " + valid.rows() + " groups");
      TopRows.Top first =
          TopRows.take(party, step.child("order"), valid, key, columns, offset, limit);
      stages.begin("reveal");
      revealed =
          Reveal.ordered(party, step.child("reveal"), permit, first.valid(), first.columns());
    } else if (top.limit().isPresent()) {
      stages.begin("LIMIT, " + valid.rows() + " groups");
      Compaction.Compacted front = Compaction.apply(party, step.child("limit"), valid, columns);
      int from = (int) Math.min(offset, valid.rows());
      int to = from + (int) Math.min(limit, valid.rows() - from);
      stages.begin("reveal");
      revealed =
          Reveal.ordered(
              party,
              step.child("reveal"),
              permit,
              Local.slice(front.keep(), from, to),
              Columns.slice(front.columns(), from, to));
    } else {
      stages.begin("reveal");
      revealed = Reveal.unordered(party, step.child("reveal"), permit, valid, columns);
    }
    return new RevealedShares(revealed.rows(), revealed.columns(), layout.holdsBack(), heldBack);
  }

  /**
   * The rows as they are kept for later queries: nothing is opened, not even how many are valid.
   * Rows that are held back hold zero from here on.
   */
  private RevealedShares kept(
      RevealPermit permit, Bits valid, List<SharedColumn> columns, Words key, Top top) {
    Bits real = valid;
    List<SharedColumn> rows = columns;
    long offset = top.limit().map(Rel.Limit::offset).orElse(0L);
    long limit = top.limit().map(Rel.Limit::count).orElse(Long.MAX_VALUE);
    if (key != null && top.limit().isPresent()) {
      TopRows.Top first =
          TopRows.take(party, step.child("order"), valid, key, columns, offset, limit);
      real = first.valid();
      rows = first.columns();
    } else if (top.limit().isPresent()) {
      Compaction.Compacted front = Compaction.apply(party, step.child("limit"), valid, columns);
      int from = (int) Math.min(offset, valid.rows());
      int to = from + (int) Math.min(limit, valid.rows() - from);
      real = Local.slice(front.keep(), from, to);
      rows = Columns.slice(front.columns(), from, to);
    }
    stages.begin("keep " + real.rows() + " rows");
    List<SharedColumn> all = new ArrayList<>(List.of(real));
    all.addAll(Keep.columns(party, step.child("keep"), permit, real, rows));
    return new RevealedShares(real.rows(), all, layout.holdsBack(), Optional.empty());
  }

  /** The columns that the result and ORDER BY read. */
  static Set<ColumnId> needed(
      Rel root, List<Rel.Sort.Key> order, List<Origin> references, InputLayout layout) {
    Set<ColumnId> needed = new LinkedHashSet<>();
    for (Origin column : layout.origins(root)) {
      needed.add(Reference.column(column, layout.form(column), layout));
      if (layout.field(column).nullable()) {
        needed.add(Reference.column(column, Form.VALID, layout));
      }
    }
    order.forEach(k -> needed.addAll(Reference.columns(k.expression(), references, layout)));
    return needed;
  }

  /** The result columns as the layout encodes them, each nullable one with its validity bits. */
  private List<SharedColumn> result(Rel root, JoinedRows rows) {
    List<SharedColumn> columns = new ArrayList<>();
    List<Origin> origins = layout.origins(root);
    for (int i = 0; i < origins.size(); i++) {
      ResultColumn encoding = layout.result().get(i);
      columns.add(rows.column(Reference.column(origins.get(i), encoding.form(), layout)));
      if (encoding.field().nullable()) {
        columns.add(
            layout.field(origins.get(i)).nullable()
                ? rows.column(Reference.column(origins.get(i), Form.VALID, layout))
                : Local.constant(party, true, rows.rows()));
      }
    }
    return columns;
  }

  /** Operators of a relation and those below it. */
  private static int operators(Rel rel) {
    int below = rel.inputs().stream().mapToInt(PhysicalPlanner::operators).sum();
    return below + (rel instanceof Rel.Input || rel instanceof Rel.Project ? 0 : 1);
  }
}

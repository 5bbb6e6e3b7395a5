package org.trefoil.executor.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.plan.Split;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Compaction;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.Fields;
import org.trefoil.executor.operator.FilterRows;
import org.trefoil.executor.operator.Numbers;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.operator.Reencode;
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
 * Runs the cross-owner remainder of a plan: joins and filters, then the aggregate, then
 * suppression, then HAVING, then ORDER BY and LIMIT, then the reveal. The order is part of the
 * security. Every party computes the same operators from the same public facts.
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
    this.overflow = new Overflow(party);
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
    return new PhysicalPlanner(party, step, layout, stages).run(split.remainder(), sources, permit);
  }

  /** What lies above the aggregate. */
  private record Top(
      List<Expr> columns,
      List<Rel.Sort.Key> order,
      Optional<Rel.Limit> limit,
      List<Expr> having,
      Rel.Aggregate aggregate) {}

  private static Top top(Rel root) {
    Rel rel = root;
    List<Expr> columns = null;
    if (rel instanceof Rel.Project project) {
      columns = project.expressions();
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
    List<Expr> having = new ArrayList<>();
    while (rel instanceof Rel.Filter filter) {
      having.add(filter.condition());
      rel = filter.input();
    }
    if (!(rel instanceof Rel.Aggregate aggregate)) {
      throw new TrefoilException(
          Condition.ROW_LEVEL_ACCESS,
          "Cannot return rows of "
              + rel.getClass().getSimpleName()
              + ": only aggregates can be revealed. Aggregate them, or group by columns whose"
              + " policy allows \"group\".");
    }
    if (columns == null) {
      columns = new ArrayList<>();
      for (int i = 0; i < aggregate.fields().size(); i++) {
        columns.add(
            new Expr.FieldRef(
                i, aggregate.fields().get(i).type(), aggregate.fields().get(i).nullable()));
      }
    }
    return new Top(columns, order, limit, having, aggregate);
  }

  private RevealedShares run(Rel root, List<SourceShares> sources, RevealPermit permit) {
    Top top = top(root);
    Body body = new Body(party, step.child("body"), layout, sources, overflow, stages);
    JoinedRows rows = body.rows(top.aggregate().input(), Grouping.needed(top.aggregate(), layout));
    Grouping.Result groups =
        new Grouping(party, step.child("group"), layout, top.aggregate(), rows, overflow, stages)
            .run();

    Expressions expressions =
        new Expressions(
            party,
            step.child("having"),
            groups.fields(),
            e -> Body.interval(layout.bounds(top.aggregate(), e)),
            overflow);
    Bits valid = groups.valid();
    overflow.among(valid);
    for (int i = 0; i < top.having().size(); i++) {
      stages.begin("HAVING, " + valid.rows() + " groups");
      valid =
          FilterRows.filter(
              party, step.child("keep" + i), valid, expressions.condition(top.having().get(i)));
    }
    List<SharedColumn> columns = result(top, groups.fields());
    overflow.raise(step.child("overflow"));

    boolean ordered = !top.order().isEmpty();
    long offset = top.limit().map(Rel.Limit::offset).orElse(0L);
    long limit = top.limit().map(Rel.Limit::count).orElse(Long.MAX_VALUE);
    Reveal.Revealed revealed;
    if (ordered) {
      stages.begin("ORDER BY, " + valid.rows() + " groups");
      Words key = sortKey(top, groups.fields(), expressions);
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
    return new RevealedShares(
        revealed.rows(), revealed.columns(), !layout.contributions().isEmpty());
  }

  /** The result columns as the layout encodes them, each nullable one with its validity bits. */
  private List<SharedColumn> result(Top top, Fields fields) {
    List<SharedColumn> columns = new ArrayList<>();
    for (int i = 0; i < top.columns().size(); i++) {
      ResultColumn encoding = layout.result().get(i);
      int field = ((Expr.FieldRef) top.columns().get(i)).index();
      columns.add(encoded(step.child("result" + i), encoding, fields, field));
      if (encoding.field().nullable()) {
        columns.add(
            fields.present(field).orElseGet(() -> Local.constant(party, true, fields.rows())));
      }
    }
    return columns;
  }

  private SharedColumn encoded(Step at, ResultColumn encoding, Fields fields, int field) {
    if (encoding.form() == Form.BIT) {
      return fields.bit(field);
    }
    Optional<Fields.Ordered> ordered = fields.ordered(field);
    if (encoding.form() == Form.ORDERED) {
      if (ordered.isPresent() && ordered.get().slot().equals(encoding.slot())) {
        return ordered.get().words();
      }
      return Reencode.toOrdered(
          party, at.child("ordered"), sums(at, fields, field, 128), encoding.slot());
    }
    return sums(at, fields, field, encoding.width());
  }

  private Sums sums(Step at, Fields fields, int field, int ring) {
    if (fields.sums(field).isPresent()) {
      return Reencode.toRing(party, at.child("ring"), fields.sums(field).get(), ring);
    }
    Fields.Ordered ordered = fields.ordered(field).orElseThrow();
    return Reencode.toSums(party, at.child("sums"), ordered.words(), ordered.slot(), ring);
  }

  /** All sort keys in one word: for each a NULL bit, if it can be NULL, then its value. */
  private Words sortKey(Top top, Fields fields, Expressions expressions) {
    Step at = step.child("key");
    List<SharedColumn> parts = new ArrayList<>();
    for (int i = 0; i < top.order().size(); i++) {
      Rel.Sort.Key key = top.order().get(i);
      Bits present = expressions.present(key.expression());
      if (present != null) {
        parts.add(key.nullsFirst() ? present : Local.not(party, present));
      }
      Words value = value(at.child("key" + i), top, key.expression(), fields, expressions);
      parts.add(key.ascending() ? value : Local.not(party, value));
    }
    return Local.beside(parts);
  }

  private Words value(Step at, Top top, Expr expression, Fields fields, Expressions expressions) {
    if (expression.type().kind() == DataType.Kind.BOOLEAN) {
      return Local.words(expressions.condition(expression).yes());
    }
    if (expression instanceof Expr.FieldRef field && fields.ordered(field.index()).isPresent()) {
      return fields.ordered(field.index()).get().words();
    }
    Bounds bounds = layout.bounds(top.aggregate(), expression);
    // A NULL holds zero, which the slot must hold too.
    BigInteger least = bounds.least().min(BigInteger.ZERO);
    BigInteger greatest = bounds.greatest().max(BigInteger.ZERO);
    int width = Math.max(1, greatest.subtract(least).bitLength());
    int ring = layout.ring(top.aggregate(), expression);
    Numbers number = expressions.summable(expression, ring);
    return Reencode.toOrdered(party, at, number.values(), new Slot(least, width));
  }

  /** Operators of a relation and those below it. */
  private static int operators(Rel rel) {
    int below = rel.inputs().stream().mapToInt(PhysicalPlanner::operators).sum();
    return below + (rel instanceof Rel.Input || rel instanceof Rel.Project ? 0 : 1);
  }
}

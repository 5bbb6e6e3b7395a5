package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Rel;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.FilterRows;
import org.trefoil.executor.operator.Interval;
import org.trefoil.executor.operator.JoinPkFk;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

/** Runs what lies below the aggregate: inputs, filters and joins. */
final class Body {
  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final List<SourceShares> sources;
  private final Overflow overflow;
  private final Stages stages;
  private int steps;

  Body(
      Party party,
      Step step,
      InputLayout layout,
      List<SourceShares> sources,
      Overflow overflow,
      Stages stages) {
    this.party = party;
    this.step = step;
    this.layout = layout;
    this.sources = sources;
    this.overflow = overflow;
    this.stages = stages;
  }

  /** The rows of {@code rel} with at least the columns {@code needed} of its sources. */
  JoinedRows rows(Rel rel, Set<ColumnId> needed) {
    if (rel instanceof Rel.Input input) {
      return input(input.source(), needed);
    }
    if (rel instanceof Rel.Filter filter) {
      return filter(filter, needed);
    }
    if (rel instanceof Rel.Join join) {
      return join(join, needed);
    }
    throw new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot run "
            + rel.getClass().getSimpleName()
            + " over tables of several owners below the aggregate. Let one owner's part hold it");
  }

  private JoinedRows input(int source, Set<ColumnId> needed) {
    SourceShares shares = sources.get(source);
    Map<ColumnId, SharedColumn> columns = new LinkedHashMap<>();
    for (int c = 0; c < shares.columns().size(); c++) {
      ColumnId id = new ColumnId(source, c);
      if (needed.contains(id)) {
        InputColumn column = layout.columns(source).get(c);
        columns.put(
            id,
            column.form() == Form.BRANCH
                ? ofBranch(source, column.outputs().get(0))
                : shares.columns().get(c));
      }
    }
    Optional<ColumnId> order =
        layout.sortedBy(source).isPresent()
            ? Optional.of(new ColumnId(source, layout.sortedBy(source).getAsInt()))
            : Optional.empty();
    return new JoinedRows(shares.valid(), shares.valid(), columns, order);
  }

  /**
   * 1 on the rows of a branch. Where they lie is public, so that no owner is asked: it could call
   * its own rows those of another, and so lift that one's groups above their minimum.
   */
  private Bits ofBranch(int source, int branch) {
    int before = 0;
    for (int b = 0; b < branch; b++) {
      before += layout.rows(source, b);
    }
    int rows = layout.rows(source, branch);
    return Columns.padded(
        Local.constant(party, true, rows), before, layout.rows(source) - before - rows);
  }

  private JoinedRows filter(Rel.Filter filter, Set<ColumnId> needed) {
    List<Reference> references = Reference.of(filter);
    Set<ColumnId> all = new LinkedHashSet<>(needed);
    all.addAll(Reference.columns(filter.condition(), references, layout));
    JoinedRows rows = rows(filter.input(), all);
    stages.begin("filter, " + rows.rows() + " rows");
    Step at = step.child("filter" + steps++);
    overflow.among(rows.valid());
    Expressions expressions =
        new Expressions(
            party,
            at.child("condition"),
            new BodyFields(layout, references, rows),
            e -> interval(layout.bounds(filter.input(), e)),
            overflow);
    return new JoinedRows(
        FilterRows.filter(
            party, at.child("keep"), rows.valid(), expressions.condition(filter.condition())),
        rows.real(),
        rows.columns(),
        rows.inOrder());
  }

  /** The KEY columns of a join's two sides. */
  record Keys(ColumnId pk, ColumnId fk) {}

  static Keys keys(Rel.Join join, InputLayout layout) {
    List<Reference> references = Reference.of(join);
    int leftColumns = Reference.of(join.left()).size();
    List<Integer> leftOutputs = new ArrayList<>();
    List<Integer> rightOutputs = new ArrayList<>();
    int leftSource = -1;
    int rightSource = -1;
    for (Expr conjunct : conjuncts(join.condition())) {
      Expr.Call equal = (Expr.Call) conjunct;
      int a = ((Expr.FieldRef) equal.arguments().get(0)).index();
      int b = ((Expr.FieldRef) equal.arguments().get(1)).index();
      Reference left = references.get(Math.min(a, b));
      Reference right = references.get(Math.max(a, b));
      if (Math.min(a, b) >= leftColumns || Math.max(a, b) < leftColumns) {
        throw new TrefoilException(
            Condition.MALFORMED_PLAN,
            "Cannot run a join: its condition compares columns of one side only");
      }
      leftSource = left.source();
      rightSource = right.source();
      leftOutputs.add(left.output());
      rightOutputs.add(right.output());
    }
    return new Keys(
        new ColumnId(leftSource, layout.column(leftSource, Form.KEY, leftOutputs)),
        new ColumnId(rightSource, layout.column(rightSource, Form.KEY, rightOutputs)));
  }

  private JoinedRows join(Rel.Join join, Set<ColumnId> needed) {
    ColumnId pkKey = keys(join, layout).pk();
    ColumnId fkKey = keys(join, layout).fk();
    JoinedRows pk = rows(join.left(), with(needed, pkKey));
    JoinedRows fk = rows(join.right(), with(needed, fkKey));
    stages.begin("join, " + pk.rows() + " and " + fk.rows() + " rows");
    List<ColumnId> pkCarried = pk.carried(needed);
    List<ColumnId> fkCarried = fk.carried(needed);
    JoinPkFk.Joined joined =
        JoinPkFk.join(
            party,
            step.child("join" + steps++),
            new JoinPkFk.Side(
                (org.trefoil.share.column.Words) pk.column(pkKey),
                pk.valid(),
                pk.columns(pkCarried)),
            pk.inOrder().equals(Optional.of(pkKey)),
            new JoinPkFk.Side(
                (org.trefoil.share.column.Words) fk.column(fkKey),
                fk.valid(),
                fk.columns(fkCarried)));
    Map<ColumnId, SharedColumn> columns = JoinedRows.named(pkCarried, joined.pk());
    columns.putAll(JoinedRows.named(fkCarried, joined.fk()));
    return new JoinedRows(joined.valid(), fk.real(), columns, fk.inOrder());
  }

  private static List<Expr> conjuncts(Expr condition) {
    if (condition instanceof Expr.Call call && call.function() == Function.AND) {
      List<Expr> all = new ArrayList<>();
      call.arguments().forEach(a -> all.addAll(conjuncts(a)));
      return all;
    }
    return List.of(condition);
  }

  static Set<ColumnId> with(Set<ColumnId> needed, ColumnId key) {
    Set<ColumnId> all = new LinkedHashSet<>(needed);
    all.add(key);
    return all;
  }

  static Interval interval(Bounds bounds) {
    return new Interval(bounds.least(), bounds.greatest());
  }
}

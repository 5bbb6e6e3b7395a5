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
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Slot;
import org.trefoil.executor.operator.Columns;
import org.trefoil.executor.operator.Expressions;
import org.trefoil.executor.operator.Fields;
import org.trefoil.executor.operator.FilterRows;
import org.trefoil.executor.operator.Interval;
import org.trefoil.executor.operator.Overflow;
import org.trefoil.executor.operator.Reencode;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/** Runs the relations of a remainder, one within another. */
final class Relations {
  private final Party party;
  private final Step step;
  private final InputLayout layout;
  private final List<SourceShares> sources;
  private final Overflow overflow;
  private final Stages stages;
  private final List<Bits> held = new ArrayList<>();
  private int steps;

  Relations(
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

  /** The groups of all aggregates so far: whether each is held back. */
  Bits held() {
    return held.stream().reduce(Bits.zero(0), Local::concat);
  }

  /** The rows of {@code rel} with at least those of the columns {@code needed} that it has. */
  JoinedRows rows(Rel rel, Set<ColumnId> needed) {
    if (rel instanceof Rel.Input input) {
      return input(input.source(), needed);
    }
    if (rel instanceof Rel.Filter filter) {
      return filter(filter, needed);
    }
    if (rel instanceof Rel.Project project) {
      return project(project, needed);
    }
    if (rel instanceof Rel.Join join) {
      Joins joins = new Joins(party, step.child("join" + steps++), layout, overflow, stages);
      return joins.rows(join, needed, this::rows);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return aggregate(aggregate, needed);
    }
    if (rel instanceof Rel.Window window) {
      Windows windows =
          new Windows(party, step.child("window" + steps++), layout, window, overflow);
      stages.begin("window");
      return windows.rows(needed, this::rows);
    }
    if (rel instanceof Rel.Union union) {
      return union(union, needed);
    }
    throw new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot run "
            + rel.getClass().getSimpleName()
            + " over tables of several owners below the aggregate. Let one owner's part hold it.");
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
    List<Origin> references = layout.origins(filter);
    Set<ColumnId> all = new LinkedHashSet<>(needed);
    all.addAll(Reference.columns(filter.condition(), references, layout));
    JoinedRows rows = rows(filter.input(), all);
    boolean having = filter.input() instanceof Rel.Aggregate;
    stages.begin(
        having ? "HAVING, " + rows.rows() + " groups" : "filter, " + rows.rows() + " rows");
    Step at = step.child("filter" + steps++);
    Expressions expressions = expressions(at.child("condition"), references, rows);
    return new JoinedRows(
        FilterRows.filter(
            party, at.child("keep"), rows.valid(), expressions.condition(filter.condition())),
        rows.real(),
        rows.columns(),
        rows.inOrder());
  }

  private Expressions expressions(Step at, List<Origin> references, JoinedRows rows) {
    overflow.among(rows.valid());
    return new Expressions(
        party,
        at,
        new BodyFields(layout, references, rows),
        e -> interval(layout.bounds(references, e)),
        overflow);
  }

  // ---- computed columns

  private JoinedRows project(Rel.Project project, Set<ColumnId> needed) {
    if (project.expressions().stream().allMatch(Expr.FieldRef.class::isInstance)) {
      return rows(project.input(), needed);
    }
    int node = layout.node(project);
    List<Origin> references = layout.origins(project.input());
    List<ColumnId> own = needed.stream().filter(id -> id.node() == node).toList();
    Set<ColumnId> all = new LinkedHashSet<>(needed);
    for (ColumnId id : own) {
      all.addAll(Reference.columns(expression(project, id), references, layout));
    }
    JoinedRows rows = rows(project.input(), all);
    stages.begin("compute, " + rows.rows() + " rows");
    Step at = step.child("compute" + steps++);
    Expressions expressions = expressions(at.child("expressions"), references, rows);
    Map<ColumnId, SharedColumn> columns = new LinkedHashMap<>(rows.columns());
    for (ColumnId id : own) {
      InputColumn column = layout.columns(node).get(id.column());
      Expr expression = expression(project, id);
      columns.put(
          id,
          switch (column.form()) {
            case VALID -> ones(expressions.present(expression), rows.rows());
            case BIT -> expressions.condition(expression).yes();
            case ORDERED ->
                expression instanceof Expr.Literal text && text.type().isBytes()
                    ? Expressions.constant(party, text, column.slots().get(0), rows.rows())
                    : Reencode.toOrdered(
                        party,
                        at.child("column" + id.column()),
                        expressions
                            .summable(expression, layout.ring(references, expression))
                            .values(),
                        column.slots().get(0));
            default -> {
              int ring = layout.ring(references, expression);
              yield Reencode.toRing(
                  party,
                  at.child("column" + id.column()),
                  expressions.summable(expression, ring).values(),
                  column.width());
            }
          });
    }
    return new JoinedRows(rows.valid(), rows.real(), columns, rows.inOrder());
  }

  private Expr expression(Rel.Project project, ColumnId id) {
    InputColumn column = layout.columns(id.node()).get(id.column());
    return project.expressions().get(column.outputs().get(0));
  }

  private Bits ones(Bits present, int rows) {
    return present == null ? Local.constant(party, true, rows) : present;
  }

  // ---- unions

  private JoinedRows union(Rel.Union union, Set<ColumnId> needed) {
    Bits valid = Bits.zero(0);
    Bits real = Bits.zero(0);
    Map<ColumnId, SharedColumn> columns = new LinkedHashMap<>();
    for (Rel input : union.inputs()) {
      JoinedRows rows = rows(input, neededOf(union, input, needed, layout));
      for (ColumnId id : needed) {
        if (id.node() == layout.node(union)) {
          SharedColumn part =
              below(union, input, id, layout)
                  .map(rows::column)
                  .orElseGet(() -> Local.constant(party, true, rows.rows()));
          columns.merge(id, part, Local::concat);
        }
      }
      valid = Local.concat(valid, rows.valid());
      real = Local.concat(real, rows.real());
    }
    return new JoinedRows(valid, real, columns, Optional.empty());
  }

  /** The columns of an input that make the columns {@code needed} of a union. */
  static Set<ColumnId> neededOf(
      Rel.Union union, Rel input, Set<ColumnId> needed, InputLayout layout) {
    Set<ColumnId> below = new LinkedHashSet<>();
    for (ColumnId id : needed) {
      if (id.node() == layout.node(union)) {
        below(union, input, id, layout).ifPresent(below::add);
      }
    }
    return below;
  }

  /** Absent where the input is never NULL, and the union may be. */
  private static Optional<ColumnId> below(
      Rel.Union union, Rel input, ColumnId id, InputLayout layout) {
    InputColumn column = layout.columns(layout.node(union)).get(id.column());
    Origin of = layout.origins(input).get(column.outputs().get(0));
    return column.form() == Form.VALID && !layout.field(of).nullable()
        ? Optional.empty()
        : Optional.of(Reference.column(of, column.form(), layout));
  }

  // ---- aggregates

  private JoinedRows aggregate(Rel.Aggregate aggregate, Set<ColumnId> needed) {
    Step at = step.child("group" + steps++);
    JoinedRows rows = rows(aggregate.input(), Grouping.needed(aggregate, layout, needed));
    Grouping.Result groups =
        new Grouping(party, at, layout, aggregate, rows, needed, overflow, stages).run();
    held.add(groups.held());
    Map<ColumnId, SharedColumn> columns = new LinkedHashMap<>(groups.groups());
    int node = layout.node(aggregate);
    for (ColumnId id : needed) {
      if (id.node() == node) {
        InputColumn column = layout.columns(node).get(id.column());
        int call = column.outputs().get(0) - aggregate.groups().size();
        columns.put(id, aggregated(at.child("column" + id.column()), column, groups.calls(), call));
      }
    }
    return new JoinedRows(groups.valid(), groups.valid(), columns, Optional.empty());
  }

  /** An aggregate in one of the forms in which it is needed. */
  private SharedColumn aggregated(Step at, InputColumn column, Fields calls, int call) {
    if (column.form() == Form.VALID) {
      return ones(calls.present(call).orElse(null), calls.rows());
    }
    if (column.form() == Form.BIT) {
      return calls.bit(call);
    }
    Optional<Fields.Ordered> ordered = calls.ordered(call);
    if (column.form() == Form.ARITHMETIC) {
      return sums(at, calls, call, column.width());
    }
    Slot slot = column.slots().get(0);
    return ordered.isPresent() && ordered.get().slot().equals(slot)
        ? ordered.get().words()
        : Reencode.toOrdered(party, at.child("ordered"), sums(at, calls, call, 128), slot);
  }

  private Sums sums(Step at, Fields calls, int call, int ring) {
    if (calls.sums(call).isPresent()) {
      return Reencode.toRing(party, at.child("ring"), calls.sums(call).get(), ring);
    }
    Fields.Ordered ordered = calls.ordered(call).orElseThrow();
    return Reencode.toSums(party, at.child("sums"), ordered.words(), ordered.slot(), ring);
  }

  static Interval interval(Bounds bounds) {
    return new Interval(bounds.least(), bounds.greatest());
  }
}

package org.trefoil.api.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/** The values that columns and expressions of a remainder may have. */
final class ValueBounds {
  /** An owner's table has at most so many rows; what is more fails while sharing. */
  private static final long ROWS = Integer.MAX_VALUE;

  private final Split split;
  private final Nodes nodes;
  private final Catalog catalog;
  private final List<Long> rows;
  private final List<List<Bounds>> sources = new ArrayList<>();
  private final Map<Origin, Bounds> known = new HashMap<>();

  /**
   * @param rows padded rows by source
   */
  ValueBounds(Split split, Nodes nodes, Catalog catalog, List<Long> rows) {
    this.split = split;
    this.nodes = nodes;
    this.catalog = catalog;
    this.rows = rows;
    for (Source source : split.sources()) {
      List<Bounds> of = new ArrayList<>();
      for (int i = 0; i < source.fields().size(); i++) {
        of.add(column(source, i));
      }
      sources.add(of);
    }
  }

  /** Null for strings and bytes. */
  private Bounds column(Source source, int output) {
    if (source.fields().get(output).type().isBytes()) {
      return null;
    }
    Bounds all = null;
    for (Fragment fragment : source.branches()) {
      Bounds of = local(fragment.local(), output);
      all = all == null ? of : all.hull(of);
    }
    return all;
  }

  /** Bounds of a column of what an owner computes in the clear, where no value leaves its type. */
  Bounds local(Rel rel, int column) {
    if (rel instanceof Rel.Scan scan) {
      return declared(catalog.table(scan.owner(), scan.table()), scan.fields().get(column));
    }
    if (rel instanceof Rel.Project project) {
      return Intervals.inTheClear(
          project.expressions().get(column), ref -> local(project.input(), ref.index()));
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return aggregated(aggregate, column);
    }
    if (rel instanceof Rel.Window window) {
      int call = column - window.input().fields().size();
      return call < 0
          ? local(window.input(), column)
          : called(
              window.calls().get(call),
              argument -> Intervals.inTheClear(argument, ref -> local(window.input(), ref.index())),
              ROWS);
    }
    if (rel instanceof Rel.Join join) {
      int left = join.left().fields().size();
      return column < left ? local(join.left(), column) : local(join.right(), column - left);
    }
    return local(rel.inputs().get(0), column);
  }

  private Bounds aggregated(Rel.Aggregate aggregate, int column) {
    Intervals.Columns input = ref -> local(aggregate.input(), ref.index());
    int groups = aggregate.groups().size();
    if (column < groups) {
      return Intervals.inTheClear(aggregate.groups().get(column), input);
    }
    AggregateCall call = aggregate.calls().get(column - groups);
    return switch (call.kind()) {
      case COUNT -> Bounds.of(0, ROWS);
      case SUM -> {
        Bounds type = Bounds.ofType(call.type());
        Bounds sum = Intervals.inTheClear(call.argument().orElseThrow(), input).summed(ROWS);
        yield sum.within(type) ? sum : type;
      }
      case MIN, MAX, QUANTILE -> Intervals.inTheClear(call.argument().orElseThrow(), input);
    };
  }

  /** Bounds of a column of a window over at most {@code most} rows. */
  private static Bounds called(
      WindowCall call, java.util.function.Function<Expr, Bounds> of, long most) {
    if (call.kind() == WindowCall.Kind.LAG) {
      return of.apply(call.argument().orElseThrow());
    }
    if (!call.isSum()) {
      return Bounds.of(0, most);
    }
    Bounds type = Bounds.ofType(call.type());
    Bounds sum = of.apply(call.argument().orElseThrow()).summed(most);
    if (!sum.within(type)) {
      throw new TrefoilException(
          Condition.UNBOUNDED_VALUE,
          "Cannot compute a running SUM: it may leave "
              + call.type().sql()
              + ", and only a whole group's sum is tested for that. Declare a range for its"
              + " columns, or cast them to DECIMAL(38, s).");
    }
    return sum;
  }

  private static Bounds declared(TableDescriptor table, Field field) {
    ColumnPolicy policy = table.policy().column(field.name());
    return policy
        .range()
        .map(r -> Bounds.ofRange(r, field.type()))
        .orElseGet(() -> Bounds.ofType(field.type()));
  }

  /** Rows of {@code rel} at most. */
  long rows(Rel rel) {
    return Nodes.rows(rel, rows);
  }

  Bounds of(Origin column) {
    Bounds found =
        nodes.isSource(column) ? sources.get(column.node()).get(column.output()) : derived(column);
    if (found == null) {
      throw new TrefoilException(
          Condition.INTERNAL, "Cannot bound the values of a STRING or BINARY column: it has none.");
    }
    return found;
  }

  /** Bounds of an expression over columns that are made at {@code scope}. */
  Bounds of(List<Origin> scope, Expr expr) {
    return Intervals.onShares(expr, ref -> of(scope.get(ref.index())));
  }

  private Bounds derived(Origin column) {
    if (!known.containsKey(column)) {
      known.put(column, computed(column));
    }
    return known.get(column);
  }

  private Bounds computed(Origin column) {
    if (nodes.field(column).type().isBytes()) {
      return null;
    }
    Rel rel = nodes.rel(column.node());
    if (rel instanceof Rel.Join join) {
      return of(nodes.joined(join).get(column.output()));
    }
    if (rel instanceof Rel.Project project) {
      return of(nodes.of(project.input()), project.expressions().get(column.output()));
    }
    if (rel instanceof Rel.Window window) {
      List<Origin> scope = nodes.of(window.input());
      return called(
          window.calls().get(column.output() - scope.size()),
          argument -> of(scope, argument),
          rows(window.input()));
    }
    if (rel instanceof Rel.Union union) {
      return union.inputs().stream()
          .map(in -> of(nodes.of(in).get(column.output())))
          .reduce(Bounds::hull)
          .orElseThrow();
    }
    Rel.Aggregate aggregate = (Rel.Aggregate) rel;
    AggregateCall call = aggregate.calls().get(column.output() - aggregate.groups().size());
    List<Origin> scope = nodes.of(aggregate.input());
    long most = rows(aggregate.input());
    Bounds rounded = Bounds.symmetric(call.rounding() > 1 ? call.unit() : BigInteger.ZERO);
    Optional<Noised> noised = noised(aggregate);
    if (noised.isPresent()) {
      int index = column.output() - aggregate.groups().size();
      rounded = rounded.plus(noised.get().calls().get(index).bounds());
    }
    return switch (call.kind()) {
      case COUNT -> Bounds.of(0, most).plus(rounded);
      case SUM -> of(scope, call.argument().orElseThrow()).summed(most).plus(rounded);
      case MIN, MAX, QUANTILE -> of(scope, call.argument().orElseThrow());
    };
  }

  /** The noise of an aggregate's calls. */
  Optional<Noised> noised(Rel.Aggregate aggregate) {
    List<Origin> scope = nodes.of(aggregate.input());
    return Noised.of(aggregate, split, catalog, argument -> of(scope, argument));
  }

  /** Narrows the bounds of a source's column to {@code -limit} and {@code limit}. */
  void narrow(Origin column, BigInteger limit) {
    Bounds old = of(column);
    sources
        .get(column.node())
        .set(
            column.output(),
            new Bounds(
                old.least().max(limit.negate()).min(limit),
                old.greatest().min(limit).max(limit.negate())));
    known.clear();
  }
}

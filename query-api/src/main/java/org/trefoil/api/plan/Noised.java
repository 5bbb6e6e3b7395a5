package org.trefoil.api.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * What an aggregate over tables with {@code privacy} shows: every count and sum with noise, and of
 * its groups those whose number of rows, with noise of its own, is {@link #least} or more. Each of
 * these numbers has the same part of a run's epsilon, and {@code rows} rows of an entity, each in
 * one group, are all that it is in: so a run spends the epsilon once over all groups.
 *
 * <p>That a group is there at all could tell of the entity that is alone in it. It is shown with a
 * probability of at most 2^-{@link #RARE} over all groups that it is alone in.
 *
 * @param calls by call of the aggregate
 * @param groups of the number of rows of each group; absent: there is one group whatever the rows
 * @param least so many rows at least, with noise
 */
public record Noised(List<Noise> calls, Optional<Noise> groups, BigInteger least) {
  /** A group of one entity alone is shown once in 2^30 times at most. */
  public static final int RARE = 30;

  private static final int MOST_LEAST_BITS = 28;

  public Noised {
    calls = List.copyOf(calls);
  }

  /**
   * Of {@code aggregate}; absent where no table below has privacy.
   *
   * @param bounds of the argument of a SUM in one row
   * @throws TrefoilException UNBOUNDED_VALUE where what an entity adds is not bounded well enough
   */
  static Optional<Noised> of(
      Rel.Aggregate aggregate, Split split, Catalog catalog, Function<Expr, Bounds> bounds) {
    List<TableDescriptor> tables = new ArrayList<>();
    for (Source source : split.sources()) {
      if (Nodes.holds(aggregate, source.id())) {
        for (Fragment fragment : source.branches()) {
          TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
          if (table.policy().privacy().isPresent()) {
            tables.add(table);
          }
        }
      }
    }
    if (tables.isEmpty()) {
      return Optional.empty();
    }
    // Of several tables that are united, the one that asks for most noise.
    TableDescriptor strictest =
        tables.stream()
            .max(
                Comparator.comparing(
                    table -> {
                      PrivacyRule rule = table.policy().privacy().orElseThrow();
                      return (double) rule.rows() / rule.perRun();
                    }))
            .orElseThrow();
    PrivacyRule rule = strictest.policy().privacy().orElseThrow();
    BigInteger rows = BigInteger.valueOf(rule.rows());
    boolean grouped = !aggregate.groups().isEmpty();
    int parts = parts(aggregate.groups().size(), aggregate.calls().size());
    List<Noise> calls = new ArrayList<>();
    for (AggregateCall call : aggregate.calls()) {
      BigInteger most = BigInteger.ONE;
      if (call.kind() == AggregateCall.Kind.SUM) {
        Bounds of = bounds.apply(call.argument().orElseThrow());
        most = of.least().abs().max(of.greatest().abs()).max(BigInteger.ONE);
      }
      Noise noise = new Noise(most.multiply(rows), rule.perRun(), parts);
      if (noise.bits() > Noise.MOST_BITS) {
        throw unbounded(strictest);
      }
      calls.add(noise);
    }
    Noise counted = new Noise(rows, rule.perRun(), parts);
    BigInteger least = BigInteger.ONE;
    for (TableDescriptor table : tables) {
      least = least.max(least(table, counted));
    }
    Optional<Noise> groups = grouped ? Optional.of(counted) : Optional.empty();
    if (least.bitLength() > MOST_LEAST_BITS
        || groups.filter(g -> g.bits() > MOST_LEAST_BITS).isPresent()) {
      throw unbounded(strictest);
    }
    return Optional.of(new Noised(calls, groups, least));
  }

  private static int parts(int groups, int calls) {
    return Math.max(1, calls + (groups > 0 ? 1 : 0));
  }

  /** So many rows of a group at least, with {@code noise}, for {@code table}. */
  private static BigInteger least(TableDescriptor table, Noise noise) {
    BigInteger rows = BigInteger.valueOf(table.policy().privacy().orElseThrow().rows());
    return rows.add(noise.exceededOnceIn(RARE + rows.bitLength()))
        .max(BigInteger.valueOf(table.policy().minGroupSize()));
  }

  private static boolean mayLeaveItsType(Expr.Call call, Intervals.Columns columns) {
    if (call.type().isNumeric()) {
      return !Intervals.onShares(call, columns).within(Bounds.ofType(call.type()));
    }
    // Of times and intervals, whose bounds are not followed.
    return switch (call.function()) {
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, ABS, TIMESTAMP_ADD, TIMESTAMP_DIFF -> true;
      default -> false;
    };
  }

  /** The same, from declared ranges alone: it does not depend on how many rows there are. */
  static Optional<Noised> of(Rel.Aggregate aggregate, Split split, Catalog catalog) {
    boolean asked =
        split.sources().stream()
            .flatMap(source -> source.branches().stream())
            .map(fragment -> catalog.table(fragment.owner(), fragment.table()))
            .anyMatch(table -> table.policy().privacy().isPresent());
    return asked ? declared(split, catalog).noised(aggregate) : Optional.empty();
  }

  private static ValueBounds declared(Split split, Catalog catalog) {
    return new ValueBounds(
        split, new Nodes(split), catalog, split.sources().stream().map(source -> 0L).toList());
  }

  /** Refuses plans for which there is no noise, and those that fail for some values of a row. */
  static void require(Split split, Catalog catalog) {
    require(split.remainder(), split, catalog);
    for (Source source : split.sources()) {
      for (Fragment fragment : source.branches()) {
        TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
        if (table.policy().privacy().isPresent()) {
          requireInType(fragment.local(), table, declared(split, catalog));
        }
      }
    }
  }

  private static void requireInType(Rel rel, TableDescriptor table, ValueBounds bounds) {
    List<Expr> computed =
        rel instanceof Rel.Filter filter
            ? List.of(filter.condition())
            : rel instanceof Rel.Project project ? project.expressions() : List.of();
    Intervals.Columns columns = ref -> bounds.local(rel.inputs().get(0), ref.index());
    for (Expr expr : computed) {
      Expressions.visit(
          expr,
          part -> {
            if (part instanceof Expr.Call call && mayLeaveItsType(call, columns)) {
              throw new TrefoilException(
                  Condition.UNBOUNDED_VALUE,
                  "Cannot compute "
                      + call.function().wireName()
                      + " over table "
                      + table.name()
                      + ", whose policy asks for privacy: for some values it may leave "
                      + call.type().sql()
                      + ", and that it fails would tell of a row. Ask owner "
                      + table.owner()
                      + " to declare a range for its columns, or cast them to a wider type.");
            }
          });
    }
    rel.inputs().forEach(in -> requireInType(in, table, bounds));
  }

  private static void require(Rel rel, Split split, Catalog catalog) {
    if (rel instanceof Rel.Aggregate aggregate) {
      Optional<Noised> unused = of(aggregate, split, catalog);
    }
    rel.inputs().forEach(in -> require(in, split, catalog));
  }

  private static TrefoilException unbounded(TableDescriptor table) {
    return new TrefoilException(
        Condition.UNBOUNDED_VALUE,
        "Cannot make noise for a count or sum over table "
            + table.name()
            + ", whose policy asks for privacy: what one of its rows adds has too wide a range, or"
            + " a run spends too little for so many numbers. Ask owner "
            + table.owner()
            + " to declare a range for the columns that are summed, or compute fewer numbers.");
  }
}

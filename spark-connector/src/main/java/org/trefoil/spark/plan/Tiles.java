package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IntegralDivide;
import org.apache.spark.sql.catalyst.expressions.Least;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Multiply;
import org.apache.spark.sql.catalyst.expressions.NTile;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Remainder;
import org.apache.spark.sql.catalyst.expressions.RowFrame$;
import org.apache.spark.sql.catalyst.expressions.RowNumber;
import org.apache.spark.sql.catalyst.expressions.SpecifiedWindowFrame;
import org.apache.spark.sql.catalyst.expressions.UnboundedFollowing$;
import org.apache.spark.sql.catalyst.expressions.UnboundedPreceding$;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.WindowSpecDefinition;
import org.apache.spark.sql.catalyst.expressions.aggregate.Count;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code NTILE(n)} as a row number and the number of rows of its partition. Of c rows the first (c
 * mod n) tiles have one more than the (c div n) of the others, so that the first j have j * (c div
 * n) + least(j, c mod n), and the row's tile is one more than how many of these its number exceeds.
 */
final class Tiles {
  /** As many comparisons, less one, are made for each row. */
  private static final int MOST = 100;

  private final List<NamedExpression> places = new ArrayList<>();
  private final Map<Expression, Attribute> numbers = new HashMap<>();
  private final Attribute rows;
  private final NamedExpression counted;

  private Tiles(Window window) {
    Count one = new Count(Trees.<Expression>seq(List.of(Literal.create(1, DataTypes.IntegerType))));
    Alias count =
        Trees.alias(
            new WindowExpression(
                one.toAggregateExpression(),
                new WindowSpecDefinition(
                    window.partitionSpec(),
                    Trees.seq(List.of()),
                    new SpecifiedWindowFrame(
                        RowFrame$.MODULE$,
                        UnboundedPreceding$.MODULE$,
                        UnboundedFollowing$.MODULE$))),
            "rows");
    counted = count;
    rows = count.toAttribute();
  }

  /** The plan without NTILE; empty if {@code window} has none that is known. */
  static Optional<LogicalPlan> of(Window window) {
    Tiles tiles = new Tiles(window);
    List<NamedExpression> outputs = new ArrayList<>();
    Trees.list(window.child().output()).forEach(a -> outputs.add((NamedExpression) a));
    for (NamedExpression named : Trees.list(window.windowExpressions())) {
      Expression value =
          Trees.replace(
              (Expression) named,
              e ->
                  e instanceof WindowExpression over && over.windowFunction() instanceof NTile tile
                      ? tiles.tile(over, tile)
                      : Optional.empty());
      if (value == named) {
        tiles.places.add(named);
        outputs.add((NamedExpression) named.toAttribute());
      } else {
        outputs.add((NamedExpression) value);
      }
    }
    if (tiles.numbers.isEmpty()) {
      return Optional.empty();
    }
    Window whole =
        new Window(
            Trees.seq(List.of(tiles.counted)),
            window.partitionSpec(),
            Trees.seq(List.of()),
            window.child(),
            window.hint());
    Window placed =
        new Window(
            Trees.seq(tiles.places),
            window.partitionSpec(),
            window.orderSpec(),
            whole,
            window.hint());
    return Optional.of(new Project(Trees.seq(outputs), placed));
  }

  private Optional<Expression> tile(WindowExpression over, NTile tile) {
    if (!(tile.buckets() instanceof Literal literal)
        || !(literal.value() instanceof Integer n)
        || n < 1
        || n > MOST) {
      return Optional.empty();
    }
    Attribute number =
        numbers.computeIfAbsent(
            over.windowSpec().canonicalized(),
            spec -> {
              Alias place =
                  Trees.alias(new WindowExpression(new RowNumber(), over.windowSpec()), "number");
              places.add(place);
              return place.toAttribute();
            });
    Expression place = new Cast(number, DataTypes.LongType, scala.Option.empty());
    Expression each = new IntegralDivide(rows, number(n));
    Expression more = new Remainder(rows, number(n));
    Expression tiles = Literal.create(1, DataTypes.IntegerType);
    for (long j = 1; j < n; j++) {
      Expression before =
          new Add(
              new Multiply(number(j), each),
              new Least(Trees.<Expression>seq(List.of(number(j), more))));
      tiles =
          new Add(
              tiles,
              new If(
                  new GreaterThan(place, before),
                  Literal.create(1, DataTypes.IntegerType),
                  Literal.create(0, DataTypes.IntegerType)));
    }
    return Optional.of(tiles);
  }

  private static Literal number(long value) {
    return Literal.create(value, DataTypes.LongType);
  }
}

package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Well-typed plans of every shape of the profile, from a seed. */
final class RandomPlans {
  private static final List<DataType> TYPES =
      List.of(
          DataType.BOOLEAN,
          DataType.TINYINT,
          DataType.SMALLINT,
          DataType.INT,
          DataType.BIGINT,
          DataType.DATE,
          DataType.TIMESTAMP,
          DataType.decimal(12, 2),
          DataType.decimal(38, 6),
          DataType.string(7),
          DataType.string(64),
          DataType.fixedPoint(3),
          DataType.binary(5),
          DataType.fixedPointFloat(2),
          DataType.DAY_TIME,
          DataType.YEAR_MONTH);

  private final Random random;

  private RandomPlans(long seed) {
    this.random = new Random(seed);
  }

  static Plan of(long seed) {
    RandomPlans plans = new RandomPlans(seed);
    return new Plan(plans.rel(4), plans.random.nextBoolean(), plans.chosen("UTC", "Europe/Paris"));
  }

  private Rel rel(int depth) {
    if (depth == 0) {
      return scan();
    }
    Rel in = rel(depth - 1);
    List<Field> fields = in.fields();
    switch (random.nextInt(9)) {
      case 0 -> {
        return new Rel.Filter(in, expression(DataType.BOOLEAN, fields, 3));
      }
      case 1 -> {
        List<Expr> expressions = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          expressions.add(expression(type(), fields, 2));
        }
        return new Rel.Project(in, expressions, names(expressions.size()));
      }
      case 2 -> {
        Rel right = rel(depth - 1);
        List<Field> both = new ArrayList<>(fields);
        both.addAll(right.fields());
        return new Rel.Join(
            chosen(Rel.Join.Kind.values()), in, right, expression(DataType.BOOLEAN, both, 2));
      }
      case 3, 4 -> {
        List<Expr> groups = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
          groups.add(expression(type(), fields, 1));
        }
        List<AggregateCall> calls = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
          calls.add(call(fields));
        }
        return new Rel.Aggregate(in, groups, calls, names(groups.size() + calls.size()));
      }
      case 5 -> {
        return new Rel.Sort(
            in,
            List.of(
                new Rel.Sort.Key(
                    expression(type(), fields, 1), random.nextBoolean(), random.nextBoolean())));
      }
      case 6 -> {
        return new Rel.Limit(in, random.nextInt(3), random.nextInt(1000));
      }
      case 7 -> {
        List<WindowCall> calls = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
          calls.add(windowCall(fields));
        }
        return new Rel.Window(
            in,
            List.of(expression(type(), fields, 1)),
            List.of(
                new Rel.Sort.Key(
                    expression(type(), fields, 1), random.nextBoolean(), random.nextBoolean())),
            calls,
            names(calls.size()));
      }
      default -> {
        return new Rel.Union(List.of(in, in));
      }
    }
  }

  private WindowCall windowCall(List<Field> fields) {
    WindowCall.Kind kind = chosen(WindowCall.Kind.values());
    Optional<Expr> argument =
        switch (kind) {
          case SUM, SUM_OF_PEERS -> Optional.of(expression(DataType.INT, fields, 1));
          case LAG, COUNT -> Optional.of(expression(type(), fields, 1));
          default -> Optional.empty();
        };
    DataType type =
        switch (kind) {
          case ROW_NUMBER, RANK, DENSE_RANK -> DataType.INT;
          case LAG -> argument.orElseThrow().type();
          default -> DataType.BIGINT;
        };
    int offset = kind == WindowCall.Kind.LAG ? random.nextInt(2001) - 1000 : 0;
    return new WindowCall(kind, argument, type, offset);
  }

  private AggregateCall call(List<Field> fields) {
    DataType type = type();
    return switch (random.nextInt(5)) {
      case 0 -> Rows.count();
      case 3 ->
          AggregateCall.quantile(
              expression(chosen(DataType.INT, DataType.decimal(12, 2)), fields, 1),
              new AggregateCall.Position(random.nextInt(11), random.nextInt(21) - 10, 10));
      case 1 -> Rows.count(expression(type, fields, 1));
      case 2 -> Rows.min(expression(type, fields, 1));
      default -> Rows.sum(expression(chosen(DataType.INT, DataType.decimal(12, 2)), fields, 2));
    };
  }

  private Rel scan() {
    List<Field> fields = new ArrayList<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      fields.add(new Field("c" + i + chosen("", "ä", " x"), type(), random.nextBoolean()));
    }
    return new Rel.Scan(chosen("north", "süd"), chosen("orders", "t-1"), fields);
  }

  private Expr expression(DataType type, List<Field> fields, int depth) {
    List<Expr> columns = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).type().equals(type)) {
        columns.add(new Expr.FieldRef(i, type, fields.get(i).nullable()));
      }
    }
    if (!columns.isEmpty() && random.nextInt(3) > 0) {
      return columns.get(random.nextInt(columns.size()));
    }
    if (depth == 0) {
      return literal(type);
    }
    if (type.kind() == DataType.Kind.BOOLEAN) {
      DataType of = type();
      return switch (random.nextInt(5)) {
        case 0 ->
            Rows.test(
                chosen(Function.EQUAL, Function.LESS, Function.GREATER_OR_EQUAL),
                expression(of, fields, depth - 1),
                expression(of, fields, depth - 1));
        case 1 ->
            Rows.test(
                chosen(Function.AND, Function.OR),
                expression(type, fields, depth - 1),
                expression(type, fields, depth - 1));
        case 2 -> Rows.test(Function.NOT, expression(type, fields, depth - 1));
        case 3 -> Rows.test(Function.IS_NULL, expression(of, fields, depth - 1));
        default -> Rows.test(Function.IN, expression(of, fields, depth - 1), literal(of));
      };
    }
    return switch (random.nextInt(4)) {
      case 0 -> {
        Expr then = expression(type, fields, depth - 1);
        Expr other = expression(type, fields, depth - 1);
        yield new Expr.Call(
            Function.CASE,
            List.of(expression(DataType.BOOLEAN, fields, depth - 1), then, other),
            type,
            then.nullable() || other.nullable());
      }
      case 1 -> {
        Expr of = expression(castable(type), fields, depth - 1);
        yield new Expr.Call(Function.CAST, List.of(of), type, true);
      }
      case 2 ->
          type.isNumeric()
              ? Rows.call(
                  chosen(Function.ADD, Function.SUBTRACT),
                  type,
                  expression(type, fields, depth - 1),
                  expression(type, fields, depth - 1))
              : literal(type);
      default -> literal(type);
    };
  }

  private Expr literal(DataType type) {
    if (random.nextInt(6) == 0) {
      return new Expr.Literal(type, null);
    }
    Object value =
        switch (type.kind()) {
          case BOOLEAN -> random.nextBoolean();
          case TINYINT -> (long) (byte) random.nextInt();
          case SMALLINT -> (long) (short) random.nextInt();
          case INT, DATE, YEAR_MONTH -> (long) random.nextInt();
          case BIGINT, TIMESTAMP, DAY_TIME -> random.nextLong();
          case DECIMAL ->
              new BigDecimal(new BigInteger(39, random), type.scale())
                  .multiply(BigDecimal.valueOf(random.nextBoolean() ? 1 : -1));
          case STRING -> chosen("", "ab", "żó");
          case DOUBLE -> random.nextGaussian();
          case FLOAT -> Double.valueOf(Float.toString(random.nextFloat()));
          case BINARY -> chosen("", "00", "00ff80");
        };
    return new Expr.Literal(type, value);
  }

  private List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(chosen("a", "sum(x)", "ü") + i);
    }
    return names;
  }

  /** A type that a cast to {@code to} may be of: the bytes of a BINARY are nothing else. */
  private DataType castable(DataType to) {
    DataType of = type();
    return of.kind() == DataType.Kind.BINARY ? to : of;
  }

  private DataType type() {
    return TYPES.get(random.nextInt(TYPES.size()));
  }

  @SafeVarargs
  private <T> T chosen(T... values) {
    return values[random.nextInt(values.length)];
  }
}

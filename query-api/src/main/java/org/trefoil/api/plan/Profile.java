package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.DataType.Kind;
import org.trefoil.api.type.Field;

/**
 * The plan profile: checks every index, type and argument, and gives references and calls the
 * nullability that follows from what they read, so that nobody needs to believe the writer of a
 * plan.
 */
final class Profile {
  /** How a BINARY constant is written, so that one value has one text. */
  private static final Pattern HEX = Pattern.compile("([0-9a-f]{2})*");

  private Profile() {}

  /** {@code plan} with every reference as the relation below it has the column. */
  static Plan checked(Plan plan) {
    try {
      ZoneId.of(plan.timeZone());
    } catch (DateTimeException e) {
      throw malformed("\"" + plan.timeZone() + "\" is not a time zone");
    }
    return new Plan(rel(plan.root()), plan.ansi(), plan.timeZone(), plan.release().checked());
  }

  private static Rel rel(Rel rel) {
    if (rel instanceof Rel.Scan scan) {
      return scan;
    }
    if (rel instanceof Rel.Filter filter) {
      Rel input = rel(filter.input());
      return new Rel.Filter(input, condition(filter.condition(), input.fields()));
    }
    if (rel instanceof Rel.Project project) {
      Rel input = rel(project.input());
      require(
          project.names().size() == project.expressions().size(),
          "a projection has one name for each column");
      return new Rel.Project(
          input, expressions(project.expressions(), input.fields()), project.names());
    }
    if (rel instanceof Rel.Join join) {
      Rel left = rel(join.left());
      Rel right = rel(join.right());
      List<Field> fields = new Rel.Join(join.kind(), left, right, join.condition()).joined();
      return new Rel.Join(join.kind(), left, right, condition(join.condition(), fields));
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return aggregate(aggregate);
    }
    if (rel instanceof Rel.Window window) {
      return window(window);
    }
    if (rel instanceof Rel.Sort sort) {
      Rel input = rel(sort.input());
      require(!sort.keys().isEmpty(), "a sort has a key");
      return new Rel.Sort(input, keys(sort.keys(), input.fields()));
    }
    if (rel instanceof Rel.Limit limit) {
      require(limit.offset() >= 0 && limit.count() >= 0, "a limit is not negative");
      return new Rel.Limit(rel(limit.input()), limit.offset(), limit.count());
    }
    if (rel instanceof Rel.Union union) {
      return union(union);
    }
    throw malformed("an input of a split plan is no part of a plan");
  }

  private static Rel aggregate(Rel.Aggregate aggregate) {
    Rel input = rel(aggregate.input());
    require(
        aggregate.names().size() == aggregate.groups().size() + aggregate.calls().size(),
        "an aggregate has one name for each column");
    require(
        !aggregate.groups().isEmpty() || !aggregate.calls().isEmpty(), "an aggregate has a column");
    List<AggregateCall> calls = new ArrayList<>();
    for (AggregateCall call : aggregate.calls()) {
      Optional<Expr> argument = call.argument().map(a -> expression(a, input.fields()));
      DataType to = call.type();
      boolean fits =
          switch (call.kind()) {
            case COUNT -> to.kind() == Kind.BIGINT;
            case MIN, MAX -> argument.isPresent() && argument.get().type().equals(to);
            case QUANTILE ->
                argument.isPresent() && argument.get().type().equals(to) && to.isNumeric();
            case SUM -> argument.isPresent() && isSum(argument.get().type(), to);
          };
      require(
          fits,
          "it has no "
              + call.kind()
              + " of "
              + argument.map(a -> a.type().sql()).orElse("rows")
              + " that is "
              + to.sql());
      calls.add(call.over(argument));
    }
    return new Rel.Aggregate(
        input, expressions(aggregate.groups(), input.fields()), calls, aggregate.names());
  }

  private static List<Rel.Sort.Key> keys(List<Rel.Sort.Key> keys, List<Field> fields) {
    return keys.stream()
        .map(
            k ->
                new Rel.Sort.Key(expression(k.expression(), fields), k.ascending(), k.nullsFirst()))
        .toList();
  }

  private static Rel window(Rel.Window window) {
    Rel input = rel(window.input());
    require(!window.keys().isEmpty(), "a window has an order");
    require(
        !window.calls().isEmpty() && window.names().size() == window.calls().size(),
        "a window has a function, and one name for each");
    List<WindowCall> calls = new ArrayList<>();
    for (WindowCall call : window.calls()) {
      Optional<Expr> argument = call.argument().map(a -> expression(a, input.fields()));
      DataType to = call.type();
      boolean fits =
          switch (call.kind()) {
            case ROW_NUMBER, RANK, DENSE_RANK -> argument.isEmpty() && to.kind() == Kind.INT;
            case COUNT, COUNT_OF_PEERS -> to.kind() == Kind.BIGINT;
            case SUM, SUM_OF_PEERS -> argument.isPresent() && isSum(argument.get().type(), to);
            case LAG ->
                argument.isPresent()
                    && argument.get().type().equals(to)
                    && call.offset() >= -WindowCall.MOST_OFFSET
                    && call.offset() <= WindowCall.MOST_OFFSET;
          };
      require(
          fits,
          "it has no "
              + call.kind()
              + " of "
              + argument.map(a -> a.type().sql()).orElse("rows")
              + " that is "
              + to.sql());
      calls.add(call.over(argument));
    }
    return new Rel.Window(
        input,
        expressions(window.partitions(), input.fields()),
        keys(window.keys(), input.fields()),
        calls,
        window.names());
  }

  private static boolean isSum(DataType of, DataType sum) {
    return of.isInteger()
        ? sum.kind() == Kind.BIGINT
        : of.isSummable()
            && sum.kind() == (of.kind() == Kind.FLOAT ? Kind.DOUBLE : of.kind())
            && sum.scale() == of.scale();
  }

  private static Rel union(Rel.Union union) {
    require(union.inputs().size() >= 2, "a union has two inputs at least");
    List<Rel> inputs = union.inputs().stream().map(Profile::rel).toList();
    List<Field> first = inputs.get(0).fields();
    for (Rel input : inputs) {
      boolean fits = input.fields().size() == first.size();
      for (int i = 0; fits && i < first.size(); i++) {
        DataType a = first.get(i).type();
        DataType b = input.fields().get(i).type();
        fits = a.equals(b) || (a.kind() == b.kind() && a.isBytes());
      }
      require(fits, "the inputs of a union have the same types");
    }
    return new Rel.Union(inputs);
  }

  private static Expr condition(Expr expr, List<Field> fields) {
    Expr condition = expression(expr, fields);
    require(condition.type().kind() == Kind.BOOLEAN, "a condition is BOOLEAN");
    return condition;
  }

  private static List<Expr> expressions(List<Expr> expressions, List<Field> fields) {
    return expressions.stream().map(e -> expression(e, fields)).toList();
  }

  private static Expr expression(Expr expr, List<Field> fields) {
    if (expr instanceof Expr.FieldRef ref) {
      require(
          ref.index() >= 0 && ref.index() < fields.size(),
          "it refers to column " + ref.index() + " of " + fields.size());
      Field field = fields.get(ref.index());
      require(
          field.type().kind() == ref.type().kind() && field.type().scale() == ref.type().scale(),
          "it refers to column " + field.name() + " as " + ref.type().sql());
      return new Expr.FieldRef(ref.index(), field.type(), field.nullable());
    }
    if (expr instanceof Expr.Literal literal) {
      require(fits(literal), "a constant is not of its type " + literal.type().sql());
      return literal;
    }
    Expr.Call call = (Expr.Call) expr;
    List<Expr> arguments = expressions(call.arguments(), fields);
    if (!accepts(call.function(), arguments, call.type())) {
      throw malformed(
          "there is no "
              + call.function().wireName()
              + " of ("
              + String.join(", ", arguments.stream().map(a -> a.type().sql()).toList())
              + ") that is "
              + call.type().sql());
    }
    boolean nullable =
        switch (call.function()) {
          case IS_NULL, IS_NOT_NULL, NULL_SAFE_EQUAL -> false;
          default -> call.nullable() || isNullable(call.function(), arguments);
        };
    return new Expr.Call(call.function(), arguments, call.type(), nullable);
  }

  private static boolean isNullable(Function function, List<Expr> a) {
    return switch (function) {
      case NULLIF -> true;
      case COALESCE, LEAST, GREATEST -> a.stream().allMatch(Expr::nullable);
      case CASE -> {
        boolean nullable = a.size() % 2 == 0 || a.get(a.size() - 1).nullable();
        for (int i = 1; i < a.size(); i += 2) {
          nullable |= a.get(i).nullable();
        }
        yield nullable;
      }
      default -> a.stream().anyMatch(Expr::nullable);
    };
  }

  private static boolean fits(Expr.Literal literal) {
    Object v = literal.value();
    if (v == null) {
      return true;
    }
    DataType type = literal.type();
    return switch (type.kind()) {
      case BOOLEAN -> v instanceof Boolean;
      case TINYINT -> v instanceof Long l && l == l.byteValue();
      case SMALLINT -> v instanceof Long l && l == l.shortValue();
      case INT, DATE, YEAR_MONTH -> v instanceof Long l && l == l.intValue();
      case BIGINT, TIMESTAMP, DAY_TIME -> v instanceof Long;
      case DECIMAL ->
          v instanceof BigDecimal d
              && d.scale() == type.scale()
              && d.precision() <= type.precision();
      case STRING ->
          v instanceof String s && s.getBytes(StandardCharsets.UTF_8).length <= type.precision();
      case DOUBLE -> v instanceof Double d && Double.isFinite(d);
      case FLOAT ->
          v instanceof Double d
              && Float.isFinite(d.floatValue())
              && d == Double.parseDouble(Float.toString(d.floatValue()));
      case BINARY ->
          v instanceof String s && HEX.matcher(s).matches() && s.length() <= 2 * type.precision();
    };
  }

  /** Whether the function takes these arguments and can be of this type. */
  private static boolean accepts(Function function, List<Expr> arguments, DataType to) {
    List<Kind> a = arguments.stream().map(e -> e.type().kind()).toList();
    int n = a.size();
    return switch (function) {
      case AND, OR -> n == 2 && all(a, Kind.BOOLEAN) && to.kind() == Kind.BOOLEAN;
      case NOT -> n == 1 && all(a, Kind.BOOLEAN) && to.kind() == Kind.BOOLEAN;
      case EQUAL, NULL_SAFE_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL ->
          n == 2 && all(a, a.get(0)) && to.kind() == Kind.BOOLEAN;
      case IN -> n >= 2 && all(a, a.get(0)) && to.kind() == Kind.BOOLEAN;
      case IS_NULL, IS_NOT_NULL -> n == 1 && to.kind() == Kind.BOOLEAN;
      case CASE -> {
        // With a value where no condition holds: executors take the last argument for it.
        boolean fits = n >= 3 && n % 2 == 1;
        for (int i = 0; i < n; i++) {
          boolean condition = i % 2 == 0 && i + 1 < n;
          fits &= a.get(i) == (condition ? Kind.BOOLEAN : to.kind());
        }
        yield fits;
      }
      case COALESCE -> n >= 1 && all(a, to.kind());
      case LEAST, GREATEST -> n >= 2 && all(a, to.kind());
      case NULLIF -> n == 2 && a.get(0) == to.kind() && a.get(1) == a.get(0);
      case ADD, SUBTRACT -> n == 2 && to.isSummable() && all(a, to.kind());
      case MULTIPLY, DIVIDE, REMAINDER -> n == 2 && to.isNumeric() && all(a, to.kind());
      case INTEGRAL_DIVIDE -> n == 2 && numeric(arguments) && to.kind() == Kind.BIGINT;
      case NEGATE, ABS -> n == 1 && to.isSummable() && all(a, to.kind());
      // Bytes need not be UTF-8: as a STRING they could not be told exactly.
      case CAST -> n == 1 && (a.get(0) != Kind.BINARY || to.kind() == Kind.BINARY);
      case ROUND, FLOOR, CEIL ->
          (n == 1 || (n == 2 && a.get(1) == Kind.INT))
              && arguments.get(0).type().isNumeric()
              && to.isNumeric();
      case LIKE, RLIKE -> n == 2 && all(a, Kind.STRING) && to.kind() == Kind.BOOLEAN;
      case STARTS_WITH, ENDS_WITH, CONTAINS ->
          n == 2
              && arguments.get(0).type().isBytes()
              && all(a, a.get(0))
              && to.kind() == Kind.BOOLEAN;
      case SUBSTRING ->
          (n == 2 || n == 3)
              && arguments.get(0).type().isBytes()
              && all(a.subList(1, n), Kind.INT)
              && to.kind() == a.get(0);
      case TRANSLATE -> n == 3 && all(a, Kind.STRING) && to.kind() == Kind.STRING;
      case UPPER, LOWER, TRIM, SOUNDEX -> n == 1 && all(a, Kind.STRING) && to.kind() == Kind.STRING;
      case LENGTH -> n == 1 && arguments.get(0).type().isBytes() && to.kind() == Kind.INT;
      case CONCAT -> n >= 1 && to.isBytes() && all(a, to.kind());
      case HEX -> n == 1 && hasHex(arguments.get(0).type()) && to.kind() == Kind.STRING;
      case YEAR, QUARTER, MONTH, DAY, DAY_OF_WEEK, HOUR ->
          n == 1 && (a.get(0) == Kind.DATE || a.get(0) == Kind.TIMESTAMP) && to.kind() == Kind.INT;
      case DATE_ADD, ADD_MONTHS ->
          n == 2
              && a.get(0) == Kind.DATE
              && arguments.get(1).type().isInteger()
              && to.kind() == Kind.DATE;
      case TIMESTAMP_ADD ->
          n == 2
              && a.get(0) == Kind.TIMESTAMP
              && arguments.get(1).type().isInterval()
              && to.kind() == Kind.TIMESTAMP;
      case TIMESTAMP_DIFF -> n == 2 && all(a, Kind.TIMESTAMP) && to.kind() == Kind.DAY_TIME;
      case DATE_DIFF -> n == 2 && all(a, Kind.DATE) && to.kind() == Kind.INT;
      case DATE_TRUNC -> a.equals(List.of(Kind.STRING, Kind.TIMESTAMP)) && to.kind() == a.get(1);
      case TRUNC -> a.equals(List.of(Kind.DATE, Kind.STRING)) && to.kind() == Kind.DATE;
    };
  }

  private static boolean hasHex(DataType type) {
    return type.isBytes() || type.kind() == Kind.BIGINT;
  }

  private static boolean all(List<Kind> kinds, Kind kind) {
    return kinds.stream().allMatch(k -> k == kind);
  }

  private static boolean numeric(List<Expr> arguments) {
    return arguments.stream().allMatch(a -> a.type().isNumeric());
  }

  private static void require(boolean holds, String law) {
    if (!holds) {
      throw malformed(law);
    }
  }

  static TrefoilException malformed(String reason) {
    return new TrefoilException(
        Condition.MALFORMED_PLAN,
        "Cannot accept the plan: " + reason + ". Plan the query again with this version.");
  }
}

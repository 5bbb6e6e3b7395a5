package org.trefoil.spark.plan;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.*;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.optimizer.NormalizeNaNAndZero;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.YearMonthIntervalType;
import org.apache.spark.unsafe.array.ByteArrayMethods;
import org.apache.spark.unsafe.types.UTF8String;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Catalyst's expressions over the columns of one relation as expressions of the plan profile. What
 * is not listed here is refused by name.
 */
final class CatalystExpressions {
  private static final int MOST_STRING_BYTES_PER_CHARACTER = 4;
  private static final int SOUNDEX_BYTES = 4;
  private static final int MOST_DIGITS = 38;

  /** Expressions whose children are the arguments, in their order. */
  private static final Map<Class<?>, Function> SAME = new HashMap<>();

  static {
    SAME.put(And.class, Function.AND);
    SAME.put(Or.class, Function.OR);
    SAME.put(Not.class, Function.NOT);
    SAME.put(EqualTo.class, Function.EQUAL);
    SAME.put(EqualNullSafe.class, Function.NULL_SAFE_EQUAL);
    SAME.put(LessThan.class, Function.LESS);
    SAME.put(LessThanOrEqual.class, Function.LESS_OR_EQUAL);
    SAME.put(GreaterThan.class, Function.GREATER);
    SAME.put(GreaterThanOrEqual.class, Function.GREATER_OR_EQUAL);
    SAME.put(IsNull.class, Function.IS_NULL);
    SAME.put(IsNotNull.class, Function.IS_NOT_NULL);
    SAME.put(Coalesce.class, Function.COALESCE);
    SAME.put(Add.class, Function.ADD);
    SAME.put(Subtract.class, Function.SUBTRACT);
    SAME.put(Multiply.class, Function.MULTIPLY);
    SAME.put(UnaryMinus.class, Function.NEGATE);
    SAME.put(Divide.class, Function.DIVIDE);
    SAME.put(IntegralDivide.class, Function.INTEGRAL_DIVIDE);
    SAME.put(Remainder.class, Function.REMAINDER);
    SAME.put(Abs.class, Function.ABS);
    SAME.put(Round.class, Function.ROUND);
    SAME.put(Floor.class, Function.FLOOR);
    SAME.put(Ceil.class, Function.CEIL);
    SAME.put(Least.class, Function.LEAST);
    SAME.put(Greatest.class, Function.GREATEST);
    SAME.put(In.class, Function.IN);
    SAME.put(RLike.class, Function.RLIKE);
    SAME.put(StartsWith.class, Function.STARTS_WITH);
    SAME.put(EndsWith.class, Function.ENDS_WITH);
    SAME.put(Contains.class, Function.CONTAINS);
    SAME.put(Substring.class, Function.SUBSTRING);
    SAME.put(Upper.class, Function.UPPER);
    SAME.put(Lower.class, Function.LOWER);
    SAME.put(StringTranslate.class, Function.TRANSLATE);
    SAME.put(SoundEx.class, Function.SOUNDEX);
    SAME.put(Length.class, Function.LENGTH);
    SAME.put(Concat.class, Function.CONCAT);
    SAME.put(Hex.class, Function.HEX);
    SAME.put(Year.class, Function.YEAR);
    SAME.put(Quarter.class, Function.QUARTER);
    SAME.put(Month.class, Function.MONTH);
    SAME.put(DayOfMonth.class, Function.DAY);
    SAME.put(DayOfWeek.class, Function.DAY_OF_WEEK);
    SAME.put(Hour.class, Function.HOUR);
    SAME.put(DateAdd.class, Function.DATE_ADD);
    SAME.put(DateDiff.class, Function.DATE_DIFF);
    SAME.put(AddMonths.class, Function.ADD_MONTHS);
    SAME.put(TruncDate.class, Function.TRUNC);
    SAME.put(TruncTimestamp.class, Function.DATE_TRUNC);
  }

  /** What Catalyst makes of some functions of BINARY, by the name of the method. */
  private static final Map<String, Function> OF_BYTES =
      Map.of(
          "startsWith", Function.STARTS_WITH,
          "endsWith", Function.ENDS_WITH,
          "contains", Function.CONTAINS);

  /** Every class of expression that is read, and as which function; all else is refused. */
  static Map<Class<?>, Function> whitelist() {
    Map<Class<?>, Function> all = new HashMap<>(SAME);
    all.put(If.class, Function.CASE);
    all.put(CaseWhen.class, Function.CASE);
    all.put(Cast.class, Function.CAST);
    all.put(InSet.class, Function.IN);
    all.put(Like.class, Function.LIKE);
    all.put(StringTrim.class, Function.TRIM);
    all.put(DateSub.class, Function.DATE_ADD);
    all.put(TimestampAddInterval.class, Function.TIMESTAMP_ADD);
    all.put(TimestampAddYMInterval.class, Function.TIMESTAMP_ADD);
    all.put(SubtractTimestamps.class, Function.TIMESTAMP_DIFF);
    all.put(DateAddYMInterval.class, Function.ADD_MONTHS);
    all.put(DecimalDivideWithOverflowCheck.class, Function.DIVIDE);
    return all;
  }

  /** Functions of which no argument's NULL makes the result NULL by itself. */
  private static final Set<Function> OWN_NULLS =
      Set.of(
          Function.IS_NULL,
          Function.IS_NOT_NULL,
          Function.NULL_SAFE_EQUAL,
          Function.COALESCE,
          Function.CASE,
          Function.LEAST,
          Function.GREATEST);

  private final Map<ExprId, Integer> columns = new HashMap<>();
  private final List<Field> fields;

  /**
   * Over a relation whose column i Catalyst knows as {@code ids.get(i)}.
   *
   * @param fields the same columns in the profile's terms
   */
  CatalystExpressions(List<ExprId> ids, List<Field> fields) {
    this.fields = fields;
    for (int i = 0; i < ids.size(); i++) {
      columns.put(ids.get(i), i);
    }
  }

  Expr read(Expression e) {
    if (e instanceof Attribute attribute) {
      Integer index = columns.get(attribute.exprId());
      if (index == null) {
        throw unsupported(
            Condition.UNSUPPORTED_OPERATION,
            e,
            "it refers to a query around it. Write it as a join");
      }
      Field field = fields.get(index);
      return new Expr.FieldRef(index, field.type(), field.nullable());
    }
    if (e instanceof Literal literal) {
      return literal(literal);
    }
    if (e instanceof Alias alias) {
      return read(alias.child());
    }
    if (e instanceof TaggingExpression) {
      return read(Trees.list(e.children()).get(0));
    }
    if (e instanceof NormalizeNaNAndZero normalized) {
      // Shares have no NaN and one zero.
      return read(normalized.child());
    }
    if (e instanceof UserDefinedExpression) {
      throw new TrefoilException(
          Condition.ROW_LEVEL_ACCESS,
          "Cannot call "
              + fragment(e)
              + place(e)
              + ": a user-defined function would have to see rows. Write it with SQL functions, or"
              + " call it on the aggregated result.");
    }
    if (e instanceof PlanExpression<?>) {
      throw unsupported(
          Condition.UNSUPPORTED_OPERATION,
          e,
          "a subquery cannot stand in this place. Run it as a query of its own and put its result in"
              + " as a literal, or write a join");
    }
    if (!e.deterministic()) {
      for (Expression child : Trees.list(e.children())) {
        if (!child.deterministic()) {
          return read(child);
        }
      }
      throw unsupported(
          Condition.UNSUPPORTED_FUNCTION,
          e,
          "its value is not determined by the row. Use a column or a literal instead");
    }
    refuseTry(e);
    return call(e);
  }

  private Expr call(Expression e) {
    Function same = SAME.get(e.getClass());
    if (same != null) {
      return call(same, readAll(Trees.list(e.children())), e);
    }
    if (e instanceof StaticInvoke invoke && invoke.staticObject() == Moments.class) {
      return ofMoments(invoke);
    }
    if (e instanceof StaticInvoke invoke && invoke.staticObject() == ByteArrayMethods.class) {
      Function ofBytes = OF_BYTES.get(invoke.functionName());
      if (ofBytes != null) {
        return call(ofBytes, readAll(Trees.list(invoke.arguments())), e);
      }
    }
    if (e instanceof If choice && isAverage(e)) {
      // Where its count is 0 its sum is NULL, and so is the quotient.
      return read(choice.falseValue());
    }
    if (e instanceof DecimalDivideWithOverflowCheck quotient) {
      return new Expr.Call(
          Function.DIVIDE,
          List.of(read(quotient.left()), read(quotient.right())),
          DataType.decimal(quotient.dataType().precision(), quotient.dataType().scale()),
          true);
    }
    if (e instanceof If choice) {
      return call(Function.CASE, readAll(Trees.list(choice.children())), e);
    }
    if (e instanceof CaseWhen cases) {
      List<Expr> arguments = new ArrayList<>();
      for (scala.Tuple2<Expression, Expression> branch : Trees.list(cases.branches())) {
        arguments.add(read(branch._1()));
        arguments.add(read(branch._2()));
      }
      arguments.add(
          cases.elseValue().isDefined()
              ? read(cases.elseValue().get())
              : new Expr.Literal(arguments.get(1).type(), null));
      return call(Function.CASE, arguments, e);
    }
    if (e instanceof Cast cast) {
      if (cast.child().dataType() instanceof BinaryType
          && !cast.dataType().equals(cast.child().dataType())) {
        throw unsupported(
            Condition.UNSUPPORTED_TYPE,
            e,
            "the bytes of a BINARY need not be UTF-8, and would not be told exactly. Use hex(...)");
      }
      return call(Function.CAST, List.of(read(cast.child())), e);
    }
    if (e instanceof InSet set) {
      List<Expr> arguments = new ArrayList<>();
      arguments.add(read(set.child()));
      List<Object> values = new ArrayList<>(Trees.<Object>list(set.hset().toSeq()));
      // A set has no order of its own; the plan's bytes must not depend on one.
      values.sort(
          Comparator.comparing(
              v -> v instanceof byte[] b ? HexFormat.of().formatHex(b) : String.valueOf(v)));
      for (Object value : values) {
        arguments.add(literal(Literal.create(value, set.child().dataType())));
      }
      return call(Function.IN, arguments, e);
    }
    if (e instanceof Like like && like.escapeChar() == '\\') {
      return call(Function.LIKE, List.of(read(like.left()), read(like.right())), e);
    }
    if (e instanceof StringTrim trim && trim.trimStr().isEmpty()) {
      return call(Function.TRIM, List.of(read(trim.srcStr())), e);
    }
    if (e instanceof DateSub sub) {
      Expr days = read(sub.days());
      Expr back =
          days instanceof Expr.Literal l && l.value() instanceof Long n
              ? new Expr.Literal(l.type(), -n)
              : new Expr.Call(Function.NEGATE, List.of(days), days.type(), days.nullable());
      return call(Function.DATE_ADD, List.of(read(sub.startDate()), back), e);
    }
    if (e instanceof TimestampAddInterval add) {
      return call(Function.TIMESTAMP_ADD, List.of(read(add.start()), interval(add.interval())), e);
    }
    if (e instanceof TimestampAddYMInterval add) {
      return call(
          Function.TIMESTAMP_ADD, List.of(read(add.timestamp()), interval(add.interval())), e);
    }
    if (e instanceof SubtractTimestamps minus && !minus.legacyInterval()) {
      return call(Function.TIMESTAMP_DIFF, List.of(read(minus.left()), read(minus.right())), e);
    }
    if (e instanceof DateAddYMInterval add
        && add.interval() instanceof Literal months
        && months.dataType() instanceof YearMonthIntervalType
        && months.value() instanceof Integer n) {
      return call(
          Function.ADD_MONTHS,
          List.of(read(add.date()), new Expr.Literal(DataType.INT, n.longValue())),
          e);
    }
    throw unsupported(
        Condition.UNSUPPORTED_FUNCTION,
        e,
        "function "
            + e.prettyName()
            + " is not in the profile. Use one that docs/sql.md lists, apply it to the aggregated"
            + " result, or have the owner offer it as a column");
  }

  /**
   * What is added to a timestamp; of a constant the fields that it is written with do not matter.
   */
  private Expr interval(Expression e) {
    if (e instanceof Literal literal && literal.value() instanceof Long micros) {
      return new Expr.Literal(DataType.DAY_TIME, micros);
    }
    if (e instanceof Literal literal
        && literal.dataType() instanceof YearMonthIntervalType
        && literal.value() instanceof Integer months) {
      return new Expr.Literal(DataType.YEAR_MONTH, months.longValue());
    }
    return read(e);
  }

  /** A percentile: a DECIMAL by a divisor of a power of ten, which is exact in fixed point. */
  private Expr ofMoments(StaticInvoke invoke) {
    if (!invoke.functionName().equals(Moments.FRACTION)) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_OPERATION,
          "Cannot compute with a variance, covariance or regression inside the query: it is made of"
              + " what is revealed. Select it, and compute with the result.");
    }
    List<Expression> arguments = Trees.list(invoke.arguments());
    Expr whole = read(arguments.get(0));
    BigDecimal part =
        BigDecimal.ONE.divide(new BigDecimal((Long) ((Literal) arguments.get(1)).value()));
    Expr factor = new Expr.Literal(DataType.decimal(part.scale() + 1, part.scale()), part);
    int scale = whole.type().scale() + part.scale();
    Expr exact =
        new Expr.Call(
            Function.MULTIPLY,
            List.of(whole, factor),
            DataType.decimal(MOST_DIGITS, scale),
            whole.nullable());
    return new Expr.Call(
        Function.CAST, List.of(exact), DataType.fixedPoint(scale), whole.nullable());
  }

  /** Whether {@code e} is the quotient of an AVG of decimals. */
  static boolean isAverage(Expression e) {
    return e instanceof If choice
        && choice.trueValue() instanceof Literal nothing
        && nothing.value() == null
        && choice.falseValue() instanceof DecimalDivideWithOverflowCheck;
  }

  private List<Expr> readAll(List<Expression> expressions) {
    List<Expr> all = new ArrayList<>();
    for (Expression expression : expressions) {
      all.add(read(expression));
    }
    return all;
  }

  private static Expr call(Function function, List<Expr> arguments, Expression e) {
    boolean nullable =
        e.nullable()
            || (!OWN_NULLS.contains(function) && arguments.stream().anyMatch(Expr::nullable));
    if (function == Function.COALESCE) {
      nullable = arguments.stream().allMatch(Expr::nullable);
    } else if (function == Function.CASE) {
      nullable = values(arguments).stream().anyMatch(Expr::nullable);
    }
    return new Expr.Call(function, arguments, type(function, arguments, e), nullable);
  }

  private static DataType type(Function function, List<Expr> arguments, Expression e) {
    int scale = arguments.stream().mapToInt(a -> a.type().scale()).max().orElse(0);
    if (function == Function.MULTIPLY) {
      scale = arguments.stream().mapToInt(a -> a.type().scale()).sum();
    } else if (function == Function.ROUND) {
      boolean digits =
          arguments.size() > 1
              && arguments.get(1) instanceof Expr.Literal l
              && l.value() instanceof Long n
              && n > 0;
      scale = digits ? (int) (long) (Long) ((Expr.Literal) arguments.get(1)).value() : 0;
    }
    int doubleScale = scale;
    return SparkTypes.fromSpark(e.dataType(), stringBytes(function, arguments), doubleScale)
        .orElseThrow(
            () ->
                unsupported(
                    Condition.UNSUPPORTED_TYPE,
                    e,
                    "type "
                        + e.dataType().sql()
                        + " has no shares. Cast it to a type that docs/sql.md lists"));
  }

  private static int stringBytes(Function function, List<Expr> arguments) {
    return switch (function) {
      case CASE -> longest(values(arguments));
      case COALESCE, LEAST, GREATEST, NULLIF, UPPER, LOWER, TRIM -> longest(arguments);
      case CONCAT -> arguments.stream().mapToInt(a -> length(a.type())).sum();
      // A letter and three digits, or what begins with no letter as it is.
      case SOUNDEX -> Math.max(SOUNDEX_BYTES, longest(arguments));
      case TRANSLATE ->
          length(arguments.get(0).type())
              * (isAscii(arguments.get(2)) ? 1 : MOST_STRING_BYTES_PER_CHARACTER);
      case SUBSTRING -> {
        int most = length(arguments.get(0).type());
        yield arguments.size() > 2
                && arguments.get(2) instanceof Expr.Literal l
                && l.value() instanceof Long n
            ? (int) Math.max(1, Math.min(most, MOST_STRING_BYTES_PER_CHARACTER * Math.max(0, n)))
            : most;
      }
      case CAST -> length(arguments.get(0).type());
      case HEX -> 2 * Math.max(Long.BYTES, length(arguments.get(0).type()));
      default -> DataType.DEFAULT_STRING_BYTES;
    };
  }

  private static boolean isAscii(Expr text) {
    return text instanceof Expr.Literal l
        && l.value() instanceof String s
        && s.chars().allMatch(c -> c < 128);
  }

  private static int longest(List<Expr> expressions) {
    return expressions.stream().mapToInt(a -> length(a.type())).max().orElse(1);
  }

  /** Bytes of a value of {@code type} as a string. */
  private static int length(DataType type) {
    return switch (type.kind()) {
      case STRING, BINARY -> type.precision();
      case BOOLEAN -> 5;
      case TINYINT -> 4;
      case SMALLINT -> 6;
      case INT -> 11;
      case BIGINT -> 20;
      case DATE -> 13;
      case DECIMAL -> type.precision() + 3;
      case TIMESTAMP, DOUBLE, FLOAT -> 32;
      case DAY_TIME, YEAR_MONTH -> 48;
    };
  }

  /** The values among the arguments of a CASE. */
  private static List<Expr> values(List<Expr> arguments) {
    List<Expr> values = new ArrayList<>();
    for (int i = 1; i < arguments.size(); i += 2) {
      values.add(arguments.get(i));
    }
    values.add(arguments.get(arguments.size() - 1));
    return values;
  }

  private static Expr literal(Literal literal) {
    Object value = literal.value();
    int bytes =
        value instanceof UTF8String s
            ? Math.max(1, s.toString().getBytes(StandardCharsets.UTF_8).length)
            : value instanceof byte[] b ? Math.max(1, b.length) : 1;
    Object shortest = value instanceof Float f ? (Object) Double.valueOf(Float.toString(f)) : value;
    int scale =
        shortest instanceof Double d && Double.isFinite(d)
            ? Math.max(0, new BigDecimal(d.toString()).stripTrailingZeros().scale())
            : 0;
    DataType type =
        SparkTypes.fromSpark(literal.dataType(), bytes, scale)
            .orElseThrow(
                () ->
                    unsupported(
                        Condition.UNSUPPORTED_TYPE,
                        literal,
                        "type "
                            + literal.dataType().sql()
                            + " is not in the profile. Cast it to a type that docs/sql.md lists"));
    if (value == null) {
      return new Expr.Literal(type, null);
    }
    Object converted =
        switch (type.kind()) {
          case BOOLEAN, DOUBLE -> value;
          case FLOAT -> shortest;
          case TINYINT, SMALLINT, INT, BIGINT, DATE, TIMESTAMP, DAY_TIME, YEAR_MONTH ->
              ((Number) value).longValue();
          case DECIMAL -> ((Decimal) value).toJavaBigDecimal().setScale(type.scale());
          case STRING -> value.toString();
          case BINARY -> HexFormat.of().formatHex((byte[]) value);
        };
    return new Expr.Literal(type, converted);
  }

  /** Functions whose failure is NULL ({@code try_add}, {@code try_cast}) are not in the profile. */
  private static void refuseTry(Expression e) {
    scala.Enumeration.Value mode = null;
    if (e instanceof BinaryArithmetic arithmetic) {
      mode = arithmetic.evalMode();
    } else if (e instanceof Cast cast) {
      mode = cast.evalMode();
    }
    if (mode != null && mode.equals(EvalMode.TRY())) {
      throw unsupported(
          Condition.UNSUPPORTED_FUNCTION,
          e,
          "try_ functions are not in the profile. Use it without try_, and filter out before what it"
              + " would fail on");
    }
  }

  static TrefoilException unsupported(Condition condition, Expression e, String reason) {
    return new TrefoilException(
        condition, "Cannot compute " + fragment(e) + place(e) + ": " + reason + ".");
  }

  /** Where {@code node}, or else a part of it, stands in the text of the query. */
  static String place(TreeNode<?> node) {
    var origin = node.origin();
    if (origin.line().isDefined() && origin.startPosition().isDefined()) {
      return " (line "
          + origin.line().get()
          + ", position "
          + ((Integer) origin.startPosition().get() + 1)
          + ")";
    }
    for (Object child : CollectionConverters.asJava(node.children())) {
      String place = child instanceof Expression part ? place(part) : "";
      if (!place.isEmpty()) {
        return place;
      }
    }
    return "";
  }

  /** The expression in SQL, for messages. */
  static String fragment(Expression e) {
    String sql = e.sql().replace("`", "");
    return sql.length() > 200 ? sql.substring(0, 200) + "..." : sql;
  }
}

package org.trefoil.api.approval;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;

/**
 * The constants of a plan in one order: a relation's inputs first, then its own expressions from
 * left to right. Limits and offsets are not among them.
 */
public final class PlanLiterals {
  private PlanLiterals() {}

  /** All constants of the plan. */
  public static List<Expr.Literal> of(Plan plan) {
    List<Expr.Literal> found = new ArrayList<>();
    mapped(
        plan.root(),
        literal -> {
          found.add(literal);
          return literal;
        });
    return found;
  }

  /** The plan with some of its constants replaced, by their place in {@link #of}. */
  public static Plan replace(Plan plan, Map<Integer, Expr.Literal> replaced) {
    int[] at = {0};
    Rel root =
        mapped(
            plan.root(),
            literal -> {
              Expr.Literal found = replaced.get(at[0]++);
              return found == null ? literal : found;
            });
    return new Plan(root, plan.ansi(), plan.timeZone(), plan.release());
  }

  /**
   * A constant of {@code type} from text.
   *
   * @throws TrefoilException PARAMETER_NOT_APPROVED if the text is none
   */
  public static Expr.Literal parse(String text, DataType type) {
    try {
      if (type.kind() == DataType.Kind.STRING) {
        // A constant's type is as long as the constant.
        return new Expr.Literal(
            DataType.string(Math.max(1, text.getBytes(StandardCharsets.UTF_8).length)), text);
      }
      if (type.kind() == DataType.Kind.BINARY) {
        byte[] bytes = HexFormat.of().parseHex(text);
        return new Expr.Literal(
            DataType.binary(Math.max(1, bytes.length)), HexFormat.of().formatHex(bytes));
      }
      return new Expr.Literal(type, value(text, type));
    } catch (RuntimeException e) {
      throw new TrefoilException(
          Condition.PARAMETER_NOT_APPROVED,
          "Cannot use a parameter's value: it is no " + type.sql() + ". Correct it.",
          e);
    }
  }

  private static Object value(String text, DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> {
        if (!text.equals("true") && !text.equals("false")) {
          throw new IllegalArgumentException("neither true nor false");
        }
        yield Boolean.valueOf(text);
      }
      case TINYINT -> (long) Byte.parseByte(text);
      case SMALLINT -> (long) Short.parseShort(text);
      case INT -> (long) Integer.parseInt(text);
      case BIGINT -> Long.parseLong(text);
      case DATE -> LocalDate.parse(text).toEpochDay();
      case TIMESTAMP -> {
        Instant time = Instant.parse(text);
        yield Math.addExact(
            Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
      }
      case DECIMAL -> {
        BigDecimal value = new BigDecimal(text).setScale(type.scale());
        if (value.precision() > type.precision()) {
          throw new ArithmeticException("too many digits");
        }
        yield value;
      }
      case STRING, BINARY -> text;
      case DAY_TIME -> {
        Duration time = Duration.parse(text);
        yield Math.addExact(
            Math.multiplyExact(time.getSeconds(), 1_000_000L), time.getNano() / 1000);
      }
      case YEAR_MONTH -> (long) Math.toIntExact(Period.parse(text).toTotalMonths());
      case DOUBLE -> Double.valueOf(text);
      case FLOAT -> Double.valueOf(Float.toString(Float.parseFloat(text)));
    };
  }

  private static List<Rel.Sort.Key> keys(
      List<Rel.Sort.Key> keys, UnaryOperator<Expr.Literal> change) {
    return keys.stream()
        .map(
            key ->
                new Rel.Sort.Key(
                    mapped(key.expression(), change), key.ascending(), key.nullsFirst()))
        .toList();
  }

  private static Rel mapped(Rel rel, UnaryOperator<Expr.Literal> change) {
    if (rel instanceof Rel.Filter filter) {
      Rel input = mapped(filter.input(), change);
      return new Rel.Filter(input, mapped(filter.condition(), change));
    }
    if (rel instanceof Rel.Project project) {
      Rel input = mapped(project.input(), change);
      return new Rel.Project(input, mapped(project.expressions(), change), project.names());
    }
    if (rel instanceof Rel.Join join) {
      Rel left = mapped(join.left(), change);
      Rel right = mapped(join.right(), change);
      return new Rel.Join(join.kind(), left, right, mapped(join.condition(), change));
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      Rel input = mapped(aggregate.input(), change);
      List<Expr> groups = mapped(aggregate.groups(), change);
      List<AggregateCall> calls =
          aggregate.calls().stream()
              .map(call -> call.over(call.argument().map(a -> mapped(a, change))))
              .toList();
      return new Rel.Aggregate(input, groups, calls, aggregate.names());
    }
    if (rel instanceof Rel.Window window) {
      Rel input = mapped(window.input(), change);
      return new Rel.Window(
          input,
          mapped(window.partitions(), change),
          keys(window.keys(), change),
          window.calls().stream()
              .map(call -> call.over(call.argument().map(a -> mapped(a, change))))
              .toList(),
          window.names());
    }
    if (rel instanceof Rel.Sort sort) {
      Rel input = mapped(sort.input(), change);
      return new Rel.Sort(input, keys(sort.keys(), change));
    }
    if (rel instanceof Rel.Limit limit) {
      return new Rel.Limit(mapped(limit.input(), change), limit.offset(), limit.count());
    }
    if (rel instanceof Rel.Union union) {
      return new Rel.Union(union.inputs().stream().map(in -> mapped(in, change)).toList());
    }
    if (rel.inputs().isEmpty()) {
      return rel;
    }
    throw new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot look for parameters in "
            + rel.getClass().getSimpleName()
            + ": this version does not know its constants.");
  }

  private static List<Expr> mapped(List<Expr> exprs, UnaryOperator<Expr.Literal> change) {
    return exprs.stream().map(e -> mapped(e, change)).toList();
  }

  private static Expr mapped(Expr expr, UnaryOperator<Expr.Literal> change) {
    if (expr instanceof Expr.Literal literal) {
      return change.apply(literal);
    }
    if (expr instanceof Expr.Call call) {
      return new Expr.Call(
          call.function(), mapped(call.arguments(), change), call.type(), call.nullable());
    }
    return expr;
  }
}

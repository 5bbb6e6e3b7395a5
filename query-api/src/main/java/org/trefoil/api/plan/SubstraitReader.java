package org.trefoil.api.plan;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.substrait.proto.AggregateFunction;
import io.substrait.proto.AggregateRel;
import io.substrait.proto.ConsistentPartitionWindowRel;
import io.substrait.proto.Expression;
import io.substrait.proto.FetchRel;
import io.substrait.proto.FunctionArgument;
import io.substrait.proto.JoinRel;
import io.substrait.proto.ReadRel;
import io.substrait.proto.SetRel;
import io.substrait.proto.SimpleExtensionDeclaration;
import io.substrait.proto.SortField;
import io.substrait.proto.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Reads Substrait messages. What it passes over, such as fields that the profile does not have, is
 * found by {@link SubstraitPlans} when the plan is written again.
 */
final class SubstraitReader {
  private final Map<Integer, String> functions = new HashMap<>();

  Plan plan(io.substrait.proto.Plan plan) {
    for (SimpleExtensionDeclaration e : plan.getExtensionsList()) {
      if (e.hasExtensionFunction()) {
        functions.put(
            e.getExtensionFunction().getFunctionAnchor(), e.getExtensionFunction().getName());
      }
    }
    if (plan.getRelationsCount() != 1 || !plan.getRelations(0).hasRoot()) {
      throw Profile.malformed("it has not exactly one root");
    }
    Struct session;
    try {
      session = Struct.parseFrom(plan.getAdvancedExtensions().getEnhancement().getValue());
    } catch (InvalidProtocolBufferException e) {
      throw Profile.malformed("its session settings can't be read");
    }
    return new Plan(
        rel(plan.getRelations(0).getRoot().getInput()),
        session.getFieldsMap().containsKey("ansi")
            && session.getFieldsOrThrow("ansi").getBoolValue(),
        session.getFieldsMap().containsKey("time_zone")
            ? session.getFieldsOrThrow("time_zone").getStringValue()
            : "",
        release(session));
  }

  /** The plan is to the analyst unless it says otherwise. */
  private static Release release(Struct session) {
    if (!session.containsFields(SubstraitWriter.RECIPIENTS)) {
      return Release.TO_ANALYST;
    }
    List<String> recipients =
        session.getFieldsOrThrow(SubstraitWriter.RECIPIENTS).getListValue().getValuesList().stream()
            .map(Value::getStringValue)
            .toList();
    return new Release(
        recipients,
        session
            .getFieldsOrDefault(SubstraitWriter.REVEAL, Value.getDefaultInstance())
            .getStringValue()
            .equals(SubstraitWriter.OWN_KEYS));
  }

  private Rel rel(io.substrait.proto.Rel rel) {
    switch (rel.getRelTypeCase()) {
      case READ -> {
        return scan(rel.getRead());
      }
      case FILTER -> {
        Rel input = rel(rel.getFilter().getInput());
        return new Rel.Filter(input, expression(rel.getFilter().getCondition(), input.fields()));
      }
      case PROJECT -> {
        Rel input = rel(rel.getProject().getInput());
        List<Expr> columns = expressions(rel.getProject().getExpressionsList(), input.fields());
        List<String> names = rel.getProject().getCommon().getHint().getOutputNamesList();
        if (names.size() != columns.size()) {
          throw Profile.malformed("a projection has one name for each column");
        }
        return new Rel.Project(input, columns, names);
      }
      case JOIN -> {
        return join(rel.getJoin());
      }
      case AGGREGATE -> {
        return aggregate(rel.getAggregate());
      }
      case WINDOW -> {
        return window(rel.getWindow());
      }
      case SORT -> {
        Rel input = rel(rel.getSort().getInput());
        List<Rel.Sort.Key> keys = new ArrayList<>();
        for (SortField sort : rel.getSort().getSortsList()) {
          keys.add(key(sort, input.fields()));
        }
        return new Rel.Sort(input, keys);
      }
      case FETCH -> {
        FetchRel fetch = rel.getFetch();
        return new Rel.Limit(
            rel(fetch.getInput()),
            fetch.getOffsetExpr().getLiteral().getI64(),
            fetch.getCountExpr().getLiteral().getI64());
      }
      case SET -> {
        if (rel.getSet().getOp() != SetRel.SetOp.SET_OP_UNION_ALL) {
          throw unsupported(
              Condition.UNSUPPORTED_OPERATION, "set operation " + rel.getSet().getOp());
        }
        if (rel.getSet().getInputsCount() < 2) {
          throw Profile.malformed("a union has two inputs at least");
        }
        List<Rel> inputs = rel.getSet().getInputsList().stream().map(this::rel).toList();
        if (inputs.stream().anyMatch(i -> i.fields().size() != inputs.get(0).fields().size())) {
          throw Profile.malformed("the inputs of a union have the same number of columns");
        }
        return new Rel.Union(inputs);
      }
      default ->
          throw unsupported(
              Condition.UNSUPPORTED_OPERATION,
              "relation " + rel.getRelTypeCase().name().toLowerCase(Locale.ROOT));
    }
  }

  private static Rel scan(ReadRel read) {
    if (!read.hasNamedTable() || read.getNamedTable().getNamesCount() != 2) {
      throw unsupported(
          Condition.UNSUPPORTED_OPERATION,
          "a read of "
              + read.getReadTypeCase().name().toLowerCase(Locale.ROOT)
              + ": only tables named owner.table are");
    }
    int columns = read.getBaseSchema().getNamesCount();
    if (columns != read.getBaseSchema().getStruct().getTypesCount()) {
      throw Profile.malformed("a table has one type for each column");
    }
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      Type type = read.getBaseSchema().getStruct().getTypes(i);
      fields.add(new Field(read.getBaseSchema().getNames(i), type(type), isNullable(type)));
    }
    return new Rel.Scan(read.getNamedTable().getNames(0), read.getNamedTable().getNames(1), fields);
  }

  private Rel join(JoinRel join) {
    Rel.Join.Kind kind = null;
    for (Rel.Join.Kind k : Rel.Join.Kind.values()) {
      if (SubstraitWriter.joinType(k) == join.getType()) {
        kind = k;
      }
    }
    if (kind == null) {
      throw unsupported(Condition.UNSUPPORTED_JOIN, "join type " + join.getType());
    }
    Rel left = rel(join.getLeft());
    Rel right = rel(join.getRight());
    List<Field> fields = new ArrayList<>(left.fields());
    fields.addAll(right.fields());
    return new Rel.Join(kind, left, right, expression(join.getExpression(), fields));
  }

  private AggregateCall quantile(AggregateFunction f, List<Field> fields) {
    List<Long> numbers = new ArrayList<>();
    for (int i = 1; i < f.getArgumentsCount(); i++) {
      if (argument(f.getArguments(i), fields) instanceof Expr.Literal literal
          && literal.type().equals(DataType.BIGINT)
          && literal.value() instanceof Long number) {
        numbers.add(number);
      }
    }
    try {
      AggregateCall.Position position =
          new AggregateCall.Position(numbers.get(0), numbers.get(1), numbers.get(2));
      if (f.getArgumentsCount() != 4) {
        throw Profile.malformed("a quantile has three numbers");
      }
      return new AggregateCall(
          AggregateCall.Kind.QUANTILE,
          Optional.of(argument(f.getArguments(0), fields)),
          type(f.getOutputType()),
          List.of(),
          List.of(),
          List.of(),
          1,
          Optional.of(position));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw Profile.malformed("a quantile has three numbers that fit");
    }
  }

  private Rel aggregate(AggregateRel aggregate) {
    Rel input = rel(aggregate.getInput());
    List<AggregateCall> calls = new ArrayList<>();
    for (AggregateRel.Measure measure : aggregate.getMeasuresList()) {
      AggregateFunction f = measure.getMeasure();
      String name = name(f.getFunctionReference());
      AggregateCall.Kind kind = null;
      for (AggregateCall.Kind k : AggregateCall.Kind.values()) {
        if (k.name().toLowerCase(Locale.ROOT).equals(name)) {
          kind = k;
        }
      }
      if (kind == AggregateCall.Kind.QUANTILE) {
        calls.add(quantile(f, input.fields()));
        continue;
      }
      if (kind == null || f.getArgumentsCount() > 1) {
        throw unsupported(Condition.UNSUPPORTED_FUNCTION, "aggregate function " + name);
      }
      Optional<Expr> argument =
          f.getArgumentsCount() == 0
              ? Optional.empty()
              : Optional.of(argument(f.getArguments(0), input.fields()));
      calls.add(new AggregateCall(kind, argument, type(f.getOutputType())));
    }
    List<Expr> groups = expressions(aggregate.getGroupingExpressionsList(), input.fields());
    List<String> names = aggregate.getCommon().getHint().getOutputNamesList();
    if (names.size() != groups.size() + calls.size()) {
      throw Profile.malformed("an aggregate has one name for each column");
    }
    return new Rel.Aggregate(input, groups, calls, names);
  }

  private Rel window(ConsistentPartitionWindowRel window) {
    Rel input = rel(window.getInput());
    List<Field> fields = input.fields();
    List<Rel.Sort.Key> keys = new ArrayList<>();
    for (SortField sort : window.getSortsList()) {
      keys.add(key(sort, fields));
    }
    List<WindowCall> calls = new ArrayList<>();
    for (var f : window.getWindowFunctionsList()) {
      String name = name(f.getFunctionReference());
      WindowCall.Kind kind = null;
      for (WindowCall.Kind k : WindowCall.Kind.values()) {
        if (k.name().toLowerCase(Locale.ROOT).equals(name)) {
          kind = k;
        }
      }
      if (kind == null) {
        throw unsupported(Condition.UNSUPPORTED_FUNCTION, "window function " + name);
      }
      List<Expr> arguments = f.getArgumentsList().stream().map(a -> argument(a, fields)).toList();
      boolean lag = kind == WindowCall.Kind.LAG;
      if (arguments.size() > (lag ? 2 : 1)
          || (lag
              && !(arguments.size() == 2
                  && arguments.get(1) instanceof Expr.Literal offset
                  && offset.value() instanceof Long by
                  && by >= -WindowCall.MOST_OFFSET
                  && by <= WindowCall.MOST_OFFSET))) {
        throw Profile.malformed("the arguments of a window function do not fit");
      }
      calls.add(
          new WindowCall(
              kind,
              arguments.stream().findFirst(),
              type(f.getOutputType()),
              lag ? Math.toIntExact((Long) ((Expr.Literal) arguments.get(1)).value()) : 0));
    }
    List<String> names = window.getCommon().getHint().getOutputNamesList();
    if (names.size() != calls.size()) {
      throw Profile.malformed("a window has one name for each function");
    }
    return new Rel.Window(
        input, expressions(window.getPartitionExpressionsList(), fields), keys, calls, names);
  }

  private Rel.Sort.Key key(SortField sort, List<Field> fields) {
    Expr expr = expression(sort.getExpr(), fields);
    return switch (sort.getDirection()) {
      case SORT_DIRECTION_ASC_NULLS_FIRST -> new Rel.Sort.Key(expr, true, true);
      case SORT_DIRECTION_ASC_NULLS_LAST -> new Rel.Sort.Key(expr, true, false);
      case SORT_DIRECTION_DESC_NULLS_FIRST -> new Rel.Sort.Key(expr, false, true);
      case SORT_DIRECTION_DESC_NULLS_LAST -> new Rel.Sort.Key(expr, false, false);
      default ->
          throw unsupported(
              Condition.UNSUPPORTED_OPERATION, "sort direction " + sort.getDirection());
    };
  }

  private List<Expr> expressions(List<Expression> expressions, List<Field> fields) {
    return expressions.stream().map(e -> expression(e, fields)).toList();
  }

  private Expr argument(FunctionArgument argument, List<Field> fields) {
    if (!argument.hasValue()) {
      throw unsupported(
          Condition.UNSUPPORTED_FUNCTION, "a function argument that is no expression");
    }
    return expression(argument.getValue(), fields);
  }

  private Expr expression(Expression e, List<Field> fields) {
    switch (e.getRexTypeCase()) {
      case SELECTION -> {
        int index = e.getSelection().getDirectReference().getStructField().getField();
        if (index < 0 || index >= fields.size()) {
          throw Profile.malformed("it refers to column " + index + " of " + fields.size());
        }
        Field field = fields.get(index);
        return new Expr.FieldRef(index, field.type(), field.nullable());
      }
      case LITERAL -> {
        return literal(e.getLiteral());
      }
      case SCALAR_FUNCTION -> {
        Expression.ScalarFunction f = e.getScalarFunction();
        String name = name(f.getFunctionReference());
        List<Expr> arguments = f.getArgumentsList().stream().map(a -> argument(a, fields)).toList();
        for (Function function : Function.values()) {
          if (function.wireName().equals(name)) {
            return new Expr.Call(
                function, arguments, type(f.getOutputType()), isNullable(f.getOutputType()));
          }
        }
        throw unsupported(Condition.UNSUPPORTED_FUNCTION, "function " + name);
      }
      default ->
          throw unsupported(
              Condition.UNSUPPORTED_FUNCTION,
              "expression " + e.getRexTypeCase().name().toLowerCase(Locale.ROOT));
    }
  }

  private String name(int anchor) {
    String name = functions.get(anchor);
    if (name == null) {
      throw Profile.malformed("function " + anchor + " is not declared");
    }
    return name;
  }

  private static Expr literal(Expression.Literal literal) {
    return switch (literal.getLiteralTypeCase()) {
      case NULL -> new Expr.Literal(type(literal.getNull()), null);
      case BOOLEAN -> new Expr.Literal(DataType.BOOLEAN, literal.getBoolean());
      case I8 -> new Expr.Literal(DataType.TINYINT, (long) literal.getI8());
      case I16 -> new Expr.Literal(DataType.SMALLINT, (long) literal.getI16());
      case I32 -> new Expr.Literal(DataType.INT, (long) literal.getI32());
      case I64 -> new Expr.Literal(DataType.BIGINT, literal.getI64());
      case DATE -> new Expr.Literal(DataType.DATE, (long) literal.getDate());
      case PRECISION_TIMESTAMP_TZ ->
          new Expr.Literal(DataType.TIMESTAMP, literal.getPrecisionTimestampTz().getValue());
      case VAR_CHAR ->
          new Expr.Literal(
              DataType.string(literal.getVarChar().getLength()), literal.getVarChar().getValue());
      case FP64 ->
          new Expr.Literal(fixedPoint(literal.getTypeVariationReference()), literal.getFp64());
      case INTERVAL_DAY_TO_SECOND ->
          new Expr.Literal(DataType.DAY_TIME, literal.getIntervalDayToSecond().getSubseconds());
      case INTERVAL_YEAR_TO_MONTH ->
          new Expr.Literal(
              DataType.YEAR_MONTH, (long) literal.getIntervalYearToMonth().getMonths());
      case FP32 ->
          new Expr.Literal(
              DataType.fixedPointFloat(scale(literal.getTypeVariationReference())),
              Double.valueOf(Float.toString(literal.getFp32())));
      case BINARY ->
          new Expr.Literal(
              bytes(literal.getTypeVariationReference()),
              HexFormat.of().formatHex(literal.getBinary().toByteArray()));
      case DECIMAL -> {
        Expression.Literal.Decimal d = literal.getDecimal();
        byte[] little = d.getValue().toByteArray();
        if (little.length != 16) {
          throw Profile.malformed("a DECIMAL constant has 16 bytes");
        }
        byte[] big = new byte[16];
        for (int i = 0; i < 16; i++) {
          big[i] = little[15 - i];
        }
        yield new Expr.Literal(
            DataType.decimal(d.getPrecision(), d.getScale()),
            new BigDecimal(new BigInteger(big), d.getScale()));
      }
      default ->
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "a constant of type " + literal.getLiteralTypeCase().name().toLowerCase(Locale.ROOT));
    };
  }

  private static DataType type(Type type) {
    return switch (type.getKindCase()) {
      case BOOL -> DataType.BOOLEAN;
      case I8 -> DataType.TINYINT;
      case I16 -> DataType.SMALLINT;
      case I32 -> DataType.INT;
      case I64 -> DataType.BIGINT;
      case DATE -> DataType.DATE;
      case PRECISION_TIMESTAMP_TZ -> DataType.TIMESTAMP;
      case DECIMAL ->
          DataType.decimal(type.getDecimal().getPrecision(), type.getDecimal().getScale());
      case VARCHAR -> DataType.string(type.getVarchar().getLength());
      case FP64 -> fixedPoint(type.getFp64().getTypeVariationReference());
      case INTERVAL_DAY -> DataType.DAY_TIME;
      case INTERVAL_YEAR -> DataType.YEAR_MONTH;
      case FP32 -> DataType.fixedPointFloat(scale(type.getFp32().getTypeVariationReference()));
      case BINARY -> bytes(type.getBinary().getTypeVariationReference());
      default ->
          throw unsupported(
              Condition.UNSUPPORTED_TYPE,
              "type " + type.getKindCase().name().toLowerCase(Locale.ROOT));
    };
  }

  private static DataType fixedPoint(int variation) {
    return DataType.fixedPoint(scale(variation));
  }

  private static int scale(int variation) {
    if (variation < 1 || variation > 19) {
      throw unsupported(Condition.UNSUPPORTED_TYPE, "a double without a declared scale");
    }
    return variation - 1;
  }

  private static DataType bytes(int variation) {
    if (variation <= SubstraitWriter.BYTES_ANCHOR) {
      throw unsupported(Condition.UNSUPPORTED_TYPE, "a binary without a greatest length");
    }
    return DataType.binary(variation - SubstraitWriter.BYTES_ANCHOR);
  }

  private static boolean isNullable(Type type) {
    Type.Nullability n =
        switch (type.getKindCase()) {
          case BOOL -> type.getBool().getNullability();
          case I8 -> type.getI8().getNullability();
          case I16 -> type.getI16().getNullability();
          case I32 -> type.getI32().getNullability();
          case I64 -> type.getI64().getNullability();
          case DATE -> type.getDate().getNullability();
          case PRECISION_TIMESTAMP_TZ -> type.getPrecisionTimestampTz().getNullability();
          case DECIMAL -> type.getDecimal().getNullability();
          case VARCHAR -> type.getVarchar().getNullability();
          case FP32 -> type.getFp32().getNullability();
          case INTERVAL_DAY -> type.getIntervalDay().getNullability();
          case INTERVAL_YEAR -> type.getIntervalYear().getNullability();
          case BINARY -> type.getBinary().getNullability();
          default -> type.getFp64().getNullability();
        };
    return n == Type.Nullability.NULLABILITY_NULLABLE;
  }

  private static TrefoilException unsupported(Condition condition, String what) {
    return new TrefoilException(
        condition, "Cannot accept the plan: " + what + " is not supported.");
  }
}

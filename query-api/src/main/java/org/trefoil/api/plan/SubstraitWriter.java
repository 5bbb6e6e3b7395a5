package org.trefoil.api.plan;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.substrait.proto.AdvancedExtension;
import io.substrait.proto.AggregateFunction;
import io.substrait.proto.AggregateRel;
import io.substrait.proto.AggregationPhase;
import io.substrait.proto.ConsistentPartitionWindowRel;
import io.substrait.proto.Expression;
import io.substrait.proto.FetchRel;
import io.substrait.proto.FilterRel;
import io.substrait.proto.FunctionArgument;
import io.substrait.proto.JoinRel;
import io.substrait.proto.NamedStruct;
import io.substrait.proto.PlanRel;
import io.substrait.proto.ProjectRel;
import io.substrait.proto.ReadRel;
import io.substrait.proto.RelCommon;
import io.substrait.proto.RelRoot;
import io.substrait.proto.SetRel;
import io.substrait.proto.SimpleExtensionDeclaration;
import io.substrait.proto.SimpleExtensionURN;
import io.substrait.proto.SortField;
import io.substrait.proto.SortRel;
import io.substrait.proto.Type;
import io.substrait.proto.Version;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Writes a checked plan as Substrait messages. */
final class SubstraitWriter {
  /** Where our functions and types are defined. */
  static final String URN = "extension:org.trefoil:functions_spark";

  /** The only extension namespace of a plan. */
  static final int NAMESPACE = 1;

  /** The version of Substrait's messages that the profile is a part of. */
  static final Version VERSION =
      Version.newBuilder().setMinorNumber(89).setProducer("trefoil").build();

  static final String FIXED_POINT = "fixed_point_";

  /** The variation of BINARY of at most so many bytes; its anchor is above those of scales. */
  private static final String BYTES = "bytes_";

  static final int BYTES_ANCHOR = 100;
  static final String SESSION = "type.googleapis.com/google.protobuf.Struct";

  /** Function names and their anchors, from 1 in the order of first use. */
  private final Map<String, Integer> functions = new LinkedHashMap<>();

  /** Who gets the result, if it is not the analyst alone. */
  static final String RECIPIENTS = "recipients";

  /** Present if the result is for own keys. */
  static final String REVEAL = "reveal";

  static final String OWN_KEYS = "own-keys";

  private final TreeMap<Integer, String> variations = new TreeMap<>();

  io.substrait.proto.Plan plan(Plan plan) {
    io.substrait.proto.Rel root = rel(plan.root());
    io.substrait.proto.Plan.Builder b =
        io.substrait.proto.Plan.newBuilder()
            .setVersion(VERSION)
            .addExtensionUrns(
                SimpleExtensionURN.newBuilder().setExtensionUrnAnchor(NAMESPACE).setUrn(URN))
            .addRelations(
                PlanRel.newBuilder()
                    .setRoot(
                        RelRoot.newBuilder()
                            .setInput(root)
                            .addAllNames(plan.root().fields().stream().map(Field::name).toList())));
    variations.forEach(
        (anchor, name) ->
            b.addExtensions(
                SimpleExtensionDeclaration.newBuilder()
                    .setExtensionTypeVariation(
                        SimpleExtensionDeclaration.ExtensionTypeVariation.newBuilder()
                            .setExtensionUrnReference(NAMESPACE)
                            .setTypeVariationAnchor(anchor)
                            .setName(name))));
    functions.forEach(
        (name, anchor) ->
            b.addExtensions(
                SimpleExtensionDeclaration.newBuilder()
                    .setExtensionFunction(
                        SimpleExtensionDeclaration.ExtensionFunction.newBuilder()
                            .setExtensionUrnReference(NAMESPACE)
                            .setFunctionAnchor(anchor)
                            .setName(name))));
    Struct.Builder session =
        Struct.newBuilder()
            .putFields("ansi", Value.newBuilder().setBoolValue(plan.ansi()).build())
            .putFields("time_zone", Value.newBuilder().setStringValue(plan.timeZone()).build());
    if (!plan.release().equals(Release.TO_ANALYST)) {
      session.putFields(RECIPIENTS, texts(plan.release().recipients()));
    }
    if (plan.release().ownKeys()) {
      session.putFields(REVEAL, Value.newBuilder().setStringValue(OWN_KEYS).build());
    }
    b.setAdvancedExtensions(
        AdvancedExtension.newBuilder()
            .setEnhancement(
                com.google.protobuf.Any.newBuilder()
                    .setTypeUrl(SESSION)
                    .setValue(ByteString.copyFrom(SubstraitPlans.bytes(session.build())))));
    return b.build();
  }

  private static Value texts(List<String> texts) {
    ListValue.Builder list = ListValue.newBuilder();
    texts.forEach(text -> list.addValues(Value.newBuilder().setStringValue(text)));
    return Value.newBuilder().setListValue(list).build();
  }

  private io.substrait.proto.Rel rel(Rel rel) {
    io.substrait.proto.Rel.Builder b = io.substrait.proto.Rel.newBuilder();
    RelCommon direct =
        RelCommon.newBuilder().setDirect(RelCommon.Direct.getDefaultInstance()).build();
    if (rel instanceof Rel.Scan scan) {
      Type.Struct.Builder types =
          Type.Struct.newBuilder().setNullability(Type.Nullability.NULLABILITY_REQUIRED);
      scan.fields().forEach(f -> types.addTypes(type(f.type(), f.nullable())));
      return b.setRead(
              ReadRel.newBuilder()
                  .setCommon(direct)
                  .setBaseSchema(
                      NamedStruct.newBuilder()
                          .addAllNames(scan.fields().stream().map(Field::name).toList())
                          .setStruct(types))
                  .setNamedTable(
                      ReadRel.NamedTable.newBuilder()
                          .addNames(scan.owner())
                          .addNames(scan.table())))
          .build();
    }
    if (rel instanceof Rel.Filter filter) {
      return b.setFilter(
              FilterRel.newBuilder()
                  .setCommon(direct)
                  .setInput(rel(filter.input()))
                  .setCondition(expression(filter.condition())))
          .build();
    }
    if (rel instanceof Rel.Project project) {
      int width = project.input().fields().size();
      return b.setProject(
              ProjectRel.newBuilder()
                  .setCommon(
                      RelCommon.newBuilder()
                          .setEmit(
                              RelCommon.Emit.newBuilder()
                                  .addAllOutputMapping(
                                      IntStream.range(width, width + project.names().size())
                                          .boxed()
                                          .toList()))
                          .setHint(names(project.names())))
                  .setInput(rel(project.input()))
                  .addAllExpressions(project.expressions().stream().map(this::expression).toList()))
          .build();
    }
    if (rel instanceof Rel.Join join) {
      return b.setJoin(
              JoinRel.newBuilder()
                  .setCommon(direct)
                  .setLeft(rel(join.left()))
                  .setRight(rel(join.right()))
                  .setType(joinType(join.kind()))
                  .setExpression(expression(join.condition())))
          .build();
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return b.setAggregate(aggregate(aggregate)).build();
    }
    if (rel instanceof Rel.Window window) {
      return b.setWindow(window(window)).build();
    }
    if (rel instanceof Rel.Sort sort) {
      SortRel.Builder s = SortRel.newBuilder().setCommon(direct).setInput(rel(sort.input()));
      sort.keys().forEach(key -> s.addSorts(sorted(key)));
      return b.setSort(s).build();
    }
    if (rel instanceof Rel.Limit limit) {
      return b.setFetch(
              FetchRel.newBuilder()
                  .setCommon(direct)
                  .setInput(rel(limit.input()))
                  .setOffsetExpr(expression(new Expr.Literal(DataType.BIGINT, limit.offset())))
                  .setCountExpr(expression(new Expr.Literal(DataType.BIGINT, limit.count()))))
          .build();
    }
    return b.setSet(
            SetRel.newBuilder()
                .setCommon(direct)
                .setOp(SetRel.SetOp.SET_OP_UNION_ALL)
                .addAllInputs(rel.inputs().stream().map(this::rel).toList()))
        .build();
  }

  static JoinRel.JoinType joinType(Rel.Join.Kind kind) {
    return switch (kind) {
      case INNER -> JoinRel.JoinType.JOIN_TYPE_INNER;
      case LEFT -> JoinRel.JoinType.JOIN_TYPE_LEFT;
      case RIGHT -> JoinRel.JoinType.JOIN_TYPE_RIGHT;
      case FULL -> JoinRel.JoinType.JOIN_TYPE_OUTER;
      case LEFT_SEMI -> JoinRel.JoinType.JOIN_TYPE_LEFT_SEMI;
      case LEFT_ANTI -> JoinRel.JoinType.JOIN_TYPE_LEFT_ANTI;
      case EXISTENCE -> JoinRel.JoinType.JOIN_TYPE_LEFT_MARK;
    };
  }

  private AggregateRel aggregate(Rel.Aggregate aggregate) {
    AggregateRel.Builder b =
        AggregateRel.newBuilder()
            .setCommon(
                RelCommon.newBuilder()
                    .setDirect(RelCommon.Direct.getDefaultInstance())
                    .setHint(names(aggregate.names())))
            .setInput(rel(aggregate.input()))
            .addAllGroupingExpressions(aggregate.groups().stream().map(this::expression).toList());
    if (!aggregate.groups().isEmpty()) {
      b.addGroupings(
          AggregateRel.Grouping.newBuilder()
              .addAllExpressionReferences(
                  IntStream.range(0, aggregate.groups().size()).boxed().toList()));
    }
    for (AggregateCall call : aggregate.calls()) {
      AggregateFunction.Builder f =
          AggregateFunction.newBuilder()
              .setFunctionReference(function(call.kind().name().toLowerCase(Locale.ROOT)))
              .setPhase(AggregationPhase.AGGREGATION_PHASE_INITIAL_TO_RESULT)
              .setInvocation(AggregateFunction.AggregationInvocation.AGGREGATION_INVOCATION_ALL)
              .setOutputType(type(call.type(), call.nullable()));
      call.argument()
          .ifPresent(a -> f.addArguments(FunctionArgument.newBuilder().setValue(expression(a))));
      call.position()
          .ifPresent(
              p ->
                  LongStream.of(p.times(), p.plus(), p.by())
                      .mapToObj(n -> expression(new Expr.Literal(DataType.BIGINT, n)))
                      .forEach(n -> f.addArguments(FunctionArgument.newBuilder().setValue(n))));
      b.addMeasures(AggregateRel.Measure.newBuilder().setMeasure(f));
    }
    return b.build();
  }

  private ConsistentPartitionWindowRel window(Rel.Window window) {
    ConsistentPartitionWindowRel.Builder b =
        ConsistentPartitionWindowRel.newBuilder()
            .setCommon(
                RelCommon.newBuilder()
                    .setDirect(RelCommon.Direct.getDefaultInstance())
                    .setHint(names(window.names())))
            .setInput(rel(window.input()))
            .addAllPartitionExpressions(
                window.partitions().stream().map(this::expression).toList());
    window.keys().forEach(key -> b.addSorts(sorted(key)));
    for (WindowCall call : window.calls()) {
      ConsistentPartitionWindowRel.WindowRelFunction.Builder f =
          ConsistentPartitionWindowRel.WindowRelFunction.newBuilder()
              .setFunctionReference(function(call.kind().name().toLowerCase(Locale.ROOT)))
              .setPhase(AggregationPhase.AGGREGATION_PHASE_INITIAL_TO_RESULT)
              .setInvocation(AggregateFunction.AggregationInvocation.AGGREGATION_INVOCATION_ALL)
              .setOutputType(type(call.type(), call.nullable()));
      call.argument()
          .ifPresent(a -> f.addArguments(FunctionArgument.newBuilder().setValue(expression(a))));
      if (call.kind() == WindowCall.Kind.LAG) {
        Expr offset = new Expr.Literal(DataType.BIGINT, (long) call.offset());
        f.addArguments(FunctionArgument.newBuilder().setValue(expression(offset)));
      }
      b.addWindowFunctions(f);
    }
    return b.build();
  }

  private SortField sorted(Rel.Sort.Key key) {
    return SortField.newBuilder()
        .setExpr(expression(key.expression()))
        .setDirection(direction(key))
        .build();
  }

  private static RelCommon.Hint names(List<String> names) {
    return RelCommon.Hint.newBuilder().addAllOutputNames(names).build();
  }

  private static SortField.SortDirection direction(Rel.Sort.Key key) {
    if (key.ascending()) {
      return key.nullsFirst()
          ? SortField.SortDirection.SORT_DIRECTION_ASC_NULLS_FIRST
          : SortField.SortDirection.SORT_DIRECTION_ASC_NULLS_LAST;
    }
    return key.nullsFirst()
        ? SortField.SortDirection.SORT_DIRECTION_DESC_NULLS_FIRST
        : SortField.SortDirection.SORT_DIRECTION_DESC_NULLS_LAST;
  }

  private Expression expression(Expr expr) {
    Expression.Builder b = Expression.newBuilder();
    if (expr instanceof Expr.FieldRef ref) {
      return b.setSelection(
              Expression.FieldReference.newBuilder()
                  .setDirectReference(
                      Expression.ReferenceSegment.newBuilder()
                          .setStructField(
                              Expression.ReferenceSegment.StructField.newBuilder()
                                  .setField(ref.index())))
                  .setRootReference(Expression.FieldReference.RootReference.getDefaultInstance()))
          .build();
    }
    if (expr instanceof Expr.Literal literal) {
      return b.setLiteral(literal(literal)).build();
    }
    Expr.Call call = (Expr.Call) expr;
    Expression.ScalarFunction.Builder f =
        Expression.ScalarFunction.newBuilder()
            .setFunctionReference(function(call.function().wireName()))
            .setOutputType(type(call.type(), call.nullable()));
    for (Expr argument : call.arguments()) {
      f.addArguments(FunctionArgument.newBuilder().setValue(expression(argument)));
    }
    return b.setScalarFunction(f).build();
  }

  private Expression.Literal literal(Expr.Literal literal) {
    Expression.Literal.Builder b = Expression.Literal.newBuilder();
    DataType type = literal.type();
    if (literal.value() == null) {
      return b.setNullable(true).setNull(type(type, true)).build();
    }
    Object v = literal.value();
    switch (type.kind()) {
      case BOOLEAN -> b.setBoolean((Boolean) v);
      case TINYINT -> b.setI8(((Long) v).intValue());
      case SMALLINT -> b.setI16(((Long) v).intValue());
      case INT -> b.setI32(((Long) v).intValue());
      case BIGINT -> b.setI64((Long) v);
      case DATE -> b.setDate(((Long) v).intValue());
      case TIMESTAMP ->
          b.setPrecisionTimestampTz(
              Expression.Literal.PrecisionTimestamp.newBuilder()
                  .setPrecision(6)
                  .setValue((Long) v));
      case DECIMAL ->
          b.setDecimal(
              Expression.Literal.Decimal.newBuilder()
                  .setPrecision(type.precision())
                  .setScale(type.scale())
                  .setValue(ByteString.copyFrom(littleEndian((BigDecimal) v))));
      case STRING ->
          b.setVarChar(
              Expression.Literal.VarChar.newBuilder()
                  .setLength(type.precision())
                  .setValue((String) v));
      case DOUBLE -> b.setFp64((Double) v).setTypeVariationReference(fixedPoint(type));
      case DAY_TIME ->
          b.setIntervalDayToSecond(
              Expression.Literal.IntervalDayToSecond.newBuilder()
                  .setPrecision(6)
                  .setSubseconds((Long) v));
      case YEAR_MONTH ->
          b.setIntervalYearToMonth(
              Expression.Literal.IntervalYearToMonth.newBuilder().setMonths(((Long) v).intValue()));
      case FLOAT ->
          b.setFp32(((Double) v).floatValue()).setTypeVariationReference(fixedPoint(type));
      case BINARY ->
          b.setBinary(ByteString.copyFrom(literal.bytes())).setTypeVariationReference(bytes(type));
    }
    return b.build();
  }

  private int fixedPoint(DataType type) {
    variations.put(type.scale() + 1, FIXED_POINT + type.scale());
    return type.scale() + 1;
  }

  private int bytes(DataType type) {
    variations.put(BYTES_ANCHOR + type.precision(), BYTES + type.precision());
    return BYTES_ANCHOR + type.precision();
  }

  /** The unscaled value in 16 bytes of two's complement. */
  private static byte[] littleEndian(BigDecimal value) {
    byte[] big = value.unscaledValue().toByteArray();
    byte[] little = new byte[16];
    Arrays.fill(little, (byte) (value.signum() < 0 ? -1 : 0));
    for (int i = 0; i < big.length; i++) {
      little[i] = big[big.length - 1 - i];
    }
    return little;
  }

  private int function(String name) {
    return functions.computeIfAbsent(name, n -> functions.size() + 1);
  }

  private Type type(DataType type, boolean nullable) {
    Type.Nullability n =
        nullable ? Type.Nullability.NULLABILITY_NULLABLE : Type.Nullability.NULLABILITY_REQUIRED;
    Type.Builder b = Type.newBuilder();
    switch (type.kind()) {
      case BOOLEAN -> b.setBool(Type.Boolean.newBuilder().setNullability(n));
      case TINYINT -> b.setI8(Type.I8.newBuilder().setNullability(n));
      case SMALLINT -> b.setI16(Type.I16.newBuilder().setNullability(n));
      case INT -> b.setI32(Type.I32.newBuilder().setNullability(n));
      case BIGINT -> b.setI64(Type.I64.newBuilder().setNullability(n));
      case DATE -> b.setDate(Type.Date.newBuilder().setNullability(n));
      case TIMESTAMP ->
          b.setPrecisionTimestampTz(
              Type.PrecisionTimestampTZ.newBuilder().setPrecision(6).setNullability(n));
      case DECIMAL ->
          b.setDecimal(
              Type.Decimal.newBuilder()
                  .setPrecision(type.precision())
                  .setScale(type.scale())
                  .setNullability(n));
      case STRING ->
          b.setVarchar(Type.VarChar.newBuilder().setLength(type.precision()).setNullability(n));
      case DOUBLE ->
          b.setFp64(
              Type.FP64.newBuilder().setTypeVariationReference(fixedPoint(type)).setNullability(n));
      case DAY_TIME ->
          b.setIntervalDay(Type.IntervalDay.newBuilder().setPrecision(6).setNullability(n));
      case YEAR_MONTH -> b.setIntervalYear(Type.IntervalYear.newBuilder().setNullability(n));
      case FLOAT ->
          b.setFp32(
              Type.FP32.newBuilder().setTypeVariationReference(fixedPoint(type)).setNullability(n));
      case BINARY ->
          b.setBinary(
              Type.Binary.newBuilder().setTypeVariationReference(bytes(type)).setNullability(n));
    }
    return b.build();
  }
}

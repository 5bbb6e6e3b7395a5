package org.trefoil.api.plan;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Writes plans in few words: a relation whose columns are addressed by name. */
record Rows(Rel rel) {
  static Rows scan(Catalog catalog, String owner, String table, String... columns) {
    List<Field> all = catalog.table(owner, table).fields();
    List<Field> fields = new ArrayList<>();
    for (String column : columns) {
      fields.add(all.stream().filter(f -> f.name().equals(column)).findFirst().orElseThrow());
    }
    return new Rows(new Rel.Scan(owner, table, fields));
  }

  static Rows union(Rows... inputs) {
    return new Rows(new Rel.Union(List.of(inputs).stream().map(Rows::rel).toList()));
  }

  Expr.FieldRef col(String name) {
    List<Field> fields = rel.fields();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equals(name)) {
        return new Expr.FieldRef(i, fields.get(i).type(), fields.get(i).nullable());
      }
    }
    throw new IllegalArgumentException(name + " is not in " + fields);
  }

  Rows where(Expr... conditions) {
    return new Rows(new Rel.Filter(rel, Expressions.joined(Function.AND, List.of(conditions))));
  }

  Rows join(Rows other) {
    return new Rows(new Rel.Join(Rel.Join.Kind.INNER, rel, other.rel, bool(true)));
  }

  Rows join(Rows other, java.util.function.Function<Rows, Expr> condition) {
    return new Rows(
        new Rel.Join(Rel.Join.Kind.INNER, rel, other.rel, condition.apply(join(other))));
  }

  Rows select(List<String> names, Expr... expressions) {
    return new Rows(new Rel.Project(rel, List.of(expressions), names));
  }

  Rows select(String... names) {
    List<Expr> expressions = new ArrayList<>();
    for (String n : names) {
      expressions.add(col(n));
    }
    return new Rows(new Rel.Project(rel, expressions, List.of(names)));
  }

  Rows group(List<Expr> groups, AggregateCall... calls) {
    List<String> names =
        new ArrayList<>(
            groups.stream()
                .map(
                    g ->
                        g instanceof Expr.FieldRef ref
                            ? rel.fields().get(ref.index()).name()
                            : "expression")
                .toList());
    IntStream.range(0, calls.length).forEach(i -> names.add("agg" + i));
    return new Rows(new Rel.Aggregate(rel, groups, List.of(calls), names));
  }

  Rows sort(Rel.Sort.Key... keys) {
    return new Rows(new Rel.Sort(rel, List.of(keys)));
  }

  Rows limit(long count) {
    return new Rows(new Rel.Limit(rel, 0, count));
  }

  Plan plan() {
    return new Plan(rel, true, "UTC");
  }

  static Rel.Sort.Key asc(Expr e) {
    return new Rel.Sort.Key(e, true, true);
  }

  static Rel.Sort.Key desc(Expr e) {
    return new Rel.Sort.Key(e, false, false);
  }

  static AggregateCall sum(Expr e) {
    DataType type =
        e.type().isInteger()
            ? DataType.BIGINT
            : e.type().kind() == DataType.Kind.DECIMAL
                ? DataType.decimal(Math.min(38, e.type().precision() + 10), e.type().scale())
                : e.type();
    return new AggregateCall(AggregateCall.Kind.SUM, Optional.of(e), type);
  }

  static AggregateCall count() {
    return new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT);
  }

  static AggregateCall count(Expr e) {
    return new AggregateCall(AggregateCall.Kind.COUNT, Optional.of(e), DataType.BIGINT);
  }

  static AggregateCall min(Expr e) {
    return new AggregateCall(AggregateCall.Kind.MIN, Optional.of(e), e.type());
  }

  static Expr call(Function function, DataType type, Expr... arguments) {
    boolean nullable = List.of(arguments).stream().anyMatch(Expr::nullable);
    if (function == Function.IS_NULL || function == Function.IS_NOT_NULL) {
      nullable = false;
    }
    return new Expr.Call(function, List.of(arguments), type, nullable);
  }

  static Expr test(Function function, Expr... arguments) {
    return call(function, DataType.BOOLEAN, arguments);
  }

  static Expr eq(Expr a, Expr b) {
    return test(Function.EQUAL, a, b);
  }

  static Expr and(Expr... terms) {
    return Expressions.joined(Function.AND, List.of(terms));
  }

  static Expr or(Expr... terms) {
    return Expressions.joined(Function.OR, List.of(terms));
  }

  static Expr bool(boolean value) {
    return new Expr.Literal(DataType.BOOLEAN, value);
  }

  static Expr text(String value) {
    return new Expr.Literal(
        DataType.string(Math.max(1, value.getBytes(StandardCharsets.UTF_8).length)), value);
  }

  static Expr date(String value) {
    return new Expr.Literal(DataType.DATE, LocalDate.parse(value).toEpochDay());
  }

  static Expr number(String value, int precision, int scale) {
    return new Expr.Literal(
        DataType.decimal(precision, scale), new BigDecimal(value).setScale(scale));
  }

  static Expr integer(long value) {
    return new Expr.Literal(DataType.INT, value);
  }

  /** {@code price * (1 - discount)} with Spark's types. */
  static Expr revenue(Expr price, Expr discount) {
    DataType less = DataType.decimal(discount.type().precision() + 1, discount.type().scale());
    return call(
        Function.MULTIPLY,
        DataType.decimal(
            Math.min(38, price.type().precision() + less.precision() + 1),
            price.type().scale() + less.scale()),
        price,
        call(Function.SUBTRACT, less, number("1", 1, 0), discount));
  }
}

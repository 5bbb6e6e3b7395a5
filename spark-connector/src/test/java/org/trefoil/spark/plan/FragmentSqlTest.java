package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.type.DataType;
import org.trefoil.spark.share.LocalSpark;

class FragmentSqlTest {
  private final SparkSession spark = LocalSpark.session();

  static Stream<Expr.Literal> literals() {
    return Stream.of(
        new Expr.Literal(DataType.BOOLEAN, true),
        new Expr.Literal(DataType.TINYINT, -128L),
        new Expr.Literal(DataType.SMALLINT, -32768L),
        new Expr.Literal(DataType.INT, (long) Integer.MIN_VALUE),
        new Expr.Literal(DataType.BIGINT, Long.MIN_VALUE),
        new Expr.Literal(DataType.BIGINT, Long.MAX_VALUE),
        new Expr.Literal(DataType.decimal(38, 18), new BigDecimal("-0.000000000000000001")),
        new Expr.Literal(DataType.decimal(12, 2), new BigDecimal("1.50")),
        new Expr.Literal(DataType.fixedPoint(3), 0.1),
        new Expr.Literal(DataType.fixedPoint(3), Double.MIN_VALUE),
        new Expr.Literal(DataType.DATE, -719528L),
        new Expr.Literal(DataType.DATE, 2932897L),
        new Expr.Literal(DataType.TIMESTAMP, -1L),
        new Expr.Literal(DataType.TIMESTAMP, 253402300800000001L),
        new Expr.Literal(DataType.string(64), "it's \\d \"ü\" ${x} $1 ' OR 1=1 --\n\u0000😀"),
        new Expr.Literal(DataType.string(64), ""),
        new Expr.Literal(DataType.string(64), null),
        new Expr.Literal(DataType.decimal(5, 1), null));
  }

  @ParameterizedTest
  @MethodSource("literals")
  void literalsAreExactInValueAndType(Expr.Literal literal) {
    for (String ansi : List.of("true", "false")) {
      SparkSession session = spark.newSession();
      session.conf().set("spark.sql.ansi.enabled", ansi);
      session.conf().set("spark.sql.session.timeZone", "Asia/Kathmandu");
      session.conf().set("spark.sql.parser.escapedStringLiterals", ansi);
      var frame = session.range(1).selectExpr(FragmentSql.of(literal) + " AS v");
      assertThat(frame.schema().apply(0).dataType().sql()).isEqualTo(literal.type().sql());
      Object value = frame.selectExpr(asProfileValue(literal.type())).head().get(0);
      assertThat(value).isEqualTo(literal.value());
    }
  }

  @Test
  void nestedCallsKeepTheirStructure() {
    Expr a = new Expr.FieldRef(0, DataType.INT, true);
    Expr b = new Expr.FieldRef(1, DataType.INT, true);
    Expr difference =
        call(Function.SUBTRACT, DataType.INT, a, call(Function.SUBTRACT, DataType.INT, a, b));
    Expr smaller = call(Function.LESS, DataType.BOOLEAN, a, difference);
    Expr chosen =
        call(
            Function.CASE,
            DataType.INT,
            smaller,
            difference,
            call(Function.IN, DataType.BOOLEAN, b, literal(4), literal(5)),
            literal(-1),
            new Expr.Literal(DataType.INT, null));
    List<Row> rows =
        spark
            .sql("SELECT * FROM VALUES (3, 8), (9, 4), (9, 6), (9, NULL) AS t(c0, c1)")
            .selectExpr("c0", "c1", FragmentSql.of(chosen))
            .collectAsList();
    assertThat(rows.stream().map(r -> r.get(2)).toList())
        .isEqualTo(Arrays.asList(8, -1, null, null));
  }

  @Test
  void anArgumentThatLooksLikeATemplateStaysAnArgument() {
    Expr text = new Expr.Literal(DataType.string(8), "$2$*$T");
    Expr equal = call(Function.EQUAL, DataType.BOOLEAN, text, text);
    assertThat(spark.range(1).selectExpr(FragmentSql.of(equal)).head().get(0)).isEqualTo(true);
  }

  @Test
  void everyFunctionIsSpelledInWordsThatSparkKnows() {
    for (Function function : Function.values()) {
      assertThat(spark.catalog().functionExists("nosuchfunction")).isFalse();
      if (function.sql() != null && function.sql().matches("[a-z_]+\\(.*")) {
        String name = function.sql().substring(0, function.sql().indexOf('('));
        assertThat(spark.catalog().functionExists(name)).as(name).isTrue();
      }
    }
  }

  @Test
  void aCallWithTooFewArgumentsIsMalformed() {
    Expr wrong = call(Function.ADD, DataType.INT, literal(1));
    assertThatThrownBy(() -> FragmentSql.of(wrong))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("TREFOIL_MALFORMED_PLAN");
  }

  private static String asProfileValue(DataType type) {
    return switch (type.kind()) {
      case TINYINT, SMALLINT, INT -> "CAST(v AS BIGINT)";
      case DATE -> "CAST(unix_date(v) AS BIGINT)";
      case TIMESTAMP -> "unix_micros(v)";
      default -> "v";
    };
  }

  private static Expr literal(long value) {
    return new Expr.Literal(DataType.INT, value);
  }

  private static Expr call(Function function, DataType type, Expr... arguments) {
    return new Expr.Call(function, List.of(arguments), type, true);
  }
}

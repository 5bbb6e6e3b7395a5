package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction$;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.DecimalDivideWithOverflowCheck;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;
import org.trefoil.spark.result.ResultScan;

/**
 * What Spark computes from the revealed columns, such as an average from its sum and its count, in
 * SQL over {@code c0}, {@code c1} and so on. A proposal keeps it beside the plan, so that a later
 * Spark need not plan the query as the proposer's did.
 */
public final class Finish {
  private static final String QUOTIENT = "trefoil_quotient";

  private Finish() {}

  /**
   * One expression with its name for each column of a query that is one run at the executors; empty
   * if Spark does more with the result than to compute its columns, or if the SQL, read again,
   * would not be the same expressions.
   */
  public static Optional<List<String>> of(SparkSession session, Dataset<Row> frame) {
    Optional<List<Column>> columns = columns(optimized(frame));
    if (columns.isEmpty()) {
      return Optional.empty();
    }
    ResultScan scan = scan(optimized(frame)).orElseThrow();
    List<String> sql = columns.get().stream().map(Column::sql).toList();
    try {
      Optional<List<Column>> again = columns(optimized(apply(session, scan, sql)));
      return again.filter(a -> same(a, columns.get())).map(a -> sql);
    } catch (Exception | LinkageError e) {
      // Spark does not read every expression that it prints.
      return Optional.empty();
    }
  }

  /** The rows that {@code scan} reveals, finished. */
  public static Dataset<Row> apply(SparkSession session, ResultScan scan, List<String> finish) {
    LogicalPlan leaf = Leaves.of("trefoil", scan, Trees.seq(leaf(scan.plan())));
    org.apache.spark.sql.classic.SparkSession classic =
        (org.apache.spark.sql.classic.SparkSession) session;
    List<NamedExpression> columns = new ArrayList<>();
    for (String column : finish) {
      columns.add((NamedExpression) parsed(classic, column));
    }
    return org.apache.spark.sql.classic.Dataset.ofRows(
        classic, new Project(Trees.seq(columns), leaf));
  }

  private static Expression parsed(
      org.apache.spark.sql.classic.SparkSession session, String column) {
    try {
      return Trees.replace(
          session.sessionState().sqlParser().parseExpression(column), Finish::quotient);
    } catch (ParseException e) {
      throw new TrefoilException(
          Condition.PLAN_NOT_APPROVED,
          "Cannot compute a column of the result: this Spark does not read the expression that the"
              + " proposal stores. Propose the query again.",
          e);
    }
  }

  /** Spark's own quotient for averages of decimals has no SQL; this stands for it. */
  private static Optional<Expression> printable(Expression part) {
    if (!(part instanceof DecimalDivideWithOverflowCheck quotient)) {
      return Optional.empty();
    }
    List<Expression> arguments =
        List.of(
            Trees.replace(quotient.left(), Finish::printable),
            Trees.replace(quotient.right(), Finish::printable),
            Literal.create(quotient.dataType().sql(), DataTypes.StringType),
            Literal.create(quotient.nullOnOverflow(), DataTypes.BooleanType));
    return Optional.of(
        UnresolvedFunction$.MODULE$.apply(QUOTIENT, Trees.<Expression>seq(arguments), false));
  }

  /** Reads what {@link #printable} has written. */
  private static Optional<Expression> quotient(Expression part) {
    if (!(part instanceof UnresolvedFunction function)
        || !Trees.list(function.nameParts()).equals(List.of(QUOTIENT))
        || function.arguments().size() != 4) {
      return Optional.empty();
    }
    List<Expression> arguments = Trees.list(function.arguments());
    return Optional.of(
        new DecimalDivideWithOverflowCheck(
            Trees.replace(arguments.get(0), Finish::quotient),
            Trees.replace(arguments.get(1), Finish::quotient),
            (DecimalType) DataType.fromDDL(((Literal) arguments.get(2)).value().toString()),
            null,
            (Boolean) ((Literal) arguments.get(3)).value()));
  }

  /** The same whatever text it was read from. */
  private static Optional<Expression> withoutContext(Expression part) {
    return part instanceof DecimalDivideWithOverflowCheck quotient && quotient.context() != null
        ? Optional.of(
            new DecimalDivideWithOverflowCheck(
                Trees.replace(quotient.left(), Finish::withoutContext),
                Trees.replace(quotient.right(), Finish::withoutContext),
                (DecimalType) quotient.dataType(),
                null,
                quotient.nullOnOverflow()))
        : Optional.empty();
  }

  private static List<Attribute> leaf(Plan plan) {
    List<Attribute> columns = new ArrayList<>();
    for (Field field : plan.root().fields()) {
      columns.add(
          CatalystAggregate.attribute(
              "c" + columns.size(), SparkTypes.toSpark(field.type()), field.nullable()));
    }
    return columns;
  }

  /**
   * A column of the result.
   *
   * @param bound over the leaf's columns by position, with their types
   */
  private record Column(Expression bound, String sql) {
    /** Compared as text: some expressions hold on to the text that they were read from. */
    boolean isSame(Column other) {
      return sql.equals(other.sql)
          && bound.dataType().equals(other.bound.dataType())
          && bound.canonicalized().toString().equals(other.bound.canonicalized().toString());
    }
  }

  private static boolean same(List<Column> some, List<Column> others) {
    boolean same = some.size() == others.size();
    for (int i = 0; same && i < some.size(); i++) {
      same = some.get(i).isSame(others.get(i));
    }
    return same;
  }

  private static LogicalPlan optimized(Dataset<Row> frame) {
    return ((org.apache.spark.sql.classic.Dataset<?>) (Object) frame)
        .queryExecution()
        .optimizedPlan();
  }

  private static Optional<ResultScan> scan(LogicalPlan plan) {
    LogicalPlan below = plan;
    while (below instanceof Project project) {
      below = project.child();
    }
    return below instanceof DataSourceV2ScanRelation relation
            && relation.scan() instanceof ResultScan scan
            && relation.output().size() == scan.plan().root().fields().size()
        ? Optional.of(scan)
        : Optional.empty();
  }

  private static Optional<List<Column>> columns(LogicalPlan plan) {
    if (scan(plan).isEmpty()) {
      return Optional.empty();
    }
    List<Attribute> names = Trees.list(plan.output());
    List<Expression> expressions = new ArrayList<>(names);
    LogicalPlan below = plan;
    while (below instanceof Project project) {
      Map<ExprId, Expression> values = new HashMap<>();
      for (NamedExpression column : Trees.list(project.projectList())) {
        values.put(
            column.exprId(), column instanceof Alias alias ? alias.child() : (Expression) column);
      }
      expressions.replaceAll(e -> Trees.replace(e, part -> value(part, values)));
      below = project.child();
    }
    Map<ExprId, Expression> bound = new HashMap<>();
    Map<ExprId, Expression> named = new HashMap<>();
    for (Attribute attribute : Trees.list(below.output())) {
      int c = bound.size();
      bound.put(
          attribute.exprId(), new BoundReference(c, attribute.dataType(), attribute.nullable()));
      named.put(
          attribute.exprId(),
          CatalystAggregate.attribute("c" + c, attribute.dataType(), attribute.nullable()));
    }
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i).name();
      columns.add(
          new Column(
              Trees.replace(
                  Trees.replace(expressions.get(i), part -> value(part, bound)),
                  Finish::withoutContext),
              Trees.replace(
                          Trees.replace(expressions.get(i), part -> value(part, named)),
                          Finish::printable)
                      .sql()
                  + " AS `"
                  + name.replace("`", "``")
                  + "`"));
    }
    return Optional.of(columns);
  }

  private static Optional<Expression> value(Expression part, Map<ExprId, Expression> values) {
    return part instanceof Attribute attribute
        ? Optional.ofNullable(values.get(attribute.exprId()))
        : Optional.empty();
  }
}

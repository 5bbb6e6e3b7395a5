package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParameterContext;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.types.DataTypeUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.policy.PolicyVerdict;
import scala.collection.immutable.Seq;

/**
 * Spark's parser, which also takes {@code EXPLAIN POLICY query}: one row that says that policies
 * allow the query, or one for each clause against it. Everything else is Spark's.
 */
final class PolicyStatements implements ParserInterface {
  private static final StructType REASONS =
      StructType.fromDDL("allowed BOOLEAN NOT NULL, condition STRING, reason STRING NOT NULL");

  private final SparkSession session;
  private final ParserInterface spark;

  PolicyStatements(SparkSession session, ParserInterface spark) {
    this.session = session;
    this.spark = spark;
  }

  private LogicalPlan verdict(String query) {
    PolicyVerdict verdict = ExplainPolicy.verdict(session, query);
    List<Row> rows = new ArrayList<>();
    if (verdict.allowed()) {
      rows.add(RowFactory.create(true, null, verdict.lines().get(0)));
    }
    for (TrefoilException fault : verdict.faults()) {
      rows.add(RowFactory.create(false, fault.condition().label(), fault.reason()));
    }
    List<Attribute> columns = new ArrayList<>(Trees.list(DataTypeUtils.toAttributes(REASONS)));
    return LocalRelation.fromExternalRows(Trees.seq(columns), Trees.seq(rows));
  }

  @Override
  public LogicalPlan parsePlan(String text) throws ParseException {
    Optional<String> query = ExplainPolicy.query(text);
    return query.isPresent() ? verdict(query.get()) : spark.parsePlan(text);
  }

  @Override
  public LogicalPlan parsePlanWithParameters(String text, ParameterContext parameters)
      throws ParseException {
    Optional<String> query = ExplainPolicy.query(text);
    return query.isPresent()
        ? verdict(query.get())
        : spark.parsePlanWithParameters(text, parameters);
  }

  @Override
  public Expression parseExpression(String text) throws ParseException {
    return spark.parseExpression(text);
  }

  @Override
  public TableIdentifier parseTableIdentifier(String text) throws ParseException {
    return spark.parseTableIdentifier(text);
  }

  @Override
  public FunctionIdentifier parseFunctionIdentifier(String text) throws ParseException {
    return spark.parseFunctionIdentifier(text);
  }

  @Override
  public Seq<String> parseMultipartIdentifier(String text) throws ParseException {
    return spark.parseMultipartIdentifier(text);
  }

  @Override
  public LogicalPlan parseQuery(String text) throws ParseException {
    return spark.parseQuery(text);
  }

  @Override
  public StructType parseRoutineParam(String text) throws ParseException {
    return spark.parseRoutineParam(text);
  }

  @Override
  public StructType parseTableSchema(String text) throws ParseException {
    return spark.parseTableSchema(text);
  }

  @Override
  public DataType parseDataType(String text) throws ParseException {
    return spark.parseDataType(text);
  }
}

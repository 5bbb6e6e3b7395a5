package org.trefoil.spark.plan;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.classic.Dataset;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.policy.PolicyVerdict;

/**
 * Answers {@code EXPLAIN POLICY query}: plans the query, runs nothing, and says whether policies
 * allow it, or every clause against it. The same checks as at the executors and at the owners.
 */
public final class ExplainPolicy {
  private static final Pattern STATEMENT =
      Pattern.compile("\\s*EXPLAIN\\s+POLICY\\s+(.+)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private ExplainPolicy() {}

  /** The query of the statement, if it is one of these. */
  public static Optional<String> query(String statement) {
    Matcher matcher = STATEMENT.matcher(statement);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** The verdict on a query; errors of SQL are thrown as by Spark. */
  public static PolicyVerdict verdict(SparkSession spark, String query) {
    try {
      // Down to the physical plan: there the last row that would leave an owner is refused.
      ((Dataset<?>) (Object) spark.sql(query)).queryExecution().executedPlan();
      return new PolicyVerdict(List.of());
    } catch (Exception e) {
      // Spark's errors are checked exceptions that its methods do not declare.
      return TrefoilException.in(e)
          .map(PolicyVerdict::refused)
          .orElseThrow(() -> ExplainPolicy.<RuntimeException>as(e));
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Exception> E as(Exception e) throws E {
    throw (E) e;
  }
}

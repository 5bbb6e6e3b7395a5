package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.error.TrefoilException;

/**
 * What becomes of every query of TPC-DS when it is planned: one leaf, or a refusal by a condition.
 * Nothing runs, over tables without rows.
 */
@Tag("slow")
class TpcdsPlansTest {
  /** By the words of the refusal the queries that are refused; all others are absorbed. */
  private static final Map<String, List<String>> REFUSED =
      Map.of(
          "UNSUPPORTED_JOIN] Cannot join",
          List.of(
              "q2", "q4", "q14a", "q14b", "q17", "q24a", "q24b", "q25", "q29", "q37", "q44", "q54",
              "q59", "q64", "q72", "q82", "q95"),
          "UNSUPPORTED_FUNCTION] Cannot divide values of several tables",
          List.of("q11", "q21", "q22", "q31", "q49", "q74", "q75", "q78"),
          "UNSUPPORTED_FUNCTION] Cannot compute concat",
          List.of("q5", "q80"),
          "UNSUPPORTED_FUNCTION] Cannot compute substring",
          List.of("q8", "q79", "q85"),
          "UNSUPPORTED_FUNCTION] Cannot compute SQRT(",
          List.of("q39a", "q39b"),
          "UNSUPPORTED_FUNCTION] Cannot compute (shiftright(spark_grouping_id",
          List.of("q36", "q70", "q86"),
          "UNSUPPORTED_TYPE] Cannot choose between values of several tables of type STRING",
          List.of("q47", "q57"),
          "UNSUPPORTED_OPERATION] Cannot compute max(x.web_sales) OVER (",
          List.of("q51"),
          "ROW_LEVEL_ACCESS] Cannot return columns people.customer.c_customer_id",
          List.of("q84"));

  @Test
  void absorbsOrRefusesByName(@TempDir Path folder) throws IOException {
    SparkSession spark = Tpcds.session(folder);
    try {
      Tpcds.write(spark, folder, Set.of());
      Tpcds.onShares(spark);
      List<String> others = new ArrayList<>();
      int absorbed = 0;
      for (String query : Tpcds.queries()) {
        String words =
            REFUSED.entrySet().stream()
                .filter(e -> e.getValue().contains(query))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
        String[] plan = {""};
        Throwable error =
            catchThrowable(
                () ->
                    plan[0] =
                        spark.sql(Tpcds.text(query)).queryExecution().executedPlan().toString());
        if (error == null && words.isEmpty()) {
          absorbed++;
          assertThat(plan[0]).as(query).containsOnlyOnce("BatchScan");
        } else if (error == null
            || words.isEmpty()
            || TrefoilException.in(error).isEmpty()
            || !error.getMessage().contains(words)) {
          others.add(query + " " + (error == null ? "is absorbed" : error.getMessage()));
        }
      }
      assertThat(others).isEmpty();
      assertThat(absorbed).isGreaterThanOrEqualTo(Tpcds.ANSWERED.size());
    } finally {
      spark.stop();
    }
  }
}

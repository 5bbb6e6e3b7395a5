package org.trefoil.jobs.deployment;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Answers of the three executors, each question asked as it stands. */
public record SecureAnswers(SparkSession spark, Recipe recipe) implements Answers {
  @Override
  public Result to(Question question) {
    return Result.of(question.name(), planned(question));
  }

  /** What Spark makes of a question; nothing runs. */
  public Dataset<Row> planned(Question question) {
    String sql = recipe.with(question.values()).sql(question.query());
    return question.isForAnalyst()
        ? spark.sql(sql)
        : spark.read().format("trefoil").options(question.options()).option("query", sql).load();
  }

  @Override
  public String parameter(String name) {
    return recipe.parameter(name);
  }
}

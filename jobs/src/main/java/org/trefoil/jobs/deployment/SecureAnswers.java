package org.trefoil.jobs.deployment;

import org.apache.spark.sql.SparkSession;

/** Answers of the three executors, each question asked as it stands. */
public record SecureAnswers(SparkSession spark, Recipe recipe) implements Answers {
  @Override
  public Result to(String query) {
    return Result.of(query, spark.sql(recipe.sql(query)));
  }

  @Override
  public String parameter(String name) {
    return recipe.parameter(name);
  }
}

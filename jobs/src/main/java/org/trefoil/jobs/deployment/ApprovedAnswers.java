package org.trefoil.jobs.deployment;

import org.apache.spark.sql.SparkSession;

/**
 * Answers of the three executors to a proposal that every owner has signed.
 *
 * <p>Who gets them stands in the proposal.
 *
 * @param proposal its full id
 */
public record ApprovedAnswers(SparkSession spark, Recipe recipe, String proposal)
    implements Answers {
  @Override
  public Result to(Question question) {
    return Result.of(
        question.name(),
        spark
            .read()
            .format("trefoil")
            .option("proposal", proposal)
            .option("parameters", recipe.with(question.values()).parameters())
            .load());
  }

  @Override
  public String parameter(String name) {
    return recipe.parameter(name);
  }
}

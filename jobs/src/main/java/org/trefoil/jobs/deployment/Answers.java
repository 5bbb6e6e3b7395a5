package org.trefoil.jobs.deployment;

/** Where a deployment's questions are put: to the executors, or to the same rows in the clear. */
public interface Answers {
  /** The answer to the SQL of this name in the deployment's folder, for the analyst. */
  default Result to(String query) {
    return to(Question.of(query));
  }

  /** The answer to a question; no rows if nobody gets it. */
  Result to(Question question);

  /** The value of a parameter. */
  String parameter(String name);
}

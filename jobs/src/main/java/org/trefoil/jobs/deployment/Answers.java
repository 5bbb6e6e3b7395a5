package org.trefoil.jobs.deployment;

/** Where a deployment's questions are put: to the executors, or to the same rows in the clear. */
public interface Answers {
  /** What the SQL of this name in the deployment's folder answers. */
  Result to(String query);

  /** The value of a parameter. */
  String parameter(String name);
}

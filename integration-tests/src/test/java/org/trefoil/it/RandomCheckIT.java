package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Random queries have plain Spark's answers; the seed of a failure is in its output. */
class RandomCheckIT {
  @Test
  void findsNoDifference() throws Exception {
    Command check = Command.run("check", "--queries", "30");
    assertThat(check.exitCode()).as(check.output() + check.errors()).isZero();
    assertThat(check.output()).contains("seed", "different 0");
  }
}

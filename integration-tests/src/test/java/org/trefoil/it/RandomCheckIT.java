package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Random queries have plain Spark's answers; other seeds are tried by hand, as docs/sql.md says.
 */
class RandomCheckIT {
  @Test
  void findsNoDifference() throws Exception {
    Command check = Command.run("check", "--queries", "300", "--seed", "8802");
    assertThat(check.exitCode()).as(check.output() + check.errors()).isZero();
    assertThat(check.output()).contains("seed      8802", "different 0");
  }
}

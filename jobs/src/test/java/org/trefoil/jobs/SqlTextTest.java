package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SqlTextTest {
  @Test
  void takesOneStatementWithOrWithoutItsSemicolon() {
    assertThat(SqlText.statements("SELECT 1")).containsExactly("SELECT 1");
    assertThat(SqlText.statements("SELECT 1;\n")).containsExactly("SELECT 1");
    assertThat(SqlText.statements(" ; ;; ")).isEmpty();
  }

  @Test
  void keepsSemicolonsInQuotesAndComments() {
    String text =
        "SELECT ';', \"a;b\", `c;d`, 'it\\'s;' -- not; here\n/* nor /* ; */ here; */ FROM t; SELECT 2";
    assertThat(SqlText.statements(text)).hasSize(2).last().isEqualTo("SELECT 2");
    assertThat(SqlText.statements("SELECT 1; -- the end;")).containsExactly("SELECT 1");
    assertThat(SqlText.statements("SELECT ''';'; SELECT 2")).hasSize(2);
  }
}

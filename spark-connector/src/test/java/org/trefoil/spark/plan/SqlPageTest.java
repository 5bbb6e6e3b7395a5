package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.trefoil.api.plan.Function;

/**
 * The table of functions of {@code docs/sql.md} says what the whitelist says; {@code
 * -Dtrefoil.docs=write} writes it anew.
 */
class SqlPageTest {
  private static final Path PAGE = Path.of("../docs/sql.md");
  private static final String START = "<!-- functions -->\n";
  private static final String END = "<!-- end of functions -->\n";

  @Test
  void listsTheWhitelist() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf(START) + START.length();
    int to = page.indexOf(END);
    assertThat(page).contains(START, END);
    if ("write".equals(System.getProperty("trefoil.docs"))) {
      Files.writeString(PAGE, page.substring(0, from) + table() + page.substring(to));
    } else {
      assertThat(page.substring(from, to))
          .as("the functions of docs/sql.md; run this test with -Dtrefoil.docs=write")
          .isEqualTo(table());
    }
  }

  private static String table() {
    Map<Function, List<String>> names = new TreeMap<>();
    for (Function function : Function.values()) {
      names.put(function, new ArrayList<>());
    }
    CatalystExpressions.whitelist()
        .forEach((type, function) -> names.get(function).add(type.getSimpleName()));
    StringBuilder table = new StringBuilder("| Function | Catalyst | On shares |\n|---|---|---|\n");
    for (Function function : Function.values()) {
      table
          .append("| `")
          .append(sql(function))
          .append("` | ")
          .append(String.join(", ", names.get(function).stream().sorted().toList()))
          .append(" | ")
          .append(function.onShares() ? "yes" : "no")
          .append(" |\n");
    }
    return table.toString();
  }

  private static String sql(Function function) {
    if (function.sql() == null) {
      return function == Function.CASE
          ? "CASE WHEN x THEN y ... ELSE z END"
          : "x " + function.name().toUpperCase(Locale.ROOT) + " (y, ...)";
    }
    String text =
        function
            .sql()
            .replace("$1", "x")
            .replace("$2", "y")
            .replace("$*", "x, ...")
            .replace("$T", "type");
    return text.startsWith("(") ? text.substring(1, text.length() - 1) : text;
  }
}

package org.trefoil.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps {@code docs/operators.md} equal to the Javadoc of operators and protocols. {@code
 * -Dtrefoil.docs=write} writes it anew.
 */
class OperatorPageTest {
  private static final Path PAGE = Path.of("../docs/operators.md");
  private static final Path SOURCES = Path.of("src/main/java/org/trefoil/executor");
  private static final Pattern CLASS =
      Pattern.compile(
          "/\\*\\*((?:(?!\\*/).)*?<b>Computes</b>(?:(?!\\*/).)*)\\*/\\s+public final class (\\w+)",
          Pattern.DOTALL);

  @Test
  void thePageIsTheJavadoc() throws IOException {
    String expected = page();
    if ("write".equals(System.getProperty("trefoil.docs"))) {
      Files.writeString(PAGE, expected);
    }
    assertThat(Files.readString(PAGE))
        .as("docs/operators.md; run this test with -Dtrefoil.docs=write")
        .isEqualTo(expected);
  }

  private static String page() throws IOException {
    StringBuilder page =
        new StringBuilder(
            """
            # Operators and protocols

            Made from the Javadoc of the classes. Costs are bytes sent per party and rounds; they do not depend on the machine, and
            tests hold every class to them.
            """);
    section(page, "Operators", "operator");
    section(page, "Protocols", "protocol");
    return page.toString();
  }

  private static void section(StringBuilder page, String title, String folder) throws IOException {
    page.append("\n## ").append(title).append('\n');
    for (String entry : entries(SOURCES.resolve(folder))) {
      page.append('\n').append(entry);
    }
  }

  private static List<String> entries(Path folder) throws IOException {
    List<String> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        Matcher match = CLASS.matcher(Files.readString(file));
        if (match.find()) {
          entries.add("### " + match.group(2) + "\n\n" + markdown(match.group(1)) + "\n");
        }
      }
    }
    return entries;
  }

  /** Javadoc as Markdown: paragraphs, bold, code, links to code. */
  private static String markdown(String javadoc) {
    String text = javadoc.replaceAll("(?m)^\\s*\\* ?", " ").replaceAll("\\s+", " ").strip();
    return text.replaceAll("\\s*</?p>\\s*", "\n\n")
        .replaceAll("<b>(\\w+)</b>", "**$1**")
        .replaceAll("</?ul>", "\n")
        .replaceAll("\\s*<li>\\s*", "\n- ")
        .replaceAll("\\{@(?:code|link) #?([^}]*)\\}", "`$1`")
        .replaceAll("</?(?:i|em|code)>", "`")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .strip();
  }
}

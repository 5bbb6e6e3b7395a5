package org.trefoil.executor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every operator has its four headings, its cost and its four tests. */
class OperatorRegistryTest {
  private static final List<String> TESTS =
      List.of(
          "matchesPlaintext",
          "messagesDependOnlyOnPublicSizes",
          "costsWhatItSays",
          "resharesFreshly");

  @Test
  void everyOperatorIsDocumentedAndTested() throws Exception {
    List<String> lacking = new ArrayList<>();
    int operators = 0;
    for (Path file : sources()) {
      String text = Files.readString(file);
      String name = file.getFileName().toString().replace(".java", "");
      if (!text.contains("Party party")) {
        continue;
      }
      if (!text.contains("public final class " + name)) {
        continue;
      }
      if (name.equals("Columns")) {
        continue;
      }
      operators++;
      for (String heading : List.of("Computes", "Reveals", "Costs", "Secure")) {
        if (!text.contains("<b>" + heading + "</b>")) {
          lacking.add(name + ": heading " + heading);
        }
      }
      if (!text.contains("static Cost cost")) {
        lacking.add(name + ": cost");
      }
      lacking.addAll(missingTests(name));
    }
    assertThat(lacking).isEmpty();
    assertThat(operators).isGreaterThanOrEqualTo(12);
  }

  private static List<String> missingTests(String name) {
    try {
      Class<?> test = Class.forName("org.trefoil.executor.operator." + name + "Test");
      List<String> methods = new ArrayList<>();
      for (Class<?> c = test; c != null; c = c.getSuperclass()) {
        Arrays.stream(c.getDeclaredMethods())
            .filter(m -> m.isAnnotationPresent(Test.class))
            .forEach(m -> methods.add(m.getName()));
      }
      return TESTS.stream()
          .filter(t -> !methods.contains(t))
          .map(t -> name + ": test " + t)
          .toList();
    } catch (ClassNotFoundException e) {
      return List.of(name + ": class " + name + "Test");
    }
  }

  private static List<Path> sources() throws IOException {
    Path folder = Path.of("src/main/java/org/trefoil/executor/operator");
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
    }
  }
}

package org.trefoil.share.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Our Java and an independent reader in Python both compute what the vectors state. */
class VectorsTest {
  private static final Path FOLDER = Path.of("src/test/resources/vectors");
  private static final Path READER = Path.of("src/test/python/read_vectors.py");

  private static List<JsonNode> cases() throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (Path file : Vectors.files(FOLDER)) {
      Vectors.JSON.readTree(file.toFile()).get("cases").forEach(cases::add);
    }
    return cases;
  }

  @TestFactory
  List<DynamicTest> javaComputesWhatIsExpected() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode vector : cases()) {
      tests.add(
          DynamicTest.dynamicTest(
              vector.get("name").asText(),
              () ->
                  assertThat(Vectors.compute(vector).toString())
                      .isEqualTo(vector.get("expect").toString())));
    }
    return tests;
  }

  @Test
  void aThirdOfTheVectorsIsRefused() throws IOException {
    Set<String> names = new HashSet<>();
    int bad = 0;
    for (JsonNode vector : cases()) {
      String name = vector.get("name").asText();
      assertThat(names.add(name)).as(name).isTrue();
      assertThat(vector.get("expect").has("error")).as(name).isEqualTo(name.startsWith("bad_"));
      bad += name.startsWith("bad_") ? 1 : 0;
    }
    assertThat(3 * bad).isGreaterThanOrEqualTo(names.size());
  }

  @Test
  void thePythonReaderAgrees() throws IOException, InterruptedException {
    Run run = python(FOLDER);
    assertThat(run.output).isEqualTo(cases().size() + " vectors agree\n");
    assertThat(run.exit).isZero();
    assertThat(Files.readAllLines(READER)).hasSizeLessThanOrEqualTo(200);
  }

  /** The reader computes rather than nods: it objects to every expectation that is altered. */
  @Test
  void thePythonReaderFindsEveryChange(@TempDir Path changed)
      throws IOException, InterruptedException {
    for (Path file : Vectors.files(FOLDER)) {
      JsonNode document = Vectors.JSON.readTree(file.toFile());
      for (JsonNode vector : document.get("cases")) {
        ((ObjectNode) vector).set("expect", altered(vector.get("expect")));
      }
      Vectors.JSON.writeValue(changed.resolve(file.getFileName()).toFile(), document);
    }
    Run run = python(changed);
    assertThat(run.exit).isEqualTo(1);
    assertThat(run.output.lines().filter(line -> line.startsWith("DIFFERS: ")))
        .hasSameSizeAs(cases());
  }

  /** The same with another first leaf, or with one where there was none. */
  private static JsonNode altered(JsonNode expected) {
    if (expected instanceof ArrayNode array) {
      if (array.isEmpty()) {
        return array.deepCopy().add("1");
      }
      ArrayNode copy = array.deepCopy();
      copy.set(0, altered(array.get(0)));
      return copy;
    }
    if (expected instanceof ObjectNode object) {
      ObjectNode copy = object.deepCopy();
      String first = object.fieldNames().next();
      return copy.set(first, altered(object.get(first)));
    }
    return expected.isInt() ? IntNode.valueOf(expected.asInt() + 1) : TextNode.valueOf("other");
  }

  private record Run(int exit, String output) {}

  private static Run python(Path folder) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("python3", READER.toString(), folder.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), output);
  }
}

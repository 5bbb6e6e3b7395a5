package org.trefoil.share.vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills in what the vectors of a folder expect, after cases were added by hand; the Python reader
 * then says whether it agrees. A change of a case that exists is a change of the format.
 */
final class VectorWriter {
  private VectorWriter() {}

  public static void main(String[] arguments) throws IOException {
    for (Path file : Vectors.files(Path.of(arguments[0]))) {
      JsonNode document = Vectors.JSON.readTree(file.toFile());
      List<String> lines = new ArrayList<>();
      for (JsonNode vector : document.get("cases")) {
        ((ObjectNode) vector).set("expect", Vectors.compute(vector));
        lines.add(Vectors.JSON.writeValueAsString(vector));
      }
      Files.writeString(
          file, "{\"version\": 1, \"cases\": [\n" + String.join(",\n", lines) + "\n]}\n");
    }
  }
}

package org.trefoil.api.approval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.erdtman.jcs.JsonCanonicalizer;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * JSON in the canonical form of RFC 8785: one encoding per value, so that a digest names a value.
 */
final class CanonicalJson {
  private static final int LONGEST = 8 << 20;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private CanonicalJson() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static byte[] encode(JsonNode value) {
    try {
      return new JsonCanonicalizer(JSON.writeValueAsBytes(value)).getEncodedUTF8();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads an object; MALFORMED_STATEMENT if {@code bytes} are not its canonical form.
   *
   * @param what how messages name it: {@code proposal}
   */
  static Fields read(String what, byte[] bytes) {
    if (bytes.length > LONGEST) {
      throw malformed(what, "it is longer than " + LONGEST + " bytes", null);
    }
    JsonNode node;
    byte[] canonical;
    try {
      node = JSON.readTree(bytes);
      canonical = node.isObject() ? encode(node) : new byte[0];
    } catch (JsonProcessingException e) {
      throw malformed(what, "it is not JSON", e);
    } catch (IOException | UncheckedIOException e) {
      throw malformed(what, "it cannot be read", e);
    }
    if (!Arrays.equals(canonical, bytes)) {
      throw malformed(what, "it is not an object in canonical form (RFC 8785)", null);
    }
    return new Fields(Condition.MALFORMED_STATEMENT, what, (ObjectNode) node);
  }

  static TrefoilException malformed(String what, String reason, Exception cause) {
    return new TrefoilException(
        Condition.MALFORMED_STATEMENT,
        "Cannot read " + what + ": " + reason + ". Make it again with this version.",
        cause);
  }
}

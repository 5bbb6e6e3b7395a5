package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Reads the fields of a JSON object, each of which is required and has one form; {@link #end}
 * refuses those that nobody has asked for. Every message names the field and quotes no value.
 */
final class Fields {
  private final Condition condition;
  private final String what;
  private final ObjectNode node;
  private final Set<String> seen = new HashSet<>();

  Fields(Condition condition, String what, ObjectNode node) {
    this.condition = condition;
    this.what = what;
    this.node = node;
  }

  boolean has(String name) {
    return node.has(name);
  }

  String text(String name) {
    return text(name, field(name));
  }

  String text(String name, Pattern form) {
    String text = text(name);
    if (!form.matcher(text).matches()) {
      throw invalid(name, "it does not have the form " + form.pattern());
    }
    return text;
  }

  /** Free text of at most {@code longest} characters, without control characters but new lines. */
  String prose(String name, int longest) {
    String text = text(name);
    boolean control =
        text.chars().anyMatch(c -> c != '\n' && c != '\t' && Character.isISOControl(c));
    if (text.isBlank() || text.length() > longest || control) {
      throw invalid(
          name, "it is blank, longer than " + longest + " characters, or has control characters");
    }
    return text;
  }

  long number(String name, long least, long greatest) {
    JsonNode value = field(name);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < least
        || value.longValue() > greatest) {
      throw invalid(name, "it is no whole number from " + least + " to " + greatest);
    }
    return value.longValue();
  }

  /** Bytes in base64url without padding, in their only form. */
  byte[] bytes(String name) {
    String text = text(name);
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      if (base64(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw invalid(name, "it is not base64url");
    }
    throw invalid(name, "it is not base64url without padding");
  }

  byte[] bytes(String name, int length) {
    byte[] bytes = bytes(name);
    if (bytes.length != length) {
      throw invalid(name, "it has " + bytes.length + " bytes instead of " + length);
    }
    return bytes;
  }

  static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A time in whole seconds: {@code 2026-11-01T00:00:00Z}. */
  Instant time(String name) {
    String text = text(name);
    try {
      Instant time = Instant.parse(text);
      if (time.getNano() == 0 && time.toString().equals(text)) {
        return time;
      }
    } catch (DateTimeException e) {
      throw invalid(name, "it is no time such as 2026-11-01T00:00:00Z");
    }
    throw invalid(name, "it is no time in whole seconds such as 2026-11-01T00:00:00Z");
  }

  /** Texts without repetition, in ascending order. */
  List<String> sorted(String name, Pattern form) {
    List<String> texts = texts(name, form);
    for (int i = 1; i < texts.size(); i++) {
      if (texts.get(i - 1).compareTo(texts.get(i)) >= 0) {
        throw invalid(name, "its entries are not in ascending order, each once");
      }
    }
    return texts;
  }

  List<String> texts(String name, Pattern form) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : array(name)) {
      String text = text(name, item);
      if (!form.matcher(text).matches()) {
        throw invalid(name, "an entry does not have the form " + form.pattern());
      }
      texts.add(text);
    }
    return texts;
  }

  List<Fields> objects(String name) {
    List<Fields> objects = new ArrayList<>();
    int at = 0;
    for (JsonNode item : array(name)) {
      if (!item.isObject()) {
        throw invalid(name, "an entry is no object");
      }
      objects.add(
          new Fields(condition, what + " at " + name + "[" + at++ + "]", (ObjectNode) item));
    }
    return objects;
  }

  SortedMap<String, String> map(String name) {
    JsonNode value = field(name);
    if (!value.isObject()) {
      throw invalid(name, "it is no object");
    }
    SortedMap<String, String> map = new TreeMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = value.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      map.put(entry.getKey(), text(name, entry.getValue()));
    }
    return map;
  }

  /** Refuses fields that were not read. */
  void end() {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!seen.contains(name)) {
        throw new TrefoilException(
            condition,
            "Cannot read "
                + what
                + ": it has a field that this version does not know"
                + (name.matches("[a-z0-9-]{1,30}") ? ", " + name : "")
                + ". Remove it, or install the version that made it.");
      }
    }
  }

  TrefoilException invalid(String name, String reason) {
    return new TrefoilException(
        condition,
        "Cannot read "
            + what
            + ": its field "
            + name
            + " is not sound: "
            + reason
            + ". Correct it.");
  }

  private JsonNode array(String name) {
    JsonNode value = field(name);
    if (!value.isArray()) {
      throw invalid(name, "it is no list");
    }
    return value;
  }

  private String text(String name, JsonNode value) {
    if (!value.isTextual()) {
      throw invalid(name, "it is no text");
    }
    return value.textValue();
  }

  private JsonNode field(String name) {
    seen.add(name);
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      throw invalid(name, "it is missing");
    }
    return value;
  }
}

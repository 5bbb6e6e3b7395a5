package org.trefoil.api.owners;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** A node of the YAML tree that knows its place, so that every message can name it. */
record Section(Path file, String place, JsonNode node) {

  /** Refuses keys other than {@code known}. */
  Section withKeys(String... known) {
    requireMap();
    for (Iterator<String> it = node.fieldNames(); it.hasNext(); ) {
      String key = it.next();
      if (!Arrays.asList(known).contains(key)) {
        throw invalid(
            "there is no key \"" + key + "\" here",
            Nearest.to(key, Arrays.asList(known))
                .map(n -> "Did you mean \"" + n + "\"?")
                .orElse(""));
      }
    }
    return this;
  }

  /** The entries of a map, in the order of the file. */
  List<String> keys() {
    requireMap();
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  boolean has(String key) {
    return node.hasNonNull(key);
  }

  Section at(String key) {
    return new Section(file, place.isEmpty() ? key : place + "." + key, node.path(key));
  }

  Section required(String key, String hint) {
    if (!has(key)) {
      throw invalid("\"" + key + "\" is missing", hint);
    }
    return at(key);
  }

  <T> Optional<T> optional(String key, Function<Section, T> read) {
    return has(key) ? Optional.of(read.apply(at(key))) : Optional.empty();
  }

  /** A scalar as text; numbers and booleans count, so that options need no quotes. */
  String text() {
    if (!node.isValueNode() || node.isNull()) {
      throw invalid("a text is expected", "Write a single value.");
    }
    return node.asText();
  }

  List<Section> items(String example) {
    if (!node.isArray()) {
      throw invalid("a list is expected", "Write it as " + example + ".");
    }
    List<Section> items = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      items.add(new Section(file, place + "[" + i + "]", node.get(i)));
    }
    return items;
  }

  List<String> texts(String example) {
    return items(example).stream().map(Section::text).toList();
  }

  long wholeNumber(long least, long greatest) {
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.asLong() < least
        || node.asLong() > greatest) {
      throw invalid(
          "\"" + node.asText() + "\" is not a whole number from " + least + " to " + greatest, "");
    }
    return node.asLong();
  }

  /** A number, or a date as its days since 1970-01-01. */
  BigDecimal number() {
    if (node.isNumber()) {
      return node.decimalValue();
    }
    try {
      return BigDecimal.valueOf(LocalDate.parse(text()).toEpochDay());
    } catch (DateTimeParseException notADate) {
      try {
        return new BigDecimal(text());
      } catch (NumberFormatException e) {
        throw invalid("\"" + text() + "\" is neither a number nor a date", "");
      }
    }
  }

  boolean flag() {
    if (!node.isBoolean()) {
      throw invalid("true or false is expected", "");
    }
    return node.asBoolean();
  }

  /** One of {@code words}. */
  String word(List<String> words) {
    String text = text();
    if (!words.contains(text)) {
      throw invalid(
          "\"" + text + "\" is none of " + String.join(", ", words),
          Nearest.to(text, words).map(n -> "Did you mean \"" + n + "\"?").orElse(""));
    }
    return text;
  }

  TrefoilException invalid(String reason, String nextStep) {
    return new TrefoilException(
        Condition.INVALID_OWNERS_FILE,
        "Cannot read "
            + file
            + (place.isEmpty() ? "" : " at " + place)
            + ": "
            + reason
            + (nextStep.isEmpty() ? "." : ". " + nextStep));
  }

  private void requireMap() {
    if (!node.isObject()) {
      throw invalid("keys with values are expected", "");
    }
  }
}

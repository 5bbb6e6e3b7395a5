package org.trefoil.api.approval;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Parameters in SQL text: {@code ${region}} stands for a value of an enumeration, as a number or a
 * quoted text, {@code ${month.start}} and {@code ${month.end}} for the first day of a period and
 * the day after it, as dates. What is signed is the plan; this only says which plan is meant.
 */
public final class ParameterText {
  private static final Pattern PLACE =
      Pattern.compile("\\$\\{([a-z][a-z0-9_]{0,39})(?:\\.(start|end))?\\}");
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");

  private ParameterText() {}

  /** The SQL with these values in the places of the proposal's parameters. */
  public static String sql(Proposal proposal, Map<String, String> values) {
    Matcher places = PLACE.matcher(proposal.sql());
    StringBuilder out = new StringBuilder();
    while (places.find()) {
      String name = places.group(1);
      Parameter parameter =
          proposal.parameters().stream()
              .filter(p -> p.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () -> wrong("the SQL has a parameter " + name + " that is not declared"));
      String value = values.get(name);
      if (value == null) {
        throw wrong("parameter " + name + " has no value. Give it one");
      }
      places.appendReplacement(
          out, Matcher.quoteReplacement(literal(parameter, value, places.group(2))));
    }
    return places.appendTail(out).toString();
  }

  private static String literal(Parameter parameter, String value, String part) {
    if (parameter.calendar().isPresent() != (part != null)) {
      throw wrong(
          "parameter "
              + parameter.name()
              + " stands in the SQL as "
              + (part == null
                  ? "a value, but is a period. Write .start or .end"
                  : "a period, but is a value"));
    }
    if (part != null) {
      return "DATE '"
          + parameter.text(value, part.equals("start") ? Parameter.Part.START : Parameter.Part.END)
          + "'";
    }
    String text = parameter.text(value, Parameter.Part.VALUE);
    return NUMBER.matcher(text).matches()
        ? text
        : "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  /** Reads {@code month=2026-10-01;region=north}. */
  public static SortedMap<String, String> values(String text) {
    SortedMap<String, String> values = new TreeMap<>();
    for (String one : text.isBlank() ? new String[0] : text.split(";")) {
      int equals = one.indexOf('=');
      if (equals < 1
          || values.put(one.substring(0, equals).strip(), one.substring(equals + 1)) != null) {
        throw wrong("its parameters are written otherwise than month=2026-10-01;region=north");
      }
    }
    return values;
  }

  private static TrefoilException wrong(String reason) {
    return new TrefoilException(
        Condition.PARAMETER_NOT_APPROVED, "Cannot run the proposal: " + reason + ".");
  }
}

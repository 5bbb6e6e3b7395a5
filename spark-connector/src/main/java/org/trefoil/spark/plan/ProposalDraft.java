package org.trefoil.spark.plan;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.trefoil.api.approval.Parameter;

/**
 * What an analyst wants to propose, before it is planned.
 *
 * @param runs how many
 * @param interval between runs at least
 * @param validity how long
 * @param analysts who may run it besides the proposer
 * @param recipients as option {@code recipients} has them
 * @param ownKeys whether there is a row for each key that the recipient has
 * @param parameters that the SQL names, and their values
 * @param replaces the id of the version before this one
 */
public record ProposalDraft(
    String sql,
    String purpose,
    int runs,
    Duration interval,
    Duration validity,
    List<String> analysts,
    String recipients,
    boolean ownKeys,
    List<Parameter> parameters,
    Optional<String> replaces) {
  private static final Pattern TIME = Pattern.compile("([0-9]{1,6})(s|min|h|d)");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,39}");

  public ProposalDraft {
    analysts = List.copyOf(analysts);
    parameters = List.copyOf(parameters);
  }

  /**
   * A parameter such as {@code region=north,south} or {@code month=month:2026-01-01..2026-12-01}.
   *
   * @throws IllegalArgumentException if {@code text} is none, saying so
   */
  public static Parameter parameter(String text) {
    int equals = text.indexOf('=');
    String name = equals < 1 ? "" : text.substring(0, equals);
    String domain = text.substring(equals + 1);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no parameter such as region=north,south");
    }
    for (Parameter.Unit unit : Parameter.Unit.values()) {
      String prefix = unit.name().toLowerCase(Locale.ROOT) + ":";
      if (domain.startsWith(prefix)) {
        String[] ends = domain.substring(prefix.length()).split("\\.\\.");
        try {
          Parameter.Calendar calendar =
              new Parameter.Calendar(unit, LocalDate.parse(ends[0]), LocalDate.parse(ends[1]));
          return new Parameter(name, List.of(), Optional.of(calendar), List.of());
        } catch (DateTimeException | ArrayIndexOutOfBoundsException e) {
          throw new IllegalArgumentException(
              "\"" + text + "\" is no period such as month=month:2026-01-01..2026-12-01", e);
        }
      }
    }
    return new Parameter(
        name,
        List.copyOf(new TreeSet<>(Arrays.asList(domain.split(",")))),
        Optional.empty(),
        List.of());
  }

  /**
   * A time such as {@code 30min}, {@code 24h} or {@code 7d}.
   *
   * @throws IllegalArgumentException if {@code text} is none, saying so
   */
  public static Duration duration(String text) {
    Matcher m = TIME.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is no time such as 30min, 24h or 7d");
    }
    long n = Long.parseLong(m.group(1));
    Map<String, Duration> units =
        Map.of(
            "s", Duration.ofSeconds(n),
            "min", Duration.ofMinutes(n),
            "h", Duration.ofHours(n),
            "d", Duration.ofDays(n));
    return units.get(m.group(2));
  }
}

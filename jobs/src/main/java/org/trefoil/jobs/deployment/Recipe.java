package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * The files of a deployment, with parameters put in: {@code ${top}} is a number or a quoted text
 * (after a dot an owner's name), {@code ${month.start}} and {@code ${month.end}} the first day of a
 * month and of the next, as in proposals. {@code ${alike:given}} is a name without what people
 * write differently, as {@code alike.sql} says it letter by letter. A line that starts with {@code
 * --clear} is for the check in the clear only, and so is a file {@code NAME.clear.sql}: they say
 * there what suppression does on shares.
 */
public final class Recipe {
  private static final Pattern PLACE =
      Pattern.compile("\\$\\{([a-z][a-z0-9_]{0,39})(?:\\.(start|end))?\\}");
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}(\\.[0-9]{1,18})?");
  private static final Pattern ALIKE = Pattern.compile("\\$\\{alike:([a-z]+)\\}");
  private static final String CLEAR = "--clear ";

  private final Deployment deployment;
  private final SortedMap<String, String> parameters;

  private Recipe(Deployment deployment, SortedMap<String, String> parameters) {
    this.deployment = deployment;
    this.parameters = parameters;
  }

  /**
   * With these parameters, and the deployment's own values for the others.
   *
   * @throws TrefoilException INVALID_CONFIGURATION naming a parameter that there is not
   */
  public static Recipe of(Deployment deployment, Map<String, String> given) {
    SortedMap<String, String> all = new TreeMap<>(deployment.parameters());
    for (Map.Entry<String, String> one : given.entrySet()) {
      if (all.put(one.getKey(), one.getValue()) == null) {
        throw wrong(
            deployment,
            "it has no parameter "
                + one.getKey()
                + (deployment.parameters().isEmpty()
                    ? ", nor any other"
                    : "; it has "
                        + deployment.parameters().keySet().stream()
                            .sorted()
                            .collect(Collectors.joining(", "))));
      }
    }
    return new Recipe(deployment, all);
  }

  /** The same with these values of parameters. */
  Recipe with(Map<String, String> values) {
    SortedMap<String, String> all = new TreeMap<>(parameters);
    all.putAll(values);
    return new Recipe(deployment, all);
  }

  public Deployment deployment() {
    return deployment;
  }

  public String parameter(String name) {
    return parameters.get(name);
  }

  /** As the option {@code parameters} of a proposal's run takes them. */
  String parameters() {
    return parameters.entrySet().stream()
        .map(p -> p.getKey() + "=" + p.getValue())
        .collect(Collectors.joining(";"));
  }

  /** SQL for the executors. */
  public String sql(String query) {
    return put(proposed(deployment, query));
  }

  /** The same question to the rows in the clear, with what suppression would hold back left out. */
  String clearSql(String query, UnaryOperator<String> names) {
    String own = query + ".clear.sql";
    String text =
        text(deployment, exists(deployment, own) ? own : query + ".sql")
            .lines()
            .map(l -> l.strip().startsWith(CLEAR) ? l.strip().substring(CLEAR.length()) : l)
            .collect(Collectors.joining("\n"));
    return names.apply(put(text));
  }

  /** The SQL as owners would be asked to approve it, with its parameters' places. */
  public static String proposed(Deployment deployment, String query) {
    return text(deployment, query + ".sql")
        .lines()
        .filter(l -> !l.strip().startsWith(CLEAR))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** Writes OWNERS.yaml, README.md and the SQL for people to read and edit. */
  public static void copy(Deployment deployment, Path folder) throws IOException {
    List<String> files = new ArrayList<>(List.of("OWNERS.yaml", "README.md"));
    deployment.queries().forEach(q -> files.add(q + ".sql"));
    for (String file : files) {
      Files.writeString(folder.resolve(file), text(deployment, file));
    }
  }

  private String put(String text) {
    Matcher places = PLACE.matcher(text);
    StringBuilder out = new StringBuilder();
    while (places.find()) {
      String value = parameters.get(places.group(1));
      if (value == null) {
        throw new IllegalStateException(deployment.name() + ": " + places.group());
      }
      boolean owner = places.start() > 0 && text.charAt(places.start() - 1) == '.';
      places.appendReplacement(
          out,
          Matcher.quoteReplacement(
              owner
                  ? identifier(places.group(1), value)
                  : literal(places.group(1), value, places.group(2))));
    }
    return places.appendTail(out).toString();
  }

  private String literal(String name, String value, String part) {
    if (part != null) {
      LocalDate start = month(name, value);
      return "DATE '" + (part.equals("start") ? start : start.plusMonths(1)) + "'";
    }
    return NUMBER.matcher(value).matches()
        ? value
        : "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private String identifier(String name, String value) {
    if (!value.matches("[A-Za-z0-9_]{1,60}")) {
      throw wrong(deployment, name + " is not an owner's name");
    }
    return value;
  }

  private LocalDate month(String name, String value) {
    try {
      LocalDate day = LocalDate.parse(value);
      if (day.getDayOfMonth() == 1) {
        return day;
      }
    } catch (DateTimeException e) {
      // Said below, in the words of this job.
    }
    throw wrong(deployment, name + " is not the first day of a month, such as 2026-10-01");
  }

  private static TrefoilException wrong(Deployment deployment, String reason) {
    return new TrefoilException(
        Condition.INVALID_CONFIGURATION,
        "Cannot run job " + deployment.name() + ": " + reason + ".");
  }

  private static boolean exists(Deployment deployment, String file) {
    return Recipe.class.getResource(deployment.name() + "/" + file) != null;
  }

  private static String text(Deployment deployment, String file) {
    return ALIKE
        .matcher(resource(deployment.name() + "/" + file))
        .replaceAll(
            name ->
                Matcher.quoteReplacement(
                    resource("alike.sql").strip().replace("NAME", name.group(1))));
  }

  private static String resource(String path) {
    try (InputStream in = Recipe.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + path);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

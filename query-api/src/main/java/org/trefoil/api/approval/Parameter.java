package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * What may differ between the runs of one proposal: a value out of a list, or one of the whole
 * days, months, quarters or years between two dates, so that no two runs overlap in part.
 *
 * @param values the values of an enumeration, in ascending order; of a calendar none
 * @param calendar the periods, if it is no enumeration
 * @param places the constants of the plan that it stands for
 */
public record Parameter(
    String name, List<String> values, Optional<Calendar> calendar, List<Place> places) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,39}");
  private static final Pattern VALUE = Pattern.compile("[^\\p{Cntrl}]{0,200}");
  private static final int MOST_VALUES = 1000;

  /** The length of a period. */
  public enum Unit {
    DAY,
    MONTH,
    QUARTER,
    YEAR;

    LocalDate after(LocalDate start) {
      return switch (this) {
        case DAY -> start.plusDays(1);
        case MONTH -> start.plusMonths(1);
        case QUARTER -> start.plusMonths(3);
        case YEAR -> start.plusYears(1);
      };
    }

    boolean starts(LocalDate day) {
      return switch (this) {
        case DAY -> true;
        case MONTH -> day.getDayOfMonth() == 1;
        case QUARTER -> day.getDayOfMonth() == 1 && day.getMonthValue() % 3 == 1;
        case YEAR -> day.getDayOfYear() == 1;
      };
    }
  }

  /**
   * All periods from the one that starts on {@code first} to the one that starts on {@code last}.
   */
  public record Calendar(Unit unit, LocalDate first, LocalDate last) {
    /** The start of the period after the one that starts on {@code start}. */
    public LocalDate after(LocalDate start) {
      return unit.after(start);
    }
  }

  /** What of the value stands in the plan. */
  public enum Part {
    /** The value of an enumeration. */
    VALUE,
    /** The first day of the period. */
    START,
    /** The day after the period. */
    END
  }

  /** A constant of the plan: the {@code literal}-th in the order of {@link PlanLiterals}. */
  public record Place(int literal, Part part) {}

  public Parameter {
    values = List.copyOf(values);
    places = List.copyOf(places);
  }

  static Parameter read(Fields in) {
    String name = in.text("name", NAME);
    List<Place> places = new ArrayList<>();
    for (Fields place : in.objects("places")) {
      places.add(
          new Place(
              (int) place.number("literal", 0, 1_000_000), word(place, "part", Part.values())));
      place.end();
    }
    Parameter parameter;
    if (in.has("values")) {
      List<String> values = in.sorted("values", VALUE);
      if (values.isEmpty() || values.size() > MOST_VALUES) {
        throw in.invalid("values", "it has none, or more than " + MOST_VALUES);
      }
      parameter = new Parameter(name, values, Optional.empty(), places);
    } else {
      Calendar calendar =
          new Calendar(word(in, "every", Unit.values()), date(in, "first"), date(in, "last"));
      if (!calendar.unit().starts(calendar.first())
          || !calendar.unit().starts(calendar.last())
          || calendar.last().isBefore(calendar.first())
          || calendar.first().plusYears(100).isBefore(calendar.last())) {
        throw in.invalid("first", "first and last are not starts of periods, in this order");
      }
      parameter = new Parameter(name, List.of(), Optional.of(calendar), places);
    }
    in.end();
    boolean fits =
        places.stream().allMatch(p -> (p.part() == Part.VALUE) == parameter.calendar.isEmpty());
    if (places.isEmpty() || !fits) {
      throw in.invalid(
          "places", "there is none, or one asks for a part that the kind does not have");
    }
    return parameter;
  }

  void write(ObjectNode out) {
    out.put("name", name);
    if (calendar.isPresent()) {
      out.put("every", lower(calendar.get().unit()));
      out.put("first", calendar.get().first().toString());
      out.put("last", calendar.get().last().toString());
    } else {
      values.forEach(out.putArray("values")::add);
    }
    var array = out.putArray("places");
    places.forEach(p -> array.addObject().put("literal", p.literal()).put("part", lower(p.part())));
  }

  /** The first of the approved values. */
  public String firstValue() {
    return calendar.map(c -> c.first().toString()).orElseGet(() -> values.get(0));
  }

  /** How many values are approved. */
  public long count() {
    if (calendar.isEmpty()) {
      return values.size();
    }
    Calendar c = calendar.get();
    long count = 1;
    for (LocalDate day = c.first(); day.isBefore(c.last()); day = c.unit().after(day)) {
      count++;
    }
    return count;
  }

  /**
   * What stands in the plan for {@code value}.
   *
   * @throws TrefoilException PARAMETER_NOT_APPROVED
   */
  public String text(String value, Part part) {
    if (calendar.isEmpty()) {
      if (values.contains(value)) {
        return value;
      }
      throw refused("the value is not among the " + values.size() + " that are approved");
    }
    Calendar c = calendar.get();
    LocalDate start;
    try {
      start = LocalDate.parse(value);
    } catch (DateTimeException e) {
      throw refused("it is the first day of a " + lower(c.unit()) + ", such as " + c.first());
    }
    if (!c.unit().starts(start) || start.isBefore(c.first()) || start.isAfter(c.last())) {
      throw refused(
          "it is the first day of a "
              + lower(c.unit())
              + ", from "
              + c.first()
              + " to "
              + c.last());
    }
    return (part == Part.END ? c.unit().after(start) : start).toString();
  }

  private TrefoilException refused(String reason) {
    return new TrefoilException(
        Condition.PARAMETER_NOT_APPROVED,
        "Cannot run with this value of parameter " + name + ": " + reason + ".");
  }

  private static LocalDate date(Fields in, String name) {
    String text = in.text(name);
    try {
      LocalDate date = LocalDate.parse(text);
      if (date.toString().equals(text) && date.getYear() >= 1 && date.getYear() <= 9999) {
        return date;
      }
    } catch (DateTimeException e) {
      throw in.invalid(name, "it is no date such as 2026-11-01");
    }
    throw in.invalid(name, "it is no date such as 2026-11-01");
  }

  private static <E extends Enum<E>> E word(Fields in, String name, E[] words) {
    String text = in.text(name);
    return Arrays.stream(words)
        .filter(word -> lower(word).equals(text))
        .findFirst()
        .orElseThrow(() -> in.invalid(name, "it is no word that this version knows"));
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }
}

package org.trefoil.jobs;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The substitution parameters of TPC-H's queries, drawn as the specification says (2.4.1.3 to
 * 2.4.22.3): each replaces in a query's text the value for validation that stands there.
 */
final class TpchDraw {
  private static final List<String> NATIONS =
      List.of(
          "ALGERIA",
          "ARGENTINA",
          "BRAZIL",
          "CANADA",
          "EGYPT",
          "ETHIOPIA",
          "FRANCE",
          "GERMANY",
          "INDIA",
          "INDONESIA",
          "IRAN",
          "IRAQ",
          "JAPAN",
          "JORDAN",
          "KENYA",
          "MOROCCO",
          "MOZAMBIQUE",
          "PERU",
          "CHINA",
          "ROMANIA",
          "SAUDI ARABIA",
          "VIETNAM",
          "RUSSIA",
          "UNITED KINGDOM",
          "UNITED STATES");
  private static final List<String> REGIONS =
      List.of("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST");

  /** The regions of {@link #NATIONS}. */
  private static final int[] REGION_OF = {
    0, 1, 1, 1, 4, 0, 3, 3, 2, 2, 4, 4, 2, 4, 0, 0, 0, 1, 2, 3, 4, 2, 3, 3, 1
  };

  private static final List<String> SEGMENTS =
      List.of("AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD");
  private static final List<String> MODES =
      List.of("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB");
  private static final List<String> COLORS =
      List.of(
          "almond",
          "antique",
          "azure",
          "beige",
          "blue",
          "brown",
          "chocolate",
          "coral",
          "cyan",
          "drab",
          "firebrick",
          "forest",
          "green",
          "hot",
          "indian",
          "ivory",
          "khaki",
          "lemon",
          "lime",
          "magenta",
          "navy",
          "olive",
          "peach",
          "pink",
          "plum",
          "puff",
          "red",
          "rose",
          "sky",
          "tan",
          "tomato",
          "violet",
          "wheat",
          "white",
          "yellow");
  private static final List<String> SIZES =
      List.of("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO");
  private static final List<String> FINISHES =
      List.of("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED");
  private static final List<String> METALS = List.of("TIN", "NICKEL", "BRASS", "STEEL", "COPPER");
  private static final List<String> PACKS = List.of("SM", "LG", "MED", "JUMBO", "WRAP");
  private static final List<String> CONTAINERS =
      List.of("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM");

  private final int draw;

  /**
   * @param draw which draw; 0 are the values for validation
   */
  TpchDraw(int draw) {
    this.draw = draw;
  }

  /**
   * A query with this draw's parameters.
   *
   * @param query such as {@code q3}
   * @param text with the values for validation
   */
  String of(String query, String text) {
    if (draw == 0) {
      return text;
    }
    Random random = new Random(31L * draw + query.hashCode());
    Text t = new Text(text);
    switch (query) {
      case "q1" -> t.put("'90'", "'" + between(random, 60, 120) + "'");
      case "q2" -> {
        t.put("p_size = 15", "p_size = " + between(random, 1, 50));
        t.put("%BRASS", "%" + one(random, METALS));
        t.put("'EUROPE'", "'" + one(random, REGIONS) + "'");
      }
      case "q3" -> {
        t.put("'BUILDING'", "'" + one(random, SEGMENTS) + "'");
        t.put("1995-03-15", "1995-03-%02d".formatted(between(random, 1, 31)));
      }
      case "q4" -> t.put("1993-07-01", month(random, 1993, 58));
      case "q5" -> {
        t.put("'ASIA'", "'" + one(random, REGIONS) + "'");
        t.put("1994-01-01", year(random));
      }
      case "q6" -> {
        t.put("1994-01-01", year(random));
        t.put("0.06", "0.0" + between(random, 2, 9));
        t.put("l_quantity < 24", "l_quantity < " + between(random, 24, 25));
      }
      case "q7" -> {
        List<String> two = several(random, NATIONS, 2);
        t.put("'FRANCE'", "'" + two.get(0) + "'");
        t.put("'GERMANY'", "'" + two.get(1) + "'");
      }
      case "q8" -> {
        int nation = random.nextInt(NATIONS.size());
        t.put("'BRAZIL'", "'" + NATIONS.get(nation) + "'");
        t.put("'AMERICA'", "'" + REGIONS.get(REGION_OF[nation]) + "'");
        t.put("ECONOMY ANODIZED STEEL", type(random) + " " + one(random, METALS));
      }
      case "q9" -> t.put("%green%", "%" + one(random, COLORS) + "%");
      case "q10" -> t.put("1993-10-01", month(random, 1993, 24, 1));
      case "q11" -> t.put("'GERMANY'", "'" + one(random, NATIONS) + "'");
      case "q12" -> {
        List<String> two = several(random, MODES, 2);
        t.put("'MAIL', 'SHIP'", "'" + two.get(0) + "', '" + two.get(1) + "'");
        t.put("1994-01-01", year(random));
      }
      case "q13" ->
          t.put(
              "%special%requests%",
              "%"
                  + one(random, List.of("special", "pending", "unusual", "express"))
                  + "%"
                  + one(random, List.of("packages", "requests", "accounts", "deposits"))
                  + "%");
      case "q14" -> t.put("1995-09-01", month(random, 1993, 60));
      case "q15" -> t.put("1996-01-01", month(random, 1993, 58));
      case "q16" -> {
        t.put("Brand#45", brand(random));
        t.put("MEDIUM POLISHED", type(random));
        t.put(
            "49, 14, 23, 45, 19, 3, 36, 9",
            several(random, IntStream.rangeClosed(1, 50).boxed().toList(), 8).stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ")));
      }
      case "q17" -> {
        t.put("Brand#23", brand(random));
        t.put("MED BOX", one(random, PACKS) + " " + one(random, CONTAINERS));
      }
      case "q18" -> t.put("> 300", "> " + between(random, 312, 315));
      case "q19" -> {
        t.put("Brand#12", brand(random));
        t.put("Brand#23", brand(random));
        t.put("Brand#34", brand(random));
        int[] least = {between(random, 1, 10), between(random, 10, 20), between(random, 20, 30)};
        int[] before = {1, 10, 20};
        for (int i = 0; i < 3; i++) {
          t.put(
              "l_quantity >= %d and l_quantity <= %d + 10".formatted(before[i], before[i]),
              "l_quantity >= %d and l_quantity <= %d + 10".formatted(least[i], least[i]));
        }
      }
      case "q20" -> {
        t.put("forest%", one(random, COLORS) + "%");
        t.put("1994-01-01", year(random));
        t.put("'CANADA'", "'" + one(random, NATIONS) + "'");
      }
      case "q21" -> t.put("'SAUDI ARABIA'", "'" + one(random, NATIONS) + "'");
      case "q22" ->
          t.put(
              "'13', '31', '23', '29', '30', '18', '17'",
              several(random, IntStream.rangeClosed(10, 34).boxed().toList(), 7).stream()
                  .map(c -> "'" + c + "'")
                  .collect(Collectors.joining(", ")));
      default -> throw new IllegalArgumentException(query);
    }
    return t.text();
  }

  /** A text in which parameters are put, each at once wherever it stands. */
  private static final class Text {
    private final List<String> values = new ArrayList<>();
    private String text;

    Text(String text) {
      this.text = text.replaceAll("(?m)^--.*$", "").replaceAll("\\s+", " ").replace("( ", "(");
    }

    void put(String before, String after) {
      if (!text.contains(before)) {
        throw new IllegalStateException("the query does not hold " + before);
      }
      text = text.replace(before, "\u0001" + values.size() + "\u0002");
      values.add(after);
    }

    String text() {
      String all = text;
      for (int i = 0; i < values.size(); i++) {
        all = all.replace("\u0001" + i + "\u0002", values.get(i));
      }
      return all;
    }
  }

  private static int between(Random random, int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  private static <T> T one(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static <T> List<T> several(Random random, List<T> of, int count) {
    List<T> left = new ArrayList<>(of);
    List<T> drawn = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drawn.add(left.remove(random.nextInt(left.size())));
    }
    return drawn;
  }

  private static String brand(Random random) {
    return "Brand#" + between(random, 1, 5) + between(random, 1, 5);
  }

  private static String type(Random random) {
    return one(random, SIZES) + " " + one(random, FINISHES);
  }

  private static String year(Random random) {
    return between(random, 1993, 1997) + "-01-01";
  }

  private static String month(Random random, int year, int months) {
    return month(random, year, months, 0);
  }

  /** The first day of one of {@code months} months. */
  private static String month(Random random, int year, int months, int after) {
    return LocalDate.of(year, 1, 1).plusMonths(after + random.nextInt(months)).toString();
  }
}

package org.trefoil.jobs.deployment;

import java.text.Normalizer;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Somebody whom several organisations know, each writing the name in its own way. */
record Person(String given, String family, LocalDate born) {
  private static final LocalDate FIRST = LocalDate.of(1970, 1, 1);
  private static final int DAYS = 14_000;
  private static final List<String> GIVEN =
      List.of(
          "Aisha",
          "Chlo\u00e9",
          "Ivan",
          "Joy",
          "J\u00fcrgen",
          "Maria",
          "Samuel",
          "Thanh",
          "Viktor");
  private static final List<String> FAMILY =
      List.of(
          "Adeyemi",
          "Kowalska",
          "Nguy\u1ec5n",
          "O\u2019Neill",
          "Petrov",
          "Popescu",
          "Rossi",
          "Tr\u1ea7n");

  static Person random(SplittableRandom random) {
    return new Person(
        GIVEN.get(random.nextInt(GIVEN.size())),
        FAMILY.get(random.nextInt(FAMILY.size())),
        FIRST.plusDays(random.nextInt(DAYS)));
  }

  /** In capitals, with marks as characters of their own. */
  Person typed() {
    return new Person(given.toUpperCase(Locale.ROOT), " " + decomposed(family), born);
  }

  /** As somebody writes it who only heard it, without marks. */
  Person heard() {
    return new Person(
        given.replace("Viktor", "Victor").replace("Aisha", "Aysha"),
        decomposed(family).replaceAll("[^A-Za-z]", ""),
        born);
  }

  /** With the apostrophe of a typewriter. */
  Person plain() {
    return new Person(given, family.replace('\u2019', '\''), born);
  }

  private static String decomposed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFD);
  }

  /** One row of given name, family name, date of birth. */
  Object[] row() {
    return new Object[] {given, family, born};
  }
}

package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** Which of the victims that the police have selected an organisation that helps them knows. */
public final class InformantCheck implements Deployment {
  private static final long SEED = 20_261_008;
  private static final LocalDate BORN = LocalDate.of(1970, 1, 1);
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
  private static final int SELECTED = 30;

  @Override
  public String name() {
    return "informant-check";
  }

  @Override
  public String question() {
    return "Which of the victims that we have selected have told somebody who helps them?";
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("key", "exact");
  }

  @Override
  public long rows() {
    return 1_000;
  }

  /** The same people are written differently by the police and by those who help. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    try (SampleTable victims =
            SampleTable.create(folder.resolve("victims.csv"), "file", "given", "family", "born");
        SampleTable clinic =
            SampleTable.create(folder.resolve("clinic.csv"), "given", "family", "born");
        SampleTable shelter =
            SampleTable.create(folder.resolve("shelter.csv"), "given", "family", "born")) {
      for (long i = 0; i < rows; i++) {
        String given = GIVEN.get(random.nextInt(GIVEN.size()));
        String family = FAMILY.get(random.nextInt(FAMILY.size()));
        LocalDate born = BORN.plusDays(random.nextInt(14_000));
        if (i < SELECTED) {
          victims.row("P-%05d".formatted(i), given, family, born);
        }
        if (random.nextInt(3) == 0) {
          clinic.row(given.toUpperCase(Locale.ROOT), " " + decomposed(family), born);
        }
        if (random.nextInt(4) == 0) {
          shelter.row(heard(given), without(family), born);
        }
      }
    }
  }

  /** With marks as characters of their own. */
  private static String decomposed(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFD);
  }

  /** Without marks. */
  private static String without(String name) {
    return decomposed(name).replaceAll("[^A-Za-z]", "");
  }

  /** As somebody writes it who only heard it. */
  private static String heard(String name) {
    return name.replace("Viktor", "Victor").replace("Aisha", "Aysha");
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new InformantCheck(), arguments);
  }
}

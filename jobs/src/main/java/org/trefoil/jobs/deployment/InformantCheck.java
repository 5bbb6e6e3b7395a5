package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Which of the victims that the police have selected an organisation that helps them knows. */
public final class InformantCheck implements Deployment {
  private static final long SEED = 20_261_008;
  private static final LocalDate BORN = LocalDate.of(1970, 1, 1);
  private static final List<String> GIVEN =
      List.of("Aisha", "Elena", "Ivan", "Joy", "Lien", "Maria", "Samuel", "Thanh", "Viktor");
  private static final List<String> FAMILY =
      List.of("Adeyemi", "Kowalska", "Nguyen", "Okafor", "Petrov", "Popescu", "Rossi", "Tran");
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
  public long rows() {
    return 1_000;
  }

  /** The same people are written differently by the police and by those who help. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    try (SampleTable victims =
            SampleTable.create(folder.resolve("victims.csv"), "file", "name", "born");
        SampleTable clinic = SampleTable.create(folder.resolve("clinic.csv"), "name", "born");
        SampleTable shelter = SampleTable.create(folder.resolve("shelter.csv"), "name", "born")) {
      for (long i = 0; i < rows; i++) {
        String given = GIVEN.get(random.nextInt(GIVEN.size()));
        String family = FAMILY.get(random.nextInt(FAMILY.size()));
        LocalDate born = BORN.plusDays(random.nextInt(14_000));
        if (i < SELECTED) {
          victims.row("P-%05d".formatted(i), given + " " + family, born);
        }
        if (random.nextInt(3) == 0) {
          clinic.row(" " + given.toUpperCase(Locale.ROOT) + " " + family, born);
        }
        if (random.nextInt(4) == 0) {
          shelter.row(given.toLowerCase(Locale.ROOT) + " " + family + " ", born);
        }
      }
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new InformantCheck(), arguments);
  }
}

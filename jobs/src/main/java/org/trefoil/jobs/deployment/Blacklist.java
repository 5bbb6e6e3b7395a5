package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Whether applicants are on anyone's list, without a list being shared. */
public final class Blacklist implements Deployment {
  private static final long SEED = 20_261_007;
  private static final List<String> LISTS = List.of("insurer", "landlord", "lender");
  private static final int ASKED = 20;

  @Override
  public String name() {
    return "blacklist";
  }

  @Override
  public String question() {
    return "Which of our applicants are on anyone's list?";
  }

  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    try (SampleTable applicants = SampleTable.create(folder.resolve("applicants.csv"), "person")) {
      for (long i = 0; i < Math.min(ASKED, rows); i++) {
        applicants.row(person(i * rows / ASKED));
      }
    }
    for (String owner : LISTS) {
      try (SampleTable list = SampleTable.create(folder.resolve(owner + ".csv"), "person")) {
        for (long i = 0; i < rows; i++) {
          if (random.nextInt(5) == 0) {
            list.row(person(i));
          }
        }
      }
    }
  }

  private static String person(long number) {
    return "NL%09d".formatted(number);
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new Blacklist(), arguments);
  }
}

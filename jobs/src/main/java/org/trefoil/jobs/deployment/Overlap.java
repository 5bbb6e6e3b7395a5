package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A search engine and a shop: how many who saw the campaign bought, and for how much. */
public final class Overlap implements Deployment {
  private static final long SEED = 20_261_001;
  private static final int DEAREST_CENTS = 50_000;

  @Override
  public String name() {
    return "overlap";
  }

  @Override
  public String question() {
    return "How many people are in both lists, and what did they spend?";
  }

  /** Two lists of as many people, of whom each is in the other with probability one half. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    try (SampleTable viewers = SampleTable.create(folder.resolve("viewers.csv"), "person");
        SampleTable buyers = SampleTable.create(folder.resolve("buyers.csv"), "person", "spent")) {
      for (long i = 0; i < rows; i++) {
        long buyer = 2 * i + random.nextInt(2);
        int cents = 1 + random.nextInt(DEAREST_CENTS);
        viewers.row(person(2 * i));
        buyers.row(person(buyer), "%d.%02d".formatted(cents / 100, cents % 100));
      }
    }
  }

  private static String person(long number) {
    return "p" + number + "@example.org";
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new Overlap(), arguments);
  }
}

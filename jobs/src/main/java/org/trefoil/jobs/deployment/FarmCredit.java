package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Banks' accounts of farms, scored by a consultant's secret model: the grades by region. */
public final class FarmCredit implements Deployment {
  private static final long SEED = 20_261_003;
  private static final List<String> BANKS = List.of("agri", "coop", "land");
  private static final List<String> REGIONS = List.of("east", "islands", "north", "south", "west");
  private static final List<String> KINDS = List.of("arable", "dairy", "fruit", "pigs", "poultry");

  @Override
  public String name() {
    return "farm-credit";
  }

  @Override
  public String question() {
    return "How credit-worthy are the farms of a region, by an expert's secret model?";
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("good", "55", "fair", "35");
  }

  /** Farms at three banks, and a model for each kind of farm. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    long farm = 0;
    for (String bank : BANKS) {
      try (SampleTable farms =
          SampleTable.create(
              folder.resolve("farms-" + bank + ".csv"),
              "farm",
              "region",
              "kind",
              "equity",
              "margin")) {
        for (long i = 0; i < rows; i++) {
          farms.row(
              farm++,
              REGIONS.get(random.nextInt(REGIONS.size())),
              KINDS.get(random.nextInt(KINDS.size())),
              "%.1f".formatted(100 * random.nextDouble()),
              "%.1f".formatted(-20 + 60 * random.nextDouble()));
        }
      }
    }
    try (SampleTable model =
        SampleTable.create(
            folder.resolve("model.csv"), "kind", "base", "per_equity", "per_margin")) {
      for (String kind : KINDS) {
        model.row(
            kind,
            "%.2f".formatted(5 + 10 * random.nextDouble()),
            "%.3f".formatted(0.3 + 0.3 * random.nextDouble()),
            "%.3f".formatted(0.5 + random.nextDouble()));
      }
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new FarmCredit(), arguments);
  }
}

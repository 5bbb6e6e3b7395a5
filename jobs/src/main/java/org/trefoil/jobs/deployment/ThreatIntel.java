package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Indicators of many organisations, by way of their sectors' exchanges: those that several saw. */
public final class ThreatIntel implements Deployment {
  private static final long SEED = 20_261_006;
  private static final LocalDate FIRST = LocalDate.of(2026, 10, 1);
  private static final List<String> SECTORS = List.of("energy", "finance", "health", "water");
  private static final int MEMBERS = 25;
  private static final int COMMON = 40;

  @Override
  public String name() {
    return "threat-intel";
  }

  @Override
  public String question() {
    return "Which indicators of attacks did several organisations see?";
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("seen_by", "5");
  }

  @Override
  public long rows() {
    return 2_000;
  }

  /** A quarter of the rows each; a third of an organisation's indicators are common ones. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (String sector : SECTORS) {
      try (SampleTable sightings =
          SampleTable.create(
              folder.resolve("sightings-" + sector + ".csv"), "member", "indicator", "seen")) {
        for (long i = 0; i < Math.max(1, rows / SECTORS.size()); i++) {
          boolean common = random.nextInt(3) == 0;
          sightings.row(
              sector + "-" + random.nextInt(MEMBERS),
              common
                  ? "203.0.113." + random.nextInt(COMMON)
                  : "198.51.100." + random.nextInt(256) + ":" + random.nextInt(65_536),
              FIRST.plusDays(random.nextInt(31)));
        }
      }
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new ThreatIntel(), arguments);
  }
}

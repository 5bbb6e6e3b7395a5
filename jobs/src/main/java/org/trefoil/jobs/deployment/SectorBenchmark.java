package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Where a company stands in its sector, whose members show nobody their figures. */
public final class SectorBenchmark implements Deployment {
  private static final long SEED = 20_261_009;
  private static final List<String> MEMBERS =
      List.of("aspen", "birch", "cedar", "elm", "fir", "larch");

  @Override
  public String name() {
    return "sector-benchmark";
  }

  @Override
  public String question() {
    return "How do we stand against the sector, whose figures nobody sees?";
  }

  @Override
  public List<String> queries() {
    return List.of("sector", "standing");
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("member", "cedar", "members", "5");
  }

  @Override
  public long rows() {
    return 1;
  }

  /** One figure for each member, whatever the number of rows. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (String member : MEMBERS) {
      try (SampleTable figures =
          SampleTable.create(folder.resolve(member + ".csv"), "year", "margin")) {
        figures.row(2025, "%.2f".formatted(-5 + 30 * random.nextDouble()));
      }
    }
  }

  @Override
  public List<Result> report(Answers answers) {
    return queries().stream().map(answers::to).toList();
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new SectorBenchmark(), arguments);
  }
}

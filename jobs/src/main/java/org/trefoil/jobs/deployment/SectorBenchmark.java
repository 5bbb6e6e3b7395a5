package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Where a company stands in its sector, whose members show nobody their figures. */
public final class SectorBenchmark implements Deployment {
  private static final long SEED = 20_261_009;
  private static final List<String> MEMBERS =
      List.of("aspen", "birch", "cedar", "elm", "fir", "larch");
  private static final String ALL = "all";

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
    return List.of("standing");
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("member", "cedar");
  }

  /** One run for a member, or for each of {@code all}, which alone gets its answer. */
  @Override
  public List<Question> questions(UnaryOperator<String> parameter) {
    String member = parameter.apply("member");
    return (member.equals(ALL) ? MEMBERS : List.of(member))
        .stream()
            .map(m -> Question.of("standing").with("standing-" + m, "member", m).forOwnKeys(m))
            .toList();
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

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new SectorBenchmark(), arguments);
  }
}

package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Who is richer, and nothing else; then what three have together and on average. */
public final class Millionaires implements Deployment {
  private static final long SEED = 20_261_004;
  private static final int RICHEST = 100_000_000;

  @Override
  public String name() {
    return "millionaires";
  }

  @Override
  public String question() {
    return "Who is richer, and nothing else? What do three have together?";
  }

  @Override
  public List<String> queries() {
    return List.of("richer", "together");
  }

  @Override
  public long rows() {
    return 1;
  }

  /** One fortune each, whatever the number of rows. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (String owner : List.of("anna", "bela", "cleo")) {
      try (SampleTable fortune =
          SampleTable.create(folder.resolve(owner + ".csv"), "question", "euros")) {
        fortune.row(1, random.nextInt(RICHEST));
      }
    }
  }

  @Override
  public List<Result> report(Answers answers) {
    return queries().stream().map(answers::to).toList();
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new Millionaires(), arguments);
  }
}

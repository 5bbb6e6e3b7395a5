package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

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
    return List.of("richer", "together", "above");
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("to", "analyst", "kept", "together");
  }

  /** For all, for some, or for nobody: then the sum is kept, and another question is about it. */
  @Override
  public List<Question> questions(UnaryOperator<String> parameter) {
    String to = parameter.apply("to");
    Question together = Question.of("together").to(to);
    return together
        .kept()
        .map(name -> List.of(together, Question.of("above").with("above", "kept", name)))
        .orElseGet(() -> List.of(Question.of("richer").to(to), together));
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

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new Millionaires(), arguments);
  }
}

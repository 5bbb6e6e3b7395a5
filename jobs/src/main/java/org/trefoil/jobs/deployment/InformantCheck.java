package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Which of the victims that the police have selected an organisation that helps them knows. */
public final class InformantCheck implements Deployment {
  private static final long SEED = 20_261_008;
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

  /** For keys of the police's own, who alone get the answer. */
  @Override
  public List<Question> questions(UnaryOperator<String> parameter) {
    return List.of(Question.of(name()).forOwnKeys("police"));
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
        Person person = Person.random(random);
        if (i < SELECTED) {
          victims.row("P-%05d".formatted(i), person.given(), person.family(), person.born());
        }
        if (random.nextInt(3) == 0) {
          clinic.row(person.typed().row());
        }
        if (random.nextInt(4) == 0) {
          shelter.row(person.heard().row());
        }
      }
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new InformantCheck(), arguments);
  }
}

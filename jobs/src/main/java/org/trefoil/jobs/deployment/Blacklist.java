package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Whether applicants are on anyone's list, without a list being shared. */
public final class Blacklist implements Deployment {
  private static final long SEED = 20_261_007;
  private static final String[] COLUMNS = {"given", "family", "born"};
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
  public Map<String, String> parameters() {
    return Map.of("key", "exact");
  }

  /** For keys of the bank's own, which alone gets the answer. */
  @Override
  public List<Question> questions(UnaryOperator<String> parameter) {
    return List.of(Question.of(name()).forOwnKeys("bank"));
  }

  /** Who is on a list is written there as its owner writes names. */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    long every = Math.max(1, rows / ASKED);
    try (SampleTable applicants =
            SampleTable.create(
                folder.resolve("applicants.csv"), "application", "given", "family", "born");
        SampleTable insurer = SampleTable.create(folder.resolve("insurer.csv"), COLUMNS);
        SampleTable landlord = SampleTable.create(folder.resolve("landlord.csv"), COLUMNS);
        SampleTable lender = SampleTable.create(folder.resolve("lender.csv"), COLUMNS)) {
      for (long i = 0; i < rows; i++) {
        Person person = Person.random(random);
        if (i % every == 0 && i / every < ASKED) {
          applicants.row("A-%05d".formatted(i), person.given(), person.family(), person.born());
        }
        if (random.nextInt(5) == 0) {
          insurer.row(person.typed().row());
        }
        if (random.nextInt(5) == 0) {
          landlord.row(person.heard().row());
        }
        if (random.nextInt(5) == 0) {
          lender.row(person.plain().row());
        }
      }
    }
  }

  /** For {@code spark-submit}. */
  public static void main(String[] arguments) {
    SubmittedJob.main(new Blacklist(), arguments);
  }
}

package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A real deployment as a recipe: whose tables, which question, what is made of the revealed rows.
 * Its OWNERS.yaml, README.md and SQL are resources in a folder of its name, beside this package.
 */
public interface Deployment {
  /** As in {@code bin/trefoil job NAME}. */
  String name();

  /** The question in one line. */
  String question();

  /** Parameters and what they are unless said otherwise. */
  default Map<String, String> parameters() {
    return Map.of();
  }

  /** The names of its questions, each the SQL of a file. */
  default List<String> queries() {
    return List.of(name());
  }

  /**
   * What it asks, in this order, and for whom.
   *
   * @param parameter values by name
   */
  default List<Question> questions(UnaryOperator<String> parameter) {
    return queries().stream().map(Question::of).toList();
  }

  /** How many rows the largest generated table has unless said otherwise. */
  default long rows() {
    return 10_000;
  }

  /**
   * Writes generated data where OWNERS.yaml expects them; the same for the same number of rows.
   *
   * @param rows of the largest table, about
   */
  void generate(Path folder, long rows) throws IOException;

  /** Asks, and computes from what was revealed. Runs again over the rows in the clear, to check. */
  default List<Result> report(Answers answers) {
    List<Result> results = new ArrayList<>();
    for (Question question : questions(answers::parameter)) {
      Result result = answers.to(question);
      if (question.kept().isEmpty()) {
        results.add(result);
      }
    }
    return results;
  }
}

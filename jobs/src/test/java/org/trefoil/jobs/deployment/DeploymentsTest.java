package org.trefoil.jobs.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.api.owners.OwnersFile;

/** Every deployment at a small size on embedded executors, against plain Spark. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeploymentsTest {
  private static final long ROWS = 400;

  /**
   * Other than the deployment's own: one answer for all its owners, one for two of three; names as
   * they sound.
   */
  private static final Map<String, Map<String, String>> PARAMETERS =
      Map.of(
          "millionaires", Map.of("to", "anna,bela"),
          "informant-check", Map.of("key", "phonetic"));

  private SparkSession spark;

  @BeforeAll
  void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
  }

  @AfterAll
  void stop() {
    spark.stop();
  }

  /** All; {@code -Dtrefoil.jobs=overlap,blacklist} runs some. */
  public static Stream<String> names() {
    String only = System.getProperty("trefoil.jobs");
    if (only != null) {
      return Stream.of(only.split(","));
    }
    return Deployments.all().stream().map(Deployment::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void answersAsInTheClear(String name, @TempDir Path folder) throws IOException {
    Deployment deployment = Deployments.named(name).orElseThrow();
    deployment.generate(folder, ROWS);
    Recipe.copy(deployment, folder);
    Recipe recipe = Recipe.of(deployment, PARAMETERS.getOrDefault(name, Map.of()));
    SparkSession session = session(folder);

    List<Result> shares = deployment.report(new SecureAnswers(session, recipe));
    OwnersFile owners = OwnersFile.read(folder.resolve("OWNERS.yaml"));
    List<Result> clear = deployment.report(new ClearAnswers(session, recipe, owners));
    assertThat(Differences.between(shares, clear)).isEmpty();
    assertThat(shares).allSatisfy(result -> assertThat(result.rows()).isNotEmpty());
    assertThat(shares).extracting(Result::name).doesNotHaveDuplicates();

    Path output = folder.resolve("output");
    new OutputFolder(output).write(session, shares);
    new OutputFolder(output).write(session, shares);
    try (Stream<Path> files = Files.list(output)) {
      assertThat(files).hasSize(2 * shares.size());
    }
    for (Result result : shares) {
      assertThat(
              session.read().parquet(output.resolve(result.name() + ".parquet").toString()).count())
          .isEqualTo(result.rows().size());
    }
  }

  @Test
  void aSumThatNobodyGetsIsUsedByALaterQuestion(@TempDir Path folder) throws IOException {
    Deployment millionaires = new Millionaires();
    millionaires.generate(folder, 1);
    Recipe.copy(millionaires, folder);
    Recipe recipe = Recipe.of(millionaires, Map.of("to", "none:purse"));
    SparkSession session = session(folder);
    SecureAnswers answers = new SecureAnswers(session, recipe);
    List<Question> questions = millionaires.questions(answers::parameter);
    assertThat(answers.to(questions.get(0)).rows()).isEmpty();
    List<Result> above = List.of(answers.to(questions.get(1)));
    OwnersFile owners = OwnersFile.read(folder.resolve("OWNERS.yaml"));
    assertThat(
            Differences.between(
                above, millionaires.report(new ClearAnswers(session, recipe, owners))))
        .isEmpty();
    assertThat(above.get(0).name()).isEqualTo("above");
  }

  @Test
  void aTableThatSharesNobodyIsAnAnswerTooAndKeepsTheGoodFiles(@TempDir Path folder)
      throws IOException {
    Deployment overlap = new Overlap();
    overlap.generate(folder, ROWS);
    Recipe.copy(overlap, folder);
    Files.writeString(folder.resolve("viewers.csv"), "person\nnobody@example.org\n");
    Recipe recipe = Recipe.of(overlap, Map.of());
    SparkSession session = session(folder);
    List<Result> shares = overlap.report(new SecureAnswers(session, recipe));
    assertThat(shares.get(0).rows()).isEmpty();
    Path output = Files.createDirectory(folder.resolve("output"));
    Path good = Files.writeString(output.resolve("overlap.csv"), "good");
    Files.writeString(folder.resolve("buyers.csv"), "person,spent\na@example.org,much\n");
    assertThatThrownBy(
            () ->
                new OutputFolder(output)
                    .write(session, overlap.report(new SecureAnswers(session(folder), recipe))))
        .hasMessageContaining("shop.buyers");
    assertThat(good).hasContent("good");
  }

  @Test
  void saysWhatDiffersAndWhichParametersThereAre() {
    Result one = new Result("r", spark.sql("SELECT 1 AS n").schema(), rows(1));
    Result two = new Result("r", spark.sql("SELECT 2 AS n").schema(), rows(2));
    assertThat(Differences.between(List.of(one), List.of(two)))
        .containsExactly("r, row 1: [1], in the clear [2]");
    assertThat(Differences.between(List.of(one), List.of(one))).isEmpty();
    assertThatThrownBy(() -> Recipe.of(new Overlap(), Map.of("top", "1")))
        .hasMessageContaining("no parameter top");
  }

  private List<org.apache.spark.sql.Row> rows(int n) {
    return spark.sql("SELECT " + n + " AS n").collectAsList();
  }

  private SparkSession session(Path folder) {
    SparkSession session = spark.newSession();
    session.conf().set("spark.sql.catalog.trefoil", "org.trefoil.spark.TrefoilCatalog");
    session.conf().set("spark.sql.catalog.trefoil.executors", "embedded");
    session
        .conf()
        .set("spark.sql.catalog.trefoil.owners", folder.resolve("OWNERS.yaml").toString());
    return session;
  }
}

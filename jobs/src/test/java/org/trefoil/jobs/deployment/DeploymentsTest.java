package org.trefoil.jobs.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
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
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.jobs.Failure;

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
            // Few rows, many queries: generating and compiling code takes longer than running it.
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.sql.adaptive.enabled", "false")
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
    putOwnFiles(folder);
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
    keepsTheLastGoodFiles(folder, session, recipe);
  }

  /**
   * Somebody's own files in place of the first two, by OWNERS.yaml alone: they lie elsewhere, are
   * separated by semicolons, and have one more column and all in another order.
   */
  private static void putOwnFiles(Path folder) throws IOException {
    Path yaml = folder.resolve("OWNERS.yaml");
    String text = Files.readString(yaml);
    Files.createDirectory(folder.resolve("mine"));
    for (OwnedTable table : OwnersFile.read(yaml).tables().subList(0, 2)) {
      Path generated = Path.of(table.path().orElseThrow());
      List<String> own =
          Files.readAllLines(generated).stream()
              .map(line -> reversed((line + ",note").split(",", -1)))
              .map(cells -> String.join(";", cells))
              .toList();
      Files.write(folder.resolve("mine").resolve(table.owner() + ".csv"), own);
      Files.delete(generated);
      String source = "path: " + generated.getFileName() + ", options: {header: \"true\"}";
      assertThat(text).contains(source);
      text =
          text.replace(
              source,
              "path: mine/" + table.owner() + ".csv, options: {header: \"true\", sep: \";\"}");
    }
    Files.writeString(yaml, text);
  }

  private static List<String> reversed(String... cells) {
    List<String> list = new ArrayList<>(List.of(cells));
    Collections.reverse(list);
    return list;
  }

  /** A value of a wrong type ends with exit code 1, a missing file with 2. */
  private void keepsTheLastGoodFiles(Path folder, SparkSession session, Recipe recipe)
      throws IOException {
    OutputFolder output = new OutputFolder(folder.resolve("output"));
    String good = content(output.folder());
    OwnedTable table = OwnersFile.read(folder.resolve("OWNERS.yaml")).tables().get(1);
    Path file = Path.of(table.path().orElseThrow());
    String numbers = "(?m)(?<=^|;)[0-9.-]+(?=;|$)";
    Files.writeString(file, Files.readString(file).replaceAll(numbers, "hush"));
    Throwable wrong =
        catchThrowable(
            () ->
                output.write(
                    session, recipe.deployment().report(new SecureAnswers(session, recipe))));
    assertThat(wrong).hasMessageContaining(table.name()).hasMessageNotContaining("hush");
    assertThat(Failure.outcome(wrong).exitCode()).isEqualTo(1);
    Files.delete(file);
    Throwable missing =
        catchThrowable(() -> OwnersFile.read(folder.resolve("OWNERS.yaml")).requireSources());
    assertThat(missing).hasMessageContaining(table.name(), file.toString());
    assertThat(Failure.outcome(missing).exitCode()).isEqualTo(2);
    assertThat(content(output.folder())).isEqualTo(good);
  }

  /** What all files hold, by name; of Parquet the names alone. */
  private static String content(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.sorted().toList()) {
        all.append(file.getFileName())
            .append(file.toString().endsWith(".csv") ? Files.readString(file) : "");
      }
      return all.toString();
    }
  }

  /** Japan's agent does not answer, then nobody has approved: exit codes 4 and 3. */
  @Test
  void aLateSubsidiaryAndAnUnapprovedChangeKeepTheLastReport(@TempDir Path folder)
      throws IOException {
    Deployment report = new GroupReport();
    report.generate(folder, 40);
    Recipe.copy(report, folder);
    Recipe recipe = Recipe.of(report, Map.of());
    SparkSession session = session(folder);
    session.conf().set("spark.sql.catalog.trefoil", SilentCatalog.Late.class.getName());
    session.conf().set("spark.sql.catalog.trefoil.timeout", "1s");
    Path output = Files.createDirectory(folder.resolve("output"));
    Path good = Files.writeString(output.resolve("group-report.csv"), "good");
    Throwable late =
        catchThrowable(
            () ->
                new OutputFolder(output)
                    .write(session, report.report(new SecureAnswers(session, recipe))));
    assertThat(late).hasMessageContaining("TREFOIL_OWNER_UNAVAILABLE");
    assertThat(Failure.outcome(late).exitCode()).isEqualTo(4);
    SparkSession unapproved = session(folder);
    unapproved.conf().set("spark.sql.catalog.trefoil", SilentCatalog.Unapproved.class.getName());
    Throwable refused =
        catchThrowable(
            () ->
                new OutputFolder(output)
                    .write(unapproved, report.report(new SecureAnswers(unapproved, recipe))));
    assertThat(refused).hasMessageContaining("TREFOIL_NOT_APPROVED");
    assertThat(Failure.outcome(refused).exitCode()).isEqualTo(3);
    assertThat(good).hasContent("good");
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

package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.jobs.deployment.Answers;
import org.trefoil.jobs.deployment.ApprovedAnswers;
import org.trefoil.jobs.deployment.ClearAnswers;
import org.trefoil.jobs.deployment.Deployment;
import org.trefoil.jobs.deployment.Deployments;
import org.trefoil.jobs.deployment.Differences;
import org.trefoil.jobs.deployment.OutputFolder;
import org.trefoil.jobs.deployment.Question;
import org.trefoil.jobs.deployment.Recipe;
import org.trefoil.jobs.deployment.Result;
import org.trefoil.jobs.deployment.SecureAnswers;
import org.trefoil.jobs.deployment.ThreatContributors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Runs a deployment: on this machine, where its answer is compared with the one in the clear, or on
 * a running cluster.
 */
@Command(
    name = "job",
    description = "Runs a deployment; without a name lists them.",
    mixinStandardHelpOptions = true)
final class JobCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME")
  private String name;

  @Option(names = "--rows", paramLabel = "N", description = "Generated rows of the largest table.")
  private Long rows;

  @Option(names = "--param", paramLabel = "K=V", description = "A parameter; may be repeated.")
  private Map<String, String> parameters = new LinkedHashMap<>();

  @Option(
      names = "--contributors",
      paramLabel = "N",
      description =
          "threat-intel: so many simulated contributors of 20 rows, with an identity each.")
  private Integer contributors;

  @ArgGroup private Where where = new Where();

  @Option(
      names = "--proposal",
      paramLabel = "ID",
      description = "Run it as approved (with --properties).")
  private String proposal;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Write each result there as CSV and Parquet, all or nothing.")
  private Path output;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Only write data and recipe there.")
  private Path data;

  @Option(names = "--sql", description = "Only print the SQL, as owners would approve it.")
  private boolean sql;

  @Option(names = "--explain", description = "Only print what it would reveal.")
  private boolean explain;

  @Option(names = "--format", defaultValue = "table", description = "${COMPLETION-CANDIDATES}")
  private ResultFormat format;

  static final class Where {
    @Option(
        names = "--local",
        description =
            "Executors and agents as processes on this machine, generated data (default).")
    private boolean local;

    @Option(
        names = "--owners",
        paramLabel = "OWNERS.yaml",
        description = "As --local, over the tables of this file.")
    private Path owners;

    @Option(names = "--properties", paramLabel = "FILE", description = "A running cluster.")
    private Path properties;

    boolean generated() {
      return local || (owners == null && properties == null);
    }
  }

  @Override
  public Integer call() throws IOException {
    if (name == null) {
      Deployments.all().forEach(d -> System.out.printf("%-20s %s%n", d.name(), d.question()));
      return 0;
    }
    Deployment deployment =
        Deployments.named(name)
            .orElseThrow(() -> usage("there is no such job. bin/trefoil job lists them"));
    if (rows != null && rows < 1) {
      throw usage("--rows is a number from 1");
    }
    if (proposal != null && where.properties == null) {
      throw usage("--proposal needs the --properties of the cluster that knows it");
    }
    if (contributors != null) {
      if (!deployment.name().equals("threat-intel") || !where.generated() || contributors < 1) {
        throw usage("--contributors is for threat-intel on this machine, and a number from 1");
      }
      return contributed(new ThreatContributors(contributors));
    }
    if (sql) {
      deployment.queries().forEach(q -> System.out.print(Recipe.proposed(deployment, q)));
      return 0;
    }
    if (data != null) {
      generate(deployment, data);
      System.out.println(data.resolve("OWNERS.yaml"));
      return 0;
    }
    Recipe recipe = Recipe.of(deployment, parameters);
    int questions = deployment.questions(recipe::parameter).size();
    if (proposal != null && questions > 1) {
      throw usage(
          "it asks "
              + questions
              + " questions, and a proposal is one. Run each by bin/trefoil run");
    }
    if (!where.generated()) {
      return where.owners == null
          ? onCluster(recipe, SparkProperties.read(where.properties))
          : onThisMachine(recipe, where.owners);
    }
    Path folder = Files.createTempDirectory("trefoil-job-");
    try {
      generate(deployment, folder);
      return onThisMachine(recipe, folder.resolve("OWNERS.yaml"));
    } finally {
      DemoTables.remove(folder);
    }
  }

  private void generate(Deployment deployment, Path folder) throws IOException {
    long many = rows == null ? deployment.rows() : rows;
    note("generating data, " + many + " rows");
    Files.createDirectories(folder);
    deployment.generate(folder, many);
    Recipe.copy(deployment, folder);
  }

  /** Everybody contributes to a table that has no source while the question waits. */
  private int contributed(ThreatContributors members) throws IOException {
    Recipe recipe = Recipe.of(members, parameters);
    Path folder = Files.createTempDirectory("trefoil-job-");
    try {
      members.generate(folder, 0);
      Path ownersPath = folder.resolve("OWNERS.yaml");
      try (LocalCluster cluster = LocalCluster.temporary(ownersPath, "analyst")) {
        ContributorsRun run = new ContributorsRun(cluster, members, folder);
        run.enrol();
        note("starting three executors and the agent of the table's owner");
        cluster.start();
        OwnersFile clear = OwnersFile.read(folder.resolve("CLEAR.yaml"));
        return answered(recipe, cluster, clear, question -> run.during(question));
      } finally {
        Path log = folder.resolve("contributors.log");
        if (Files.exists(log)) {
          note(Files.readString(log).strip());
        }
      }
    } finally {
      DemoTables.remove(folder);
    }
  }

  private int onCluster(Recipe recipe, SparkProperties settings) {
    String full = null;
    if (proposal != null) {
      try (GovernedCluster cluster = GovernedCluster.open(settings)) {
        full = Proposal.id(cluster.proposal(proposal));
      }
    }
    SparkSession spark = open(settings);
    try {
      Answers answers =
          full == null
              ? new SecureAnswers(spark, recipe)
              : new ApprovedAnswers(spark, recipe, full);
      if (!explained(spark, recipe)) {
        deliver(spark, answer(recipe, answers));
      }
      return 0;
    } finally {
      spark.stop();
    }
  }

  private int onThisMachine(Recipe recipe, Path ownersPath) {
    OwnersFile owners = OwnersFile.read(ownersPath);
    try (LocalCluster cluster = LocalCluster.temporary(ownersPath, "analyst")) {
      note("starting three executors and " + owners.owners().size() + " owners' agents");
      cluster.start();
      return answered(recipe, cluster, owners, Supplier::get);
    }
  }

  /** Asks the executors, and compares with the rows of {@code owners} in the clear. */
  private int answered(
      Recipe recipe,
      LocalCluster cluster,
      OwnersFile owners,
      Function<Supplier<List<Result>>, List<Result>> asking) {
    SparkSession spark = open(SparkProperties.read(cluster.analystProperties()));
    try {
      if (explained(spark, recipe)) {
        return 0;
      }
      List<Result> results =
          asking.apply(
              () -> answer(recipe, new FetchedAnswers(new SecureAnswers(spark, recipe), cluster)));
      List<Result> clear = recipe.deployment().report(new ClearAnswers(spark, recipe, owners));
      List<String> differences = Differences.between(results, clear);
      if (!differences.isEmpty()) {
        differences.forEach(System.err::println);
        System.err.println("trefoil: the answer is NOT equal to the one in the clear");
        return Outcome.FAILED.exitCode();
      }
      deliver(spark, results);
      note("the answer is equal to the one in the clear");
      return 0;
    } finally {
      spark.stop();
    }
  }

  private static SparkSession open(SparkProperties settings) {
    SparkSession spark = LocalSpark.open(settings);
    spark.sparkContext().addSparkListener(new Progress(System.err));
    return spark;
  }

  private boolean explained(SparkSession spark, Recipe recipe) {
    if (explain) {
      SecureAnswers answers = new SecureAnswers(spark, recipe);
      for (Question question : recipe.deployment().questions(recipe::parameter)) {
        System.out.println(LocalSpark.explain(answers.planned(question)));
        if (question.isKept()) {
          note("what reads the kept result can be explained when that is there");
          break;
        }
      }
    }
    return explain;
  }

  private static List<Result> answer(Recipe recipe, Answers answers) {
    Instant start = Instant.now();
    List<Result> results = recipe.deployment().report(answers);
    note(
        "answered in %.1f s; a group that rests on too few rows is held back"
            .formatted(Duration.between(start, Instant.now()).toMillis() / 1000.0));
    return results;
  }

  private void deliver(SparkSession spark, List<Result> results) {
    if (output != null) {
      new OutputFolder(output).write(spark, results);
      note("wrote " + output);
    }
    for (Result result : results) {
      if (results.size() > 1) {
        System.err.println(result.name() + ":");
      }
      format.write(result.columns(), result.rows(), System.out);
    }
    System.out.flush();
  }

  private ParameterException usage(String reason) {
    return new ParameterException(spec.commandLine(), "Cannot run job " + name + ": " + reason);
  }

  private static void note(String text) {
    System.err.println("trefoil: " + text);
  }
}

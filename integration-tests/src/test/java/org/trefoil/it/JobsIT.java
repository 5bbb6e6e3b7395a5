package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;

/** Jobs as people and schedulers run them, on processes; every job's answer: DeploymentsTest. */
@Timeout(900)
class JobsIT {
  @TempDir private Path folder;

  /** With contributors that are no Spark, each with a certificate of its own. */
  @Test
  void aJobOnThisMachineIsEqualToTheClear() throws Exception {
    Path output = folder.resolve("output");
    Command job =
        Command.run("job", "threat-intel", "--contributors", "8", "--output", output.toString());
    assertThat(job.exitCode()).as(job.errors()).isZero();
    assertThat(job.errors())
        .contains("the answer is equal to the one in the clear")
        .contains("8 contributors accepted, 0 refused")
        .contains("the executors computed contributed for ");
    assertThat(job.output()).contains("203.0.113.");
    assertThat(output.resolve("contributed.csv"))
        .content()
        .startsWith("indicator,sightings,first_seen,last_seen\r\n203.0.113.");
    assertThat(output.resolve("contributed.parquet")).isNotEmptyFile();
  }

  /** An owner fetches what is for its own keys. */
  @Test
  void aResultForOwnKeysIsEqualToTheClear() throws Exception {
    Command job = Command.run("job", "sector-benchmark");
    assertThat(job.exitCode()).as(job.errors()).isZero();
    assertThat(job.errors())
        .contains("cedar fetches standing-cedar")
        .contains("the answer is equal to the one in the clear");
  }

  @Test
  void wrongUseEndsWith2BeforeAnythingStarts() throws Exception {
    assertThat(Command.run("job", "overlap", "--param", "k=1").exitCode()).isEqualTo(2);
    assertThat(Command.run("job", "no-such-job").exitCode()).isEqualTo(2);
    Path data = folder.resolve("data");
    assertThat(Command.run("job", "overlap", "--rows", "5", "--data", data.toString()).exitCode())
        .isZero();
    Files.delete(data.resolve("buyers.csv"));
    Command missing =
        Command.run("job", "overlap", "--owners", data.resolve("OWNERS.yaml").toString());
    assertThat(missing.exitCode()).as(missing.errors()).isEqualTo(2);
    assertThat(missing.errors()).contains("shop.buyers", "buyers.csv");
  }

  /** The DAG's callable, as Airflow or cron runs it; then while the executors do not answer. */
  @Test
  void aScheduledReportKeepsTheLastGoodFilesUntilAllAnswer() throws Exception {
    Path data = folder.resolve("data");
    Command.run("job", "group-report", "--rows", "300", "--data", data.toString());
    Path properties = folder.resolve("analyst.properties");
    String catalog = "spark.sql.catalog.trefoil";
    Files.write(
        properties,
        List.of(
            catalog + "=org.trefoil.spark.TrefoilCatalog",
            catalog + ".executors=embedded",
            catalog + ".owners=" + data.resolve("OWNERS.yaml")));
    String made = report(properties, 0);
    assertThat(made).startsWith("account,entries,euros").contains("payroll");
    Path csv = folder.resolve("reports/2026-10/group-report.csv");
    assertThat(Files.readString(csv)).isEqualToNormalizingNewlines(made);

    DevelopmentAuthority.create().issue(Role.analyst("analyst")).write(folder.resolve("identity"));
    Files.write(
        properties,
        List.of(
            catalog + "=org.trefoil.spark.TrefoilCatalog",
            catalog + ".executors=127.0.0.1:1,127.0.0.1:2,127.0.0.1:3",
            catalog + ".identity=identity"));
    assertThat(report(properties, 1)).contains("does not answer yet");
    assertThat(Files.readString(csv)).isEqualToNormalizingNewlines(made);
  }

  private String report(Path properties, int exitCode) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                "python3",
                "-c",
                "import datetime, sys\n"
                    + "sys.path.insert(0, sys.argv[1])\n"
                    + "import group_report\n"
                    + "print(group_report.report(datetime.date(2026, 11, 2)), end='')\n",
                Command.home().resolve("jobs/airflow").toString())
            .redirectError(log.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "TREFOIL_HOME", Command.home().toString(),
                "TREFOIL_PROPERTIES", properties.toString(),
                "TREFOIL_REPORTS", folder.resolve("reports").toString(),
                "PYTHONDONTWRITEBYTECODE", "1"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String errors = Files.readString(log);
    assertThat(process.waitFor()).as(errors).isEqualTo(exitCode);
    return exitCode == 0 ? output : errors;
  }
}

package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/trefoil sql} on files that somebody brings: the contract of output and exit codes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SqlCommandIT {
  private static final String OWNERS =
      """
      owners:
        north:
          tables:
            sales:
              source: {format: csv, path: north.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, customer BIGINT, city VARCHAR(20), amount DECIMAL(12,2), day DATE"
              policy:
                min-group-size: 2
                tell-suppressed: true
                columns:
                  customer: {use: [join]}
                  city:     {use: [group]}
                  amount:   {use: [aggregate, rank], range: [-10000, 10000]}
                  day:      {use: [filter, group]}
        south:
          tables:
            sales:
              source: {format: json, path: south.json}
              schema: "id BIGINT NOT NULL, customer BIGINT, city VARCHAR(20), amount DECIMAL(12,2), day DATE"
              policy:
                min-group-size: 2
                tell-suppressed: true
                columns:
                  customer: {use: [join]}
                  city:     {use: [group]}
                  amount:   {use: [aggregate, rank], range: [-10000, 10000]}
                  day:      {use: [filter, group]}
        register:
          tables:
            customers:
              source: {format: csv, path: customers.csv, options: {header: "true"}}
              schema: "id BIGINT NOT NULL, vip BOOLEAN NOT NULL, name VARCHAR(30)"
              keys: [[id]]
              policy:
                min-group-size: 1
                columns:
                  id:  {use: [join]}
                  vip: {use: [group, filter]}
      """;
  private static final String ALL_SALES =
      "(SELECT * FROM trefoil.north.sales UNION ALL SELECT * FROM trefoil.south.sales)";

  private Path folder;
  private Path owners;
  private KeptCluster cluster;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    owners = Files.writeString(folder.resolve("OWNERS.yaml"), OWNERS);
    Files.writeString(
        folder.resolve("north.csv"),
        """
        id,customer,city,amount,day
        1,1,Malmö,10.50,2026-01-05
        2,1,Malmö,-0.75,2026-01-06
        3,2,東京,100.00,2026-02-01
        4,3,東京,,2026-02-02
        5,,,-7.25,2026-02-03
        6,2,,7.25,
        7,3,Lone,1.00,2026-03-01
        """);
    Files.writeString(
        folder.resolve("south.json"),
        """
        {"id": 1, "customer": 1, "city": "Malmö", "amount": -9999.99, "day": "2026-01-09"}
        {"id": 2, "customer": 9, "city": "Malmö", "amount": 0.01, "day": "2026-01-09"}
        {"id": 3, "customer": 3, "city": "Östersund", "amount": null, "day": "2026-03-01"}
        {"id": 4, "customer": 2, "city": "Östersund", "amount": null, "day": null}
        """);
    Files.writeString(
        folder.resolve("customers.csv"),
        "id,vip,name\n1,true,\"Ada, Countess\"\n2,false,Bo\n3,true,Cy\n4,true,Di\n");
    cluster = KeptCluster.start(folder.resolve("cluster"), owners);
  }

  @AfterAll
  void stop() throws IOException, InterruptedException {
    if (cluster != null) {
      cluster.close();
    }
  }

  private Command sql(String text) throws IOException, InterruptedException {
    return Command.run(
        "sql", "--properties", cluster.properties().toString(), "-e", text, "--format", "csv");
  }

  @Test
  void unitesOwnersAndKeepsNullsAndSigns() throws Exception {
    Command run =
        sql(
            "SELECT city, count(*) n, count(amount) amounts, sum(amount) total, min(amount) least,"
                + " max(amount) most FROM "
                + ALL_SALES
                + " GROUP BY city ORDER BY city");
    assertThat(run.exitCode()).as(run.errors()).isZero();
    // Of the two rows of 東京 one has an amount: COUNT(amount) holds the group back.
    assertThat(run.output())
        .isEqualTo(
            "city,n,amounts,total,least,most\r\n"
                + ",2,2,0.00,-7.25,7.25\r\n"
                + "Malmö,4,4,-9990.23,-9999.99,10.50\r\n"
                + "Östersund,2,0,,,\r\n");
    // The other one is Lone.
    assertThat(run.errors()).contains("groups held back: 2");
  }

  @Test
  void joinsOwnersAndRunsSeveralStatements() throws Exception {
    Command run =
        sql(
            "SELECT vip, count(*) n, sum(amount) total, avg(amount) mean FROM trefoil.north.sales s"
                + " JOIN trefoil.register.customers c ON s.customer = c.id GROUP BY vip ORDER BY vip;"
                + " SELECT count(*) n FROM trefoil.north.sales WHERE day >= DATE '2026-02-01';");
    assertThat(run.exitCode()).as(run.errors()).isZero();
    // Of the four rows of vip one has no amount, which n less the number in the mean would tell.
    assertThat(run.output())
        .isEqualTo("vip,n,total,mean\r\nfalse,2,107.25,53.625000\r\nn\r\n4\r\n");
    assertThat(run.errors()).contains("suppression may apply").contains("groups held back: 0");
    assertThat(run.errors().lines().filter(l -> l.contains("groups held back"))).hasSize(1);
  }

  @Test
  void anEmptyResultIsItsHeader() throws Exception {
    Command run =
        sql(
            "SELECT city, count(*) n FROM trefoil.north.sales WHERE day > DATE '2030-01-01' GROUP BY"
                + " city");
    assertThat(run.exitCode()).as(run.errors()).isZero();
    assertThat(run.output()).isEqualTo("city,n\r\n");
  }

  @Test
  void refusalsAndFailuresHaveTheirExitCodes() throws Exception {
    assertFails("SELECT city, amount FROM trefoil.north.sales", 3, "TREFOIL_ROW_LEVEL_ACCESS");
    assertFails(
        "SELECT collect_list(amount) FROM trefoil.north.sales", 3, "TREFOIL_ROW_LEVEL_ACCESS");
    assertFails("SELECT sum(id) FROM trefoil.north.sales", 3, "TREFOIL_POLICY_VIOLATION");
    assertFails("SELECT count(*) FROM trefoil.north.nothing", 1, "TABLE_OR_VIEW_NOT_FOUND");
    assertFails("SELECT sum(nothing) FROM trefoil.north.sales", 1, "UNRESOLVED_COLUMN");
    assertFails("SELEC 1", 1, "PARSE_SYNTAX_ERROR");
  }

  private void assertFails(String text, int exitCode, String condition) throws Exception {
    Command run = sql(text);
    assertThat(run.exitCode()).as(run.errors()).isEqualTo(exitCode);
    assertThat(run.errors()).contains(condition);
    assertThat(run.output()).isEmpty();
  }

  @Test
  void badUsageIsExitCodeTwo() throws Exception {
    Path typo =
        Files.writeString(
            folder.resolve("typo.yaml"), OWNERS.replace("min-group-size", "min-group"));
    Command misspelt = Command.run("sql", "--local", typo.toString(), "-e", "SELECT 1");
    assertThat(misspelt.exitCode()).isEqualTo(2);
    assertThat(misspelt.errors()).contains("min-group").contains("min-group-size");
    Command missing = Command.run("sql", "--local", owners.toString(), "-f", "no-such.sql");
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.errors()).contains("no-such.sql");
    Path gone =
        Files.writeString(folder.resolve("gone.yaml"), OWNERS.replace("north.csv", "gone.csv"));
    Command noSource = Command.run("sql", "--local", gone.toString(), "-e", "SELECT 1");
    assertThat(noSource.exitCode()).isEqualTo(2);
    assertThat(noSource.errors()).contains("north.sales").contains("gone.csv");
    assertThat(Command.run("sql").exitCode()).isEqualTo(2);
  }

  @Test
  void localProcessesServeOneQueryAndAreGone() throws Exception {
    Path query =
        Files.writeString(folder.resolve("query.sql"), "SELECT count(*) AS n FROM north.sales;\n");
    Command run =
        Command.run(
            "sql", "--local", owners.toString(), "-f", query.toString(), "--format", "json");
    assertThat(run.exitCode()).as(run.errors()).isZero();
    assertThat(run.output()).isEqualTo("{\"n\":7}\n");
  }

  @Test
  void explainRunsNothingAndSaysWhatWouldBeRevealed() throws Exception {
    Command run =
        Command.run(
            "sql",
            "--properties",
            cluster.properties().toString(),
            "--explain",
            "-e",
            "SELECT city, sum(amount) FROM trefoil.north.sales GROUP BY city");
    assertThat(run.exitCode()).as(run.errors()).isZero();
    assertThat(run.output()).contains("Reveals", "Recipients", "Leaks", "Model", "Estimate");
  }
}

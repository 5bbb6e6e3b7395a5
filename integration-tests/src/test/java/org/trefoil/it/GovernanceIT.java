package org.trefoil.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The quickstart in authorized mode, on processes: propose, approve, run, withdraw, audit. */
@Timeout(1200)
class GovernanceIT {
  @TempDir private Path folder;

  private Path owners() throws IOException {
    Files.write(
        folder.resolve("customers.csv"),
        lines("id,segment", "1,retail", "2,retail", "3,retail", "4,public"));
    Files.write(
        folder.resolve("orders.csv"),
        lines("customer,amount", "1,10.00", "2,20.50", "3,1.00", "3,2.00", "4,99.00"));
    return Files.write(
        folder.resolve("owners.yaml"),
        lines(
            "owners:",
            "  bank:",
            "    tables:",
            "      customers:",
            "        source: {format: csv, path: customers.csv, options: {header: \"true\"}}",
            "        schema: \"id BIGINT NOT NULL, segment VARCHAR(20)\"",
            "        keys: [[id]]",
            "        policy:",
            "          approval: each",
            "          min-group-size: 3",
            "          recipients: [analyst, shop]",
            "          columns: {id: {use: [join]}, segment: {use: [group]}}",
            "  shop:",
            "    tables:",
            "      orders:",
            "        source: {format: csv, path: orders.csv, options: {header: \"true\"}}",
            "        schema: \"customer BIGINT, amount DECIMAL(12,2)\"",
            "        policy:",
            "          approval: each",
            "          min-group-size: 3",
            "          recipients: [analyst]",
            "          columns: {customer: {use: [join]}, amount: {use: [aggregate], range: [0,"
                + " 1000]}}"));
  }

  private static List<String> lines(String... lines) {
    return Arrays.asList(lines);
  }

  private static Command trefoil(Path properties, String... arguments)
      throws IOException, InterruptedException {
    return Command.run(
        Stream.concat(Stream.of(arguments), Stream.of("--properties", properties.toString()))
            .toArray(String[]::new));
  }

  @Test
  void nothingRunsWithoutEveryOwnersSignature() throws Exception {
    String sql =
        "SELECT c.segment, sum(o.amount) AS revenue, avg(o.amount) AS mean FROM trefoil.bank.customers"
            + " c JOIN trefoil.shop.orders o ON o.customer = c.id GROUP BY c.segment";
    try (KeptCluster cluster = KeptCluster.start(folder.resolve("cluster"), owners())) {
      Path analyst = cluster.properties();
      Path bank = cluster.home().resolve("owner-bank.properties");
      Path shop = cluster.home().resolve("owner-shop.properties");
      Command unproposed = trefoil(analyst, "sql", "-e", sql);
      assertThat(unproposed.exitCode()).as(unproposed.errors()).isEqualTo(3);
      assertThat(unproposed.output()).isEmpty();

      Command proposed =
          trefoil(
              analyst,
              "propose",
              "-e",
              sql,
              "--purpose",
              "a test",
              "--runs",
              "3",
              "--to",
              "analyst,shop");
      assertThat(proposed.exitCode()).as(proposed.errors()).isZero();
      String id = proposed.output().strip();
      assertThat(id).matches("[0-9a-f]{64}");
      assertThat(proposed.errors())
          .contains("shop.orders.amount: summed or counted (aggregate).")
          .contains("Computed from what is revealed", "trefoil_quotient(")
          .contains("The result goes to the analyst who runs the query, owner shop");

      Command approved = trefoil(bank, "approve", id, "--yes");
      assertThat(approved.exitCode()).as(approved.errors()).isZero();
      Command half = trefoil(analyst, "run", id);
      assertThat(half.exitCode()).as(half.errors()).isEqualTo(3);
      assertThat(half.errors()).contains("TREFOIL_NOT_APPROVED").contains("shop");

      assertThat(trefoil(shop, "approve", id, "--yes").exitCode()).isZero();
      Command run = trefoil(analyst, "run", id, "--format", "csv");
      assertThat(run.exitCode()).as(run.errors()).isZero();
      assertThat(run.output().lines())
          .containsExactly("segment,revenue,mean", "retail,33.50,8.375000");

      Command waiting = trefoil(shop, "result", "--list");
      assertThat(waiting.exitCode()).as(waiting.errors()).isZero();
      assertThat(waiting.output()).contains("run by analyst");
      String query = waiting.output().split(" ")[0];
      Command others = trefoil(bank, "result", query);
      assertThat(others.exitCode()).as(others.errors()).isEqualTo(1);
      assertThat(others.errors()).contains("TREFOIL_UNKNOWN_QUERY");
      Command fetched = trefoil(shop, "result", query, "--format", "csv");
      assertThat(fetched.exitCode()).as(fetched.errors()).isZero();
      assertThat(fetched.output().lines()).hasSize(2).anyMatch(l -> l.contains("retail,33.50,"));

      assertThat(trefoil(shop, "withdraw", id, "--reason", "enough").exitCode()).isZero();
      Command withdrawn = trefoil(analyst, "run", id);
      assertThat(withdrawn.exitCode()).as(withdrawn.errors()).isEqualTo(3);
      assertThat(withdrawn.errors()).contains("TREFOIL_WITHDRAWN");

      Command audit = trefoil(bank, "audit");
      assertThat(audit.exitCode()).as(audit.errors()).isZero();
      assertThat(audit.output().lines().filter(l -> l.contains(" reveal "))).hasSize(3);
      assertThat(audit.output()).contains("withdrawal").doesNotContain("33.50");
    }
  }
}

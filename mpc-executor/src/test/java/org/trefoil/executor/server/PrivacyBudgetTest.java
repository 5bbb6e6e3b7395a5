package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.SealedAnswer;
import org.trefoil.executor.ledger.Ledger;
import org.trefoil.executor.transport.Interceptor;

/**
 * A table's privacy budget: spent before anything is revealed, by every run once and by no retry.
 */
@Timeout(300)
final class PrivacyBudgetTest {
  private static final long UNIT = PrivacyRule.UNIT;

  @TempDir private Path folder;

  private static void run(AuthorizedCluster cluster, Proposal proposal, String retry) {
    QueryId query = QueryId.random();
    RunRequest request = cluster.request(proposal, query, Map.of(), retry);
    byte[] signed = cluster.signed("analyst:hq", request);
    cluster.governance().forEach(g -> g.stage(signed));
    byte[] plan = proposal.plan(request.parameters());
    cluster.connections().forEach(c -> c.submit(query, plan));
    cluster.share(query, plan).join();
    for (int p = 0; p < 3; p++) {
      assertThat(cluster.end(p, query).state()).isEqualTo(QueryState.READY);
    }
    cluster.connections().forEach(c -> c.acknowledge(query));
  }

  private static List<SealedAnswer> again(
      AuthorizedCluster cluster, Proposal proposal, String retry) {
    byte[] signed =
        cluster.signed("analyst:hq", cluster.request(proposal, QueryId.random(), Map.of(), retry));
    return cluster.governance().stream().map(g -> g.stage(signed).orElseThrow()).toList();
  }

  private static TrefoilException refusal(AuthorizedCluster cluster, Proposal proposal) {
    return catchThrowableOfType(TrefoilException.class, () -> run(cluster, proposal, "refused"));
  }

  @Test
  void everyRunSpendsOnceUntilNothingIsLeftAndARetryNothing() {
    try (AuthorizedCluster cluster = new AuthorizedCluster(folder, Interceptor.NONE)) {
      cluster.privacy = Optional.of(new PrivacyRule(5 * UNIT / 2, UNIT, 1));
      Proposal proposal = cluster.approved(AuthorizedCluster.counted(9));
      run(cluster, proposal, "october");
      List<SealedAnswer> answers = again(cluster, proposal, "october");
      for (int i = 0; i < 3; i++) {
        assertThat(again(cluster, proposal, "october")).isEqualTo(answers);
      }
      run(cluster, proposal, "november");
      // Under another proposal as well, and after a restart.
      Proposal other = cluster.approved(AuthorizedCluster.counted(8));
      assertThat(refusal(cluster, other).condition()).isEqualTo(Condition.BUDGET_SPENT);
      cluster.restart();
      assertThat(refusal(cluster, proposal))
          .hasMessageContaining("north.orders")
          .hasMessageContaining("spend 2.5 (privacy: epsilon), of which 0.5 is left")
          .hasMessageContaining("a run spends 1 (per-run)");
      assertThat(again(cluster, proposal, "october")).isEqualTo(answers);
      assertThat(cluster.governance().get(0).proposals().get(0).runsLeft()).isEqualTo(7);
      assertThat(cluster.trail(1).records())
          .filteredOn(r -> r.event().equals("run"))
          .extracting(AuditRecord::facts)
          .allSatisfy(f -> assertThat(f).containsEntry("epsilon", "{north.orders=1}"))
          .hasSize(2);

      // More: what was spent stays spent, and the approvals of the former policy are void.
      cluster.privacy = Optional.of(new PrivacyRule(3 * UNIT, UNIT, 1));
      Proposal third = cluster.approved(AuthorizedCluster.counted(7));
      run(cluster, third, "december");
      assertThat(refusal(cluster, third)).hasMessageContaining("of which 0 is left");
    }
  }

  @Test
  void isOnDiskBeforeAnythingIsRevealedWhereverTheProcessEnds() {
    PrivacyRule once = new PrivacyRule(UNIT, UNIT, 1);
    Map<String, Path> images = new LinkedHashMap<>();
    Path party = folder.resolve("cluster/party-1");
    try (AuthorizedCluster cluster =
        new AuthorizedCluster(
            folder.resolve("cluster"),
            Interceptor.NONE,
            point -> {
              if (point.contains("INTO spent") || point.contains("'REVEALED'")) {
                images.put(point, copy(party, folder.resolve("image-" + images.size())));
              }
            })) {
      cluster.privacy = Optional.of(once);
      run(cluster, cluster.approved(AuthorizedCluster.counted(2)), "once");
    }
    assertThat(images).hasSize(4);
    images.forEach(
        (point, image) -> {
          try (Ledger ledger = Ledger.open(image.resolve("ledger.db"))) {
            Throwable refused = catchThrowable(() -> ledger.spend("another", "north.orders", once));
            assertThat(refused != null)
                .as(point)
                .isEqualTo(!point.startsWith("ledger: before INSERT"));
          }
        });
  }

  private static Path copy(Path from, Path to) {
    try {
      Files.createDirectories(to);
      for (String name : List.of("ledger.db", "ledger.db-wal")) {
        Files.copy(from.resolve(name), to.resolve(name));
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

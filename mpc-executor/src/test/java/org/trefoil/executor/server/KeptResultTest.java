package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.Card;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.recipient.Reconstruction;

/** A result that nobody gets is used by a later approved query, and by no other. */
@Timeout(300)
final class KeptResultTest {
  @TempDir private Path folder;
  private AuthorizedCluster cluster;

  @BeforeEach
  void start() {
    cluster = new AuthorizedCluster(folder, Interceptor.NONE);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** The totals by city, kept as {@code shared.cities}. */
  private static Proposal making(int runs) {
    Plan plan = AuthorizedCluster.plan();
    Release kept = Release.parse("none:cities", List.of("north"));
    return AuthorizedCluster.proposal(
        runs,
        Duration.ZERO,
        List.of(),
        SubstraitPlans.encode(new Plan(plan.root(), plan.ansi(), plan.timeZone(), kept)));
  }

  /** SELECT city, sum(total), count(*) FROM shared.cities WHERE total + total > 5 GROUP BY city. */
  private static Plan usingPlan() {
    DataType money = DataType.decimal(19, 2);
    Rel cities =
        new Rel.Scan(
            "shared",
            "cities",
            List.of(new Field("city", DataType.string(12), true), new Field("total", money, true)));
    Expr total = new Expr.FieldRef(1, money, true);
    DataType twice = DataType.decimal(20, 2);
    Expr doubled = new Expr.Call(Function.ADD, List.of(total, total), twice, true);
    Rel filtered =
        new Rel.Filter(
            cities,
            new Expr.Call(
                Function.GREATER,
                List.of(doubled, new Expr.Literal(twice, new BigDecimal("5.00"))),
                DataType.BOOLEAN,
                true));
    return new Plan(
        new Rel.Aggregate(
            filtered,
            List.of(new Expr.FieldRef(0, DataType.string(12), true)),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM, Optional.of(total), DataType.decimal(29, 2)),
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("city", "totals", "rows")),
        true,
        "UTC");
  }

  private static Proposal using() {
    return AuthorizedCluster.proposal(
        3, Duration.ZERO, List.of("analyst:hq"), SubstraitPlans.encode(usingPlan()));
  }

  private QueryId make(Proposal making) {
    QueryId query = cluster.submit(making);
    cluster.share(query, making.plan()).join();
    for (ExecutorConnection c : cluster.connections()) {
      QueryStatus status = TestCluster.await(c, query, QueryState.DELIVERED);
      assertThat(status.error()).isNull();
      assertThat(status.metrics()).containsEntry("revealedRows", 0L);
      assertThatThrownBy(() -> c.result(query)).hasMessageContaining("TREFOIL_UNKNOWN_QUERY");
    }
    return query;
  }

  private List<String> rows(Proposal using) {
    QueryId query = cluster.submit(using);
    List<ResultShares> shares = new ArrayList<>();
    List<List<Long>> sizes = List.of();
    for (ExecutorConnection c : cluster.connections()) {
      QueryStatus status = TestCluster.await(c, query, QueryState.READY);
      if (status.error() != null) {
        throw status.error();
      }
      sizes = status.rows();
      shares.add(c.result(query));
    }
    cluster.connections().forEach(c -> c.acknowledge(query));
    Catalog catalog = cluster.catalog();
    InputLayout layout = InputLayout.of(Fragments.split(usingPlan(), catalog), catalog, sizes);
    return new ResultDecoder(layout.result())
        .rows(Reconstruction.openAll(shares.stream().map(ResultShares::columns).toList())).stream()
            .map(Arrays::toString)
            .toList();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(f -> f.toString().endsWith(".kept")).toList();
    }
  }

  @Test
  void isUsedByALaterApprovedQueryAndByNoOther() throws IOException {
    Proposal using = using();
    assertThatThrownBy(() -> cluster.governance().get(0).propose(using.encode()))
        .hasMessageContaining("TREFOIL_TABLE_NOT_FOUND");
    Proposal making = cluster.approved(making(2));
    assertThat(Card.of(making.encode(), cluster.catalog(), Optional.empty()).text())
        .contains("nobody: it stays secret-shared at the executors as table shared.cities");
    make(making);
    assertThat(files()).hasSize(3);
    TableDescriptor table =
        cluster.connections().get(0).descriptors().stream()
            .filter(t -> t.kept().isPresent())
            .findFirst()
            .orElseThrow();
    assertThat(table.name()).isEqualTo("shared.cities");
    assertThat(table.keys()).containsExactly(List.of("city"));
    assertThat(table.approvers()).containsExactly("north");
    assertThat(table.policy().recipients()).contains(List.of("analyst", "none", "owner:north"));
    for (int p = 0; p < 3; p++) {
      // How many groups were released is not opened either.
      assertThat(cluster.trail(p).records().stream().map(AuditRecord::event).toList())
          .contains("reveal", "delivered");
    }

    // Not without the approval of the owner of what it was made from.
    cluster.governance().forEach(g -> g.propose(using.encode()));
    assertThatThrownBy(() -> cluster.submit(using)).hasMessageContaining("TREFOIL_NOT_APPROVED");
    byte[] approval = cluster.approval(using);
    cluster.governance().forEach(g -> g.approve(approval));
    assertThat(Card.of(using.encode(), cluster.catalog(), Optional.empty()).text())
        .contains("shared.cities is a result that nobody has seen", making.id(), "north.orders");
    assertThat(rows(using)).containsExactly("[Oss, 7.00, 1]");

    // It survives a restart, and so does nothing of the run that used it.
    cluster.restart();
    assertThat(rows(using)).containsExactly("[Oss, 7.00, 1]");

    // Under another policy of its source it is of no use.
    cluster.currentK = 4;
    cluster.register(4);
    assertThatThrownBy(() -> cluster.submit(using)).hasMessageContaining("TREFOIL_POLICY_CHANGED");
    assertThat(files()).hasSize(3);

    // It is gone as soon as the owner withdraws what made it.
    byte[] withdrawal =
        cluster.signed(
            "owner:north",
            new Withdrawal("north", making.id(), "no more", "test", AuthorizedCluster.now()));
    cluster.governance().forEach(g -> g.withdraw(withdrawal));
    assertThat(files()).isEmpty();
    assertThat(cluster.connections().get(0).descriptors()).noneMatch(t -> t.kept().isPresent());
    assertThatThrownBy(() -> cluster.submit(using)).isInstanceOf(TrefoilException.class);
  }
}

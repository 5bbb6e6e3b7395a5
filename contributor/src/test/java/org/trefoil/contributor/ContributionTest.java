package org.trefoil.contributor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.executor.server.ExecutorConfig;
import org.trefoil.executor.server.ExecutorServer;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.Sharing;
import org.trefoil.share.recipient.Reconstruction;

/** Contributors, honest and not, to a query of three executors over Flight and TLS. */
@Timeout(120)
class ContributionTest {
  private static final Field INDICATOR = new Field("indicator", DataType.string(16), false);
  private static final Field SEEN = new Field("seen", DataType.DATE, false);
  private static final TableDescriptor SIGHTINGS =
      new TableDescriptor(
          "exchange",
          "sightings",
          List.of(INDICATOR, SEEN),
          List.of(),
          30,
          TablePolicy.builder(3)
              .columns(
                  Map.of(
                      "indicator", ColumnPolicy.of(Verb.GROUP), "seen", ColumnPolicy.of(Verb.RANK)))
              .contributors(Optional.of(new ContributorsRule(10, 3, Duration.ofMinutes(5))))
              .build());

  @TempDir private Path folder;
  private final DevelopmentAuthority authority = DevelopmentAuthority.create();
  private final List<ExecutorServer> servers = new ArrayList<>();
  private final List<Executors> opened = new ArrayList<>();
  private String addresses;

  private void start() throws IOException {
    List<Integer> ports = new ArrayList<>();
    List<ServerSocket> sockets = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      ports.add(sockets.get(i).getLocalPort());
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    for (int p = 0; p < 3; p++) {
      authority.issue(Role.party(p)).write(folder.resolve("party-" + p));
      Path config = folder.resolve("executor-" + p + ".yaml");
      Files.writeString(
          config,
          "party: %d\nlisten: 127.0.0.1:%d\npeers: [127.0.0.1:%d, 127.0.0.1:%d, 127.0.0.1:%d]\nidentity: party-%d\n"
              .formatted(p, ports.get(p), ports.get(3), ports.get(4), ports.get(5), p));
      servers.add(ExecutorServer.start(ExecutorConfig.read(config)));
    }
    addresses = "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d".formatted(ports.toArray());
  }

  @AfterEach
  void stop() {
    opened.forEach(Executors::close);
    servers.forEach(ExecutorServer::close);
  }

  /** SELECT indicator, count(*), min(seen) FROM exchange.sightings GROUP BY indicator. */
  private static Plan plan() {
    return new Plan(
        new Rel.Aggregate(
            new Rel.Scan("exchange", "sightings", SIGHTINGS.fields()),
            List.of(new Expr.FieldRef(0, INDICATOR.type(), false)),
            List.of(
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT),
                new AggregateCall(
                    AggregateCall.Kind.MIN,
                    Optional.of(new Expr.FieldRef(1, SEEN.type(), false)),
                    DataType.DATE)),
            List.of("indicator", "sightings", "first")),
        true,
        "UTC");
  }

  private Executors as(Role role) {
    Executors executors = Executors.at(addresses, authority.issue(role));
    opened.add(executors);
    return executors;
  }

  private QueryId submit(Executors owner, Executors analyst) {
    owner.all().forEach(e -> e.register("exchange", List.of(SIGHTINGS)));
    QueryId id = QueryId.random();
    analyst.all().forEach(e -> e.submit(id, SubstraitPlans.encode(plan())));
    for (ExecutorConnection executor : owner.all()) {
      await(executor, id, QueryState.ADMITTED);
      executor.announce(id, 0, 0, 30);
    }
    owner.all().forEach(e -> await(e, id, QueryState.INPUTS));
    return id;
  }

  private static QueryStatus await(ExecutorConnection executor, QueryId id, QueryState state) {
    QueryStatus status = executor.status(id, null, Duration.ZERO);
    while (status.state().compareTo(state) < 0) {
      status = executor.status(id, status.state(), Duration.ofSeconds(20));
    }
    assertThat(status.error()).isNull();
    return status;
  }

  private List<Object[]> csv(String... lines) throws IOException {
    Path file = Files.createTempFile(folder, "rows", ".csv");
    Files.writeString(file, "seen,indicator\n" + String.join("\n", lines) + "\n");
    return CsvRows.read(file, SIGHTINGS.fields(), 3);
  }

  private void contribute(String name, String... lines) throws IOException {
    Executors executors = as(Role.contributor(name));
    Contribution.share(
        executors, Invitation.await(executors, "exchange.sightings", Duration.ZERO), csv(lines));
  }

  @Test
  void countsContributorsAndLeavesHostileOnesOut() throws IOException {
    start();
    Executors owner = as(Role.owner("exchange"));
    Executors analyst = as(Role.analyst("hq"));
    QueryId id = submit(owner, analyst);

    contribute("m0", "2026-10-03,common", "2026-10-01,common");
    contribute("m1", "2026-10-05,common", "2026-10-05,rare");
    contribute("m2", "2026-10-07,common");
    // Three rows of one contributor are one contributor.
    contribute("m3", "2026-10-01,flood", "2026-10-02,flood", "2026-10-03,flood");
    assertThatThrownBy(() -> contribute("m3", "2026-10-01,flood"))
        .hasMessageContaining("contribution of m3")
        .hasMessageContaining("contributed already");

    Executors liar = as(Role.contributor("liar"));
    sendsDifferentCopies(liar, id);
    Executors broken = as(Role.contributor("broken"));
    assertThatThrownBy(() -> upload(broken, id, oneRow(), UUID.randomUUID(), 3))
        .hasMessageContaining("contribution of broken")
        .hasMessageContaining("1 rows");
    Executors quitter = as(Role.contributor("quitter"));
    upload(quitter, id, rare(quitter), UUID.randomUUID(), 2);

    assertThatThrownBy(() -> as(Role.analyst("x")).all().get(0).work("exchange", Duration.ZERO))
        .hasMessageContaining("PEER_REFUSED");
    assertThatThrownBy(() -> as(Role.analyst("x")).all().get(0).ticket(id, 0, 0))
        .hasMessageContaining("UNKNOWN_QUERY");
    assertThat(await(owner.all().get(0), id, QueryState.INPUTS).metrics())
        .containsEntry("contributors", 5L);
    owner.all().forEach(e -> e.commit(id, 0, 0, List.of()));

    List<ResultShares> shares = new ArrayList<>();
    for (ExecutorConnection executor : analyst.all()) {
      await(executor, id, QueryState.READY);
      shares.add(executor.result(id));
    }
    Catalog catalog = Catalog.of(List.of(SIGHTINGS));
    InputLayout layout =
        InputLayout.of(Fragments.split(plan(), catalog), catalog, List.of(List.of(30L)));
    List<Object[]> rows =
        new ResultDecoder(layout.result())
            .rows(Reconstruction.openAll(shares.stream().map(ResultShares::columns).toList()));
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0)[0].toString()).isEqualTo("common");
    assertThat(rows.get(0)[1].toString()).isEqualTo("4");
    assertThat(rows.get(0)[2].toString())
        .isEqualTo(Long.toString(LocalDate.of(2026, 10, 1).toEpochDay()));
    analyst.all().forEach(e -> e.acknowledge(id));
    assertThatThrownBy(() -> contribute("m9", "2026-10-01,late"))
        .hasMessageContaining("no query collects");
  }

  /** What lies: the third executor holds another sharing of the same rows than the others. */
  private void sendsDifferentCopies(Executors liar, QueryId id) throws IOException {
    Invitation invitation = Invitation.await(liar, "exchange.sightings", Duration.ZERO);
    List<Object[]> rows = csv("2026-10-01,common");
    ShareBatch[] one = Contribution.batches(liar, invitation, rows);
    ShareBatch[] other = Contribution.batches(liar, invitation, rows);
    UUID attempt = UUID.randomUUID();
    upload(liar, id, new ShareBatch[] {one[0], one[1], other[2]}, attempt, 3);
    liar.all().forEach(e -> e.commit(id, 0, 0, List.of(attempt)));
  }

  private ShareBatch[] rare(Executors executors) throws IOException {
    Invitation invitation = Invitation.await(executors, "exchange.sightings", Duration.ZERO);
    return Contribution.batches(executors, invitation, csv("2026-10-05,common"));
  }

  private static ShareBatch[] oneRow() {
    return Sharing.share(List.of(ClearColumn.zero(ColumnShape.BIT, 1)), new SecureRandom());
  }

  private static void upload(
      Executors executors, QueryId id, ShareBatch[] batches, UUID attempt, int parties) {
    for (ExecutorConnection executor : executors.all().subList(0, parties)) {
      try (ShareUpload upload = executor.upload(executor.ticket(id, 0, 0), 0, attempt)) {
        upload.send(batches[executor.party()]);
        upload.complete();
      }
    }
  }

  @Test
  void readsNothingThatIsNotTyped() throws IOException {
    assertThat(csv("2026-10-01,\"a,b\"")).hasSize(1);
    assertThat(csv("2026-10-01,\"a,b\"").get(0)).containsExactly("a,b", 20_727L);
    assertThat(csv("2026-10-01,").get(0)[0]).isNull();
    assertThatThrownBy(() -> csv("2026-13-01,secret"))
        .hasMessageContaining("line 2, column seen is no DATE")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> csv("2026-10-01,a", "2026-10-01,a", "2026-10-01,a", "2026-10-01,a"))
        .hasMessageContaining("more than 3 rows");
    Identity identity = authority.issue(Role.contributor("x"));
    assertThatThrownBy(() -> Executors.at("one:1,two:2", identity))
        .hasMessageContaining("write the three executors");
  }
}

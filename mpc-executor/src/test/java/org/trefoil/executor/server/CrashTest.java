package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.executor.governance.AuthorizedMode;
import org.trefoil.executor.governance.Gate;
import org.trefoil.executor.transport.Interceptor;

/**
 * An executor ends at any point between two writes: what it has opened is in its log, every record
 * is resolved when it starts again, and a run counts once.
 */
@Timeout(300)
final class CrashTest {
  private static final Principal OPERATOR = Principal.of(Role.party(1));
  private static final Principal ANALYST = Principal.of(Role.analyst("hq"));

  @TempDir private Path folder;

  /** The process ends here; nothing runs after it, and nothing catches it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  /** What the disk of executor 1 holds at a point, and whether it had opened a result by then. */
  private record Image(String point, Path folder, boolean opened) {}

  private static boolean opens(Interceptor.Message message) {
    return message.from() == 1 && message.step().endsWith("reveal/valid");
  }

  private static void copy(Path from, Path to, boolean torn) {
    try {
      Files.createDirectories(to);
      for (String name :
          List.of("ledger.db", "ledger.db-wal", "audit.log", "sign.key", "roster.yaml")) {
        if (Files.exists(from.resolve(name))) {
          Files.copy(from.resolve(name), to.resolve(name));
        }
      }
      if (torn) {
        byte[] log = Files.readAllBytes(to.resolve("audit.log"));
        int start = log.length - 1;
        while (start > 0 && log[start - 1] != '\n') {
          start--;
        }
        Files.write(to.resolve("audit.log"), Arrays.copyOf(log, start + (log.length - start) / 2));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whereverAnExecutorEndsItsRecordsAreWholeAndRunsCountOnce() {
    List<Image> images = new ArrayList<>();
    AtomicReference<QueryId> revealing = new AtomicReference<>();
    AtomicReference<Proposal> asked = new AtomicReference<>();
    Path party = folder.resolve("cluster/party-1");
    Interceptor watch =
        message -> {
          if (opens(message)) {
            revealing.set(QueryId.random());
          }
          return message.words();
        };
    AuthorizedCluster cluster =
        new AuthorizedCluster(
            folder.resolve("cluster"),
            watch,
            point -> {
              synchronized (images) {
                boolean opened = revealing.get() != null;
                for (boolean torn : new boolean[] {false, true}) {
                  if (!torn || point.startsWith("audit: written")) {
                    Path image = folder.resolve("image-" + images.size());
                    copy(party, image, torn);
                    images.add(new Image(point + (torn ? ", half of it" : ""), image, opened));
                  }
                }
              }
            });
    String id;
    Proposal ended = AuthorizedCluster.proposal(1, Duration.ZERO);
    try (cluster) {
      Proposal proposal = cluster.approved(2);
      asked.set(proposal);
      id = proposal.id();
      assertThat(cluster.run(proposal, "report")).isEqualTo(1);
      cluster.approved(ended);
      byte[] withdrawal =
          cluster.signed(
              "owner:north",
              new Withdrawal("north", ended.id(), "no more", "test", AuthorizedCluster.now()));
      Freeze freeze = new Freeze("owner:north", "incident", "test", AuthorizedCluster.now());
      byte[] frozen = cluster.signed("owner:north", freeze);
      byte[] lifts =
          cluster.signed(
              "owner:north",
              new Unfreeze("owner:north", freeze.id(), "over", "test", AuthorizedCluster.now()));
      cluster.governance().forEach(g -> g.withdraw(withdrawal));
      cluster.governance().forEach(g -> g.freeze(frozen));
      cluster.governance().forEach(g -> g.unfreeze(lifts));
      cluster.currentK = 2;
      cluster.register(2);
    }
    assertThat(images).hasSizeGreaterThan(50);
    assertThat(images).anyMatch(Image::opened).anyMatch(image -> !image.opened());
    byte[] retry =
        cluster.signed(
            "analyst:hq", cluster.request(asked.get(), QueryId.random(), Map.of(), "report"));
    Set<List<String>> outcomes =
        images.stream().map(i -> resolved(i, cluster, id, retry)).collect(Collectors.toSet());
    assertThat(outcomes.stream().map(o -> o.get(3)))
        .contains("nothing", "free", Condition.RESULT_GONE.label(), "sealed");
    // Runs that count and runs that don't, some of them settled: the points were not all alike.
    assertThat(outcomes).hasSizeGreaterThan(3);
    System.out.println("CrashTest: " + images.size() + " points, " + outcomes);
  }

  /** Starts an executor from an image, twice, and checks what it remembers. */
  private static List<String> resolved(
      Image image, AuthorizedCluster cluster, String id, byte[] retry) {
    List<String> outcome = List.of();
    long before = -1;
    for (int start = 0; start < 2; start++) {
      AuthorizedMode mode =
          new AuthorizedMode(
              image.folder().resolve("roster.yaml"),
              image.folder().resolve("sign.key"),
              image.folder());
      Catalog catalog = Catalog.of(List.of(AuthorizedCluster.table(3)));
      try (Gate gate = mode.open(1, Installed.SOFTWARE, () -> catalog, Clock.systemUTC())) {
        AuditTrail trail =
            AuditTrail.read(
                1,
                gate.govern(OPERATOR, Governance.AUDIT, List.of(new byte[] {'1'})),
                cluster.roster);
        List<String> events = trail.records().stream().map(AuditRecord::event).toList();
        assertThat(events).as(image.point()).endsWith("start");
        List<String> ends = events.stream().filter(AuditRecord.ENDS::contains).toList();
        boolean began = events.contains("run");
        boolean revealed = events.contains("reveal");
        if (began) {
          assertThat(ends).as(image.point()).hasSize(1);
        }
        assertThat(revealed || !image.opened()).as(image.point()).isTrue();
        Map<String, ProposalState> states =
            gate.govern(OPERATOR, Governance.PROPOSALS, List.of()).stream()
                .map(ProposalState::decode)
                .collect(Collectors.toMap(ProposalState::id, s -> s));
        // Everything that counts is in the log: one record for each, however often it starts.
        assertThat(events.stream().filter("proposal"::equals))
            .as(image.point())
            .hasSize(states.size());
        long left = states.containsKey(id) ? states.get(id).runsLeft() : 2;
        assertThat(left).as(image.point()).isBetween(1L, 2L);
        assertThat(left == 1 || !revealed).as(image.point()).isTrue();
        String again = again(gate, retry);
        // A key whose run counts is never free, and a run that revealed nothing holds none.
        if (!again.equals("nothing")) {
          assertThat(again.equals("free")).as(image.point()).isEqualTo(left == 2);
        }
        List<String> now = List.of(left + " left", began + " " + revealed, ends.toString(), again);
        if (start == 1) {
          assertThat(left).as(image.point()).isEqualTo(before);
          assertThat(now).as(image.point()).isEqualTo(outcome);
        }
        before = left;
        outcome = now;
      }
    }
    return outcome;
  }

  /** What becomes of a request under the retry key of the run. */
  private static String again(Gate gate, byte[] retry) {
    try {
      return gate.govern(ANALYST, Governance.STAGE, List.of(retry)).isEmpty() ? "free" : "sealed";
    } catch (TrefoilException e) {
      return e.condition() == Condition.RESULT_GONE ? e.condition().label() : "nothing";
    }
  }

  /** Executor 1 ends in the middle of a run; its peers open nothing without it. */
  @Test
  void peersOfAnExecutorThatEndsOpenNothing() {
    for (String last :
        List.of(
            "audit: written run",
            "audit: before admitted",
            "ledger: after UPDATE run SET state = 'REVEALED' WHERE nonce = ? AND state = 'BEGUN'",
            "audit: before reveal",
            "audit: written reveal")) {
      AtomicReference<String> dies = new AtomicReference<>();
      AtomicReference<Boolean> dead = new AtomicReference<>(false);
      Path home = folder.resolve(Integer.toString(last.hashCode()));
      try (AuthorizedCluster cluster =
          new AuthorizedCluster(
              home,
              Interceptor.NONE,
              point -> {
                if (dead.get() || point.equals(dies.get())) {
                  dead.set(true);
                  throw new Killed();
                }
              })) {
        Proposal proposal = cluster.approved(3);
        dies.set(last);
        Throwable error = catchThrowable(() -> cluster.run(proposal));
        assertThat(dead.get()).as(last).isTrue();
        assertThat(error).as(last).isNotNull();
        dies.set(null);
        // What is left of the ended process must not write any more.
        cluster.close();
        dead.set(false);
        cluster.restart();
        for (int p = 0; p < 3; p++) {
          List<String> events =
              cluster.trail(p).records().stream().map(AuditRecord::event).toList();
          assertThat(events.stream().filter("run"::equals).count())
              .as(last + " at " + p)
              .isEqualTo(events.stream().filter(AuditRecord.ENDS::contains).count());
        }
        assertThat(cluster.run(proposal)).as(last).isEqualTo(1);
        AuditTrail.compare(List.of(cluster.trail(0), cluster.trail(1), cluster.trail(2)));
        for (Governance executor : cluster.governance()) {
          assertThat(executor.proposals().get(0).runsLeft()).as(last).isBetween(1L, 2L);
        }
      }
    }
  }

  @Test
  void anExecutorThatCannotWriteRefuses() {
    AtomicReference<Boolean> full = new AtomicReference<>(false);
    try (AuthorizedCluster cluster =
        new AuthorizedCluster(
            folder,
            Interceptor.NONE,
            point -> {
              if (full.get() && point.startsWith("audit: before reveal")) {
                throw new TrefoilException(
                    Condition.LEDGER_FAILED, "Cannot write: the disk is full");
              }
            })) {
      Proposal proposal = cluster.approved(3);
      full.set(true);
      assertThat(catchThrowable(() -> cluster.run(proposal)))
          .hasMessageContaining(Condition.LEDGER_FAILED.label());
      full.set(false);
      assertThat(cluster.run(proposal)).isEqualTo(1);
    }
  }
}

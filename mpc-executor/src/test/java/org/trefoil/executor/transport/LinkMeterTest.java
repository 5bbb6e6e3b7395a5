package org.trefoil.executor.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinkMeterTest {
  private final List<LinkMeter> meters =
      new ArrayList<>(List.of(new LinkMeter(), new LinkMeter(), new LinkMeter()));

  /** One query: what each party takes the links for, and how much each has sent. */
  private record Agreed(List<LinkSpeed> speeds, List<Integer> threads, List<Long> bytes) {}

  private Agreed query() {
    try (InMemoryNetwork network = new InMemoryNetwork()) {
      List<Transport> transports = Stream.of(0, 1, 2).map(network::transport).toList();
      List<CompletableFuture<LinkMeter.Agreed>> parties = new ArrayList<>();
      for (int party = 0; party < 3; party++) {
        LinkMeter meter = meters.get(party);
        Transport transport = transports.get(party);
        parties.add(
            CompletableFuture.supplyAsync(
                () -> meter.agree(transport, Step.root("q"), 4 - transport.party()),
                task -> new Thread(task).start()));
      }
      List<LinkMeter.Agreed> agreed = parties.stream().map(CompletableFuture::join).toList();
      return new Agreed(
          agreed.stream().map(LinkMeter.Agreed::speed).toList(),
          agreed.stream().map(LinkMeter.Agreed::threads).toList(),
          transports.stream().map(Transport::bytesSent).toList());
    }
  }

  @Test
  void allThreeAgree() {
    assertThat(meters.get(0).latest()).isEmpty();
    Agreed agreed = query();
    assertThat(agreed.speeds()).containsOnly(agreed.speeds().get(0));
    assertThat(agreed.speeds().get(0).roundNanos()).isPositive();
    assertThat(agreed.speeds().get(0).byteNanos()).isPositive();
    assertThat(meters).allSatisfy(m -> assertThat(m.latest()).hasValue(agreed.speeds().get(0)));
  }

  @Test
  void theOneThatAllowsFewestThreadsDecides() {
    assertThat(query().threads()).containsExactly(2, 2, 2);
  }

  @Test
  void measuresUntilItKnowsEnough() {
    Agreed first = query();
    query();
    Agreed third = query();
    Agreed fourth = query();
    assertThat(first.bytes()).containsOnly(first.bytes().get(0)).isEqualTo(third.bytes());
    // Two exchanges remain: whether to measure and the threads, and the two figures, each to both
    // peers.
    assertThat(fourth.bytes()).containsOnly(2 * 16L + 2 * 16L);
    assertThat(fourth.speeds()).containsOnly(fourth.speeds().get(0));
  }

  @Test
  void oneThatHasBegunAnewMakesAllMeasure() {
    query();
    query();
    query();
    meters.set(1, new LinkMeter());
    Agreed agreed = query();
    assertThat(agreed.bytes().get(0)).isGreaterThan(1000);
    assertThat(agreed.speeds()).containsOnly(agreed.speeds().get(0));
  }
}

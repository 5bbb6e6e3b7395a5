package org.trefoil.executor.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

class InMemoryPeerLinksTest {
  private final List<PeerLinks> links =
      InMemoryPeerLinks.three(Interceptor.NONE, Duration.ofSeconds(20));
  private final List<String> heard = new ArrayList<>();

  @Test
  void keepsWhatIsSentBeforeTheOtherEndOpens() {
    try (Transport zero = links.get(0).open("q", this::hear)) {
      zero.send(1, Step.root("q"), new long[] {7}, 0, 1);
      try (Transport one = links.get(1).open("q", this::hear)) {
        long[] word = new long[1];
        one.receive(0, Step.root("q"), word, 0, 1);
        assertThat(word).containsExactly(7);
      }
    }
  }

  @Test
  void tellsPeersWhyAStreamIsAbortedWhetherTheyOpenedItOrNot() {
    TrefoilException reason = new TrefoilException(Condition.SOURCE_FAILED, "the reason");
    try (Transport zero = links.get(0).open("q", this::hear)) {
      links.get(1).abort("q", reason);
      assertThat(heard).containsExactly("1 " + reason.getMessage());
      assertThatThrownBy(() -> zero.receive(2, Step.root("q"), new long[1], 0, 1))
          .isInstanceOf(TrefoilException.class);
      assertThatThrownBy(() -> links.get(2).open("q", this::hear)).isSameAs(reason);
    }
  }

  @Test
  void oneStreamsAbortLeavesOthersAlone() {
    try (Transport zero = links.get(0).open("a", this::hear);
        Transport one = links.get(1).open("a", this::hear)) {
      links.get(2).abort("b", new TrefoilException(Condition.INTERNAL, "other"));
      zero.send(1, Step.root("a"), new long[] {1}, 0, 1);
      one.receive(0, Step.root("a"), new long[1], 0, 1);
      assertThat(heard).isEmpty();
    }
  }

  @Test
  void anExecutorThatStopsIsUnavailable() {
    try (Transport zero = links.get(0).open("q", this::hear)) {
      links.get(2).close();
      assertThat(heard)
          .hasSize(1)
          .allMatch(text -> text.startsWith("2 [TREFOIL_PEER_UNAVAILABLE]"));
      assertThatThrownBy(() -> zero.receive(1, Step.root("q"), new long[1], 0, 1))
          .isInstanceOf(TrefoilException.class);
    }
    assertThatThrownBy(() -> links.get(1).open("next", this::hear))
        .hasMessageContaining("executor 2");
  }

  private void hear(int peer, TrefoilException error) {
    heard.add(peer + " " + error.getMessage());
  }
}

package org.trefoil.executor.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

class InMemoryNetworkTest {
  private static final Step STEP = Step.root("q").child("s");

  private static void fails(Condition condition, Runnable action) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(
            TrefoilException.class, e -> assertThat(e.condition()).isEqualTo(condition));
  }

  @Test
  void deliversInOrderAndCounts() {
    try (InMemoryNetwork network = new InMemoryNetwork()) {
      Transport zero = network.transport(0);
      Transport one = network.transport(1);
      long[] words = {1, 2, 3, 4};
      zero.send(1, STEP, words, 1, 2);
      words[1] = 99; // what was sent is a copy
      zero.send(1, STEP, words, 3, 1);
      zero.flush();
      long[] got = new long[3];
      one.receive(0, STEP, got, 0, 2);
      one.receive(0, STEP, got, 2, 1);
      assertThat(got).containsExactly(2, 3, 4);
      assertThat(zero.bytesSent()).isEqualTo(24);
      assertThat(zero.rounds()).isEqualTo(1);
      assertThat(one.bytesSent()).isZero();
    }
  }

  @Test
  void refusesAnotherStepOrLength() {
    try (InMemoryNetwork network = new InMemoryNetwork()) {
      network.transport(0).send(1, STEP, new long[2], 0, 2);
      fails(
          Condition.STEP_MISMATCH, () -> network.transport(1).receive(0, STEP, new long[3], 0, 3));
      network.transport(2).send(1, Step.root("q").child("t"), new long[2], 0, 2);
      fails(
          Condition.STEP_MISMATCH, () -> network.transport(1).receive(2, STEP, new long[2], 0, 2));
    }
  }

  @Test
  void waitsNoLongerThanItsPatience() {
    Duration patience = Duration.ofMillis(20);
    try (InMemoryNetwork network = new InMemoryNetwork(Interceptor.NONE, patience)) {
      Transport zero = network.transport(0);
      fails(Condition.TIMEOUT, () -> zero.receive(1, STEP, new long[1], 0, 1));
      // A queue takes a whole window, and then blocks.
      long[] piece = new long[Transport.PIECE];
      for (int sent = 0; sent < Transport.WINDOW; sent += Transport.PIECE) {
        zero.send(1, STEP, piece, 0, Transport.PIECE);
      }
      fails(Condition.TIMEOUT, () -> zero.send(1, STEP, piece, 0, Transport.PIECE));
    }
  }

  @Test
  void aClosedLinkFailsItsPeers() {
    try (InMemoryNetwork network = new InMemoryNetwork()) {
      network.transport(0).close();
      fails(
          Condition.PEER_UNAVAILABLE,
          () -> network.transport(1).receive(0, STEP, new long[1], 0, 1));
      fails(
          Condition.PEER_UNAVAILABLE, () -> network.transport(2).send(0, STEP, new long[1], 0, 1));
    }
  }

  @Test
  void anInterceptorAltersAndDrops() {
    Interceptor interceptor =
        message -> message.words().length == 2 ? null : new long[] {~message.words()[0]};
    try (InMemoryNetwork network = new InMemoryNetwork(interceptor, Duration.ofMillis(20))) {
      network.transport(0).send(1, STEP, new long[2], 0, 2);
      network.transport(0).send(1, STEP, new long[1], 0, 1);
      long[] got = new long[1];
      network.transport(1).receive(0, STEP, got, 0, 1);
      assertThat(got).containsExactly(-1);
    }
  }

  @Test
  void aStepHasOneChildOfAName() {
    Step step = Step.root("q");
    assertThat(step.child("a").child("b").path()).isEqualTo("q/a/b");
    assertThat(step.child("b").path()).isEqualTo("q/b");
    fails(Condition.RANDOMNESS_REUSED, () -> step.child("a"));
  }
}

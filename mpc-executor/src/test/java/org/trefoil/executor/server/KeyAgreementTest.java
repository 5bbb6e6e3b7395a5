package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.trefoil.executor.transport.InMemoryNetwork;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.random.Prg;

class KeyAgreementTest {
  private record Agreed(byte[] hashKey, KeyAgreement.Pairs pairs) {}

  @Test
  void givesAllThreeTheHashKeyAndEachPairItsOwnStreams() throws Exception {
    List<Agreed> first = agree(Interceptor.NONE, new byte[32]);
    List<Agreed> second = agree(Interceptor.NONE, new byte[32]);
    List<long[]> streams = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      assertThat(first.get(p).hashKey()).hasSize(32).isEqualTo(first.get(0).hashKey());
      long[] mine = words(first.get(p).pairs().next().stream("s", "p"));
      long[] theirs = words(first.get((p + 1) % 3).pairs().previous().stream("s", "p"));
      assertThat(mine).isEqualTo(theirs);
      streams.add(mine);
    }
    assertThat(streams.get(0)).isNotEqualTo(streams.get(1)).isNotEqualTo(streams.get(2));
    assertThat(streams.get(1)).isNotEqualTo(streams.get(2));
    assertThat(second.get(0).hashKey()).isNotEqualTo(first.get(0).hashKey());
  }

  @Test
  void sendsNoPairSecretToTheThird() throws Exception {
    List<Interceptor.Message> secrets = new ArrayList<>();
    agree(
        message -> {
          if (message.step().endsWith("pair-secret")) {
            synchronized (secrets) {
              secrets.add(message);
            }
          }
          return message.words();
        },
        new byte[32]);
    assertThat(secrets).hasSize(6);
    for (Interceptor.Message a : secrets) {
      for (Interceptor.Message b : secrets) {
        assertThat(a == b || !Arrays.equals(a.words(), b.words())).isTrue();
      }
    }
  }

  @Test
  void refusesANonceThatWasChosenAfterSeeingOthers() {
    assertThatThrownBy(
            () ->
                agree(
                    message -> {
                      if (message.step().endsWith("nonce-show") && message.from() == 2) {
                        message.words()[0] ^= 1;
                      }
                      return message.words();
                    },
                    new byte[32]))
        .hasMessageContaining("EXECUTORS_DISAGREE")
        .hasMessageContaining("executor 2");
  }

  private static long[] words(Prg stream) {
    long[] words = new long[8];
    stream.next(words, 0, 8);
    return words;
  }

  private static List<Agreed> agree(Interceptor interceptor, byte[] planDigest) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (InMemoryNetwork network = new InMemoryNetwork(interceptor, Duration.ofSeconds(20))) {
      List<Future<Agreed>> parties =
          IntStream.range(0, 3)
              .mapToObj(p -> threads.submit(() -> agree(network.transport(p), planDigest)))
              .toList();
      List<Agreed> agreed = new ArrayList<>();
      for (Future<Agreed> party : parties) {
        agreed.add(party.get());
      }
      return agreed;
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Agreed agree(Transport transport, byte[] planDigest) {
    KeyAgreement keys =
        new KeyAgreement(
            new PeerAgreement(transport, Step.root("agree")), new SecureRandom(), planDigest);
    return new Agreed(keys.hashKey(), keys.pairs());
  }
}

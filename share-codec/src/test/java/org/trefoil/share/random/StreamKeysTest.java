package org.trefoil.share.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

class StreamKeysTest {
  private static byte[] bytes(int length, int fill) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static StreamKeys keys(int secret, int nonce, int digest) {
    return new StreamKeys(
        bytes(32, secret),
        List.of(bytes(16, nonce), bytes(16, 1), bytes(16, 2)),
        bytes(32, digest));
  }

  @Test
  void bothHoldersOfASecretGetTheSameStream() {
    assertThat(keys(7, 0, 0).stream("q/a", "mask").next())
        .isEqualTo(keys(7, 0, 0).stream("q/a", "mask").next());
  }

  @Test
  void everyInputSeparatesStreams() {
    List<Long> first = new ArrayList<>();
    first.add(keys(7, 0, 0).stream("q/a", "mask").next());
    first.add(keys(8, 0, 0).stream("q/a", "mask").next());
    first.add(keys(7, 3, 0).stream("q/a", "mask").next());
    first.add(keys(7, 0, 9).stream("q/a", "mask").next());
    first.add(keys(7, 0, 0).stream("q/b", "mask").next());
    first.add(keys(7, 0, 0).stream("q/a", "permutation").next());
    first.add(keys(7, 0, 0).stream("q/", "amask").next());
    first.add(keys(7, 0, 0).stream("q/am", "ask").next());
    Set<Long> distinct = new HashSet<>(first);
    assertThat(distinct).hasSameSizeAs(first);
  }

  @Test
  void theSameStreamTwiceIsRefused() {
    StreamKeys keys = keys(7, 0, 0);
    keys.stream("q/a", "mask");
    keys.stream("q/a", "other");
    assertThatThrownBy(() -> keys.stream("q/a", "mask"))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.RANDOMNESS_REUSED))
        .hasMessageContaining("q/a")
        .hasMessageContaining("mask");
  }

  @Test
  void ownStreamsDifferEveryTime() {
    SecureRandom random = new SecureRandom();
    assertThat(StreamKeys.own(random).stream("q", "p").next())
        .isNotEqualTo(StreamKeys.own(random).stream("q", "p").next());
  }

  @Test
  void refusesWeakInputs() {
    List<byte[]> nonces = List.of(bytes(16, 0), bytes(16, 1), bytes(16, 2));
    assertThatThrownBy(() -> new StreamKeys(bytes(16, 1), nonces, bytes(32, 0)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new StreamKeys(bytes(32, 1), nonces.subList(0, 2), bytes(32, 0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noSecretIsPrinted() {
    assertThat(keys(7, 0, 0).toString()).doesNotContain("0707");
  }
}

package org.trefoil.share.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.SICBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.junit.jupiter.api.Test;

class PrgTest {
  private static byte[] key(int first) {
    byte[] key = new byte[Prg.KEY_BYTES];
    key[0] = (byte) first;
    return key;
  }

  @Test
  void isAes256InCounterMode() {
    byte[] key = HexFormat.of().parseHex("00".repeat(31) + "07");
    var reference = SICBlockCipher.newInstance(AESEngine.newInstance());
    reference.init(true, new ParametersWithIV(new KeyParameter(key), new byte[16]));
    byte[] expected = new byte[8 * 20_000];
    reference.processBytes(new byte[expected.length], 0, expected.length, expected, 0);
    long[] words = new long[20_000];
    new Prg(key).next(words, 0, words.length);
    ByteBuffer actual = ByteBuffer.allocate(expected.length).order(ByteOrder.LITTLE_ENDIAN);
    actual.asLongBuffer().put(words);
    assertThat(actual.array()).isEqualTo(expected);
  }

  @Property(tries = 200)
  void wordsDoNotDependOnTheSizesOfCalls(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 20_000) Integer> calls) {
    int total = calls.stream().mapToInt(Integer::intValue).sum();
    long[] whole = new long[total];
    new Prg(key(1)).next(whole, 0, total);
    long[] pieces = new long[total];
    Prg prg = new Prg(key(1));
    int at = 0;
    for (int call : calls) {
      if (call % 3 == 1) {
        for (int i = 0; i < call; i++) {
          pieces[at++] = prg.next();
        }
      } else {
        prg.next(pieces, at, call);
        at += call;
      }
    }
    assertThat(pieces).isEqualTo(whole);
  }

  @Test
  void differentKeysGiveDifferentWords() {
    assertThat(new Prg(key(1)).next()).isNotEqualTo(new Prg(key(2)).next());
  }

  @Property(tries = 100)
  void permutationIsABijection(@ForAll @IntRange(max = 3000) int n, @ForAll byte first) {
    int[] order = new Prg(key(first)).permutation(n);
    int[] sorted = order.clone();
    Arrays.sort(sorted);
    assertThat(sorted).isEqualTo(IntStream.range(0, n).toArray());
  }

  @Test
  void everyPermutationOfFourIsEquallyLikely() {
    Prg prg = new Prg(key(3));
    int draws = 240_000;
    int[] seen = new int[256];
    for (int i = 0; i < draws; i++) {
      int[] p = prg.permutation(4);
      seen[p[0] | p[1] << 2 | p[2] << 4 | p[3] << 6]++;
    }
    double expected = draws / 24.0;
    double chiSquare =
        Arrays.stream(seen).filter(s -> s > 0).mapToDouble(s -> Math.pow(s - expected, 2)).sum()
            / expected;
    assertThat(Arrays.stream(seen).filter(s -> s > 0).count()).isEqualTo(24);
    // 23 degrees of freedom: 65 is exceeded with probability 1e-5; the key is fixed.
    assertThat(chiSquare).isLessThan(65);
  }

  @Test
  void belowRejectsRatherThanFolds() {
    // 3 * 2^29: without rejection the remainders below 2^29 would come up 3 times for 2 of others.
    int bound = 3 << 29;
    Prg prg = new Prg(key(4));
    int[] thirds = new int[3];
    int draws = 300_000;
    for (int i = 0; i < draws; i++) {
      thirds[prg.below(bound) % 3]++;
    }
    for (int count : thirds) {
      assertThat(count).isBetween(draws / 3 - 1500, draws / 3 + 1500);
    }
    assertThatThrownBy(() -> prg.below(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void warmUpMeasuresASpeed() {
    assertThat(Prg.warmUp()).isPositive();
  }

  @Test
  void refusesAShortKey() {
    assertThatThrownBy(() -> new Prg(new byte[16])).isInstanceOf(IllegalArgumentException.class);
  }
}

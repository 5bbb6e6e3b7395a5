package org.trefoil.arrow.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.AnswerShares;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

final class AnswerBytesTest {
  private static AnswerShares answer() {
    Bits bits = new Bits(2, new long[] {1}, new long[] {2});
    Words words = new Words(70, 2, new long[][] {{3, 4}, {5, 6}}, new long[][] {{7, 8}, {9, 10}});
    Sums sums = new Sums(2, new long[][] {{11, 12}}, new long[][] {{13, 14}});
    Sums held = new Sums(1, new long[][] {{15}}, new long[][] {{16}});
    return new AnswerShares(
        new ResultShares(1, 2, List.of(bits, words, sums), true, Optional.of(held), Map.of()),
        List.of(List.of(10L, 20L), List.of(30L)),
        new byte[32]);
  }

  @Test
  void survivesItsEncoding() {
    byte[] bytes = AnswerBytes.encode(answer());
    AnswerShares read = AnswerBytes.decode(bytes);
    assertThat(AnswerBytes.encode(read)).isEqualTo(bytes);
    assertThat(read.sizes()).isEqualTo(answer().sizes());
    assertThat(read.shares().party()).isEqualTo(1);
    Words words = (Words) read.shares().columns().get(1);
    assertThat(words.width()).isEqualTo(70);
    assertThat(words.second()).isDeepEqualTo(new long[][] {{7, 8}, {9, 10}});
    assertThat(read.shares().heldBack().orElseThrow().first()[0]).containsExactly(15);
  }

  @Test
  void everythingElseIsMalformed() {
    byte[] bytes = AnswerBytes.encode(answer());
    for (int length = 0; length < bytes.length; length++) {
      malformed(Arrays.copyOf(bytes, length), "cut to " + length);
    }
    malformed(Arrays.copyOf(bytes, bytes.length + 1), "one byte more");
    for (int at = 0; at < bytes.length; at++) {
      byte[] altered = bytes.clone();
      altered[at] ^= (byte) 0x80;
      Throwable error = catchThrowable(() -> AnswerBytes.decode(altered));
      assertThat(error == null || error instanceof TrefoilException).as("byte %s", at).isTrue();
    }
  }

  private static void malformed(byte[] bytes, String as) {
    Throwable error = catchThrowable(() -> AnswerBytes.decode(bytes));
    assertThat(error).as(as).isInstanceOf(TrefoilException.class);
    assertThat(((TrefoilException) error).condition()).as(as).isEqualTo(Condition.MALFORMED_BATCH);
  }
}

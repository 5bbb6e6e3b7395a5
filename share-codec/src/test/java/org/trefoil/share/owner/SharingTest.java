package org.trefoil.share.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;
import org.trefoil.share.recipient.Reconstruction;

class SharingTest {
  private static final List<ColumnShape> SHAPES =
      List.of(
          ColumnShape.BIT,
          ColumnShape.words(1),
          ColumnShape.words(63),
          ColumnShape.words(64),
          ColumnShape.words(65),
          ColumnShape.words(327),
          ColumnShape.sums(64),
          ColumnShape.sums(128));

  static List<ClearColumn> columns(int rows, int seed) {
    byte[] key = new byte[32];
    key[0] = (byte) seed;
    key[1] = (byte) (seed >>> 8);
    Prg prg = new Prg(key);
    List<ClearColumn> columns = new ArrayList<>();
    for (ColumnShape shape : SHAPES) {
      ClearColumn column = ClearColumn.zero(shape, rows);
      for (int k = 0; k < shape.limbs(); k++) {
        long[] limb = column.limbs()[k];
        prg.next(limb, 0, limb.length);
        SeedExpansion.trim(shape, rows, k, limb);
      }
      columns.add(column);
    }
    return columns;
  }

  private static List<List<SharedColumn>> expanded(ShareBatch[] batches) {
    return Arrays.stream(batches).map(ShareBatches::expand).toList();
  }

  private static void assertSame(List<ClearColumn> actual, List<ClearColumn> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int c = 0; c < actual.size(); c++) {
      assertThat(actual.get(c).shape()).isEqualTo(expected.get(c).shape());
      assertThat(actual.get(c).limbs()).isDeepEqualTo(expected.get(c).limbs());
    }
  }

  @Property(tries = 60)
  void whatIsSharedIsReconstructed(
      @ForAll @IntRange(max = 300) int rows, @ForAll @IntRange(max = 60_000) int seed) {
    List<ClearColumn> columns = columns(rows, seed);
    ShareBatch[] batches = Sharing.share(columns, new SecureRandom());
    assertSame(Reconstruction.openAll(expanded(batches)), columns);
  }

  @Test
  void extremesOfSumsCarryThrough() {
    SecureRandom random = new SecureRandom();
    BigInteger[] values = {
      BigInteger.ONE.shiftLeft(127).negate(),
      BigInteger.ONE.negate(),
      BigInteger.ZERO,
      BigInteger.ONE.shiftLeft(64),
      BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE)
    };
    for (BigInteger value : values) {
      ClearColumn column = ClearColumn.zero(ColumnShape.sums(128), 1000);
      Arrays.fill(column.limbs()[0], value.longValue());
      Arrays.fill(column.limbs()[1], value.shiftRight(64).longValue());
      List<ClearColumn> columns = List.of(column);
      assertSame(Reconstruction.openAll(expanded(Sharing.share(columns, random))), columns);
    }
  }

  @Test
  void neighboursHoldTheSameComponentAndDigest() {
    ShareBatch[] batches = Sharing.share(columns(100, 1), new SecureRandom());
    for (int component = 0; component < 3; component++) {
      ShareBatch holder = batches[component];
      ShareBatch other = batches[(component + 2) % 3];
      assertThat(ShareBatches.digest(holder, component))
          .isEqualTo(ShareBatches.digest(other, component));
      ShareBatch lacks = batches[(component + 1) % 3];
      int missing = component;
      assertThat(lacks.missingComponent()).isEqualTo(component);
      assertThatThrownBy(() -> ShareBatches.digest(lacks, missing))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void digestsTellDifferentCopiesApart() {
    List<ClearColumn> columns = columns(100, 1);
    ShareBatch[] a = Sharing.share(columns, new SecureRandom());
    ShareBatch[] b = Sharing.share(columns, new SecureRandom());
    for (int component = 0; component < 3; component++) {
      assertThat(ShareBatches.digest(a[component], component))
          .isNotEqualTo(ShareBatches.digest(b[component], component));
    }
    byte[] before = ShareBatches.digest(a[1], 2);
    a[1].third().get(7)[1][99] ^= 1L << 63;
    assertThat(ShareBatches.digest(a[1], 2)).isNotEqualTo(before);
  }

  @Test
  void attemptsHaveNothingInCommon() {
    List<ClearColumn> columns = columns(1000, 1);
    SecureRandom random = new SecureRandom();
    ShareBatch[] a = Sharing.share(columns, random);
    ShareBatch[] b = Sharing.share(columns, random);
    assertThat(a[0].seed0()).isNotEqualTo(b[0].seed0()).isNotEqualTo(a[0].seed1());
    long[] one = a[1].third().get(6)[0];
    long[] two = b[1].third().get(6)[0];
    for (int i = 0; i < one.length; i++) {
      assertThat(one[i]).isNotEqualTo(two[i]);
    }
  }

  @Test
  void everyComponentStaysWithinItsWidth() {
    ShareBatch[] batches = Sharing.share(columns(70, 5), new SecureRandom());
    for (ShareBatch batch : batches) {
      for (SharedColumn column : ShareBatches.expand(batch)) {
        if (column instanceof Words words) {
          long mask = Words.mask(words.width(), words.first().length - 1);
          int top = words.first().length - 1;
          assertThat(Arrays.stream(words.first()[top]).allMatch(w -> (w & ~mask) == 0)).isTrue();
          assertThat(Arrays.stream(words.second()[top]).allMatch(w -> (w & ~mask) == 0)).isTrue();
        }
        if (column instanceof Bits bits) {
          assertThat(bits.first()[1] >>> 6).isZero();
          assertThat(bits.second()[1] >>> 6).isZero();
        }
      }
    }
  }

  /** A mask narrower than the value would show some of its bits to a party. */
  @Test
  void everyBitOfEveryComponentIsMasked() {
    List<ClearColumn> zeros =
        SHAPES.stream().map(shape -> ClearColumn.zero(shape, 64 * 200)).toList();
    for (ShareBatch batch : Sharing.share(zeros, new SecureRandom())) {
      for (SharedColumn column : ShareBatches.expand(batch)) {
        for (boolean first : new boolean[] {true, false}) {
          long[][] limbs = limbs(column, first);
          for (int k = 0; k < limbs.length; k++) {
            long all = column instanceof Words words ? Words.mask(words.width(), k) : -1L;
            assertThat(Arrays.stream(limbs[k]).reduce(0, (a, b) -> a | b)).isEqualTo(all);
            assertThat(Arrays.stream(limbs[k]).reduce(-1, (a, b) -> a & b)).isZero();
          }
        }
      }
    }
  }

  /** Two words that are equal by chance: 2^-64 a pair; a stream used twice: always. */
  @Test
  void noTwoLimbsOfAComponentAreAlike() {
    List<ClearColumn> zeros =
        List.of(
            ClearColumn.zero(ColumnShape.sums(128), 500),
            ClearColumn.zero(ColumnShape.words(128), 500),
            ClearColumn.zero(ColumnShape.sums(64), 500));
    for (ShareBatch batch : Sharing.share(zeros, new SecureRandom())) {
      List<Long> words = new ArrayList<>();
      for (SharedColumn column : ShareBatches.expand(batch)) {
        for (boolean first : new boolean[] {true, false}) {
          for (long[] limb : limbs(column, first)) {
            Arrays.stream(limb).forEach(words::add);
          }
        }
      }
      assertThat(words).doesNotHaveDuplicates();
    }
  }

  private static long[][] limbs(SharedColumn column, boolean first) {
    if (column instanceof Bits bits) {
      return new long[][] {first ? bits.first() : bits.second()};
    }
    if (column instanceof Sums sums) {
      return first ? sums.first() : sums.second();
    }
    Words words = (Words) column;
    return first ? words.first() : words.second();
  }

  @Test
  void aShareLooksRandomWhateverTheValue() {
    // Each party's view of an all-zero column: about half of its bits are set in either component.
    ClearColumn zeros = ClearColumn.zero(ColumnShape.sums(64), 4096);
    for (ShareBatch batch : Sharing.share(List.of(zeros), new SecureRandom())) {
      Sums view = (Sums) ShareBatches.expand(batch).get(0);
      for (long[] component : List.of(view.first()[0], view.second()[0])) {
        long set = Arrays.stream(component).map(Long::bitCount).sum();
        assertThat(set).isBetween(131_072L - 2048, 131_072L + 2048);
      }
    }
  }

  @Test
  void nothingPrintsAShare() {
    ClearColumn column = ClearColumn.zero(ColumnShape.words(64), 1);
    column.limbs()[0][0] = 1234567890123456789L;
    ShareBatch[] batches = Sharing.share(List.of(column), new SecureRandom());
    assertThat(column.toString()).isEqualTo("ClearColumn[1 x " + column.shape() + "]");
    for (ShareBatch batch : batches) {
      assertThat(batch.toString())
          .isEqualTo("ShareBatch[party " + batch.party() + ", 1 rows, 1 columns]");
      assertThat(ShareBatches.expand(batch).get(0).toString()).isEqualTo("Words[1 x 64]");
    }
    assertThat(Sums.zero(128, 2).toString()).isEqualTo("Sums[2 x 128]");
    assertThat(Bits.zero(3).toString()).isEqualTo("Bits[3]");
  }

  @Test
  void malformedBatchesAreRefused() {
    byte[] seed = new byte[ShareBatch.SEED_BYTES];
    List<ColumnShape> shapes = List.of(ColumnShape.words(3));
    List<long[][]> third = List.<long[][]>of(new long[][] {{7}});
    new ShareBatch(1, 1, shapes, null, seed, third);
    refused(() -> new ShareBatch(3, 1, shapes, null, seed, third));
    refused(() -> new ShareBatch(1, -1, shapes, null, seed, third));
    refused(() -> new ShareBatch(1, Chunks.CHUNK_ROWS + 1, shapes, null, seed, third));
    refused(() -> new ShareBatch(1, 1, shapes, seed, seed, third));
    refused(() -> new ShareBatch(1, 1, shapes, null, null, third));
    refused(() -> new ShareBatch(1, 1, shapes, null, new byte[16], third));
    refused(() -> new ShareBatch(1, 1, shapes, null, seed, null));
    refused(() -> new ShareBatch(0, 1, shapes, seed, seed, third));
    refused(() -> new ShareBatch(1, 1, shapes, null, seed, List.of()));
    refused(() -> new ShareBatch(1, 1, shapes, null, seed, List.<long[][]>of(new long[][] {{8}})));
    refused(
        () -> new ShareBatch(1, 1, shapes, null, seed, List.<long[][]>of(new long[][] {{1, 2}})));
    refused(
        () -> new ShareBatch(1, 1, shapes, null, seed, List.<long[][]>of(new long[][] {{1}, {2}})));
    refused(() -> new ShareBatch(1, 1, List.of(ColumnShape.sums(96)), null, seed, third));
    refused(() -> new ShareBatch(1, 1, List.of(ColumnShape.words(0)), null, seed, third));
    refused(
        () ->
            new ShareBatch(
                1, 1, List.of(ColumnShape.words(ShareBatches.MAX_WIDTH + 1)), null, seed, third));
    refused(
        () ->
            new ShareBatch(
                1, 1, List.of(new ColumnShape(ColumnShape.Kind.BITS, 2)), null, seed, third));
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.MALFORMED_BATCH));
  }
}

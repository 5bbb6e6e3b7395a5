package org.trefoil.arrow.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.ShareBatch;

final class BatchCodecTest {
  private static final List<ColumnShape> SHAPES =
      List.of(
          ColumnShape.BIT,
          ColumnShape.words(3),
          ColumnShape.words(8),
          ColumnShape.words(16),
          ColumnShape.words(20),
          ColumnShape.words(37),
          ColumnShape.words(64),
          ColumnShape.words(130),
          ColumnShape.sums(64),
          ColumnShape.sums(128));
  private static final String NAME = "batch 3 of source 0";

  private final long seed =
      System.getProperty("trefoil.seed", "").isEmpty()
          ? System.nanoTime()
          : Long.parseLong(System.getProperty("trefoil.seed"));
  private final Random random = new Random(seed);
  private final BufferAllocator allocator = new RootAllocator(256 << 20);

  @AfterEach
  void closeAllocator() {
    allocator.close(); // throws if a buffer leaked
  }

  private long[][] limbs(ColumnShape shape, int rows) {
    long[][] limbs = new long[shape.limbs()][shape.longsPerLimb(rows)];
    for (int k = 0; k < limbs.length; k++) {
      long mask = shape.kind() == ColumnShape.Kind.WORDS ? Words.mask(shape.width(), k) : -1L;
      for (int i = 0; i < limbs[k].length; i++) {
        limbs[k][i] = random.nextLong() & mask;
      }
      if (shape.kind() == ColumnShape.Kind.BITS && rows % 64 != 0) {
        limbs[k][limbs[k].length - 1] &= (1L << (rows % 64)) - 1;
      }
    }
    return limbs;
  }

  private byte[] seed() {
    byte[] seed = new byte[ShareBatch.SEED_BYTES];
    random.nextBytes(seed);
    return seed;
  }

  private ShareBatch batch(int party, int rows) {
    List<long[][]> third = new ArrayList<>();
    SHAPES.forEach(shape -> third.add(limbs(shape, rows)));
    return new ShareBatch(
        party,
        rows,
        SHAPES,
        party == 1 ? null : seed(),
        party == 2 ? null : seed(),
        party == 0 ? null : third);
  }

  private static void assertSame(ShareBatch read, ShareBatch made) {
    assertThat(read.party()).isEqualTo(made.party());
    assertThat(read.rows()).isEqualTo(made.rows());
    assertThat(read.shapes()).isEqualTo(made.shapes());
    assertThat(read.seed0()).isEqualTo(made.seed0());
    assertThat(read.seed1()).isEqualTo(made.seed1());
    if (made.third() == null) {
      assertThat(read.third()).isNull();
    } else {
      for (int c = 0; c < made.third().size(); c++) {
        assertThat(read.third().get(c)).as("column %d", c).isDeepEqualTo(made.third().get(c));
      }
    }
  }

  private byte[] stream(VectorSchemaRoot root) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (root;
        ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
      writer.start();
      writer.writeBatch();
      writer.end();
    }
    return bytes.toByteArray();
  }

  private ShareBatch read(byte[] stream, int party, byte[] header) {
    return read(stream, party, header, allocator);
  }

  private static ShareBatch read(
      byte[] stream, int party, byte[] header, BufferAllocator allocator) {
    return MalformedBatch.guard(
        NAME,
        () -> {
          try (ArrowStreamReader reader =
              new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            reader.loadNextBatch();
            return ShareBatchCodec.decode(NAME, party, 1000, reader.getVectorSchemaRoot(), header);
          }
        });
  }

  @Test
  void shareBatchesSurviveTheWire() throws Exception {
    for (int party = 0; party < 3; party++) {
      for (int rows : new int[] {0, 1, 63, 64, 65, 1000}) {
        ShareBatch made = batch(party, rows);
        byte[] stream = stream(ShareBatchCodec.encode(made, allocator));
        assertSame(read(stream, party, ShareBatchCodec.header(made)), made);
      }
    }
  }

  @Test
  void resultSharesSurviveTheWire() throws Exception {
    for (int rows : new int[] {0, 1, 70}) {
      List<SharedColumn> columns =
          List.of(
              new Bits(rows, limbs(ColumnShape.BIT, rows)[0], limbs(ColumnShape.BIT, rows)[0]),
              new Words(
                  70, rows, limbs(ColumnShape.words(70), rows), limbs(ColumnShape.words(70), rows)),
              new Sums(
                  rows, limbs(ColumnShape.sums(128), rows), limbs(ColumnShape.sums(128), rows)));
      ResultShares made =
          new ResultShares(2, rows, columns, true, Optional.empty(), Map.of("rounds", 7L));
      byte[] stream = stream(ResultSharesCodec.encode(made, allocator));
      try (ArrowStreamReader reader =
          new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
        reader.loadNextBatch();
        ResultShares read =
            ResultSharesCodec.decode(
                NAME,
                2,
                rows,
                true,
                Optional.empty(),
                Map.of("rounds", 7L),
                reader.getVectorSchemaRoot());
        assertThat(read).usingRecursiveComparison().isEqualTo(made);
        assertRefused(
            () ->
                ResultSharesCodec.decode(
                    NAME,
                    2,
                    rows + 1,
                    true,
                    Optional.empty(),
                    Map.of(),
                    reader.getVectorSchemaRoot()),
            "rows");
      }
    }
  }

  @Test
  void anotherPartysHeaderIsRefused() throws Exception {
    ShareBatch made = batch(1, 10);
    byte[] stream = stream(ShareBatchCodec.encode(made, allocator));
    byte[] header = ShareBatchCodec.header(made);
    assertRefused(() -> read(stream, 2, header), "party 2");
    assertRefused(() -> read(stream, 0, header), "header");
    assertRefused(() -> read(stream, 1, Arrays.copyOf(header, header.length - 1)), "header");
    assertRefused(() -> read(stream, 1, null), "header");
  }

  @Test
  void anotherRowCountIsRefused() throws Exception {
    ShareBatch made = batch(1, 10);
    byte[] stream = stream(ShareBatchCodec.encode(made, allocator));
    for (int rows : new int[] {-1, 9, 11, 1001, Integer.MAX_VALUE}) {
      byte[] header = ShareBatchCodec.header(made);
      ByteBuffer.wrap(header).putInt(5, rows);
      assertRefused(() -> read(stream, 1, header), "rows");
    }
  }

  @Test
  void bitsBeyondTheWidthAreRefusedAndTheColumnNamed() {
    ShareBatch made = batch(1, 10);
    made.third().get(1)[0][4] |= 8;
    try (VectorSchemaRoot root = ShareBatchCodec.encode(made, allocator)) {
      assertRefused(
          () -> ShareBatchCodec.decode(NAME, 1, 10, root, ShareBatchCodec.header(made)),
          "column c1 has bits beyond its width of 3");
    }
  }

  @Test
  void nullsAreRefusedAndTheColumnNamed() {
    ShareBatch made = batch(2, 10);
    try (VectorSchemaRoot root = ShareBatchCodec.encode(made, allocator)) {
      ((UInt2Vector) root.getVector(3)).setNull(5);
      assertRefused(
          () -> ShareBatchCodec.decode(NAME, 2, 10, root, ShareBatchCodec.header(made)),
          "column c3 has NULLs");
    }
  }

  @Test
  void truncatedStreamsAreRefused() throws Exception {
    ShareBatch made = batch(1, 100);
    byte[] header = ShareBatchCodec.header(made);
    byte[] stream = stream(ShareBatchCodec.encode(made, allocator));
    for (int length = 0; length < stream.length - 16; length += 13) {
      byte[] cut = Arrays.copyOf(stream, length);
      assertRefused(() -> read(cut, 1, header), NAME);
    }
  }

  @Test
  void flippedBytesAreRefusedOrChangeValuesOnly() throws Exception {
    ShareBatch made = batch(1, 100);
    byte[] header = ShareBatchCodec.header(made);
    byte[] stream = stream(ShareBatchCodec.encode(made, allocator));
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] bad = stream.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
      }
      // Arrow's own stream reader, which only this test uses, leaks when it meets such bytes: its
      // memory is bounded here and not checked.
      BufferAllocator own = new RootAllocator(1 << 24);
      try {
        ShareBatch read = read(bad, 1, header, own);
        assertThat(read.rows()).isEqualTo(100);
      } catch (TrefoilException e) {
        assertThat(e.condition())
            .as("seed %d, round %d", seed, i)
            .isEqualTo(Condition.MALFORMED_BATCH);
        assertThat(e.reason()).contains(NAME);
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  private static void assertRefused(ThrowingCallable reading, String words) {
    assertThatThrownBy(reading)
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.MALFORMED_BATCH))
        .hasMessageContaining(NAME)
        .hasMessageContaining(words);
  }
}

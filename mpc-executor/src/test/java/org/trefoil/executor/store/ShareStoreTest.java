package org.trefoil.executor.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.Sharing;
import org.trefoil.share.recipient.Reconstruction;

class ShareStoreTest {
  private static final List<ColumnShape> SHAPES =
      List.of(ColumnShape.BIT, ColumnShape.words(70), ColumnShape.sums(128));
  private static final List<String> NAMES = List.of("valid", "KEY of id", "amount");

  private final long seed =
      System.getProperty("trefoil.seed", "").isEmpty()
          ? System.nanoTime()
          : Long.parseLong(System.getProperty("trefoil.seed"));
  private final Random values = new Random(seed);

  @Test
  void joinsChunksAndBranchesOfAnyLengthToTheColumnsThatWereShared() {
    for (List<Long> rows :
        List.of(
            List.of(3L, 5L),
            List.of(64L, 1L, 63L),
            List.of(0L, 7L),
            List.of(130L, 200L, 65L),
            List.of((long) Chunks.CHUNK_ROWS + 33, 100L))) {
      List<ShareStore> stores = new ArrayList<>();
      for (int p = 0; p < 3; p++) {
        stores.add(new ShareStore(p, List.of(shape(rows)), Long.MAX_VALUE));
      }
      List<ClearColumn> whole = shareAll(stores, rows);
      assertThat(stores.get(0).complete()).isTrue();
      List<List<SharedColumn>> views = stores.stream().map(s -> s.take().get(0)).toList();
      List<ClearColumn> opened = Reconstruction.openAll(views);
      for (int c = 0; c < SHAPES.size(); c++) {
        int total = (int) rows.stream().mapToLong(Long::longValue).sum();
        assertThat(opened.get(c).rows()).isEqualTo(total);
        for (int r = 0; r < total; r++) {
          assertThat(value(opened.get(c), r))
              .as("rows %s, column %d, row %d, seed %d", rows, c, r, seed)
              .isEqualTo(value(whole.get(c), r));
        }
      }
      stores.forEach(store -> assertThat(store.heldBytes()).isZero());
    }
  }

  private List<ClearColumn> shareAll(List<ShareStore> stores, List<Long> rows) {
    int total = (int) rows.stream().mapToLong(Long::longValue).sum();
    List<ClearColumn> whole = SHAPES.stream().map(s -> ClearColumn.zero(s, total)).toList();
    int at = 0;
    for (int branch = 0; branch < rows.size(); branch++) {
      List<UUID> attempts = new ArrayList<>();
      for (int chunk = 0; chunk < Chunks.count(rows.get(branch)); chunk++) {
        int count = Chunks.rows(rows.get(branch), chunk);
        List<ClearColumn> clear = SHAPES.stream().map(s -> ClearColumn.zero(s, count)).toList();
        for (int c = 0; c < SHAPES.size(); c++) {
          for (int r = 0; r < count; r++) {
            List<Long> value = random(SHAPES.get(c));
            put(clear.get(c), r, value);
            put(whole.get(c), at + r, value);
          }
        }
        at += count;
        ShareBatch[] batches = Sharing.share(clear, new SecureRandom());
        UUID attempt = UUID.randomUUID();
        for (int p = 0; p < 3; p++) {
          upload(stores.get(p).fragment(0, branch), chunk, attempt, batches[p]);
        }
        attempts.add(attempt);
      }
      for (ShareStore store : stores) {
        assertThat(store.complete()).isFalse();
        store.fragment(0, branch).commit(attempts);
      }
    }
    return whole;
  }

  @Test
  void holdsNoMoreThanItsBudgetAndForgetsWhatIsDropped() {
    ShareStore store = new ShareStore(1, List.of(shape(List.of(100L))), 10_000);
    FragmentShares fragment = store.fragment(0, 0);
    ShareBatch batch = batch(100, 1);
    UUID first = upload(fragment, 0, UUID.randomUUID(), batch);
    long one = store.heldBytes();
    assertThat(one).isBetween(100L * 8 * 4, 100L * 8 * 4 + 200);
    ShareUpload abandoned = fragment.begin(0, UUID.randomUUID());
    abandoned.send(batch(100, 1));
    assertThat(store.heldBytes()).isEqualTo(2 * one);
    abandoned.close();
    assertThat(store.heldBytes()).isEqualTo(one);
    upload(fragment, 0, UUID.randomUUID(), batch(100, 1));
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 5; i++) {
                upload(fragment, 0, UUID.randomUUID(), batch(100, 1));
              }
            })
        .hasMessageContaining("TOO_MANY_ROWS");
    fragment.commit(List.of(first));
    assertThat(store.heldBytes()).isEqualTo(one);
    store.clear();
    assertThat(store.heldBytes()).isZero();
  }

  @Test
  void refusesAttemptsThatAreLateOrNotFreshOrNeverBegun() {
    ShareStore store = new ShareStore(0, List.of(shape(List.of(10L))), Long.MAX_VALUE);
    FragmentShares fragment = store.fragment(0, 0);
    UUID attempt = UUID.randomUUID();
    ShareUpload late = fragment.begin(0, UUID.randomUUID());
    late.send(batch(10, 0));
    assertThatThrownBy(() -> fragment.commit(List.of(attempt)))
        .hasMessageContaining("LATE_ATTEMPT");
    assertThatThrownBy(() -> fragment.commit(List.of())).hasMessageContaining("MALFORMED_BATCH");
    upload(fragment, 0, attempt, batch(10, 0));
    assertThatThrownBy(() -> fragment.begin(0, attempt)).hasMessageContaining("LATE_ATTEMPT");
    assertThatThrownBy(() -> fragment.begin(-1, UUID.randomUUID()))
        .hasMessageContaining("MALFORMED_BATCH");
    fragment.commit(List.of(attempt));
    assertThatThrownBy(late::complete).hasMessageContaining("LATE_ATTEMPT");
    late.close();
    fragment.commit(List.of(attempt));
    store.clear();
    assertThatThrownBy(() -> fragment.begin(0, UUID.randomUUID()))
        .hasMessageContaining("TICKET_REFUSED");
  }

  @Test
  void digestsEveryBatchAndTheChoice() {
    List<FragmentShares> holders = new ArrayList<>();
    ClearColumn[] clear =
        SHAPES.stream().map(s -> ClearColumn.zero(s, 10)).toArray(ClearColumn[]::new);
    ShareBatch[] batches = Sharing.share(List.of(clear), new SecureRandom());
    UUID attempt = UUID.randomUUID();
    for (int p = 0; p < 3; p++) {
      FragmentShares fragment =
          new ShareStore(p, List.of(shape(List.of(10L))), Long.MAX_VALUE).fragment(0, 0);
      upload(fragment, 0, attempt, batches[p]);
      fragment.commit(List.of(attempt));
      holders.add(fragment);
    }
    for (int c = 0; c < 3; c++) {
      assertThat(holders.get(c).componentDigest(c))
          .isEqualTo(holders.get((c + 2) % 3).componentDigest(c));
      assertThat(holders.get(c).choiceDigest()).isEqualTo(holders.get(0).choiceDigest());
    }
    assertThat(holders.get(0).componentDigest(0)).isNotEqualTo(holders.get(0).componentDigest(1));
  }

  private static UUID upload(FragmentShares fragment, int chunk, UUID attempt, ShareBatch batch) {
    try (ShareUpload upload = fragment.begin(chunk, attempt)) {
      upload.send(batch);
      upload.complete();
    }
    return attempt;
  }

  private static ShareStore.SourceShape shape(List<Long> rows) {
    return new ShareStore.SourceShape(
        rows.stream().map(r -> "north.t" + r).toList(), rows, NAMES, SHAPES);
  }

  private static ShareBatch batch(int rows, int party) {
    List<ClearColumn> clear = SHAPES.stream().map(s -> ClearColumn.zero(s, rows)).toList();
    return Sharing.share(clear, new SecureRandom())[party];
  }

  private List<Long> random(ColumnShape shape) {
    return switch (shape.kind()) {
      case BITS -> List.of(values.nextLong() & 1);
      case WORDS -> List.of(values.nextLong(), values.nextLong() & 63);
      case SUMS -> List.of(values.nextLong(), values.nextLong());
    };
  }

  private static void put(ClearColumn column, int row, List<Long> value) {
    if (column.shape().kind() == ColumnShape.Kind.BITS) {
      column.limbs()[0][row >> 6] |= value.get(0) << row;
    } else {
      for (int k = 0; k < value.size(); k++) {
        column.limbs()[k][row] = value.get(k);
      }
    }
  }

  private static List<Long> value(ClearColumn column, int row) {
    if (column.shape().kind() == ColumnShape.Kind.BITS) {
      return List.of(column.limbs()[0][row >> 6] >>> row & 1);
    }
    return List.of(column.limbs()[0][row], column.limbs()[1][row]);
  }
}

package org.trefoil.share.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class ChunksTest {
  @Property
  void chunksCoverEveryRowOnce(@ForAll @LongRange(min = 0, max = 1_000_000) long rows) {
    long at = 0;
    for (int chunk = 0; chunk < Chunks.count(rows); chunk++) {
      assertThat(Chunks.first(chunk)).isEqualTo(at);
      assertThat(Chunks.rows(rows, chunk)).isBetween(1, Chunks.CHUNK_ROWS);
      at += Chunks.rows(rows, chunk);
    }
    assertThat(at).isEqualTo(rows);
    int past = Chunks.count(rows);
    assertThatThrownBy(() -> Chunks.rows(rows, past)).isInstanceOf(IllegalArgumentException.class);
  }
}

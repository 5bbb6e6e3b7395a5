package org.trefoil.share.owner;

import java.util.List;
import org.trefoil.share.column.ColumnShape;

/**
 * What an owner sends to one party for one chunk of rows. Components 0 and 1 are expanded from
 * seeds (s0 goes to parties 0 and 2, s1 to parties 0 and 1), component 2 is sent to parties 1 and
 * 2.
 *
 * @param seed0 {@link #SEED_BYTES} bytes, null for party 1
 * @param seed1 {@link #SEED_BYTES} bytes, null for party 2
 * @param third component 2 of every column, limb by limb; null for party 0
 */
public record ShareBatch(
    int party,
    int rows,
    List<ColumnShape> shapes,
    byte[] seed0,
    byte[] seed1,
    List<long[][]> third) {
  /** Bytes of a seed: as wide as the AES-256 key that is derived from it. */
  public static final int SEED_BYTES = 32;

  /** Fails with {@code MALFORMED_BATCH} unless the parts are those that the party gets. */
  public ShareBatch {
    shapes = List.copyOf(shapes);
    third = third == null ? null : List.copyOf(third);
    ShareBatches.check(party, rows, shapes, seed0, seed1, third);
  }

  /** The component that this party does not hold. */
  public int missingComponent() {
    return (party + 2) % 3;
  }

  @Override
  public String toString() {
    return "ShareBatch[party " + party + ", " + rows + " rows, " + shapes.size() + " columns]";
  }
}

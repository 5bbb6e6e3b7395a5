package org.trefoil.share.owner;

import java.util.List;
import org.trefoil.share.column.ColumnShape;

/**
 * What an owner sends to one party for one chunk of rows. Components 0 and 1 are expanded from
 * seeds (s0 goes to parties 0 and 2, s1 to parties 0 and 1), component 2 is sent to parties 1 and
 * 2.
 *
 * @param seed0 16 bytes, null for party 1
 * @param seed1 16 bytes, null for party 2
 * @param third component 2 of every column, limb by limb; null for party 0
 */
public record ShareBatch(
    int party,
    int rows,
    List<ColumnShape> shapes,
    byte[] seed0,
    byte[] seed1,
    List<long[][]> third) {
  public ShareBatch {
    shapes = List.copyOf(shapes);
  }

  @Override
  public String toString() {
    return "ShareBatch[party " + party + ", " + rows + " rows, " + shapes.size() + " columns]";
  }
}

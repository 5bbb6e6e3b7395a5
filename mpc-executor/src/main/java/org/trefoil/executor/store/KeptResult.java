package org.trefoil.executor.store;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * One party's shares of a result that nobody got.
 *
 * @param version the query that made it, in hexadecimal
 * @param until when it is destroyed
 * @param encoding of the columns
 * @param valid 1 for a row that its policies have released; the others hold zero
 * @param columns as {@code encoding} says, each nullable one followed by its validity bits
 */
public record KeptResult(
    TableDescriptor table,
    String version,
    Instant until,
    List<ResultColumn> encoding,
    Bits valid,
    List<SharedColumn> columns) {
  public KeptResult {
    encoding = List.copyOf(encoding);
    columns = List.copyOf(columns);
  }

  /** The id of the proposal that made it; empty in mode design. */
  public String proposal() {
    return table.kept().orElseThrow().proposal();
  }

  /** The shapes of {@code valid} and the columns. */
  List<ColumnShape> shapes() {
    List<ColumnShape> shapes = new ArrayList<>(List.of(ColumnShape.BIT));
    for (ResultColumn column : encoding) {
      shapes.add(
          switch (column.form()) {
            case BIT -> ColumnShape.BIT;
            case ARITHMETIC -> ColumnShape.sums(column.width());
            default -> ColumnShape.words(column.width());
          });
      if (column.field().nullable()) {
        shapes.add(ColumnShape.BIT);
      }
    }
    return shapes;
  }

  /** All limbs of one of the two components that this party holds. */
  List<long[]> limbs(boolean first) {
    return Stream.concat(Stream.of(valid), columns.stream())
        .flatMap(column -> Stream.of(limbs(column, first)))
        .toList();
  }

  private static long[][] limbs(SharedColumn column, boolean first) {
    if (column instanceof Bits bits) {
      // Bits past the last row mean nothing, and must not differ between the two holders.
      long[] limb = (first ? bits.first() : bits.second()).clone();
      if (bits.rows() % 64 != 0) {
        limb[limb.length - 1] &= (1L << bits.rows() % 64) - 1;
      }
      return new long[][] {limb};
    }
    if (column instanceof Words words) {
      return first ? words.first() : words.second();
    }
    Sums sums = (Sums) column;
    return first ? sums.first() : sums.second();
  }

  /** What the two holders of a component compare. */
  public byte[] digest(boolean first) {
    MessageDigest sha = FragmentShares.sha256("trefoil kept result 1 " + version);
    for (long[] limb : limbs(first)) {
      sha.update(KeptResults.bytes(List.of(limb)));
    }
    return sha.digest();
  }

  @Override
  public String toString() {
    return "KeptResult[" + table.name() + " of " + version + "]";
  }
}

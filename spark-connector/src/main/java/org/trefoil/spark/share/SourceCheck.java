package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * One pass over the rows that are kept of an owner's table: whether they keep to what the
 * descriptor declares, how many they are, and a digest. Two passes that agree, one before and one
 * after sharing, show that no rows were lost, read again and different.
 *
 * @param digest of the rows as they are kept, whatever their order
 */
record SourceCheck(RowDigest digest) {

  /**
   * Runs the pass over what {@code frame} keeps.
   *
   * @throws TrefoilException NULL_VALUE, VALUE_OUT_OF_RANGE: a row breaks a declaration
   */
  static SourceCheck of(FragmentFrame frame) {
    TableSnapshot kept = frame.snapshot();
    int broken = List.of(kept.rows().columns()).indexOf(Declarations.BROKEN);
    Found found =
        kept.kept()
            .mapPartitions(rows -> List.of(pass(rows, broken)).iterator())
            .fold(Found.NOTHING, Found::plus);
    if (found.broken() != Integer.MAX_VALUE) {
      throw frame.declarations().errors().get(found.broken());
    }
    return new SourceCheck(found.digest());
  }

  long rows() {
    return digest.rows();
  }

  /** Throws SOURCE_CHANGED unless the two passes saw the same rows. */
  void verifySame(SourceCheck later, String table) {
    if (!equals(later)) {
      throw changed(table);
    }
  }

  static TrefoilException changed(String table) {
    return new TrefoilException(
        Condition.SOURCE_CHANGED,
        "Cannot share table "
            + table
            + ": its rows changed while they were read. Run the query again, or share a snapshot.");
  }

  /** What {@code rows} are; {@code broken} is the position of that column, or negative. */
  private static Found pass(Iterator<InternalRow> rows, int broken) {
    int first = Integer.MAX_VALUE;
    RowDigest digest = RowDigest.NONE;
    while (rows.hasNext()) {
      InternalRow row = rows.next();
      digest = digest.plus(new RowDigest(1, RowDigest.of((UnsafeRow) row)));
      if (broken >= 0 && !row.isNullAt(broken)) {
        first = Math.min(first, row.getInt(broken));
      }
    }
    return new Found(digest, first);
  }

  /**
   * What rows are.
   *
   * @param broken the first declaration that one of them breaks
   */
  private record Found(RowDigest digest, int broken) implements Serializable {
    static final Found NOTHING = new Found(RowDigest.NONE, Integer.MAX_VALUE);

    Found plus(Found other) {
      return new Found(digest.plus(other.digest), Math.min(broken, other.broken));
    }
  }
}

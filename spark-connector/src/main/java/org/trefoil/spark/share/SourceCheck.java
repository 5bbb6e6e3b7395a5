package org.trefoil.spark.share;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.Field;

/**
 * One pass over an owner's table that checks what the descriptor declares of its columns (NOT NULL
 * and range), counts its rows and digests them. Two passes that agree, one before and one after
 * sharing, show that no rows were lost, read again and different.
 *
 * @param digest of the rows as they are kept, whatever their order
 */
record SourceCheck(RowDigest digest) {

  /** Runs the pass over the table of {@code frame}. */
  static SourceCheck of(FragmentFrame frame) {
    List<Field> read = frame.columnsRead();
    List<Field> all = frame.columnsKept();
    List<Test> tests = new ArrayList<>();
    List<TrefoilException> errors = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Field field = all.get(i);
      // Where the source itself knows that there are no NULLs, Spark has no room for one.
      if (!field.nullable()) {
        tests.add(new Test(i, null));
        errors.add(nullValue(frame, field));
      }
      Range range = range(frame, field);
      if (range != null && field.type().isNumeric() && read.contains(field)) {
        tests.add(new Test(i, range));
        errors.add(outOfRange(frame, field));
      }
    }
    Pass pass = new Pass(new RowReader(frame.table().schema()), tests);
    List<Found> parts = frame.kept().mapPartitions(pass::over).collect();
    for (int test = 0; test < tests.size(); test++) {
      for (Found part : parts) {
        if (part.broken().get(test)) {
          throw errors.get(test);
        }
      }
    }
    return new SourceCheck(
        parts.stream().map(Found::digest).reduce(RowDigest.NONE, RowDigest::plus));
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

  private static Range range(FragmentFrame frame, Field field) {
    return frame.descriptor().policy().column(field.name()).range().orElse(null);
  }

  private static TrefoilException nullValue(FragmentFrame frame, Field field) {
    return new TrefoilException(
        Condition.NULL_VALUE,
        "Cannot share table "
            + frame.name()
            + ": column "
            + field.name()
            + " is declared NOT NULL and holds NULLs. Correct the declaration or the data.");
  }

  private static TrefoilException outOfRange(FragmentFrame frame, Field field) {
    return new TrefoilException(
        Condition.VALUE_OUT_OF_RANGE,
        "Cannot share column "
            + frame.name()
            + "."
            + field.name()
            + ": it holds values outside the range that its policy declares. Correct the range or"
            + " the data.");
  }

  /** What one partition holds, and which tests it breaks. */
  private record Found(RowDigest digest, BitSet broken) implements Serializable {}

  /**
   * What a column must hold.
   *
   * @param least of its values; null where no value may be missing instead
   */
  private record Test(int column, BigDecimal least, BigDecimal greatest) implements Serializable {
    Test(int column, Range range) {
      this(column, range == null ? null : range.least(), range == null ? null : range.greatest());
    }

    boolean broken(Object value) {
      if (least == null || value == null) {
        return least == null && value == null;
      }
      if (value instanceof Double d) {
        return d.isNaN() || d < least.doubleValue() || d > greatest.doubleValue();
      }
      BigDecimal exact = value instanceof BigDecimal b ? b : BigDecimal.valueOf((Long) value);
      return exact.compareTo(least) < 0 || exact.compareTo(greatest) > 0;
    }
  }

  /** The pass over one partition. */
  private record Pass(RowReader reader, List<Test> tests) implements Serializable {
    Iterator<Found> over(Iterator<InternalRow> rows) {
      BitSet broken = new BitSet();
      RowDigest digest = RowDigest.NONE;
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        digest = digest.plus(new RowDigest(1, RowDigest.of((UnsafeRow) row)));
        for (int i = 0; i < tests.size(); i++) {
          Test test = tests.get(i);
          if (test.broken(reader.value(row, test.column()))) {
            broken.set(i);
          }
        }
      }
      return List.of(new Found(digest, broken)).iterator();
    }
  }
}

package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.OwnerKeys;
import org.trefoil.api.type.Field;
import org.trefoil.share.encode.RowEncoder;

/**
 * How the rows of one branch are encoded, as a task's closure carries it. A row is the outputs of
 * the fragment, then one number for each RANK and ENTITY column of the layout.
 */
final class FragmentEncoder implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int UNSORTED = -1;

  private final List<Field> fields;
  private final Bounds[] bounds;
  private final List<InputColumn> columns;
  private final int branch;
  private final long firstRow;
  private final byte[] hashKey;
  private final int sortedBy;
  private final int binnedBy;
  private final List<OwnerKeys> lookups;

  /**
   * As {@link RowEncoder}; {@code sortedBy} is a KEY or RANK column of the layout, {@code binnedBy}
   * a KEY.
   */
  FragmentEncoder(
      List<Field> fields,
      List<Bounds> bounds,
      List<InputColumn> columns,
      int branch,
      long firstRow,
      byte[] hashKey,
      OptionalInt sortedBy,
      OptionalInt binnedBy,
      List<OwnerKeys> lookups) {
    this.fields = List.copyOf(fields);
    this.bounds = bounds.toArray(Bounds[]::new);
    this.columns = List.copyOf(columns);
    this.branch = branch;
    this.firstRow = firstRow;
    this.hashKey = hashKey;
    this.sortedBy = sortedBy.orElse(UNSORTED);
    this.binnedBy = binnedBy.orElse(UNSORTED);
    this.lookups = List.copyOf(lookups);
  }

  /** A fresh encoder, for one task. */
  RowEncoder encoder() {
    return new RowEncoder(fields, Arrays.asList(bounds), columns, branch, firstRow, hashKey);
  }

  List<InputColumn> columns() {
    return columns;
  }

  /** Whether rows are delivered in ascending order of {@link #sortKey}. */
  boolean sorted() {
    return sortedBy != UNSORTED;
  }

  /** Whether rows lie in the bins of {@link #binnedBy}. */
  boolean binned() {
    return binnedBy != UNSORTED;
  }

  int binnedBy() {
    return binnedBy;
  }

  List<OwnerKeys> lookups() {
    return lookups;
  }

  SortKey sortKey(RowEncoder encoder, Object[] row) {
    return new SortKey(encoder.key(sortedBy, row));
  }
}

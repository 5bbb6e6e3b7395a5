package org.trefoil.executor.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

/**
 * Rows of a relation of the body. They lie where the rows of one source lay when they were shared:
 * its owner may know their order, so that nothing of them is opened before they are shuffled.
 *
 * @param real 1 where that source has a row and no dummy, filtered and joined or not
 * @param inOrder the KEY column by which the rows lie in ascending order, if any
 */
record JoinedRows(
    Bits valid, Bits real, Map<ColumnId, SharedColumn> columns, Optional<ColumnId> inOrder) {
  int rows() {
    return valid.rows();
  }

  SharedColumn column(ColumnId id) {
    SharedColumn column = columns.get(id);
    if (column == null) {
      throw new TrefoilException(
          Condition.INTERNAL,
          "Cannot find column "
              + id.column()
              + " of node "
              + id.node()
              + " among the joined rows. Report this error.");
    }
    return column;
  }

  List<ColumnId> carried(Set<ColumnId> needed) {
    return columns.keySet().stream().filter(needed::contains).toList();
  }

  List<SharedColumn> columns(List<ColumnId> ids) {
    return ids.stream().map(this::column).toList();
  }

  JoinedRows without(List<ColumnId> ids) {
    Map<ColumnId, SharedColumn> kept = new LinkedHashMap<>(columns);
    ids.forEach(kept::remove);
    return new JoinedRows(valid, real, kept, inOrder);
  }

  static Map<ColumnId, SharedColumn> named(List<ColumnId> ids, List<SharedColumn> columns) {
    Map<ColumnId, SharedColumn> all = new LinkedHashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      all.put(ids.get(i), columns.get(i));
    }
    return all;
  }

  List<SharedColumn> all() {
    return new ArrayList<>(columns.values());
  }
}

package org.trefoil.executor.operator;

import java.util.List;
import org.trefoil.share.column.SharedColumn;

/** The parties' views of one column of an operator's results. */
final class Opened {
  private Opened() {}

  static <C extends SharedColumn> List<C> column(
      List<ObliviousSort.Sorted> results, int column, Class<C> type) {
    return results.stream().map(r -> type.cast(r.payload().get(column))).toList();
  }
}

package org.trefoil.executor.plan;

import java.util.List;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;

/**
 * One party's view of the rows of a source, its branches one after another.
 *
 * @param valid 1 for a real row, 0 for a dummy
 * @param columns as {@code InputLayout.columns} of the source lists them
 */
public record SourceShares(Bits valid, List<SharedColumn> columns) {
  public SourceShares {
    columns = List.copyOf(columns);
  }
}

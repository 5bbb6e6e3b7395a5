package org.trefoil.executor.plan;

import java.util.List;
import org.trefoil.share.column.SharedColumn;

/**
 * One party's shares of the revealed rows.
 *
 * @param columns as {@code InputLayout.result} lists them, each nullable one followed by its
 *     validity bits
 * @param suppressionMayApply true if a policy with k above 1 had a say
 */
public record RevealedShares(int rows, List<SharedColumn> columns, boolean suppressionMayApply) {
  public RevealedShares {
    columns = List.copyOf(columns);
  }
}

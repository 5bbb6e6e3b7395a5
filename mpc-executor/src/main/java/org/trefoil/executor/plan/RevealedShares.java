package org.trefoil.executor.plan;

import java.util.List;
import java.util.Optional;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/**
 * One party's shares of the revealed rows.
 *
 * @param columns as {@code InputLayout.result} lists them, each nullable one followed by its
 *     validity bits
 * @param suppressionMayApply true if a policy with k above 1 had a say
 * @param heldBack one number: how many groups are held back; absent if a policy forbids to tell.
 *     Each party's part of it is as random as those of any value, so that the recipient learns no
 *     more than the number, and an executor nothing
 */
public record RevealedShares(
    int rows, List<SharedColumn> columns, boolean suppressionMayApply, Optional<Sums> heldBack) {
  public RevealedShares {
    columns = List.copyOf(columns);
  }
}

package org.trefoil.arrow.cluster;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;

/**
 * One executor's shares of the revealed rows.
 *
 * @param columns what {@code ResultLayout} of the plan lists, in its order
 * @param suppressionMayApply true if a policy with k above 1 had a say
 * @param heldBack one number: how many groups are held back; absent if a policy forbids to tell
 * @param metrics as in {@link QueryStatus}
 */
public record ResultShares(
    int party,
    int rows,
    List<SharedColumn> columns,
    boolean suppressionMayApply,
    Optional<Sums> heldBack,
    Map<String, Long> metrics) {}

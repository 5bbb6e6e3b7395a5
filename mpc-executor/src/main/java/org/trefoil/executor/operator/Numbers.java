package org.trefoil.executor.operator;

import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;

/**
 * A column of numbers, unscaled.
 *
 * @param present 1 where the row is not NULL; null where NULL cannot occur
 * @param zeroWhereNull whether NULL rows hold zero, so that a sum may run over them
 */
public record Numbers(Sums values, Bits present, boolean zeroWhereNull) {}

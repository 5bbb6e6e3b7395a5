package org.trefoil.executor.operator;

import org.trefoil.share.column.Bits;

/**
 * A column of three-valued logic: both bits are 0 where it is NULL.
 *
 * @param no null where NULL cannot occur: then it is the complement of {@code yes}
 */
public record Truth(Bits yes, Bits no) {}

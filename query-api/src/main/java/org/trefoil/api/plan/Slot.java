package org.trefoil.api.plan;

import java.math.BigInteger;

/**
 * Where a column's value lies in a {@link Form#ORDERED} or {@link Form#KEY} encoding. Columns that
 * a query compares with each other have equal slots.
 *
 * @param least what is subtracted from the unscaled value; 0 for strings
 * @param width bits
 */
public record Slot(BigInteger least, int width) {}

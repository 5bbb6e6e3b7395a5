package org.trefoil.api.plan;

import org.trefoil.api.type.Field;

/**
 * How one column of the revealed rows is encoded. Where the field is nullable, a validity bit
 * column follows it among the result shares.
 *
 * @param form BIT, ORDERED (with {@code slot}) or ARITHMETIC (64 or 128 bits, {@code slot} null)
 */
public record ResultColumn(Field field, Form form, Slot slot, int width) {}

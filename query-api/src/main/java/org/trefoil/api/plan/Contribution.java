package org.trefoil.api.plan;

/**
 * How to count what one table contributes to a group, for suppression.
 *
 * @param source the source of the table
 * @param branch the table's place among the branches of the source
 * @param k the table's minimum group size, above 1
 * @param form {@link Form#ROW_ID} or {@link Form#ENTITY}: whose distinct values are counted (value
 *     0 of ENTITY is not counted)
 * @param once true if a row of the table occurs at most once among the joined rows, whatever other
 *     owners share; with ROW_ID the rows of the group are then counted directly, and the layout has
 *     no ROW_ID column
 * @param several true if the source has other branches as well: only rows with this branch's {@link
 *     Form#BRANCH} bit count
 * @param mayBeAbsent true if it has, and the table's policy lets it show that a group has no row of
 *     the table: such a group is released too
 * @param dominance the table's p for sums, 0 for none: see {@link Magnitudes}
 */
public record Contribution(
    int source,
    int branch,
    int k,
    Form form,
    boolean once,
    boolean several,
    boolean mayBeAbsent,
    int dominance) {}

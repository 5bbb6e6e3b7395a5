package org.trefoil.api.plan;

import java.util.List;
import java.util.OptionalInt;

/**
 * How the rows of every source are encoded and shared: computed by owners and executors each for
 * themselves from the signed plan's split, the descriptors and the announced padded sizes.
 *
 * <p>Every source starts with an implicit valid bit (1 for a real row, 0 for a dummy), which is not
 * in {@link #columns}. Rows of a source are the rows of its branches one after another; each branch
 * holds its real rows first, then its dummies, which are zero in every column but KEY.
 */
public final class InputLayout {
  private InputLayout() {}

  /**
   * Computes the layout.
   *
   * @param rows the announced padded row count by source and branch
   */
  public static InputLayout of(Split split, Catalog catalog, List<List<Long>> rows) {
    throw new UnsupportedOperationException("not yet");
  }

  /** The columns of a source in the order in which they are shared, without the valid bit. */
  public List<InputColumn> columns(int source) {
    throw new UnsupportedOperationException("not yet");
  }

  /** The position in {@link #columns} of a column; INTERNAL if the layout does not have it. */
  public int column(int source, Form form, List<Integer> outputs) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Whether the layout has a column. */
  public boolean has(int source, Form form, List<Integer> outputs) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * The position of the KEY column by which the owner must deliver the rows of the source in
   * ascending unsigned order (dummies are then last by themselves). The column encodes a declared
   * key: two equal real keys are KEY_NOT_UNIQUE.
   */
  public OptionalInt sortedBy(int source) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Bits of a hash that replaces columns wider than itself, in KEY and HASHED columns. */
  public int hashWidth() {
    throw new UnsupportedOperationException("not yet");
  }

  /** Padded rows of a source: the sum over its branches. */
  public int rows(int source) {
    throw new UnsupportedOperationException("not yet");
  }

  /** Padded rows of one branch. */
  public int rows(int source, int branch) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * What the values of a source's column are bound to: a value outside fails with
   * VALUE_OUT_OF_RANGE while sharing and names the column.
   */
  public Bounds bounds(int source, int output) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * Bounds of a numeric expression over the columns of {@code input}, a relation of the remainder
   * (sums over all rows included, where {@code input} is the Aggregate or above it).
   */
  public Bounds bounds(Rel input, Expr expression) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * The ring, 64 or 128 bits, in which a numeric expression over the columns of {@code input} is
   * computed: that of the ARITHMETIC columns in it.
   */
  public int ring(Rel input, Expr expression) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * The parts of the sort key that tells groups apart. Group columns that follow from others (those
   * of a PK side whose key is among the group columns) are left out; empty for a global aggregate.
   */
  public List<GroupKey> groupKeys() {
    throw new UnsupportedOperationException("not yet");
  }

  /** The form of the part of {@link #groupKeys} over {@code outputs} of {@code source}. */
  public Form groupKey(int source, List<Integer> outputs) {
    throw new UnsupportedOperationException("not yet");
  }

  /** What suppression counts: one entry per table (branch) with k above 1. */
  public List<Contribution> contributions() {
    throw new UnsupportedOperationException("not yet");
  }

  /** How the revealed columns are encoded, in the order of the plan's root. */
  public List<ResultColumn> result() {
    throw new UnsupportedOperationException("not yet");
  }
}

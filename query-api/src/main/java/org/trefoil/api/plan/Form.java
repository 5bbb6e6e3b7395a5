package org.trefoil.api.plan;

/** How an owner encodes columns of its fragment before it shares them. */
public enum Form {
  /** One bit: 1 where the column is not NULL. */
  VALID,
  /** One bit: a BOOLEAN; 0 for NULL. */
  BIT,
  /** Z_2^64 or Z_2^128, two's complement of the unscaled value; 0 for NULL. */
  ARITHMETIC,
  /**
   * Unsigned, in Spark's order, {@link Slot#width} bits: a number, date or timestamp less the
   * slot's least value; a string's UTF-8 bytes padded with zeros at the end, then its length in
   * bytes. 0 for NULL.
   */
  ORDERED,
  /**
   * An equi-join key of one or more columns. One bit on top is 1 for dummy rows; below it the
   * columns' slots, the first the most significant, or their hash where they are wider than {@link
   * InputLayout#hashWidth}. Dummies of a source hold their row number, so that all keys of a source
   * with a declared key are distinct; so do rows where a column is NULL, which equals nothing.
   */
  KEY,
  /** Keyed hash of one or more columns, for equality only; NULL is a value of its own. */
  HASHED,
  /**
   * Dense rank of one or more columns among the rows of the only branch, from 0, in Spark's order
   * with NULLs first.
   */
  RANK,
  /** The row's position in its padded branch. */
  ROW_ID,
  /**
   * 1 + dense rank of the table's entity columns among the rows of the branch; 0 where one is NULL.
   */
  ENTITY,
  /** One bit: 1 for every real row of branch {@code outputs[0]}, 0 elsewhere. */
  BRANCH,
  /**
   * Where probes, or bins, of the table of source {@code outputs[0]} go in a join on keys that both
   * owners know: the {@code outputs[1]}-th column of what {@code KeyTable.columns} gives, see
   * {@link OwnerKeys}. Dummies have one as well.
   */
  PLACE
}

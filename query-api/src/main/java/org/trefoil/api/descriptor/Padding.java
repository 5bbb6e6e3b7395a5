package org.trefoil.api.descriptor;

/** To how many rows a fragment is padded before the executors see its size. */
public enum Padding {
  /** The size of the table. */
  FULL,
  /** The next power of two. */
  POW2,
  /** Not at all. */
  EXACT
}

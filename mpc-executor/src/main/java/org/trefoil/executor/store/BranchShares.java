package org.trefoil.executor.store;

import java.util.List;

/** The shares of one branch of a source, whoever has uploaded them. */
abstract sealed class BranchShares permits FragmentShares, ContributedShares {
  /** Whether nothing more is taken, and what there is counts. */
  public abstract boolean committed();

  /** SHA-256 over what was chosen: what all three executors must agree on. */
  public abstract byte[] choiceDigest();

  /** SHA-256 over the chosen batches' digests of a component, for its other holder. */
  public abstract byte[] componentDigest(int component);

  /** Appends all rows of the branch, and drops what held them. */
  abstract void drainTo(List<ColumnAssembly> columns);

  abstract void clear();
}

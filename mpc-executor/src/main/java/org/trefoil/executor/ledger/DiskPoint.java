package org.trefoil.executor.ledger;

/**
 * Told of every point at which a process that ends there leaves something else on its disk: before
 * and after each commit of the ledger, and each line of the audit log. Tests end executors there.
 */
@FunctionalInterface
public interface DiskPoint {
  DiskPoint NONE = name -> {};

  /** What the disk holds now is what a restart would find. */
  void reached(String name);
}

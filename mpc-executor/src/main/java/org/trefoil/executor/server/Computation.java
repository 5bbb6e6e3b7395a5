package org.trefoil.executor.server;

import java.util.List;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.executor.plan.Progress;
import org.trefoil.executor.plan.RevealedShares;
import org.trefoil.executor.store.ShareStore;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.SharedColumn;

/**
 * All of one run that depends on its plan, so that the life of a query can be told apart from what
 * it computes. The methods are called in the order in which they stand here, each once, by the
 * run's thread; {@link #tables} first.
 */
interface Computation {
  /** Decodes plans; the first thing that may fail. */
  interface Decoder {
    Computation decode(QueryId query, byte[] plan, Catalog catalog, String analyst);
  }

  /** A table that an owner shares a fragment of. */
  record Branch(String owner, String table) {
    String name() {
      return owner + "." + table;
    }
  }

  /** The tables that the plan reads, each once, as messages print them. */
  List<String> tables();

  /**
   * What is compared among executors for each of {@link #tables}; zeros if it is not known here.
   */
  List<byte[]> tableDigests();

  /**
   * Checks policy and returns the fragments to be shared, by source and branch.
   *
   * @param beforeReveal is run before anything of the result is opened; nothing is if it throws
   */
  List<List<Branch>> admit(Runnable beforeReveal);

  /** What owners must upload, given the padded rows by source and branch. */
  List<ShareStore.SourceShape> layout(List<List<Long>> rows);

  /** What must be the same at all executors before the first share is used. */
  byte[] layoutDigest();

  /** Runs the protocol over the columns of every source, {@code valid} first. */
  RevealedShares run(
      Transport transport,
      KeyAgreement.Pairs keys,
      List<List<SharedColumn>> inputs,
      Progress progress);
}

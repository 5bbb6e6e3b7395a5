package org.trefoil.executor.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.owner.ShareBatch;

/**
 * The shares that owners have uploaded for one query to one executor. Holds them in memory only,
 * and not more than {@code maxBytes} of them; {@link #clear} drops all and refuses what comes
 * later.
 */
public final class ShareStore {
  /**
   * What is expected of the fragments of one source.
   *
   * @param tables the branches' tables, as messages print them
   * @param branchRows padded rows by branch
   * @param columns names of the columns, as messages print them
   * @param shapes of the columns, {@code valid} first
   * @param contributors present if its only branch is contributed
   * @param entity the column that the executors write of what is contributed, if there is one
   */
  public record SourceShape(
      List<String> tables,
      List<Long> branchRows,
      List<String> columns,
      List<ColumnShape> shapes,
      Optional<ContributorsRule> contributors,
      Optional<Integer> entity) {
    /** Of owners only. */
    public SourceShape(
        List<String> tables,
        List<Long> branchRows,
        List<String> columns,
        List<ColumnShape> shapes) {
      this(tables, branchRows, columns, shapes, Optional.empty(), Optional.empty());
    }

    public SourceShape {
      tables = List.copyOf(tables);
      branchRows = List.copyOf(branchRows);
      columns = List.copyOf(columns);
      shapes = List.copyOf(shapes);
    }
  }

  private final List<SourceShape> sources;
  private final List<List<BranchShares>> fragments = new ArrayList<>();
  private final long maxBytes;
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong receivedRows = new AtomicLong();
  private final AtomicLong receivedBytes = new AtomicLong();

  public ShareStore(int party, List<SourceShape> sources, long maxBytes) {
    this.sources = List.copyOf(sources);
    this.maxBytes = maxBytes;
    for (SourceShape source : sources) {
      List<BranchShares> branches = new ArrayList<>();
      for (int b = 0; b < source.tables().size(); b++) {
        branches.add(
            source.contributors().isPresent()
                ? new ContributedShares(this, party, source, b)
                : new FragmentShares(this, party, source, b));
      }
      fragments.add(branches);
    }
  }

  /**
   * What an owner uploads.
   *
   * @throws TrefoilException MALFORMED_BATCH if the table is contributed
   */
  public FragmentShares fragment(int source, int branch) {
    if (branch(source, branch) instanceof FragmentShares shares) {
      return shares;
    }
    throw new TrefoilException(
        Condition.MALFORMED_BATCH,
        "Cannot take shares of "
            + sources.get(source).tables().get(branch)
            + " from its owner: contributors share its rows.");
  }

  /** What contributors upload, if they do. */
  public Optional<ContributedShares> contributed(int source, int branch) {
    return branch(source, branch) instanceof ContributedShares shares
        ? Optional.of(shares)
        : Optional.empty();
  }

  /** Whether nothing more is taken of a branch. */
  public boolean committed(int source, int branch) {
    return branch(source, branch).committed();
  }

  /** See {@link FragmentShares#choiceDigest}. */
  public byte[] choiceDigest(int source, int branch) {
    return branch(source, branch).choiceDigest();
  }

  /** See {@link FragmentShares#componentDigest}. */
  public byte[] componentDigest(int source, int branch, int component) {
    return branch(source, branch).componentDigest(component);
  }

  private BranchShares branch(int source, int branch) {
    return fragments.get(source).get(branch);
  }

  /** Whether every fragment is committed. */
  public boolean complete() {
    return fragments.stream().flatMap(List::stream).allMatch(BranchShares::committed);
  }

  /**
   * Expands the committed batches to whole columns by source, and drops each batch as soon as its
   * rows are copied. Only once.
   */
  public List<List<SharedColumn>> take() {
    return take(Set.of());
  }

  /** The same but for {@code elsewhere}, sources whose rows no owner uploads: without columns. */
  public List<List<SharedColumn>> take(Set<Integer> elsewhere) {
    List<List<SharedColumn>> taken = new ArrayList<>();
    for (int s = 0; s < sources.size(); s++) {
      SourceShape source = sources.get(s);
      if (elsewhere.contains(s)) {
        taken.add(List.of());
        continue;
      }
      long rows = source.branchRows().stream().mapToLong(Long::longValue).sum();
      List<ColumnAssembly> columns = new ArrayList<>();
      for (ColumnShape shape : source.shapes()) {
        columns.add(new ColumnAssembly(shape, Math.toIntExact(rows)));
      }
      for (BranchShares branch : fragments.get(s)) {
        branch.drainTo(columns);
      }
      taken.add(columns.stream().map(ColumnAssembly::column).toList());
    }
    return taken;
  }

  /** Drops everything; uploads that are under way fail with TICKET_REFUSED. */
  public void clear() {
    fragments.stream().flatMap(List::stream).forEach(BranchShares::clear);
  }

  /** Bytes of the batches that are held now. */
  public long heldBytes() {
    return heldBytes.get();
  }

  /** Rows of all batches ever received, attempts that lost included. */
  public long receivedRows() {
    return receivedRows.get();
  }

  /** Bytes of shares and seeds that owners have uploaded, attempts that lost included. */
  public long receivedBytes() {
    return receivedBytes.get();
  }

  /** Accounts for a batch, or refuses it. */
  void reserve(ShareBatch batch, String table) {
    long bytes = bytes(batch);
    if (heldBytes.addAndGet(bytes) > maxBytes) {
      heldBytes.addAndGet(-bytes);
      throw new TrefoilException(
          Condition.TOO_MANY_ROWS,
          "Cannot take shares of "
              + table
              + ": the executor holds at most "
              + (maxBytes >> 20)
              + " MiB of shares for a query. Share fewer rows or columns, or raise max-upload-mib.");
    }
    receivedRows.addAndGet(batch.rows());
    receivedBytes.addAndGet(bytes);
  }

  void release(ShareBatch batch) {
    heldBytes.addAndGet(-bytes(batch));
  }

  private static long bytes(ShareBatch batch) {
    long bytes = 2L * ShareBatch.SEED_BYTES;
    if (batch.third() != null) {
      for (long[][] column : batch.third()) {
        for (long[] limb : column) {
          bytes += 8L * limb.length;
        }
      }
    }
    return bytes;
  }
}

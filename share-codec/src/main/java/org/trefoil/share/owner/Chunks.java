package org.trefoil.share.owner;

/**
 * How the padded rows of a branch are cut into batches: by position only, so that the number and
 * sizes of batches are a function of the padded row count.
 */
public final class Chunks {
  /** Rows of every chunk but the last, which may be shorter. */
  public static final int CHUNK_ROWS = 65_536;

  private Chunks() {}

  /** Chunks of a branch of {@code rows} padded rows. */
  public static int count(long rows) {
    if (rows < 0) {
      throw new IllegalArgumentException(rows + " rows");
    }
    return Math.toIntExact((rows + CHUNK_ROWS - 1) / CHUNK_ROWS);
  }

  /** The position in the branch of the first row of a chunk. */
  public static long first(int chunk) {
    return (long) chunk * CHUNK_ROWS;
  }

  /** Rows of one chunk of a branch of {@code rows} padded rows. */
  public static int rows(long rows, int chunk) {
    if (chunk < 0 || chunk >= count(rows)) {
      throw new IllegalArgumentException(rows + " rows have no chunk " + chunk);
    }
    return (int) Math.min(CHUNK_ROWS, rows - first(chunk));
  }
}

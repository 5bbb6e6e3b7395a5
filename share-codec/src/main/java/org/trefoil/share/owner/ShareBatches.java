package org.trefoil.share.owner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/** What an executor does with a batch: expand it to columns, digest the components it holds. */
public final class ShareBatches {
  /** Bits of the widest column that is accepted: a string of 4,096 bytes and its length. */
  public static final int MAX_WIDTH = 8 * 4096 + 64;

  private ShareBatches() {}

  /** The party's view of every column of the chunk, in arrays of its own. */
  public static List<SharedColumn> expand(ShareBatch batch) {
    SeedExpansion zero = batch.seed0() == null ? null : new SeedExpansion(batch.seed0(), 0);
    SeedExpansion one = batch.seed1() == null ? null : new SeedExpansion(batch.seed1(), 1);
    List<SharedColumn> columns = new ArrayList<>();
    for (int c = 0; c < batch.shapes().size(); c++) {
      ColumnShape shape = batch.shapes().get(c);
      long[][] c0 = zero == null ? null : zero.next(shape, batch.rows());
      long[][] c1 = one == null ? null : one.next(shape, batch.rows());
      long[][] c2 = batch.third() == null ? null : copy(batch.third().get(c));
      columns.add(
          switch (batch.party()) {
            case 0 -> shape.column(batch.rows(), c0, c1);
            case 1 -> shape.column(batch.rows(), c1, c2);
            default -> shape.column(batch.rows(), c2, c0);
          });
    }
    return columns;
  }

  /**
   * SHA-256 of one component of a batch, shapes and row count included. A component has two
   * holders: they compare their digests before they use it, so that an owner can't send them
   * different copies. A digest is for the other holder only.
   */
  public static byte[] digest(ShareBatch batch, int component) {
    if (component == batch.missingComponent()) {
      throw new IllegalArgumentException(batch + " lacks component " + component);
    }
    MessageDigest sha = sha256();
    sha.update("trefoil share component 1".getBytes(StandardCharsets.UTF_8));
    ByteBuffer head = ByteBuffer.allocate(12 + 8 * batch.shapes().size());
    head.putInt(component).putInt(batch.rows()).putInt(batch.shapes().size());
    for (ColumnShape shape : batch.shapes()) {
      head.putInt(shape.kind().ordinal()).putInt(shape.width());
    }
    sha.update(head.array());
    switch (component) {
      case 0 -> sha.update(batch.seed0());
      case 1 -> sha.update(batch.seed1());
      default -> batch.third().forEach(limbs -> update(sha, limbs));
    }
    return sha.digest();
  }

  private static void update(MessageDigest sha, long[][] limbs) {
    byte[] bytes = new byte[65_536];
    for (long[] limb : limbs) {
      for (int at = 0; at < limb.length; at += bytes.length / 8) {
        int words = Math.min(bytes.length / 8, limb.length - at);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(limb, at, words);
        sha.update(bytes, 0, 8 * words);
      }
    }
  }

  /** Within one JVM two parties' batches hold the same arrays of component 2. */
  private static long[][] copy(long[][] limbs) {
    long[][] copy = new long[limbs.length][];
    for (int k = 0; k < limbs.length; k++) {
      copy[k] = limbs[k].clone();
    }
    return copy;
  }

  static void check(
      int party,
      int rows,
      List<ColumnShape> shapes,
      byte[] seed0,
      byte[] seed1,
      List<long[][]> third) {
    if (party < 0 || party > 2) {
      throw malformed("party " + party + " does not exist");
    }
    if (rows < 0 || rows > Chunks.CHUNK_ROWS) {
      throw malformed(rows + " rows are not a chunk");
    }
    checkSeed(seed0, party != 1, 0);
    checkSeed(seed1, party != 2, 1);
    for (int c = 0; c < shapes.size(); c++) {
      checkShape(shapes.get(c), c);
    }
    if ((third != null) != (party != 0)) {
      throw malformed("party " + party + (third == null ? " lacks" : " has") + " component 2");
    }
    if (third != null) {
      checkThird(rows, shapes, third);
    }
  }

  private static void checkSeed(byte[] seed, boolean expected, int component) {
    if ((seed != null) != expected || (seed != null && seed.length != ShareBatch.SEED_BYTES)) {
      throw malformed("the seed of component " + component + " is wrong or misplaced");
    }
  }

  private static void checkShape(ColumnShape shape, int column) {
    boolean sound =
        switch (shape.kind()) {
          case BITS -> shape.width() == 1;
          case WORDS -> shape.width() >= 1 && shape.width() <= MAX_WIDTH;
          case SUMS -> shape.width() == 64 || shape.width() == 128;
        };
    if (!sound) {
      throw malformed("column " + column + " can't be " + shape.width() + " bits wide");
    }
  }

  private static void checkThird(int rows, List<ColumnShape> shapes, List<long[][]> third) {
    if (third.size() != shapes.size()) {
      throw malformed(third.size() + " columns were sent and " + shapes.size() + " declared");
    }
    for (int c = 0; c < third.size(); c++) {
      ColumnShape shape = shapes.get(c);
      long[][] limbs = third.get(c);
      if (limbs.length != shape.limbs()) {
        throw malformed("column " + c + " has " + limbs.length + " limbs");
      }
      for (int k = 0; k < limbs.length; k++) {
        if (limbs[k].length != shape.longsPerLimb(rows)) {
          throw malformed(
              "column " + c + " has " + limbs[k].length + " words for " + rows + " rows");
        }
        if (shape.kind() == ColumnShape.Kind.WORDS) {
          checkWidth(limbs[k], Words.mask(shape.width(), k), c);
        }
      }
    }
  }

  private static void checkWidth(long[] limb, long mask, int column) {
    long above = 0;
    for (long word : limb) {
      above |= word & ~mask;
    }
    if (above != 0) {
      throw malformed("column " + column + " has bits above its width");
    }
  }

  private static TrefoilException malformed(String reason) {
    return new TrefoilException(
        Condition.MALFORMED_BATCH,
        "Cannot use a share batch: " + reason + ". Use the same version of Trefoil everywhere.");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

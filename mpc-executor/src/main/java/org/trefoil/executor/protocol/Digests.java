package org.trefoil.executor.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.Step;

/** Comparison of what two parties were given, by SHA-256: 32 bytes to each peer, one round. */
final class Digests {
  private static final int LONGS = 4;
  static final Cost COST = Cost.longs(2 * LONGS, 1);

  private Digests() {}

  /** SHARES_DIFFER if a peer was given another factor of an owner's permutation. */
  static void compare(Party party, Step step, int[] withNext, int[] withPrevious) {
    long[] mine = digest(withNext);
    long[] other = digest(withPrevious);
    party.transport().send(party.next(), step, mine, 0, LONGS);
    party.transport().send(party.previous(), step, other, 0, LONGS);
    party.transport().flush();
    long[] theirs = new long[LONGS];
    party.transport().receive(party.next(), step, theirs, 0, LONGS);
    boolean equal = Arrays.equals(mine, theirs);
    party.transport().receive(party.previous(), step, theirs, 0, LONGS);
    if (!equal || !Arrays.equals(other, theirs)) {
      throw new TrefoilException(
          Condition.SHARES_DIFFER,
          "Cannot move rows in step "
              + step.path()
              + ": an owner gave two executors different permutations. Run the query again; if it fails again, ask the owner.");
    }
  }

  private static long[] digest(int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      long[] out = new long[LONGS];
      ByteBuffer.wrap(hash).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(out);
      return out;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}

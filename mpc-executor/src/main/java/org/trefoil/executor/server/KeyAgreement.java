package org.trefoil.executor.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.random.StreamKeys;

/**
 * What the three executors of one run draw together.
 *
 * <p><b>Computes</b> a joint nonce of all three, a public hash key from it that owners use for
 * keyed hashes, and for each pair of executors stream keys from a fresh secret of the two.
 *
 * <p><b>Reveals</b> the nonces; nothing depends on data.
 *
 * <p><b>Costs</b> 32 bytes to each peer in each of 3 rounds.
 *
 * <p><b>Secure</b>: nonces are committed to before any is shown, so that none of the three can
 * choose the hash key; a pair's secret holds 32 bytes of each of the two and travels on their own
 * link only, so the third executor does not know it; stream keys are bound to all nonces and to the
 * plan, so that no stream is the same in two runs unless all that is fresh repeats.
 */
final class KeyAgreement {
  private static final int BYTES = 32;

  private final PeerAgreement peers;
  private final SecureRandom random;
  private final byte[] planDigest;
  private List<byte[]> nonces;

  KeyAgreement(PeerAgreement peers, SecureRandom random, byte[] planDigest) {
    this.peers = peers;
    this.random = random;
    this.planDigest = planDigest;
  }

  /** Draws the joint nonce; returns the hash key: 32 public bytes, the same at all three. */
  byte[] hashKey() {
    byte[] nonce = fresh();
    byte[][] commitments = peers.exchange("nonce-commit", commitment(peers.party(), nonce));
    byte[][] shown = peers.exchange("nonce-show", nonce);
    for (int p = 0; p < 3; p++) {
      if (!Arrays.equals(commitments[p], commitment(p, shown[p]))) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot agree on a nonce: executor "
                + p
                + " shows another one than it committed to. Check that executor.");
      }
    }
    nonces = List.of(shown);
    return sha256("trefoil hash key 1", planDigest, shown[0], shown[1], shown[2]);
  }

  /** The streams that this party has in common with the next and with the previous one. */
  Pairs pairs() {
    byte[] withNext = fresh();
    byte[] withPrevious = fresh();
    byte[][] theirs = peers.exchange("pair-secret", withNext, withPrevious);
    int next = peers.next();
    int previous = peers.previous();
    return new Pairs(
        keys(peers.party() < next, withNext, theirs[next]),
        keys(peers.party() < previous, withPrevious, theirs[previous]));
  }

  /** Stream keys of this party with each neighbour. */
  record Pairs(StreamKeys next, StreamKeys previous) {
    @Override
    public String toString() {
      return "Pairs";
    }
  }

  private StreamKeys keys(boolean mineFirst, byte[] mine, byte[] theirs) {
    byte[] secret = PeerAgreement.concat(mineFirst ? List.of(mine, theirs) : List.of(theirs, mine));
    return new StreamKeys(secret, nonces, planDigest);
  }

  private byte[] commitment(int party, byte[] nonce) {
    return sha256("trefoil nonce commitment 1", new byte[] {(byte) party}, planDigest, nonce);
  }

  private byte[] fresh() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] sha256(String domain, byte[]... parts) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(domain.getBytes(StandardCharsets.UTF_8));
      for (byte[] part : parts) {
        sha.update(part);
      }
      return sha.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

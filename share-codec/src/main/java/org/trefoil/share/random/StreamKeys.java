package org.trefoil.share.random;

import java.security.SecureRandom;
import java.util.List;

/**
 * The random streams that two executors have in common, or that one has alone, for one execution of
 * one query.
 *
 * <p>Root key: HKDF-SHA256 of a fresh secret of the two, salted with the nonces of all three
 * executors and bound to the digest of the plan. Each (step, purpose) has an AES-256 key of its
 * own, counter from 0. Asking twice for the same stream is {@code RANDOMNESS_REUSED}: two messages
 * under one mask give away their difference. Not guaranteed: that a secret or nonce given here is
 * fresh.
 */
public final class StreamKeys {
  private static final byte[] ROOT = Hkdf.utf8("trefoil stream root 1");
  private static final byte[] STREAM = Hkdf.utf8("trefoil stream 1");

  private final byte[] root;
  private final ReuseDetector detector = new ReuseDetector();

  /**
   * @param pairSecret at least 32 bytes, fresh, known to the two executors only
   * @param nonces of all three executors, in party order, at least 16 bytes each
   * @param planDigest of the plan that is executed
   */
  public StreamKeys(byte[] pairSecret, List<byte[]> nonces, byte[] planDigest) {
    if (pairSecret.length < Prg.KEY_BYTES) {
      throw new IllegalArgumentException("a pair secret has at least " + Prg.KEY_BYTES + " bytes");
    }
    if (nonces.size() != 3 || nonces.stream().anyMatch(nonce -> nonce.length < 16)) {
      throw new IllegalArgumentException("each of three executors gives a nonce of 16 bytes");
    }
    byte[] salt = Hkdf.parts(nonces.toArray(new byte[0][]));
    root = Hkdf.derive(pairSecret, salt, Hkdf.parts(ROOT, planDigest));
  }

  private StreamKeys(byte[] root) {
    this.root = root;
  }

  /** Streams that one party has alone. */
  public static StreamKeys own(SecureRandom random) {
    byte[] root = new byte[Prg.KEY_BYTES];
    random.nextBytes(root);
    return new StreamKeys(root);
  }

  /**
   * The stream of one use of randomness within a run.
   *
   * @param step the path of the protocol step, unique within the run
   * @param purpose what the words are for within the step
   */
  public Prg stream(String step, String purpose) {
    detector.claim(step, purpose);
    return new Prg(Hkdf.expand(root, Hkdf.parts(STREAM, Hkdf.utf8(step), Hkdf.utf8(purpose))));
  }

  /**
   * The stream of a seed of 32 bytes that serves for nothing else; {@code label} separates uses.
   */
  public static Prg ofSeed(byte[] seed, String label) {
    if (seed.length != Prg.KEY_BYTES) {
      throw new IllegalArgumentException("a seed has " + Prg.KEY_BYTES + " bytes");
    }
    return new Prg(Hkdf.expand(seed, Hkdf.parts(STREAM, Hkdf.utf8(label))));
  }
}

package org.trefoil.share.random;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A stream of pseudo-random 64-bit words: AES-256 in counter mode (NIST SP 800-38A, section 6.5)
 * from counter 0, read as little-endian words.
 *
 * <p>Two streams with the same key give the same words, whatever the sizes of the calls that ask
 * for them. Nobody without the key tells the words from uniform ones. Not thread-safe. A key must
 * be used for one stream only: {@link StreamKeys} sees to it.
 *
 * <p>The JDK's cipher is fast (17 GB/s per core) only out of place, between heap arrays, in calls
 * of at most 64 KiB, once compiled: see {@link #warmUp}.
 */
public final class Prg {
  /** Bytes of a key and of a seed. */
  public static final int KEY_BYTES = 32;

  /** A start-up self-test below this many GB/s is an error worth logging. */
  public static final double SLOW_GIGABYTES_PER_SECOND = 2.0;

  private static final int CALL_WORDS = 8192;
  private static final int SMALL_WORDS = 128;
  private static final byte[] ZEROS = new byte[8 * CALL_WORDS];

  private final Cipher cipher;
  private LongBuffer output;
  private byte[] outputBytes = new byte[0];
  private long[] small;
  private int smallAt = SMALL_WORDS;

  /** The stream of a key of 32 bytes. */
  public Prg(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a key has " + KEY_BYTES + " bytes");
    }
    try {
      Provider jdk = Security.getProvider("SunJCE");
      String name = "AES/CTR/NoPadding";
      cipher = jdk == null ? Cipher.getInstance(name) : Cipher.getInstance(name, jdk);
      cipher.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
    } catch (GeneralSecurityException e) {
      throw new TrefoilException(
          Condition.INTERNAL, "Cannot start AES-256-CTR: this Java runtime does not offer it", e);
    }
  }

  /**
   * Writes the next {@code count} words of the stream to {@code dst}, beginning at {@code from}.
   */
  public void next(long[] dst, int from, int count) {
    int at = from;
    int end = from + count;
    int left = Math.min(count, SMALL_WORDS - smallAt);
    if (left > 0) {
      System.arraycopy(small, smallAt, dst, at, left);
      smallAt += left;
      at += left;
    }
    while (end - at >= SMALL_WORDS) {
      int words = Math.min(end - at, CALL_WORDS);
      generate(dst, at, words);
      at += words;
    }
    if (at < end) {
      refill();
      System.arraycopy(small, 0, dst, at, end - at);
      smallAt = end - at;
    }
  }

  /** The next word of the stream. */
  public long next() {
    if (smallAt == SMALL_WORDS) {
      refill();
    }
    return small[smallAt++];
  }

  /**
   * A uniform number in [0, {@code bound}): the high half of a word times the bound, rejecting the
   * words that would make some results likelier (Lemire 2019, arXiv:1805.10941).
   */
  public int below(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound " + bound + " is not positive");
    }
    long product = (next() >>> 32) * bound;
    long low = product & 0xffffffffL;
    if (low < bound) {
      long reject = (1L << 32) % bound;
      while (low < reject) {
        product = (next() >>> 32) * bound;
        low = product & 0xffffffffL;
      }
    }
    return (int) (product >>> 32);
  }

  /** A uniform permutation of 0 to {@code n} - 1 (Fisher and Yates, from the end down). */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
      int j = below(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /**
   * Makes the runtime compile the fast path, which it does after many calls rather than many bytes,
   * and measures it. Takes about 0.2 s; call it once when a process starts.
   *
   * <p>What was compiled while AES was the only cipher loaded is thrown away when another is, as
   * happens when TLS starts: generation would then take 30 times as long for the next thousands of
   * calls. So all ciphers are loaded first.
   *
   * @return gigabytes per second of one core; below {@link #SLOW_GIGABYTES_PER_SECOND} this runtime
   *     lacks the fast path
   */
  public static double warmUp() {
    loadCiphers();
    Prg prg = new Prg(new byte[KEY_BYTES]);
    long[] words = new long[CALL_WORDS];
    for (int i = 0; i < 20_000; i++) {
      prg.next(words, 0, SMALL_WORDS);
    }
    double best = 0;
    for (int trial = 0; trial < 20; trial++) {
      long start = System.nanoTime();
      for (int i = 0; i < 16; i++) {
        prg.next(words, 0, CALL_WORDS);
      }
      long nanos = Math.max(1, System.nanoTime() - start);
      best = Math.max(best, 16.0 * 8 * CALL_WORDS / nanos);
    }
    return best;
  }

  private static void loadCiphers() {
    Provider jdk = Security.getProvider("SunJCE");
    if (jdk == null) {
      return;
    }
    for (Provider.Service service : jdk.getServices()) {
      if (service.getType().equals("Cipher")) {
        try {
          service.newInstance(null);
        } catch (GeneralSecurityException e) {
          // A cipher that cannot be made here is not loaded later either.
        }
      }
    }
  }

  private void refill() {
    if (small == null) {
      small = new long[SMALL_WORDS];
    }
    generate(small, 0, SMALL_WORDS);
    smallAt = 0;
  }

  private void generate(long[] dst, int at, int words) {
    int bytes = 8 * words;
    if (outputBytes.length < bytes) {
      outputBytes = new byte[bytes];
      output = ByteBuffer.wrap(outputBytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    }
    try {
      if (cipher.update(ZEROS, 0, bytes, outputBytes, 0) != bytes) {
        throw new IllegalStateException("the cipher held bytes back");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    output.get(0, dst, at, words);
  }
}

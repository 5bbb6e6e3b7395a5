package org.trefoil.share.encode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.trefoil.share.column.Words;

/**
 * HMAC-SHA256 under the executors' joint key of one run, truncated: equal tuples have equal hashes,
 * different ones different hashes but for a probability of 2^-width per pair.
 *
 * <p>Not a secret: the key is known to owners and executors. It only keeps anyone from preparing
 * values that collide; what hides the hash is that it is shared like any other column.
 */
final class KeyedHash {
  /** Bits of the longest hash. */
  static final int MAX_WIDTH = 256;

  private final Mac mac;
  private final byte[] label;
  private byte[] tuple = new byte[256];
  private int length;

  /**
   * @param key of the run
   * @param label tells uses apart
   */
  KeyedHash(byte[] key, String label) {
    this.label = label.getBytes(StandardCharsets.UTF_8);
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  void start() {
    length = 0;
  }

  void add(byte single) {
    room(1)[length++] = single;
  }

  void add(byte[] bytes) {
    System.arraycopy(bytes, 0, room(bytes.length), length, bytes.length);
    length += bytes.length;
  }

  /** Most significant byte first. */
  void add(long word) {
    ByteBuffer.wrap(room(8)).putLong(length, word);
    length += 8;
  }

  /** Most significant byte first. */
  void add(int word) {
    ByteBuffer.wrap(room(4)).putInt(length, word);
    length += 4;
  }

  /** ORs the first {@code width} bits' worth of the hash into the low bits of {@code bits}. */
  void finish(long[] bits, int width) {
    mac.update(label);
    mac.update(tuple, 0, length);
    ByteBuffer hash = ByteBuffer.wrap(mac.doFinal());
    for (int k = 0; k < Words.limbs(width); k++) {
      bits[k] |= hash.getLong(8 * k) & Words.mask(width, k);
    }
  }

  private byte[] room(int more) {
    if (length + more > tuple.length) {
      tuple = Arrays.copyOf(tuple, Math.max(2 * tuple.length, length + more));
    }
    return tuple;
  }
}

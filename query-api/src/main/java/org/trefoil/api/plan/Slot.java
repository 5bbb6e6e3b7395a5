package org.trefoil.api.plan;

import java.io.Serializable;
import java.math.BigInteger;

/**
 * Where a column's value lies in a {@link Form#ORDERED} or {@link Form#KEY} encoding. Columns that
 * a query compares with each other have equal slots.
 *
 * @param least what is subtracted from the unscaled value; 0 for strings
 * @param width bits; for strings as {@link #ofString} makes it
 */
public record Slot(BigInteger least, int width) implements Serializable {
  /** The slot of strings of at most {@code bytes} bytes: the bytes, then their number. */
  public static Slot ofString(int bytes) {
    return new Slot(BigInteger.ZERO, 8 * bytes + lengthBits(bytes));
  }

  /** The {@code bytes} of {@link #ofString}: the longest string that fits. */
  public int stringBytes() {
    int bytes = width / 8;
    while (8 * bytes + lengthBits(bytes) > width) {
      bytes--;
    }
    if (8 * bytes + lengthBits(bytes) != width) {
      throw new IllegalStateException("a slot of " + width + " bits is not a string's");
    }
    return bytes;
  }

  /** Bits that hold a length of 0 to {@code bytes}. */
  private static int lengthBits(int bytes) {
    return 32 - Integer.numberOfLeadingZeros(bytes);
  }
}

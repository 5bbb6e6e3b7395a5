package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.Arrays;

/** An encoded key in unsigned order, most significant byte first. */
final class SortKey implements Comparable<SortKey>, Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] bytes;

  SortKey(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public int compareTo(SortKey other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SortKey same && Arrays.equals(bytes, same.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "SortKey";
  }
}

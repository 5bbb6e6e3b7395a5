package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;

/**
 * The random part of a resharing: party i adds what it shares with its previous party and takes
 * away what it shares with its next one, so that the three masks cancel out (Araki et al., CCS
 * 2016, section 2.2).
 */
final class Masks {
  private final RandomWords next;
  private final RandomWords previous;
  private final long[] a;
  private final long[] b;

  /** One pair of streams, for all rounds of one step. */
  Masks(Party party, Step step) {
    next = party.withNext(step, "mask");
    previous = party.withPrevious(step, "mask");
    a = party.scratch(0);
    b = party.scratch(1);
  }

  /**
   * The next {@code count} Boolean masks, at most {@link Transport#PIECE}; good until called again.
   */
  long[] binary(int count) {
    previous.next(a, 0, count);
    next.next(b, 0, count);
    for (int i = 0; i < count; i++) {
      a[i] ^= b[i];
    }
    return a;
  }

  /** The next Boolean masks with no bits outside {@code bits}. */
  long[] binary(int count, long bits) {
    binary(count);
    if (bits != -1) {
      for (int i = 0; i < count; i++) {
        a[i] &= bits;
      }
    }
    return a;
  }

  /** The next {@code count} masks over Z_2^64; good until called again. */
  long[] additive(int count) {
    previous.next(a, 0, count);
    next.next(b, 0, count);
    for (int i = 0; i < count; i++) {
      a[i] -= b[i];
    }
    return a;
  }

  /** The next {@code count} masks over Z_2^128 into two buffers. */
  void additive(long[] low, long[] high, int count) {
    previous.next(low, 0, count);
    previous.next(high, 0, count);
    next.next(a, 0, count);
    next.next(b, 0, count);
    for (int i = 0; i < count; i++) {
      long l = low[i];
      long borrow = Long.compareUnsigned(l, a[i]) < 0 ? 1 : 0;
      low[i] = l - a[i];
      high[i] = high[i] - b[i] - borrow;
    }
  }
}

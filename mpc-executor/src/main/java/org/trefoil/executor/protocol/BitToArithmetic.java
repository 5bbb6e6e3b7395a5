package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;

/**
 * A secret bit as a ring element.
 *
 * <p><b>Computes</b> 0 or 1 over Z_2^64 or Z_2^128 from a Boolean bit b0 ^ b1 ^ b2. Party 0 knows u
 * = b0 ^ b1, parties 1 and 2 know b2, and b = u + b2 - 2 u b2. Party 0 shares u as (mask, u - mask,
 * 0) with a mask that party 2 also draws; u b2 is then a sum of terms that party 1 or party 2
 * knows.
 *
 * <p><b>Reveals</b> nothing. Public: rows and ring.
 *
 * <p><b>Costs</b> one ring element sent per party per row, two rounds: {@link #cost}.
 *
 * <p><b>Secure</b>: party 1 receives u - mask, masked by the key of parties 0 and 2, and party 2's
 * term, masked by the same key's second stream; party 0 receives party 1's term, masked by the key
 * of parties 1 and 2. Each looks uniform to its receiver, so the simulator draws it.
 */
public final class BitToArithmetic {
  private BitToArithmetic() {}

  /**
   * @param width 64 or 128
   */
  public static Sums convert(Party party, Step step, Bits bit, int width) {
    Sums out = Sums.zero(width, bit.rows());
    Crew crew = party.crew(step, bit.rows());
    crew.run(
        bit.rows(),
        (k, from, to) -> {
          switch (party.id()) {
            case 0 -> zero(crew.party(k), crew.step(k), bit, out, from, to);
            case 1 -> one(crew.party(k), crew.step(k), bit, out, from, to);
            default -> two(crew.party(k), crew.step(k), bit, out, from, to);
          }
        });
    return out;
  }

  /** Sends u - mask piece by piece, and is ahead of party 1's answers by a bounded number. */
  private static void zero(Party party, Step step, Bits bit, Sums out, int begin, int end) {
    RandomWords mask = party.withPrevious(step, "mask");
    RandomWords z02 = party.withPrevious(step, "product");
    Transport transport = party.transport();
    int limbs = out.limbs();
    int sent = begin;
    int received = begin;
    long[] rest = party.scratch(0);
    long[] restHigh = party.scratch(1);
    while (received < end) {
      while (sent < end && sent - received < Party.AHEAD / limbs * Transport.PIECE) {
        int k = Math.min(Transport.PIECE, end - sent);
        mask.next(out.first()[0], sent, k);
        if (limbs == 2) {
          mask.next(out.first()[1], sent, k);
        }
        for (int i = 0; i < k; i++) {
          int r = sent + i;
          long u = ((bit.first()[r >>> 6] ^ bit.second()[r >>> 6]) >>> r) & 1;
          rest[i] = u - out.first()[0][r];
          if (limbs == 2) {
            restHigh[i] =
                -out.first()[1][r] - (Long.compareUnsigned(u, out.first()[0][r]) < 0 ? 1 : 0);
          }
        }
        System.arraycopy(rest, 0, out.second()[0], sent, k);
        transport.send(1, step, rest, 0, k);
        if (limbs == 2) {
          System.arraycopy(restHigh, 0, out.second()[1], sent, k);
          transport.send(1, step, restHigh, 0, k);
        }
        sent += k;
        if (sent == end) {
          transport.flush();
        }
      }
      int k = Math.min(Transport.PIECE, end - received);
      long[][] p0 = {party.scratch(2), party.scratch(3)};
      long[][] p1 = {party.scratch(4), party.scratch(5)};
      for (int limb = 0; limb < limbs; limb++) {
        z02.next(p0[limb], 0, k);
        transport.receive(1, step, p1[limb], 0, k);
      }
      minusTwice(out.first(), received, p0, 0, k);
      minusTwice(out.second(), received, p1, 0, k);
      received += k;
    }
    if (begin == end) {
      transport.flush();
    }
    transport.flush();
  }

  private static void one(Party party, Step step, Bits bit, Sums out, int begin, int end) {
    RandomWords z12 = party.withNext(step, "product");
    Transport transport = party.transport();
    int limbs = out.limbs();
    long[] chosen = party.scratch(0);
    long[][] z = {party.scratch(1), party.scratch(2)};
    long[][] rest = {party.scratch(3), party.scratch(4)};
    long[][] p1 = {party.scratch(5), party.scratch(6)};
    transport.flush();
    for (int from = begin; from < end; from += Transport.PIECE) {
      int k = Math.min(Transport.PIECE, end - from);
      Kernels.spread(bit.second(), from, chosen, k);
      for (int limb = 0; limb < limbs; limb++) {
        transport.receive(0, step, rest[limb], 0, k);
        z12.next(z[limb], 0, k);
      }
      for (int i = 0; i < k; i++) {
        long low = rest[0][i] & chosen[i];
        p1[0][i] = low - z[0][i];
        if (limbs == 2) {
          p1[1][i] =
              (rest[1][i] & chosen[i]) - z[1][i] - (Long.compareUnsigned(low, z[0][i]) < 0 ? 1 : 0);
        }
      }
      for (int limb = 0; limb < limbs; limb++) {
        transport.send(0, step, p1[limb], 0, k);
        System.arraycopy(rest[limb], 0, out.first()[limb], from, k);
      }
      minusTwice(out.first(), from, p1, 0, k);
      for (int limb = 0; limb < limbs; limb++) {
        transport.receive(2, step, p1[limb], 0, k);
      }
      for (int i = 0; i < k; i++) {
        out.second()[0][from + i] = -chosen[i];
      }
      minusTwice(out.second(), from, p1, 0, k);
    }
    transport.flush();
  }

  private static void two(Party party, Step step, Bits bit, Sums out, int begin, int end) {
    RandomWords mask = party.withNext(step, "mask");
    RandomWords z02 = party.withNext(step, "product");
    RandomWords z12 = party.withPrevious(step, "product");
    Transport transport = party.transport();
    int limbs = out.limbs();
    long[] chosen = party.scratch(0);
    long[][] m = {party.scratch(1), party.scratch(2)};
    long[][] s = {party.scratch(3), party.scratch(4)};
    long[][] t = {party.scratch(5), party.scratch(6)};
    transport.flush();
    for (int from = begin; from < end; from += Transport.PIECE) {
      int k = Math.min(Transport.PIECE, end - from);
      Kernels.spread(bit.first(), from, chosen, k);
      for (int limb = 0; limb < limbs; limb++) {
        mask.next(m[limb], 0, k);
        z12.next(s[limb], 0, k);
        z02.next(t[limb], 0, k);
        System.arraycopy(m[limb], 0, out.second()[limb], from, k);
      }
      long[][] first = out.first();
      // t becomes mask b2 + s - t, party 2's term of u b2; first begins as b2.
      minusTwice(out.second(), from, t, 0, k);
      for (int i = 0; i < k; i++) {
        long low = m[0][i] & chosen[i];
        long sum = low + s[0][i];
        long high = 0;
        if (limbs == 2) {
          high =
              (m[1][i] & chosen[i])
                  + s[1][i]
                  + Kernels.carry(low, sum)
                  - t[1][i]
                  - (Long.compareUnsigned(sum, t[0][i]) < 0 ? 1 : 0);
          t[1][i] = high;
        }
        t[0][i] = sum - t[0][i];
        first[0][from + i] = -chosen[i];
      }
      for (int limb = 0; limb < limbs; limb++) {
        transport.send(1, step, t[limb], 0, k);
      }
      minusTwice(first, from, t, 0, k);
    }
    transport.flush();
  }

  /** x -= 2 y over the ring, for {@code count} rows. */
  private static void minusTwice(long[][] x, int from, long[][] y, int at, int count) {
    if (x.length == 1) {
      long[] to = x[0];
      long[] by = y[0];
      for (int i = 0; i < count; i++) {
        to[from + i] -= by[at + i] << 1;
      }
    } else {
      for (int i = 0; i < count; i++) {
        long low = y[0][at + i] << 1;
        long high = (y[1][at + i] << 1) | (y[0][at + i] >>> 63);
        long before = x[0][from + i];
        x[0][from + i] = before - low;
        x[1][from + i] -= high + (Long.compareUnsigned(before, low) < 0 ? 1 : 0);
      }
    }
  }

  public static Cost cost(int rows, int width) {
    return Cost.longs((long) rows * (width / 64), 2);
  }
}

package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Order of words as unsigned numbers.
 *
 * <p><b>Computes</b> a bit per row: x < y. Within a block of bits the borrow ripples up, {@code lt
 * = eq ? lt : y}; blocks are joined by a tree, {@code lt = lt_high ^ (eq_high & lt_low)}.
 *
 * <p><b>Reveals</b> nothing. Public: rows and width.
 *
 * <p><b>Costs</b> for 64 bits 64 ANDs of one bit in 64 rounds (one block), 135 in 8 (blocks of 4),
 * or 184 in 7 (blocks of 1): {@link #cost}; the block is chosen by rows and link, {@link #block}.
 * More than {@link #TILE} rows are compared tile by tile.
 *
 * <p><b>Secure</b> as {@link And}, of which it is a circuit.
 */
public final class LessThan {
  /** Rows compared at a time: bounds memory at two planes per bit. */
  public static final int TILE = 1 << 21;

  private LessThan() {}

  public static Bits words(Party party, Step step, Words x, Words y) {
    return words(party, step, x, y, block(Math.min(TILE, x.rows()), x.width(), party.link()));
  }

  /**
   * x < value, for a public value whose limb 0 holds the low bits; its low zero bits cost nothing.
   */
  public static Bits constant(Party party, Step step, Words x, long... value) {
    int zeros = 0;
    while (zeros < x.width() && (value[zeros >>> 6] >>> zeros & 1) == 0) {
      zeros++;
    }
    if (zeros == x.width()) {
      return Bits.zero(x.rows());
    }
    Words y = Local.constant(party, x.width(), x.rows(), value);
    int width = x.width() - zeros;
    return words(party, step, Local.field(x, zeros, width), Local.field(y, zeros, width));
  }

  static Bits words(Party party, Step step, Words x, Words y, int block) {
    And.sameRows(x.rows(), y.rows());
    And.sameWidth(x.width(), y.width());
    int most = Math.min(TILE, x.rows());
    Crew crew = party.crew(step, most);
    Planes[] nots = new Planes[crew.size()];
    Planes[] others = new Planes[crew.size()];
    Masks[] masks = crew.masks();
    Bits out = Bits.zero(x.rows());
    for (int tile = 0; tile < x.rows(); tile += TILE) {
      int start = tile;
      crew.run(
          Math.min(TILE, x.rows() - start),
          (k, from, to) -> {
            Planes not = Planes.in(nots, k, x.width(), to - from);
            not.fill(party, x, null, true, start + from);
            Planes other = Planes.in(others, k, x.width(), to - from);
            other.fill(party, y, null, false, start + from);
            int at = (start + from) / Long.SIZE;
            compare(crew.party(k), crew.step(k), masks[k], not, other, x.width(), block, out, at);
          });
    }
    return out;
  }

  /**
   * x < y for rows {@code 64 * at ..} of {@code out}, given the planes of not x, which are
   * overwritten if there is more than one block, and of y.
   */
  static void compare(
      Party party,
      Step step,
      Masks masks,
      Planes not,
      Planes y,
      int width,
      int block,
      Bits out,
      int at) {
    if (block >= width) {
      ripple(party, step, masks, not, y, width, out, at);
      return;
    }
    Planes equal = not;
    for (int i = 0; i < width * y.longs; i++) {
      equal.first[i] ^= y.first[i];
      equal.second[i] ^= y.second[i];
    }
    join(party, step, masks, equal, y, width, block, out, at);
  }

  /** One block: every round takes a plane of both, and what the round before gave. */
  private static void ripple(
      Party party, Step step, Masks masks, Planes not, Planes y, int width, Bits out, int at) {
    int m = y.longs;
    long[][] turns = new long[4][m];
    for (int b = 0; b < width; b++) {
      borrow(party, step, masks, not, y, b, turns);
    }
    Planes.reorder(turns[(width - 1) % 2], 0, y.rows, out.first(), at);
    Planes.reorder(turns[2 + (width - 1) % 2], 0, y.rows, out.second(), at);
  }

  /** The borrow out of bit {@code b}. */
  private static void borrow(
      Party party, Step step, Masks masks, Planes not, Planes y, int b, long[][] turns) {
    int m = y.longs;
    int plane = b * m;
    long[] before0 = turns[(b + 1) % 2];
    long[] before1 = turns[2 + (b + 1) % 2];
    long[] after0 = turns[b % 2];
    boolean lowest = b == 0;
    party.exchange(
        step,
        after0,
        turns[2 + b % 2],
        m,
        (segment, from, count) -> {
          long[] mask = masks.binary(count);
          if (lowest) {
            Kernels.and(
                not.first,
                not.second,
                plane + from,
                y.first,
                y.second,
                plane + from,
                mask,
                0,
                after0,
                from,
                count);
          } else {
            Kernels.borrow(
                not.first,
                not.second,
                y.first,
                y.second,
                plane + from,
                before0,
                before1,
                mask,
                after0,
                from,
                count);
          }
        });
  }

  /** Blocks of bits that ripple at the same time, and are joined by a tree. */
  private static final class Joined {
    private final Layer layer;
    private final Planes equal;
    private final Planes y;
    private final int width;
    private final int block;
    private final int blocks;
    private final Terms lt;
    private final Terms eq;

    Joined(Layer layer, Planes equal, Planes y, int width, int block, int blocks) {
      this.layer = layer;
      this.equal = equal;
      this.y = y;
      this.width = width;
      this.block = block;
      this.blocks = blocks;
      lt = new Terms(blocks);
      eq = new Terms(blocks);
    }

    // A method for each round: the compiler then sees a small method often, and not once a long one
    // that it compiles again for each of its loops.

    /**
     * Bit {@code t} of every block. Only the highest block may be shorter: its terms are then those
     * of an earlier round.
     */
    void ripple(int t) {
      int ends = 0;
      for (int b = 0; b < blocks; b++) {
        if (b * block + t < width) {
          lessUpTo(t, b);
          ends++;
        }
      }
      int jobs = ends;
      for (int b = 1; b < blocks; b++) {
        int plane = (b * block + t) * equal.longs;
        if (t == 0) {
          eq.put(b, equal.first, equal.second, plane);
        } else if (b * block + t < width) {
          layer.and(
              eq.first[b], eq.second[b], eq.at[b], equal.first, equal.second, plane, equal.longs);
          jobs++;
        }
      }
      layer.run();
      for (int b = 0; b < ends; b++) {
        lt.put(b, layer.first, layer.second, b * equal.longs);
      }
      if (t > 0) {
        for (int k = ends; k < jobs; k++) {
          eq.put(1 + k - ends, layer.first, layer.second, k * equal.longs);
        }
      }
    }

    private void lessUpTo(int t, int b) {
      int p = (b * block + t) * equal.longs;
      if (t == 0) {
        layer.andXor(equal.first, equal.second, p, y.first, y.second, p, y.first, p, equal.longs);
      } else {
        layer.select(
            equal.first,
            equal.second,
            p,
            lt.first[b],
            lt.second[b],
            lt.at[b],
            y.first,
            y.second,
            p,
            equal.longs);
      }
    }

    /** Joins {@code left} blocks pair by pair. */
    void halve(int left) {
      int m = equal.longs;
      int pairs = left / 2;
      for (int k = 0; k < pairs; k++) {
        int lo = 2 * k;
        int hi = lo + 1;
        layer.andXor(
            eq.first[hi],
            eq.second[hi],
            eq.at[hi],
            lt.first[lo],
            lt.second[lo],
            lt.at[lo],
            lt.first[hi],
            lt.at[hi],
            m);
      }
      for (int k = 1; k < pairs; k++) {
        int lo = 2 * k;
        int hi = lo + 1;
        layer.and(
            eq.first[hi], eq.second[hi], eq.at[hi], eq.first[lo], eq.second[lo], eq.at[lo], m);
      }
      layer.run();
      if (left % 2 == 1) {
        lt.put(pairs, lt.first[left - 1], lt.second[left - 1], lt.at[left - 1]);
        eq.put(pairs, eq.first[left - 1], eq.second[left - 1], eq.at[left - 1]);
      }
      for (int k = 0; k < pairs; k++) {
        lt.put(k, layer.first, layer.second, k * m);
        if (k > 0) {
          eq.put(k, layer.first, layer.second, (pairs + k - 1) * m);
        }
      }
    }
  }

  private static void join(
      Party party,
      Step step,
      Masks masks,
      Planes equal,
      Planes y,
      int width,
      int block,
      Bits out,
      int at) {
    int blocks = (width + block - 1) / block;
    Joined joined =
        new Joined(new Layer(party, step, masks, 2 * blocks), equal, y, width, block, blocks);
    for (int t = 0; t < block; t++) {
      joined.ripple(t);
    }
    for (int left = blocks; left > 1; left = (left + 1) / 2) {
      joined.halve(left);
    }
    Terms lt = joined.lt;
    Planes.reorder(lt.first[0], lt.at[0], equal.rows, out.first(), at);
    Planes.reorder(lt.second[0], lt.at[0], equal.rows, out.second(), at);
  }

  /** Bits per block of the cheapest circuit. */
  static int block(int rows, int width, Link link) {
    int best = width;
    double least = link.nanos(cost(rows, width, width));
    for (int block : new int[] {16, 4, 1}) {
      if (block < width) {
        double nanos = link.nanos(cost(rows, width, block));
        if (nanos < least) {
          least = nanos;
          best = block;
        }
      }
    }
    return best;
  }

  /** Cost of the circuit chosen for these rows and this link. */
  public static Cost cost(int rows, int width, Link link) {
    int block = block(Math.min(TILE, rows), width, link);
    Cost total = Cost.NONE;
    for (int from = 0; from < rows; from += TILE) {
      total = total.then(cost(Math.min(TILE, rows - from), width, block));
    }
    return total;
  }

  /** Cost of one tile with blocks of {@code block} bits. */
  static Cost cost(int rows, int width, int block) {
    int blocks = (width + block - 1) / block;
    int ands = width;
    int rounds = Math.min(block, width);
    for (int b = 1; b < blocks; b++) {
      ands += Math.min(block, width - b * block) - 1;
    }
    for (int left = blocks; left > 1; left = (left + 1) / 2) {
      ands += 2 * (left / 2) - 1;
      rounds++;
    }
    return Cost.longs((long) Bits.longs(rows) * ands, rounds);
  }

  /** One plane per block, each somewhere in an array. */
  private static final class Terms {
    final long[][] first;
    final long[][] second;
    final int[] at;

    Terms(int blocks) {
      first = new long[blocks][];
      second = new long[blocks][];
      at = new int[blocks];
    }

    void put(int block, long[] first, long[] second, int at) {
      this.first[block] = first;
      this.second[block] = second;
      this.at[block] = at;
    }
  }
}

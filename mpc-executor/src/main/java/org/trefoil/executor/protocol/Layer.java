package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;

/**
 * Independent ANDs over arrays of bits that share one round. Results lie one after the other in the
 * order of the calls, in {@link #first} and {@link #second}.
 *
 * <p>Every term that is linear enters before sending, so the received half needs no second pass.
 */
final class Layer {
  private final Crew crew;
  private final Masks[] masks;
  private final int[] starts;
  private final long[][] operands;
  private final int[] offsets;
  private int jobs;
  private int length;
  long[] first;
  long[] second;

  /** A layer of at most {@code capacity} calls. */
  Layer(Party party, Step step, Masks masks, int capacity) {
    this(Crew.alone(party, step), new Masks[] {masks}, capacity);
  }

  /** A layer whose rounds are divided among threads, by the longs of all calls together. */
  Layer(Crew crew, Masks[] masks, int capacity) {
    this.crew = crew;
    this.masks = masks;
    starts = new int[capacity + 1];
    operands = new long[6 * capacity][];
    offsets = new int[3 * capacity];
  }

  /** x & y for {@code count} longs. */
  Layer and(long[] x0, long[] x1, int x, long[] y0, long[] y1, int y, int count) {
    return add(x0, x1, x, y0, y1, y, null, null, 0, count);
  }

  /** (x & y) ^ z for {@code count} longs. */
  Layer andXor(
      long[] x0, long[] x1, int x, long[] y0, long[] y1, int y, long[] z0, int z, int count) {
    return add(x0, x1, x, y0, y1, y, z0, null, z, count);
  }

  /** Bitwise x ? y : z for {@code count} longs: (x & (y ^ z)) ^ z. */
  Layer select(
      long[] x0,
      long[] x1,
      int x,
      long[] y0,
      long[] y1,
      int y,
      long[] z0,
      long[] z1,
      int z,
      int count) {
    return add(x0, x1, x, y0, y1, y, z0, z1, z, count);
  }

  private Layer add(
      long[] x0,
      long[] x1,
      int x,
      long[] y0,
      long[] y1,
      int y,
      long[] z0,
      long[] z1,
      int z,
      int count) {
    operands[6 * jobs] = x0;
    operands[6 * jobs + 1] = x1;
    operands[6 * jobs + 2] = y0;
    operands[6 * jobs + 3] = y1;
    operands[6 * jobs + 4] = z0;
    operands[6 * jobs + 5] = z1;
    offsets[3 * jobs] = x;
    offsets[3 * jobs + 1] = y;
    offsets[3 * jobs + 2] = z;
    length += count;
    starts[++jobs] = length;
    return this;
  }

  /** Runs the round; the layer is then empty and may be filled again. */
  void run() {
    run(new long[length], new long[length]);
  }

  /** Runs the round into arrays that are long enough and no operand. */
  void run(long[] first, long[] second) {
    this.first = first;
    this.second = second;
    crew.run(length, this::run);
    jobs = 0;
    length = 0;
  }

  private void run(int member, int begin, int end) {
    int[] job = {0};
    crew.party(member)
        .exchange(
            crew.step(member),
            first,
            second,
            begin,
            end,
            (segment, from, count) -> {
              long[] mask = masks[member].binary(count);
              int done = 0;
              while (done < count) {
                while (starts[job[0] + 1] <= from + done) {
                  job[0]++;
                }
                int j = job[0];
                int k = Math.min(count - done, starts[j + 1] - from - done);
                compute(j, from + done, k, mask, done);
                done += k;
              }
            });
  }

  private void compute(int job, int at, int count, long[] mask, int maskAt) {
    int shift = at - starts[job];
    int x = offsets[3 * job] + shift;
    int y = offsets[3 * job + 1] + shift;
    int z = offsets[3 * job + 2] + shift;
    long[] x0 = operands[6 * job];
    long[] x1 = operands[6 * job + 1];
    long[] y0 = operands[6 * job + 2];
    long[] y1 = operands[6 * job + 3];
    long[] z0 = operands[6 * job + 4];
    long[] z1 = operands[6 * job + 5];
    if (z0 == null) {
      Kernels.and(x0, x1, x, y0, y1, y, mask, maskAt, first, at, count);
    } else if (z1 == null) {
      Kernels.andXor(x0, x1, x, y0, y1, y, z0, z, mask, maskAt, first, at, count);
    } else {
      Kernels.select(x0, x1, x, y0, y1, y, z0, z1, z, mask, maskAt, first, at, count);
    }
  }
}

package org.trefoil.executor.protocol;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.trefoil.share.random.Prg;

/** Nanoseconds by word of what a party computes itself: pieces of 64 KiB, moves of many rows. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelTimes {
  private static final int PIECE = 8192;
  private static final int TILES = 64;
  private static final int ROWS = 1 << 20;

  private final long[][] in = new long[5][PIECE];
  private final long[] out = new long[PIECE];
  private final long[] tile = new long[64 * TILES];
  private final long[] rows = new long[ROWS];
  private final long[] moved = new long[ROWS];
  private final Prg prg = new Prg(new byte[Prg.KEY_BYTES]);
  private int[] order;

  @Setup
  public void fill() {
    Prg.warmUp();
    for (long[] column : new long[][] {in[0], in[1], in[2], in[3], in[4], tile, rows}) {
      for (int at = 0; at < column.length; at += PIECE) {
        prg.next(column, at, Math.min(PIECE, column.length - at));
      }
    }
    order = Permutation.random(prg::next, ROWS);
  }

  /** What is left of a product of bits when the masks are there. */
  @Benchmark
  @OperationsPerInvocation(PIECE)
  public long[] and() {
    Kernels.and(in[0], in[1], 0, in[2], in[3], 0, in[4], 0, out, 0, PIECE);
    return out;
  }

  @Benchmark
  @OperationsPerInvocation(PIECE)
  public long[] multiply() {
    Kernels.multiply(in[0], in[1], in[2], in[3], in[4], out, 0, PIECE);
    return out;
  }

  @Benchmark
  @OperationsPerInvocation(64 * TILES)
  public long[] transpose() {
    Planes.transpose(tile, TILES);
    return tile;
  }

  @Benchmark
  @OperationsPerInvocation(PIECE)
  public long[] stream() {
    prg.next(out, 0, PIECE);
    return out;
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public int[] permutation() {
    return Permutation.random(prg::next, ROWS);
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public long[] gather() {
    Lane.gather(new long[][] {rows}, order, 0, new long[][] {moved}, 0, ROWS);
    return moved;
  }
}

package org.trefoil.executor.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

/**
 * Measures the protocols: three threads in one JVM, links in memory. Prints, per protocol, thread
 * CPU time per party (median over repetitions of the mean over parties), wall time, and what was
 * sent.
 */
public final class ProtocolTimes {
  private final int rows;
  private final int repetitions;

  private ProtocolTimes(int rows, int repetitions) {
    this.rows = rows;
    this.repetitions = repetitions;
  }

  public static void main(String[] arguments) {
    int log = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20;
    int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 15;
    System.out.printf("PRG %.1f GB/s%n", Prg.warmUp());
    new ProtocolTimes(1 << log, repetitions).all();
  }

  private void all() {
    TestWorld world = TestWorld.seeded(1);
    long[] x = new long[rows];
    long[] y = new long[rows];
    world.data("x").next(x, 0, rows);
    world.data("y").next(y, 0, rows);
    List<Words> a = world.words(64, x);
    List<Words> b = world.words(64, y);
    List<Bits> bits = world.bits(new boolean[rows]);
    List<Sums> sums = a.stream().map(w -> new Sums(rows, w.first(), w.second())).toList();
    measure("AND, 64-bit words", (p, s) -> And.words(p, s, a.get(p.id()), b.get(p.id())));
    measure("multiply, Z_2^64", (p, s) -> Multiply.sums(p, s, sums.get(p.id()), sums.get(p.id())));
    measure(
        "transpose x and y, both shares",
        (p, s) -> {
          Planes.of(p, a.get(p.id()), b.get(p.id()), true, 0, rows);
          return Planes.of(p, b.get(p.id()), null, false, 0, rows);
        });
    for (int block : new int[] {64, 16, 4, 1}) {
      measure(
          "less-than, blocks of " + block,
          (p, s) -> LessThan.words(p, s, a.get(p.id()), b.get(p.id()), block));
    }
    measure("equality", (p, s) -> Equality.words(p, s, a.get(p.id()), b.get(p.id())));
    measure("bit to arithmetic", (p, s) -> BitToArithmetic.convert(p, s, bits.get(p.id()), 64));
    measure(
        "arithmetic to boolean, ripple",
        (p, s) -> ArithmeticToBoolean.convert(p, s, sums.get(p.id()), 64, false));
    measure("permutation of a pair", (p, s) -> Permutation.random(p.withNext(s, "x"), rows));
    measure("shuffle, one word", (p, s) -> Shuffle.columns(p, s, List.of(a.get(p.id()))));
    measure(
        "shuffle, four words",
        (p, s) ->
            Shuffle.columns(
                p, s, List.of(a.get(p.id()), b.get(p.id()), sums.get(p.id()), sums.get(p.id()))));
    measure("shuffle, one bit", (p, s) -> Shuffle.columns(p, s, List.of(bits.get(p.id()))));
    measure("open bits", (p, s) -> Open.bits(p, s, bits.get(p.id())));
  }

  private void measure(String name, BiFunction<Party, Step, Object> protocol) {
    double[] cpu = new double[repetitions];
    double[] wall = new double[repetitions];
    TestWorld.Run<Integer> run = null;
    for (int k = 0; k < repetitions; k++) {
      long start = System.nanoTime();
      run =
          TestWorld.seeded(k)
              .silent()
              .run(
                  (p, s) -> {
                    var unused = protocol.apply(p, s);
                    return p.id();
                  });
      wall[k] = (System.nanoTime() - start) / 1e6;
      cpu[k] = Arrays.stream(run.cpuNanos).sum() / 3e6;
    }
    Arrays.sort(cpu);
    Arrays.sort(wall);
    Cost cost = run.cost();
    System.out.printf(
        "%-34s CPU/party %7.1f ms (best %6.1f)  wall %7.1f ms (best %6.1f)  %5.1f MB/party, %d rounds%n",
        name,
        cpu[repetitions / 2],
        cpu[0],
        wall[repetitions / 2],
        wall[0],
        cost.bytes() / 1e6,
        cost.rounds());
  }
}

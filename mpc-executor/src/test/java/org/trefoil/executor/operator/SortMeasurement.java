package org.trefoil.executor.operator;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

/**
 * Measures a sort of 64-bit keys on three threads in memory: CPU seconds, bytes per row and rounds
 * per party. Arguments: rows, repetitions.
 */
public final class SortMeasurement {
  private SortMeasurement() {}

  public static void main(String[] arguments) {
    int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1 << 20;
    int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    for (int i = 0; i < repetitions; i++) {
      TestWorld world = TestWorld.seeded(i).silent();
      Prg data = world.data("keys");
      long[] keys = new long[rows];
      data.next(keys, 0, rows);
      List<Words> key = world.words(64, keys);
      long begin = System.nanoTime();
      TestWorld.Run<ObliviousSort.Sorted> run =
          world.run(
              (party, step) -> ObliviousSort.sort(party, step, key.get(party.id()), List.of()));
      double seconds = (System.nanoTime() - begin) / 1e9;
      Cost expected = ObliviousSort.cost(rows, 64, List.of(), Link.LAN);
      System.out.printf(
          Locale.ROOT,
          "%d rows: %.2f s wall; CPU s by party %s; bytes per row by party %s (expected %.0f);"
              + " %d rounds (expected %d)%n",
          rows,
          seconds,
          Arrays.toString(Arrays.stream(run.cpuNanos).mapToDouble(c -> c / 1e9).toArray()),
          Arrays.toString(Arrays.stream(run.bytes).map(b -> b / rows).toArray()),
          (double) expected.bytes() / rows,
          run.rounds[0],
          expected.rounds());
    }
  }
}

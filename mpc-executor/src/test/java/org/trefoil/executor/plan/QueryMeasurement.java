package org.trefoil.executor.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.trefoil.api.plan.Rel;
import org.trefoil.executor.protocol.TestWorld;

/**
 * Measures a join of three owners' tables, grouped, on three threads in memory. Arguments:
 * patients, stays, fees.
 */
public final class QueryMeasurement {
  private QueryMeasurement() {}

  public static void main(String[] arguments) {
    int[] sizes = Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
    int patients = sizes.length > 0 ? sizes[0] : 15_000;
    int stays = sizes.length > 1 ? sizes[1] : 150_000;
    int fees = sizes.length > 2 ? sizes[2] : 600_000;
    Rel three = Hospital.allThree();
    Rel root =
        Hospital.group(
            three,
            List.of(Hospital.ref(three, 1)),
            Hospital.count(),
            Hospital.sum(Hospital.ref(three, 9)),
            Hospital.sum(Hospital.ref(three, 5)));
    TestWorld world = TestWorld.fresh().silent();
    Trial trial =
        new Trial(
            Hospital.catalog(1),
            Hospital.tables(world.data("measured"), patients, stays, fees, 1),
            Hospital.plan(root));
    long begin = System.nanoTime();
    TestWorld.Run<RevealedShares> run = trial.run(world);
    System.out.printf(
        Locale.ROOT,
        "%d, %d, %d rows: %.1f s wall; CPU s by party %s; MB sent by party %s; %d rounds; %d groups%n",
        patients,
        stays,
        fees,
        (System.nanoTime() - begin) / 1e9,
        Arrays.toString(Arrays.stream(run.cpuNanos).mapToDouble(c -> c / 1e9).toArray()),
        Arrays.toString(Arrays.stream(run.bytes).map(b -> b / 1_000_000).toArray()),
        run.rounds[0],
        run.results.get(0).rows());
  }
}

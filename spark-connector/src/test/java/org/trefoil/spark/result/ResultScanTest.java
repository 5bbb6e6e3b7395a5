package org.trefoil.spark.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

class ResultScanTest {
  private static final RevealedRows ROWS =
      new RevealedRows(
          List.of(new Field("n", DataType.BIGINT, false)),
          List.<Object[]>of(new Object[] {1L}),
          false,
          Map.of());

  @Test
  void runsOncePerActionAndPlan() {
    RunMemo memo = new RunMemo();
    AtomicInteger runs = new AtomicInteger();
    RunMemo.Key key = new RunMemo.Key("1", "plan", null);
    List<RevealedRows> all =
        IntStream.range(0, 50)
            .parallel()
            .mapToObj(
                i ->
                    memo.get(
                        key,
                        () -> {
                          runs.incrementAndGet();
                          return ROWS;
                        }))
            .toList();
    assertThat(all).containsOnly(ROWS);
    assertThat(runs).hasValue(1);
    memo.get(new RunMemo.Key("2", "plan", null), () -> count(runs));
    memo.get(new RunMemo.Key("2", "other", null), () -> count(runs));
    assertThat(runs).hasValue(3);
  }

  @Test
  void aFailedRunIsTriedAgain() {
    RunMemo memo = new RunMemo();
    AtomicInteger runs = new AtomicInteger();
    RunMemo.Key key = new RunMemo.Key("1", "plan", null);
    assertThatThrownBy(
            () ->
                memo.get(
                    key,
                    () -> {
                      throw new IllegalStateException("down");
                    }))
        .hasMessage("down");
    assertThat(memo.get(key, () -> count(runs))).isEqualTo(ROWS);
    assertThat(runs).hasValue(1);
  }

  @Test
  void everyCounterIsAMetricOfItsOwn() {
    assertThat(Arrays.stream(Counter.values()).map(c -> new CounterMetric(c).name()).toList())
        .doesNotHaveDuplicates()
        .allMatch(name -> name.startsWith("trefoil"));
    assertThat(new CounterMetric().aggregateTaskMetrics(new long[] {2, 3})).isEqualTo("5");
  }

  @Test
  void aResultThatAnotherHasAskedForSaysWhatProtectedIt() {
    Plan plan = new Plan(new Rel.Scan("north", "people", ROWS.fields()), true, "UTC");
    assertThat(Explanation.ofHeld(plan, "design").line())
        .startsWith("Mode: design, Model: [")
        .contains("semi-honest", "integrity: none");
  }

  private static RevealedRows count(AtomicInteger runs) {
    runs.incrementAndGet();
    return ROWS;
  }
}

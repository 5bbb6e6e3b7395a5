package org.trefoil.spark.result;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.CostEstimate;

class EstimateTest {
  @Test
  void saysHowSureItIs() {
    assertThat(Estimate.of(() -> new CostEstimate(28, 2_400_000, false, 0.25, true)))
        .isEqualTo(
            "among executors 28 rounds, 2.4 MB sent by each, about 0.3 s on links as measured");
    assertThat(Estimate.of(() -> new CostEstimate(2_000, 346_000_000, true, 61.4, false)))
        .isEqualTo(
            "among executors about 2,000 rounds, 346.0 MB sent by each, about 61 s on links of one"
                + " building, not measured yet");
  }

  @Test
  void saysWhyTheExecutorsSayNothing() {
    assertThat(
            Estimate.of(
                () -> {
                  throw new TrefoilException(
                      Condition.PEER_UNAVAILABLE, "executor 0 (a:1) does not answer. Try again.");
                }))
        .isEqualTo("among executors not known: executor 0 (a:1) does not answer. Try again.");
  }
}

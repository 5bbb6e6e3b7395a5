package org.trefoil.spark.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trefoil.api.approval.Parameter;

class ProposalDraftTest {
  @Test
  void readsParametersAndTimes() {
    Parameter region = ProposalDraft.parameter("region=south,north,south");
    assertThat(region.name()).isEqualTo("region");
    assertThat(region.values()).containsExactly("north", "south");
    assertThat(ProposalDraft.parameter("month=month:2026-01-01..2026-12-01").calendar())
        .contains(
            new Parameter.Calendar(
                Parameter.Unit.MONTH, LocalDate.of(2026, 1, 1), LocalDate.of(2026, 12, 1)));
    assertThat(ProposalDraft.duration("30min")).isEqualTo(Duration.ofMinutes(30));
    assertThat(ProposalDraft.duration("7d")).isEqualTo(Duration.ofDays(7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "=a", "Region=a", "month=month:2026-01-01", "month=month:a..b"})
  void refusesOtherParameters(String text) {
    assertThatThrownBy(() -> ProposalDraft.parameter(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("\"" + text + "\" is no ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "7", "7 d", "-1d", "1w"})
  void refusesOtherTimes(String text) {
    assertThatThrownBy(() -> ProposalDraft.duration(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no time such as");
  }
}

package org.trefoil.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ExpiryTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final String ID = "0".repeat(64);

  @Test
  void fourteenDaysAheadAndNotEarlier() {
    assertThat(Expiry.note(ID, NOW.plus(Duration.ofDays(14)), NOW)).isEmpty();
    assertThat(Expiry.note(ID, NOW.plus(Duration.ofDays(14)).minusSeconds(1), NOW))
        .hasValueSatisfying(
            note -> assertThat(note).contains("expires in 13 days").contains("--replaces " + ID));
    assertThat(Expiry.note(ID, NOW.plus(Duration.ofHours(30)), NOW).orElseThrow())
        .contains("expires in 1 day,");
    assertThat(Expiry.soon(NOW.minusSeconds(1), NOW)).contains("expires in 0 days");
  }
}

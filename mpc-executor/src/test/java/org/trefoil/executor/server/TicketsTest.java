package org.trefoil.executor.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.UploadTicket;

class TicketsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final MovingClock clock = new MovingClock();
  private final Tickets tickets = new Tickets(new SecureRandom(), Duration.ofMinutes(5), clock);
  private final UploadTicket ticket = tickets.issue(QueryId.random(), 2, 1, "north");

  @Test
  void isGoodForItsFragmentAndOwnerUntilItExpires() {
    clock.now = NOW.plus(Duration.ofMinutes(5));
    assertThatCode(() -> tickets.check(ticket, "north")).doesNotThrowAnyException();
    clock.now = clock.now.plusMillis(1);
    assertThatThrownBy(() -> tickets.check(ticket, "north")).hasMessageContaining("expired");
  }

  @Test
  void isGoodForNothingElse() {
    String token = ticket.token();
    refused(ticket, "south");
    refused(new UploadTicket(ticket.query(), 2, 2, token), "north");
    refused(new UploadTicket(ticket.query(), 1, 1, token), "north");
    refused(new UploadTicket(QueryId.random(), 2, 1, token), "north");
    refused(new UploadTicket(ticket.query(), 2, 1, token.substring(4)), "north");
    refused(new UploadTicket(ticket.query(), 2, 1, "?" + token), "north");
    // The time of expiry is the first thing in a token.
    refused(new UploadTicket(ticket.query(), 2, 1, "_" + token.substring(1)), "north");
    Tickets others = new Tickets(new SecureRandom(), Duration.ofMinutes(5), clock);
    assertThatThrownBy(() -> others.check(ticket, "north"))
        .hasMessageContaining("TICKET_REFUSED")
        .message()
        .doesNotContain(token);
  }

  private void refused(UploadTicket shown, String owner) {
    assertThatThrownBy(() -> tickets.check(shown, owner)).hasMessageContaining("TICKET_REFUSED");
  }

  private static final class MovingClock extends Clock {
    private Instant now = NOW;

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}

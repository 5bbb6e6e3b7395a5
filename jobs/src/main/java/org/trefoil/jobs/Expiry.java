package org.trefoil.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Says ahead of time that a proposal ends, so that the next one can be approved before. */
final class Expiry {
  private static final Duration NOTICE = Duration.ofDays(14);

  private Expiry() {}

  /** "expires in 3 days", in whole days, if that is soon. */
  static Optional<String> soon(Instant until, Instant now) {
    if (!now.plus(NOTICE).isAfter(until)) {
      return Optional.empty();
    }
    long days = Math.max(0, Duration.between(now, until).toDays());
    return Optional.of("expires in " + days + (days == 1 ? " day" : " days"));
  }

  /** A note for whoever runs the proposal; none if its end is far. */
  static Optional<String> note(String id, Instant until, Instant now) {
    return soon(until, now)
        .map(
            soon ->
                "trefoil: proposal "
                    + id.substring(0, 12)
                    + " "
                    + soon
                    + ", at "
                    + until
                    + ". Propose its successor with --replaces "
                    + id);
  }
}

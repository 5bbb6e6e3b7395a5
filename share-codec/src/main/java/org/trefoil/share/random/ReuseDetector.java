package org.trefoil.share.random;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Remembers which streams of one {@link StreamKeys} were handed out and refuses a second claim. */
public final class ReuseDetector {
  private record Stream(String step, String purpose) {}

  private final Set<Stream> claimed = ConcurrentHashMap.newKeySet();

  /** Fails with {@code RANDOMNESS_REUSED} if the stream was claimed before. */
  public void claim(String step, String purpose) {
    if (!claimed.add(new Stream(step, purpose))) {
      throw new TrefoilException(
          Condition.RANDOMNESS_REUSED,
          "Cannot use randomness twice: step "
              + step
              + " asked for its stream "
              + purpose
              + " again. Give every use a step or purpose of its own.");
    }
  }
}

package org.trefoil.executor.protocol;

import org.trefoil.share.random.StreamKeys;

/** The streams of one key: one for every step and purpose, each of which may be asked for once. */
@FunctionalInterface
public interface RandomStreams {
  /** RANDOMNESS_REUSED if this stream was asked for before. */
  RandomWords stream(String step, String purpose);

  static RandomStreams of(StreamKeys keys) {
    return (step, purpose) -> keys.stream(step, purpose)::next;
  }
}

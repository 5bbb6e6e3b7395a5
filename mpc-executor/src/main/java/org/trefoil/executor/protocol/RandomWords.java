package org.trefoil.executor.protocol;

/** A stream of uniformly random words; whoever has its key has the same stream. */
@FunctionalInterface
public interface RandomWords {
  /** Puts the next words of the stream at {@code into[from .. from + count)}. */
  void next(long[] into, int from, int count);
}

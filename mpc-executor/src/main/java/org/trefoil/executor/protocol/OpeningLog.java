package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;

/** Learns what an executor opens: tests compare it, an audit may count it. */
@FunctionalInterface
public interface OpeningLog {
  OpeningLog NONE = (step, values) -> {};

  /**
   * @param values a long[] of opened bits or an int[] of opened destinations
   */
  void opened(Step step, Object values);
}

package org.trefoil.bench;

import java.util.List;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.SharedColumn;

/**
 * Something that three parties compute on generated columns, and what comes out in the clear.
 *
 * @param name as rows of a report and command lines between the processes call it
 * @param inputs the same columns at every call, of so many rows and bits
 * @param computation what each party runs on its shares
 * @param oracle whether the opened result is right for these inputs
 */
record Workload(String name, Inputs inputs, Computation computation, Oracle oracle) {
  /** Generates columns. */
  @FunctionalInterface
  interface Inputs {
    List<ClearColumn> of(int rows, int width);
  }

  /** A party's part. */
  @FunctionalInterface
  interface Computation {
    List<SharedColumn> run(Party party, Step step, List<SharedColumn> inputs);
  }

  /** The same in the clear. */
  @FunctionalInterface
  interface Oracle {
    boolean isRight(List<ClearColumn> inputs, List<ClearColumn> result);
  }
}

package org.trefoil.executor.protocol;

import org.trefoil.executor.transport.Step;

/**
 * The threads of one party that share one step: each takes a slice of the rows, talks to the same
 * thread of its peers, and draws from streams of a step of its own. How many there are, and who
 * takes which rows, follows from the number of rows; what all of them send together is what one
 * would send, in as many rounds.
 */
final class Crew {
  /** Rows of a slice are a multiple of this, so that no long of bits is torn. */
  private static final int WHOLE = Long.SIZE;

  private final Workers workers;
  private final Party[] parties;
  private final Step[] steps;

  private Crew(Workers workers, Party[] parties, Step[] steps) {
    this.workers = workers;
    this.parties = parties;
    this.steps = steps;
  }

  /** The calling thread and no other. */
  static Crew alone(Party party, Step step) {
    return new Crew(Workers.NONE, new Party[] {party}, new Step[] {step});
  }

  /**
   * As many threads as {@code rows} rows are worth.
   *
   * @param step null if they only compute
   */
  static Crew of(Party party, Step step, int rows, Workers workers) {
    int size = workers.parts(rows);
    if (size == 1) {
      return alone(party, step);
    }
    Party[] parties = new Party[size];
    Step[] steps = new Step[size];
    for (int k = 0; k < size; k++) {
      parties[k] = k == 0 ? party : party.worker(k);
      steps[k] = k == 0 || step == null ? step : step.child("worker" + k);
    }
    return new Crew(workers, parties, steps);
  }

  int size() {
    return parties.length;
  }

  Party party(int member) {
    return parties[member];
  }

  Step step(int member) {
    return steps[member];
  }

  /** Masks of each, for all rounds of the step. */
  Masks[] masks() {
    Masks[] masks = new Masks[size()];
    for (int k = 0; k < masks.length; k++) {
      masks[k] = new Masks(parties[k], steps[k]);
    }
    return masks;
  }

  /** What one thread does with its slice. */
  @FunctionalInterface
  interface Slice {
    void run(int member, int from, int to);
  }

  /** Slices {@code [0, rows)}, lets each be done, and returns when all are. */
  void run(int rows, Slice slice) {
    int each = each(rows);
    if (each >= rows) {
      slice.run(0, 0, rows);
      return;
    }
    workers.run(
        (rows + each - 1) / each,
        k -> slice.run(k, k * each, (int) Math.min(rows, (k + 1L) * each)));
  }

  /** Many rows are sliced into whole tiles, which are cheaper to transpose. */
  private int each(int rows) {
    int even = (rows - 1) / size() + 1;
    int multiple = even >= 8 * Planes.TILE ? Planes.TILE : WHOLE;
    return (even + multiple - 1) / multiple * multiple;
  }
}

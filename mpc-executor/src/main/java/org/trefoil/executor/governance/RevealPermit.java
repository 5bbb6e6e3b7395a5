package org.trefoil.executor.governance;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * The only way to open a share: every method that opens values or hands result shares to a
 * recipient asks for one, and only this package makes them, for a plan that this executor itself
 * has found to be allowed. A permit is good for the one reveal of one run.
 */
public final class RevealPermit {
  private final String query;
  private final List<String> recipients;
  private final Runnable before;
  private final AtomicBoolean spent = new AtomicBoolean();

  /**
   * A permit.
   *
   * @param before is run when the permit is used; what it throws keeps everything closed
   */
  RevealPermit(String query, List<String> recipients, Runnable before) {
    this.query = query;
    this.recipients = List.copyOf(recipients);
    this.before = before;
  }

  /** The roles that may rebuild the result. */
  public List<String> recipients() {
    return recipients;
  }

  /**
   * Uses the permit up; returns once all that the mode asks for before a reveal has been done. The
   * second time is an INTERNAL error and opens nothing.
   */
  public void spend() {
    if (!spent.compareAndSet(false, true)) {
      throw new TrefoilException(
          Condition.INTERNAL,
          "Cannot reveal the result of query "
              + query
              + " again: its permit is spent. Report this error.");
    }
    before.run();
  }

  @Override
  public String toString() {
    return "RevealPermit[" + query + " to " + recipients + "]";
  }
}

package org.trefoil.api.error;

/** What an error means to whoever waits for the result; the exit codes of {@code bin/trefoil}. */
public enum Outcome {
  /** The query or its data are at fault: an SQL error, an unsupported construct, bad data. */
  FAILED(1),
  /** The command line or a file that it names is at fault. */
  USAGE(2),
  /** Policy, approval or the rule that only aggregates are revealed forbids it. */
  REFUSED(3),
  /** An executor or an owner does not answer; the same request may succeed later. */
  UNAVAILABLE(4),
  /** The user stopped it. */
  CANCELLED(130);

  private final int exitCode;

  Outcome(int exitCode) {
    this.exitCode = exitCode;
  }

  public int exitCode() {
    return exitCode;
  }
}

package org.trefoil.arrow.cluster;

import java.util.Arrays;

/**
 * What an executor keeps of a run that may be asked for again: its {@link AnswerShares}, sealed to
 * the analyst who signed the run's request.
 *
 * @param query the query that ran
 */
public record SealedAnswer(QueryId query, byte[] sealed) {
  @Override
  public boolean equals(Object other) {
    return other instanceof SealedAnswer answer
        && query.equals(answer.query)
        && Arrays.equals(sealed, answer.sealed);
  }

  @Override
  public int hashCode() {
    return query.hashCode();
  }

  @Override
  public String toString() {
    return "SealedAnswer[" + query + "]";
  }
}

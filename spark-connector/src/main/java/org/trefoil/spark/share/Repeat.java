package org.trefoil.spark.share;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.approval.OpeningKey;
import org.trefoil.api.approval.Retry;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.batch.AnswerBytes;
import org.trefoil.arrow.cluster.AnswerShares;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.SealedAnswer;

/**
 * A result that was run before under the same retry key: what the three executors have kept of it,
 * opened with the analyst's own key.
 *
 * @param query the query that ran
 * @param answers by party
 */
record Repeat(QueryId query, List<AnswerShares> answers) {
  Repeat {
    answers = List.copyOf(answers);
  }

  /**
   * What {@code answers} seal; absent if no executor has kept anything.
   *
   * @throws TrefoilException RESULT_GONE if only some have; EXECUTORS_DISAGREE; OTHER_KEYS
   */
  static Optional<Repeat> of(
      RunRequest request, List<Optional<SealedAnswer>> answers, OpeningKey key) {
    if (answers.stream().allMatch(Optional::isEmpty)) {
      return Optional.empty();
    }
    if (answers.stream().anyMatch(Optional::isEmpty)) {
      throw new TrefoilException(
          Condition.RESULT_GONE,
          "Cannot read the result of proposal "
              + request.proposal()
              + " under this retry key: one of the executors knows of no such run. Run it under"
              + " another retry key; that counts as a run.");
    }
    List<SealedAnswer> sealed = answers.stream().map(Optional::orElseThrow).toList();
    QueryId query = sealed.get(0).query();
    List<AnswerShares> opened = new ArrayList<>();
    for (int party = 0; party < sealed.size(); party++) {
      SealedAnswer one = sealed.get(party);
      byte[] context = Retry.context(request.cluster(), party, query.hex(), request);
      AnswerShares answer = AnswerBytes.decode(key.open(context, one.sealed()));
      boolean same =
          one.query().equals(query)
              && answer.shares().party() == party
              && (opened.isEmpty() || alike(answer, opened.get(0)));
      if (!same) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot read the result of query "
                + query
                + ": executor "
                + party
                + " has kept it of another run than the others. Run it under another retry key.");
      }
      opened.add(answer);
    }
    return Optional.of(new Repeat(query, opened));
  }

  private static boolean alike(AnswerShares one, AnswerShares other) {
    return one.sizes().equals(other.sizes()) && Arrays.equals(one.tables(), other.tables());
  }

  @Override
  public String toString() {
    return "Repeat[" + query + "]";
  }
}

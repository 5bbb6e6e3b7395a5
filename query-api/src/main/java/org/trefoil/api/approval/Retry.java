package org.trefoil.api.approval;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Lets an analyst ask for the result of a run again: until it expires each executor keeps its
 * shares of it, sealed to the analyst's own key, and hands them out to a later request under the
 * same key, for which nothing runs and which does not count.
 *
 * @param key the analyst's name for this one result of the proposal: {@code report-2026-10}
 * @param recipient to whom the shares are sealed
 */
public record Retry(String key, RecipientKey recipient) {
  /** How long a result may be asked for, if its proposal lasts as long. */
  public static final Duration KEPT = Duration.ofDays(7);

  /** What a key looks like. */
  public static final Pattern KEY = Pattern.compile("[\\w.:-]{1,100}");

  /**
   * What the shares are sealed as: by which executor, of which run. They open as nothing else.
   *
   * @param query the id of the query that ran, which a later request does not have
   */
  public static byte[] context(String cluster, int party, String query, RunRequest request) {
    return String.join(
            "\n",
            "trefoil sealed result 1",
            cluster,
            "party-" + party,
            request.proposal(),
            query,
            request.signer(),
            request.retry().orElseThrow().key(),
            request.parametersDigest())
        .getBytes(StandardCharsets.UTF_8);
  }
}

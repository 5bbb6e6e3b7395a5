package org.trefoil.executor.governance;

import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Principal;

/** What a caller's certificate lets it ask for. */
public final class Callers {
  private Callers() {}

  /** The analyst's name that the caller asks queries under; ANALYST_NOT_ALLOWED if it has none. */
  public static String analyst(Principal caller) {
    return caller
        .analyst()
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.ANALYST_NOT_ALLOWED,
                    "Cannot submit a query as "
                        + caller
                        + ": the certificate names no analyst. Use the identity of an analyst."));
  }

  /** Returns if the caller speaks for {@code owner}; PEER_REFUSED if not. */
  public static void requireOwner(Principal caller, String owner) {
    if (!caller.owns(owner)) {
      throw new TrefoilException(
          Condition.PEER_REFUSED,
          "Cannot act for owner "
              + owner
              + " as "
              + caller
              + ": the certificate does not name this owner. Use the identity of the owner.");
    }
  }
}

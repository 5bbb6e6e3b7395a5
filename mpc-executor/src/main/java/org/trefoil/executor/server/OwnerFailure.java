package org.trefoil.executor.server;

import java.util.Locale;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** The error that an owner gives as its reason for not sharing a fragment. */
final class OwnerFailure {
  private static final int MAX_REASON = 2000;

  private OwnerFailure() {}

  /** An unknown condition becomes SOURCE_FAILED; the reason is cut to a sane length. */
  static TrefoilException of(String condition, String reason) {
    String name = condition.toUpperCase(Locale.ROOT);
    if (name.startsWith("TREFOIL_")) {
      name = name.substring("TREFOIL_".length());
    }
    Condition known = Condition.SOURCE_FAILED;
    for (Condition c : Condition.values()) {
      if (c.name().equals(name)) {
        known = c;
      }
    }
    String text = reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason;
    return new TrefoilException(known, text.replaceAll("\\p{Cntrl}", " "));
  }
}

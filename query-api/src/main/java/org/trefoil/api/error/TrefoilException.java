package org.trefoil.api.error;

import java.util.Optional;

/**
 * An error with a condition. The message reads {@code [TREFOIL_CONDITION] Cannot <verb> <thing>:
 * <reason>. <next step>}; it never holds a cell value, a share, a key or a token.
 */
public final class TrefoilException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Condition condition;
  private final String reason;

  /** Makes an error whose message is {@code [TREFOIL_<condition>] <reason>}. */
  public TrefoilException(Condition condition, String reason) {
    this(condition, reason, null);
  }

  public TrefoilException(Condition condition, String reason, Throwable cause) {
    super("[" + condition.label() + "] " + reason, cause);
    this.condition = condition;
    this.reason = reason;
  }

  public Condition condition() {
    return condition;
  }

  /** The message without the condition in front. */
  public String reason() {
    return reason;
  }

  /** The first error with a condition among {@code error} and its causes. */
  public static Optional<TrefoilException> in(Throwable error) {
    for (Throwable e = error; e != null; e = e.getCause()) {
      if (e instanceof TrefoilException found) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }
}

package org.trefoil.api.error;

/**
 * Every error condition of Trefoil. Each is documented under its name in {@code docs/errors.md}; a
 * test keeps both in step.
 */
public enum Condition {
  ROW_LEVEL_ACCESS("42501", Outcome.REFUSED),
  POLICY_VIOLATION("42501", Outcome.REFUSED),
  NOT_APPROVED("42501", Outcome.REFUSED),
  ANALYST_NOT_ALLOWED("42501", Outcome.REFUSED),
  UNSUPPORTED_OPERATION("0A000", Outcome.FAILED),
  UNSUPPORTED_FUNCTION("0A000", Outcome.FAILED),
  UNSUPPORTED_TYPE("0A000", Outcome.FAILED),
  UNSUPPORTED_JOIN("0A000", Outcome.FAILED),
  UNBOUNDED_VALUE("0A000", Outcome.FAILED),
  MALFORMED_PLAN("42601", Outcome.FAILED),
  TABLE_NOT_FOUND("42P01", Outcome.FAILED),
  COLUMN_NOT_FOUND("42703", Outcome.FAILED),
  INVALID_OWNERS_FILE("F0000", Outcome.USAGE),
  INVALID_CONFIGURATION("F0000", Outcome.USAGE),
  MALFORMED_BATCH("22000", Outcome.FAILED),
  MALFORMED_SHARES("22000", Outcome.FAILED),
  VALUE_OUT_OF_RANGE("22003", Outcome.FAILED),
  VALUE_TOO_LONG("22001", Outcome.FAILED),
  NULL_VALUE("22004", Outcome.FAILED),
  KEY_NOT_UNIQUE("23505", Outcome.FAILED),
  SOURCE_FAILED("58030", Outcome.FAILED),
  SOURCE_CHANGED("40001", Outcome.UNAVAILABLE),
  ARITHMETIC_OVERFLOW("22003", Outcome.FAILED),
  SHARES_DIFFER("XX001", Outcome.FAILED),
  EXECUTORS_DISAGREE("XX002", Outcome.FAILED),
  STEP_MISMATCH("XX003", Outcome.FAILED),
  RANDOMNESS_REUSED("XX004", Outcome.FAILED),
  UNKNOWN_QUERY("02000", Outcome.FAILED),
  LATE_ATTEMPT("40001", Outcome.FAILED),
  TICKET_REFUSED("28000", Outcome.REFUSED),
  PEER_REFUSED("28000", Outcome.REFUSED),
  PEER_UNAVAILABLE("08006", Outcome.UNAVAILABLE),
  OWNER_UNAVAILABLE("08006", Outcome.UNAVAILABLE),
  TIMEOUT("57014", Outcome.UNAVAILABLE),
  TOO_MANY_QUERIES("53000", Outcome.UNAVAILABLE),
  TOO_MANY_ROWS("54000", Outcome.FAILED),
  QUERY_CANCELLED("57014", Outcome.CANCELLED),
  INTERNAL("XX000", Outcome.FAILED);

  private final String sqlState;
  private final Outcome outcome;

  Condition(String sqlState, Outcome outcome) {
    this.sqlState = sqlState;
    this.outcome = outcome;
  }

  /** The name that users see, such as {@code TREFOIL_ROW_LEVEL_ACCESS}. */
  public String label() {
    return "TREFOIL_" + name();
  }

  public String sqlState() {
    return sqlState;
  }

  public Outcome outcome() {
    return outcome;
  }
}

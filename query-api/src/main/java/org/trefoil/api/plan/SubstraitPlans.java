package org.trefoil.api.plan;

/**
 * Plans as Substrait bytes: one encoding per plan, the same everywhere, so that its digest names
 * the plan.
 */
public final class SubstraitPlans {
  private SubstraitPlans() {}

  /** The canonical bytes of {@code plan}. */
  public static byte[] encode(Plan plan) {
    throw new UnsupportedOperationException("not yet");
  }

  /**
   * The plan of {@code bytes}, every type, index and nullability checked.
   *
   * @throws org.trefoil.api.error.TrefoilException MALFORMED_PLAN for bytes that {@link #encode}
   *     would not write; UNSUPPORTED_* naming what is outside the profile
   */
  public static Plan decode(byte[] bytes) {
    throw new UnsupportedOperationException("not yet");
  }
}

package org.trefoil.api.approval;

/**
 * A run that whoever made this has found to be approved; only {@link Authorization} makes it.
 *
 * @param plan the bytes of the plan with the run's values
 */
public final class AuthorizedRun {
  private final Proposal proposal;
  private final String id;
  private final RunRequest request;
  private final byte[] plan;

  AuthorizedRun(Proposal proposal, String id, RunRequest request, byte[] plan) {
    this.proposal = proposal;
    this.id = id;
    this.request = request;
    this.plan = plan;
  }

  public Proposal proposal() {
    return proposal;
  }

  /** The proposal's id. */
  public String id() {
    return id;
  }

  public RunRequest request() {
    return request;
  }

  public byte[] plan() {
    return plan.clone();
  }

  @Override
  public String toString() {
    return "AuthorizedRun[" + id + ", " + request.nonce() + "]";
  }
}

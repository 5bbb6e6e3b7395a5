package org.trefoil.api.approval;

import java.util.List;

/**
 * All that shows that a run may be: the same bytes at executors and owners.
 *
 * @param proposal {@link Proposal#encode}
 * @param approvals signed {@link Approval}s
 * @param run the signed {@link RunRequest}
 */
public record Evidence(byte[] proposal, List<byte[]> approvals, byte[] run) {
  public Evidence {
    approvals = List.copyOf(approvals);
  }
}

package org.trefoil.arrow.cluster;

/**
 * Lets its bearer upload shares of one fragment of one query to one executor for a short time. The
 * token is a secret: it is never logged.
 */
public record UploadTicket(QueryId query, int source, int branch, String token) {
  @Override
  public String toString() {
    return "UploadTicket[" + query + ", " + source + ", " + branch + "]";
  }
}

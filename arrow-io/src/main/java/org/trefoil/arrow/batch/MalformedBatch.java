package org.trefoil.arrow.batch;

import java.util.concurrent.Callable;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** MALFORMED_BATCH, with the batch and, where one is at fault, the column named. */
public final class MalformedBatch {
  private MalformedBatch() {}

  static TrefoilException of(String batch, String reason) {
    return of(batch, reason, null);
  }

  static TrefoilException column(String batch, String column, String reason) {
    return of(batch, "column " + column + " " + reason, null);
  }

  private static TrefoilException of(String batch, String reason, Throwable cause) {
    return new TrefoilException(
        Condition.MALFORMED_BATCH,
        "Cannot read " + batch + ": " + reason + ". Send it again; nothing of it was used.",
        cause);
  }

  /** For a stream that ends before its batch, or whose batch is another's. */
  public static TrefoilException missing(String batch) {
    return of(batch, "it did not come");
  }

  /** For a stream that has more than its one batch. */
  public static TrefoilException tooMany(String batch) {
    return of(batch, "more than one batch came");
  }

  /** Reads hostile bytes: whatever Arrow throws at them becomes MALFORMED_BATCH. */
  public static <T> T guard(String batch, Callable<T> reading) {
    try {
      return reading.call();
    } catch (TrefoilException e) {
      throw e.reason().contains(batch) ? e : of(batch, e.reason(), e);
    } catch (Exception e) {
      throw of(batch, "it is no Arrow batch (" + e.getClass().getSimpleName() + ")", e);
    }
  }
}

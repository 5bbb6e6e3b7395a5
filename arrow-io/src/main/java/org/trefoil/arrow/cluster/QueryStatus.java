package org.trefoil.arrow.cluster;

import java.util.List;
import java.util.Map;
import org.trefoil.api.error.TrefoilException;

/**
 * What an executor tells an analyst or an involved owner of a query.
 *
 * @param step the step that runs, such as {@code join1/sort/level3}, for progress
 * @param rows padded rows by source and branch, once announced; {@code rows.get(s).get(b)} is -1
 *     before that
 * @param hashKey 32 public bytes from the executors' joint nonce, for {@code Form.HASHED}; null
 *     before {@link QueryState#INPUTS}
 * @param error null unless the state is REFUSED, FAILED or CANCELLED
 * @param metrics counters by name: {@code rounds}, {@code bytesSent}, {@code waitMillis}, {@code
 *     computeMillis}, {@code rowsReceived}, {@code bytesReceived}, {@code revealedRows}
 */
public record QueryStatus(
    QueryId query,
    QueryState state,
    String step,
    List<List<Long>> rows,
    byte[] hashKey,
    TrefoilException error,
    Map<String, Long> metrics) {}

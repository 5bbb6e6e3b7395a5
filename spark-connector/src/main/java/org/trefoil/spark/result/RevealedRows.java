package org.trefoil.spark.result;

import java.util.List;
import java.util.Map;
import org.trefoil.api.type.Field;

/**
 * What a query reveals, in the clear, at its recipient.
 *
 * @param fields the columns of the plan's root, in its order
 * @param rows one array per row with one value per field: null, or by type {@code Boolean}; {@code
 *     Long} for integers, DATE (days) and TIMESTAMP (microseconds); {@code BigDecimal} with the
 *     type's scale; {@code String}; {@code Double}. In the order of the plan's Sort, if it has one.
 * @param suppressionMayApply true if the policy of some table asks for groups of more than one
 * @param metrics counters under the names of {@link Counter}; absent ones are unknown
 */
public record RevealedRows(
    List<Field> fields,
    List<Object[]> rows,
    boolean suppressionMayApply,
    Map<Counter, Long> metrics) {
  public RevealedRows {
    fields = List.copyOf(fields);
    rows = List.copyOf(rows);
    metrics = Map.copyOf(metrics);
  }

  @Override
  public String toString() {
    return "RevealedRows[" + rows.size() + " rows of " + fields + "]";
  }
}

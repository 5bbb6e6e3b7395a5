package org.trefoil.api.plan;

import java.io.Serializable;
import java.util.List;

/**
 * One column as it is shared.
 *
 * @param outputs the columns of the source that it encodes; the branch for {@link Form#BRANCH},
 *     empty for {@link Form#ROW_ID} and {@link Form#ENTITY} (which are per branch, see {@code
 *     branch})
 * @param slots one per output for {@link Form#ORDERED} and {@link Form#KEY}, else empty
 * @param width bits; 64 or 128 for {@link Form#ARITHMETIC}
 */
public record InputColumn(Form form, List<Integer> outputs, List<Slot> slots, int width)
    implements Serializable {
  public InputColumn {
    outputs = List.copyOf(outputs);
    slots = List.copyOf(slots);
  }
}

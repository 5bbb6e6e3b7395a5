package org.trefoil.api.plan;

import java.util.List;

/**
 * A part of the key by which rows are grouped: equal for two rows exactly if columns {@code
 * outputs} of {@code node} (a source, or what makes columns, see {@link Origin}) are.
 *
 * @param form {@link Form#RANK} or {@link Form#HASHED}: one column over all outputs; {@link
 *     Form#ORDERED}: one column per output, {@link Form#BIT} for BOOLEAN, and {@link Form#VALID}
 *     for each nullable one
 */
public record GroupKey(int node, Form form, List<Integer> outputs) {
  public GroupKey {
    outputs = List.copyOf(outputs);
  }
}

package org.trefoil.api.descriptor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An owner's rules for one table.
 *
 * @param minGroupSize k: a group is released only if at least k distinct rows (entities) of the
 *     table contribute to it; 1 switches suppression off
 * @param entity the columns that say whom a row is about; empty: every row is an entity
 * @param columns rules by column name; {@code other} serves the columns that are not named
 * @param analysts who may ask; absent: anyone with an analyst certificate
 * @param absencePublic in a union with other tables, whether it may show that a group has no row of
 *     this one: such a group is then released, where otherwise none and too few are the same
 * @param approvalNeeded whether the table is for queries only that its owner has approved:
 *     executors in design mode do not take it
 */
public record TablePolicy(
    int minGroupSize,
    List<String> entity,
    Padding padding,
    Map<String, ColumnPolicy> columns,
    ColumnPolicy other,
    Optional<List<String>> analysts,
    boolean tellSuppressed,
    boolean filteredSizePublic,
    boolean absencePublic,
    boolean approvalNeeded) {
  public TablePolicy {
    entity = List.copyOf(entity);
    columns = Map.copyOf(columns);
    analysts = analysts.map(List::copyOf);
  }

  /** A policy that asks for no approvals. */
  public TablePolicy(
      int minGroupSize,
      List<String> entity,
      Padding padding,
      Map<String, ColumnPolicy> columns,
      ColumnPolicy other,
      Optional<List<String>> analysts,
      boolean tellSuppressed,
      boolean filteredSizePublic,
      boolean absencePublic) {
    this(
        minGroupSize,
        entity,
        padding,
        columns,
        other,
        analysts,
        tellSuppressed,
        filteredSizePublic,
        absencePublic,
        false);
  }

  /** A policy under which a table's absence is secret. */
  public TablePolicy(
      int minGroupSize,
      List<String> entity,
      Padding padding,
      Map<String, ColumnPolicy> columns,
      ColumnPolicy other,
      Optional<List<String>> analysts,
      boolean tellSuppressed,
      boolean filteredSizePublic) {
    this(
        minGroupSize,
        entity,
        padding,
        columns,
        other,
        analysts,
        tellSuppressed,
        filteredSizePublic,
        false);
  }

  public ColumnPolicy column(String name) {
    return columns.getOrDefault(name, other);
  }
}

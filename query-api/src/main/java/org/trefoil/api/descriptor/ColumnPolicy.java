package org.trefoil.api.descriptor;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What an owner allows and declares for one column.
 *
 * @param aggregates the only aggregates that may be computed of it, among those that its verbs
 *     allow; absent: all of those
 */
public record ColumnPolicy(
    Set<Verb> use,
    Optional<Range> range,
    OptionalInt scale,
    OptionalLong maxGroups,
    Optional<Set<Aggregated>> aggregates) {
  public ColumnPolicy {
    use = Set.copyOf(use);
    aggregates = aggregates.map(Set::copyOf);
  }

  /** A policy that allows every aggregate that its verbs do. */
  public ColumnPolicy(
      Set<Verb> use, Optional<Range> range, OptionalInt scale, OptionalLong maxGroups) {
    this(use, range, scale, maxGroups, Optional.empty());
  }

  public static ColumnPolicy of(Verb... use) {
    return new ColumnPolicy(
        Set.of(use), Optional.empty(), OptionalInt.empty(), OptionalLong.empty());
  }

  /** The same, where no aggregates but these may be computed of the column. */
  public ColumnPolicy only(Aggregated... allowed) {
    return new ColumnPolicy(use, range, scale, maxGroups, Optional.of(Set.of(allowed)));
  }
}

package org.trefoil.api.descriptor;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** What an owner allows and declares for one column. */
public record ColumnPolicy(
    Set<Verb> use, Optional<Range> range, OptionalInt scale, OptionalLong maxGroups) {
  public ColumnPolicy {
    use = Set.copyOf(use);
  }

  public static ColumnPolicy of(Verb... use) {
    return new ColumnPolicy(
        Set.of(use), Optional.empty(), OptionalInt.empty(), OptionalLong.empty());
  }
}

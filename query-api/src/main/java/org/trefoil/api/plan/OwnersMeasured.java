package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whose rows of a union are added up by themselves, for {@code owner-dominance}: every owner's,
 * also those of owners that get the result, since whoever knows the second greatest part is whom
 * the rule guards against.
 *
 * @param percent p: what all but the two greatest owners have is at least p % of what the greatest
 *     has
 * @param owners per owner its branches of the union
 */
public record OwnersMeasured(int percent, List<List<OwnersCounted.Branch>> owners) {
  public OwnersMeasured {
    owners = owners.stream().map(List::copyOf).toList();
  }

  /** What an aggregate of a remainder has to measure: one per union that has such a table. */
  static List<OwnersMeasured> of(Rel.Aggregate aggregate, Split split, Catalog catalog) {
    List<OwnersMeasured> all = new ArrayList<>();
    for (Source source : split.sources()) {
      int percent = 0;
      Map<String, List<OwnersCounted.Branch>> owners = new LinkedHashMap<>();
      for (Fragment fragment : source.branches()) {
        percent =
            Math.max(
                percent,
                catalog.table(fragment.owner(), fragment.table()).policy().ownerDominance());
        owners
            .computeIfAbsent(fragment.owner(), o -> new ArrayList<>())
            .add(new OwnersCounted.Branch(source.id(), fragment.branch()));
      }
      if (percent > 0 && Nodes.holds(aggregate, source.id())) {
        all.add(new OwnersMeasured(percent, List.copyOf(owners.values())));
      }
    }
    return all;
  }
}

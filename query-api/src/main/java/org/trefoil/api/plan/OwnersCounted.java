package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How to count the owners that contribute to a group, for {@code min-owners}: owners that get the
 * result are not counted.
 *
 * @param least so many owners have to contribute
 * @param certain how many contribute to every group that has rows, as their tables are joined in
 *     every row of it
 * @param secret per other owner the branches of unions whose rows make it contribute, as source and
 *     branch
 */
public record OwnersCounted(int least, int certain, List<List<Branch>> secret) {
  /** Nothing to count. */
  static final OwnersCounted NONE = new OwnersCounted(1, 1, List.of());

  /** A branch of a source. */
  public record Branch(int source, int branch) {}

  public OwnersCounted {
    secret = secret.stream().map(List::copyOf).toList();
  }

  /** Whether there is anything to count: every group with a row has one owner. */
  public boolean asks() {
    return least > Math.max(1, certain);
  }

  /** How many of the {@link #secret} owners have to contribute. */
  public int leastSecret() {
    return least - certain;
  }

  /** The owners that a result of {@code release} would tell about themselves, by name. */
  public static Set<String> recipients(Release release) {
    Set<String> names = new HashSet<>();
    for (String recipient : release.recipients()) {
      names.add(recipient.substring(recipient.indexOf(':') + 1));
    }
    return names;
  }

  /** What an aggregate of a remainder has to count. */
  static OwnersCounted of(Rel.Aggregate aggregate, Split split, Catalog catalog) {
    int least = 1;
    Set<String> recipients = recipients(split.release());
    Set<String> certain = new TreeSet<>();
    Map<String, List<Branch>> secret = new LinkedHashMap<>();
    for (Source source : split.sources()) {
      if (!Nodes.holds(aggregate, source.id())) {
        continue;
      }
      for (Fragment fragment : source.branches()) {
        least =
            Math.max(least, catalog.table(fragment.owner(), fragment.table()).policy().minOwners());
        if (recipients.contains(fragment.owner()) || !always(aggregate.input(), source.id())) {
          continue;
        }
        if (source.branches().size() > 1) {
          secret
              .computeIfAbsent(fragment.owner(), o -> new ArrayList<>())
              .add(new Branch(source.id(), fragment.branch()));
        } else {
          certain.add(fragment.owner());
        }
      }
    }
    secret.keySet().removeAll(certain);
    return new OwnersCounted(least, certain.size(), List.copyOf(secret.values()));
  }

  /** Whether every row of {@code rel} has one of the source. */
  private static boolean always(Rel rel, int source) {
    if (rel instanceof Rel.Input input) {
      return input.source() == source;
    }
    if (rel instanceof Rel.Join join) {
      return switch (join.kind()) {
        case INNER -> always(join.left(), source) || always(join.right(), source);
        case LEFT -> always(join.left(), source);
        case RIGHT -> always(join.right(), source);
        default -> false;
      };
    }
    return rel.inputs().size() == 1
        && !(rel instanceof Rel.Aggregate)
        && always(rel.inputs().get(0), source);
  }
}

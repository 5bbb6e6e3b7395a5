package org.trefoil.api.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Release;
import org.trefoil.api.type.Field;

/**
 * The descriptor of a result that is kept secret-shared; everybody computes the same one from the
 * plan that makes it.
 *
 * <p>Its rows are groups that its sources' policies have released, so that what is computed of them
 * tells no more than the result would have told a recipient: columns may be used for anything, and
 * there is no minimum. Who may ask and who may get what is computed is what every source allows;
 * where a source asks for {@code min-owners}, that is no owner whose rows may have been counted.
 */
public final class KeptTable {
  private KeptTable() {}

  /**
   * The descriptor.
   *
   * @param proposal the id of the proposal that makes it; empty in mode design
   * @param rows how many rows it may have
   */
  public static TableDescriptor of(Plan plan, Catalog catalog, String proposal, long rows) {
    requireNames(plan);
    List<TableDescriptor> tables = new ArrayList<>();
    collect(plan.root(), catalog, tables);
    SortedMap<String, String> sources = new TreeMap<>();
    for (TableDescriptor table : tables) {
      if (table.kept().isPresent()) {
        sources.putAll(table.kept().get().sources());
      } else {
        sources.put(table.name(), DescriptorDigest.hex(table));
      }
    }
    return new TableDescriptor(
        KeptShared.OWNER,
        plan.release().kept().orElseThrow(),
        plan.root().fields(),
        keys(plan.root()),
        rows,
        policy(tables, sources),
        Map.of(),
        Optional.of(new KeptShared(proposal, sources)));
  }

  /**
   * Returns if the columns of a result have names by which a table can be read.
   *
   * @throws TrefoilException UNSUPPORTED_OPERATION naming the column
   */
  static void requireNames(Plan plan) {
    Set<String> names = new HashSet<>();
    for (Field field : plan.root().fields()) {
      if (!names.add(field.name().toLowerCase(Locale.ROOT))) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot keep the result as table "
                + KeptShared.OWNER
                + "."
                + plan.release().kept().orElseThrow()
                + ": it has two columns "
                + field.name()
                + ". Name the columns with AS.");
      }
    }
  }

  private static void collect(Rel rel, Catalog catalog, List<TableDescriptor> tables) {
    if (rel instanceof Rel.Scan scan) {
      TableDescriptor table = catalog.table(scan.owner(), scan.table());
      if (!tables.contains(table)) {
        tables.add(table);
      }
    }
    rel.inputs().forEach(input -> collect(input, catalog, tables));
  }

  /** The group columns tell the rows of an aggregate apart, if they all are in the result. */
  private static List<List<String>> keys(Rel root) {
    Rel rel = root;
    List<Integer> shown = null;
    while (rel instanceof Rel.Project
        || rel instanceof Rel.Filter
        || rel instanceof Rel.Sort
        || rel instanceof Rel.Limit) {
      if (rel instanceof Rel.Project project) {
        List<Integer> from = new ArrayList<>();
        for (int i = 0; i < project.expressions().size(); i++) {
          from.add(project.expressions().get(i) instanceof Expr.FieldRef ref ? ref.index() : -1);
        }
        shown = shown == null ? from : shown.stream().map(c -> c < 0 ? -1 : from.get(c)).toList();
      }
      rel = rel.inputs().get(0);
    }
    if (!(rel instanceof Rel.Aggregate aggregate)) {
      return List.of();
    }
    List<String> key = new ArrayList<>();
    for (int g = 0; g < aggregate.groups().size(); g++) {
      int at = shown == null ? g : shown.indexOf(g);
      if (at < 0) {
        return List.of();
      }
      key.add(root.fields().get(at).name());
    }
    return List.of(key);
  }

  private static TablePolicy policy(
      List<TableDescriptor> tables, SortedMap<String, String> sources) {
    Set<String> owners = new LinkedHashSet<>();
    sources.keySet().forEach(name -> owners.add("owner:" + name.substring(0, name.indexOf('.'))));
    Optional<List<String>> analysts = Optional.empty();
    boolean approvals = false;
    Set<String> named = new LinkedHashSet<>(owners);
    named.add(Release.ANALYST);
    named.add(Release.NONE);
    for (TableDescriptor table : tables) {
      TablePolicy policy = table.policy();
      approvals |= policy.approvalNeeded();
      if (policy.analysts().isPresent()) {
        List<String> these = policy.analysts().get();
        analysts =
            Optional.of(
                analysts.map(a -> a.stream().filter(these::contains).toList()).orElse(these));
      }
      policy.recipients().ifPresent(named::addAll);
    }
    named.remove(Release.OWNERS);
    if (tables.stream().anyMatch(table -> table.policy().minOwners() > 1)) {
      // An owner knows its own part: what others have in a group could be computed from the rest.
      named.removeAll(owners);
    }
    List<String> recipients =
        named.stream().filter(r -> tables.stream().allMatch(t -> allows(t, r, owners))).toList();
    return TablePolicy.builder(1)
        .other(ColumnPolicy.of(Verb.JOIN, Verb.FILTER, Verb.GROUP, Verb.AGGREGATE, Verb.RANK))
        .columns(Map.of())
        .analysts(analysts)
        .recipients(Optional.of(recipients.stream().sorted().toList()))
        .approvalNeeded(approvals)
        .build();
  }

  private static boolean allows(TableDescriptor table, String recipient, Set<String> owners) {
    List<String> allowed = table.policy().recipients().orElse(List.of(Release.ANALYST));
    return allowed.contains(recipient)
        || recipient.equals("owner:" + table.owner())
        || (allowed.contains(Release.OWNERS) && owners.contains(recipient))
        || (recipient.startsWith("analyst:") && allowed.contains(Release.ANALYST));
  }
}

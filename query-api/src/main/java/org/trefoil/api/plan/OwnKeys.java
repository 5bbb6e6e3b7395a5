package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.descriptor.OwnKeysRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * The one exception to "aggregates only": a result with one row for each key that its recipient has
 * supplied itself, and with what other owners' rows say of that key.
 *
 * <p>A plan is of this kind if it says so, has one recipient, which is an owner, and groups what it
 * reveals by columns of one table of that owner. Of every table whose policy has an {@link
 * OwnKeysRule} for that owner, groups have no minimum size then; other tables keep theirs. Such a
 * table of another owner is read once and joined by an equality with the recipient's, so that a row
 * of the recipient asks for one key of it.
 *
 * <p><b>What it reveals.</b> The recipient learns of each of its keys what the result's columns
 * say, also where a single row of somebody else is behind it; that is agreed. It learns nothing of
 * other keys: a row of the result is a row of its table or an aggregate of several, every other row
 * meets none and is in no group. The keys are not part of what is signed. Who wants to try them all
 * is kept to {@code maxKeys} a run, by the announced size of the recipient's fragment, which bounds
 * its rows, at every executor and at every owner that shares; and to {@code runsPerDay}. Nobody but
 * the recipient learns anything: neither its keys, nor which of them have met a row.
 *
 * @param recipient the owner that gets the result
 * @param keys the table whose rows carry its keys
 * @param lookedUp the tables without a minimum size, {@code keys} among them
 */
public record OwnKeys(String recipient, TableDescriptor keys, List<TableDescriptor> lookedUp) {
  public OwnKeys {
    lookedUp = List.copyOf(lookedUp);
  }

  /**
   * What {@code plan} looks up; empty if it is an ordinary plan.
   *
   * @throws TrefoilException ROW_LEVEL_ACCESS if the plan asks for own-key results and is not of
   *     that kind
   */
  public static Optional<OwnKeys> of(Plan plan, Catalog catalog) {
    return plan.release().ownKeys()
        ? Optional.of(of(plan.release(), NormalForm.of(plan, catalog)))
        : Optional.empty();
  }

  private static OwnKeys of(Release release, NormalForm form) {
    String owner =
        release
            .onlyOwner()
            .orElseThrow(
                () ->
                    refused(
                        "they go to one owner and to nobody else",
                        "Name the owner whose keys they are for as the only recipient"));
    NormalForm.Leaf keys = keys(owner, release, form);
    List<TableDescriptor> lookedUp = new ArrayList<>();
    Set<String> once = new HashSet<>();
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (NormalForm.Branch branch : leaf.branches()) {
        TableDescriptor table = branch.table();
        if (release.waives(table)) {
          boolean first = once.add(table.name());
          if (!table.owner().equals(owner)) {
            requireAsked(form, keys, leaf, table, first);
          }
          if (first) {
            lookedUp.add(table);
          }
        }
      }
    }
    return new OwnKeys(owner, keys.branches().get(0).table(), lookedUp);
  }

  private static void requireAsked(
      NormalForm form,
      NormalForm.Leaf keys,
      NormalForm.Leaf leaf,
      TableDescriptor table,
      boolean first) {
    if (!first) {
      throw refused(
          "table " + table.name() + " is read more than once, so that a row asks for several keys",
          "Ask in several queries");
    }
    if (!joined(form, form.root(), keys, leaf)) {
      throw refused(
          "table "
              + table.name()
              + " is not joined by an equality with the recipient's table "
              + keys.branches().get(0).table().name(),
          "Join it by the recipient's keys");
    }
  }

  /** Whether a column of {@code leaf} has to equal what the recipient's rows say. */
  private static boolean joined(
      NormalForm form, NormalForm.Block block, NormalForm.Leaf keys, NormalForm.Leaf leaf) {
    for (NormalForm.Equality equality : block.equalities()) {
      if (links(form, List.of(equality.left(), equality.right()), keys, leaf)) {
        return true;
      }
    }
    for (NormalForm.Item item : block.items()) {
      boolean inside =
          item instanceof NormalForm.Grouped grouped
              ? joined(form, grouped.input(), keys, leaf)
              : item instanceof NormalForm.Outer outer
                  && (joined(form, outer.left(), keys, leaf)
                      || joined(form, outer.right(), keys, leaf)
                      || outer.on().stream()
                          .anyMatch(
                              on ->
                                  on instanceof Expr.Call call
                                      && call.function() == Function.EQUAL
                                      && links(form, call.arguments(), keys, leaf)));
      if (inside) {
        return true;
      }
    }
    return false;
  }

  private static boolean links(
      NormalForm form, List<Expr> sides, NormalForm.Leaf keys, NormalForm.Leaf leaf) {
    Set<NormalForm.Leaf> left = leaves(form, sides.get(0));
    Set<NormalForm.Leaf> right = leaves(form, sides.get(1));
    return (left.equals(Set.of(keys)) && right.equals(Set.of(leaf)))
        || (left.equals(Set.of(leaf)) && right.equals(Set.of(keys)));
  }

  /** The tables whose values an expression takes; of aggregates only what they are grouped by. */
  private static Set<NormalForm.Leaf> leaves(NormalForm form, Expr expr) {
    Set<NormalForm.Leaf> leaves = new HashSet<>();
    for (int ref : Expressions.refs(expr)) {
      NormalForm.Item item = form.item(ref);
      if (item instanceof NormalForm.Leaf leaf) {
        leaves.add(leaf);
      } else if (!(item instanceof NormalForm.Grouped grouped)
          || ref - grouped.offset() < grouped.groups().size()) {
        form.behind(ref).forEach(e -> leaves.addAll(leaves(form, e)));
      }
    }
    return leaves;
  }

  /** The one table of the recipient by whose columns everything that is revealed is grouped. */
  private static NormalForm.Leaf keys(String owner, Release release, NormalForm form) {
    if (form.items().stream().anyMatch(NormalForm.United.class::isInstance)) {
      throw refused("no joins or aggregates are united in them", "Leave out UNION");
    }
    if (form.items().stream().anyMatch(NormalForm.Windowed.class::isInstance)) {
      throw refused("no other rows weigh in them", "Leave out windows with an order");
    }
    if (form.root().items().size() != 1
        || !(form.root().items().get(0) instanceof NormalForm.Grouped grouped)
        || !grouped.written()
        || grouped.groups().isEmpty()) {
      throw refused(
          "they have one row for each key", "Group by columns of " + owner + "'s own table");
    }
    NormalForm.Leaf keys = null;
    for (Expr group : grouped.groups()) {
      for (NormalForm.Item item : form.itemsOf(group)) {
        boolean own =
            item instanceof NormalForm.Leaf leaf
                && leaf.branches().size() == 1
                && leaf.branches().get(0).table().owner().equals(owner)
                && release.waives(leaf.branches().get(0).table())
                && (keys == null || keys == leaf);
        if (!own) {
          throw refused(
              "what they are grouped by is not of one table of "
                  + owner
                  + " whose policy says own-keys",
              "Group by its columns only, and aggregate what belongs to a key, as in max(x)");
        }
        keys = (NormalForm.Leaf) item;
      }
    }
    if (keys == null) {
      throw refused("they are grouped by a constant", "Group by the recipient's keys");
    }
    return keys;
  }

  private static TrefoilException refused(String reason, String next) {
    return new TrefoilException(
        Condition.ROW_LEVEL_ACCESS,
        "Cannot return results for own keys: " + reason + ". " + next + ".");
  }

  /** How many keys a run may ask for: the least that the tables' owners allow. */
  public long maxKeys() {
    return lookedUp.stream().mapToLong(t -> rule(t).maxKeys()).min().orElseThrow();
  }

  /** The rule of a table that is looked up. */
  public static OwnKeysRule rule(TableDescriptor table) {
    return table.policy().ownKeys().orElseThrow();
  }

  /**
   * Returns if the recipient supplies no more keys than it may; asked by every executor and every
   * owner before anything is shared.
   *
   * @param rows padded rows by source and branch
   * @throws TrefoilException POLICY_VIOLATION
   */
  public void requireSizes(Split split, List<List<Long>> rows) {
    for (Source source : split.sources()) {
      for (Fragment branch : source.branches()) {
        long asked = rows.get(source.id()).get(branch.branch());
        boolean own = branch.owner().equals(keys.owner()) && branch.table().equals(keys.table());
        if (own && asked > maxKeys()) {
          throw new TrefoilException(
              Condition.POLICY_VIOLATION,
              "Cannot look up "
                  + asked
                  + " keys of "
                  + keys.name()
                  + ": the policies allow "
                  + maxKeys()
                  + " in a run (own-keys: max-keys). Ask for fewer at a time.");
        }
      }
    }
  }
}

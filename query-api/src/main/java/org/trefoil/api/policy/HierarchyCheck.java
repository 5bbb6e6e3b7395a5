package org.trefoil.api.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.NormalForm;

/**
 * Refuses results in which a row of a table with a minimum is counted in more than one group: a
 * total less the groups that are shown is the group that is held back. ROLLUP, CUBE and GROUPING
 * SETS are unions that read a table several times, or a table that it is joined with; a total
 * beside groups is a second aggregate over it, or an inner one whose value is shown. Holding back
 * further groups until no difference tells (complementary suppression) would tell by what is
 * missing which group is small, and would have to be found on shares; so such plans are refused,
 * whatever the data.
 */
final class HierarchyCheck {
  private HierarchyCheck() {}

  /**
   * Returns if every table with a minimum is in one branch of one revealed aggregate, which shows
   * no inner aggregate over it, and no union that it is joined with reads a table twice.
   *
   * @throws TrefoilException POLICY_VIOLATION naming the table
   */
  static void check(NormalForm form) {
    for (NormalForm.Leaf leaf : form.leaves()) {
      Set<String> seen = new HashSet<>();
      for (NormalForm.Branch branch : leaf.branches()) {
        if (branch.table().policy().holdsBack() && !seen.add(branch.table().name())) {
          throw refused(branch.table(), "in several branches of a union, as ROLLUP and CUBE do");
        }
      }
    }
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.United united) {
        Set<String> seen = new HashSet<>();
        for (NormalForm.Block input : united.inputs()) {
          Set<TableDescriptor> tables = new HashSet<>(tables(input));
          for (TableDescriptor table : tables) {
            if (table.policy().holdsBack() && !seen.add(table.name())) {
              throw refused(table, "in several inputs of a union, as ROLLUP and CUBE do");
            }
          }
        }
      }
    }
    Set<String> before = new HashSet<>();
    for (NormalForm.Grouped grouped : revealed(form.root())) {
      countsRowsOnce(form, grouped);
      Set<String> within = new HashSet<>();
      for (TableDescriptor table : tables(grouped.input())) {
        if (before.contains(table.name())) {
          throw refused(table, "in several aggregates that are revealed together");
        }
        if (table.policy().holdsBack()) {
          within.add(table.name());
        }
      }
      before.addAll(within);
    }
  }

  /** Also where the table itself is read once, and what it is joined with brings the total. */
  private static void countsRowsOnce(NormalForm form, NormalForm.Grouped grouped) {
    List<TableDescriptor> tables = tables(grouped.input());
    Optional<TableDescriptor> counted =
        tables.stream().filter(table -> table.policy().holdsBack()).findFirst();
    if (counted.isEmpty()) {
      return;
    }
    repeated(grouped.input())
        .ifPresent(
            table -> {
              throw refused(
                  counted.get(),
                  "beside table " + table.name() + ", which stands in several branches of a union");
            });
    List<Expr> shown = new ArrayList<>(grouped.groups());
    grouped.calls().forEach(call -> call.argument().ifPresent(shown::add));
    for (Expr expr : shown) {
      for (TableDescriptor table : aggregatedIn(form, expr)) {
        if (table.policy().holdsBack()
            && tables.stream().filter(t -> t.name().equals(table.name())).count() > 1) {
          throw refused(table, "in an aggregate that is shown beside others of its rows");
        }
      }
    }
  }

  /** A table that a union within the block reads twice. */
  private static Optional<TableDescriptor> repeated(NormalForm.Block block) {
    for (NormalForm.Item item : block.items()) {
      List<TableDescriptor> read = new ArrayList<>();
      Optional<TableDescriptor> below = Optional.empty();
      if (item instanceof NormalForm.Leaf leaf) {
        leaf.branches().forEach(b -> read.add(b.table()));
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> read.addAll(new HashSet<>(tables(input))));
        below = first(united.inputs());
      } else if (item instanceof NormalForm.Outer outer) {
        below = first(List.of(outer.left(), outer.right()));
      } else if (item instanceof NormalForm.Grouped inner) {
        below = repeated(inner.input());
      } else if (item instanceof NormalForm.Windowed windowed) {
        below = repeated(windowed.input());
      }
      Set<String> seen = new HashSet<>();
      Optional<TableDescriptor> twice =
          read.stream().filter(table -> !seen.add(table.name())).findFirst();
      if (twice.isPresent() || below.isPresent()) {
        return twice.isPresent() ? twice : below;
      }
    }
    return Optional.empty();
  }

  private static Optional<TableDescriptor> first(List<NormalForm.Block> blocks) {
    return blocks.stream().flatMap(block -> repeated(block).stream()).findFirst();
  }

  /** The tables of the inner aggregates whose values an expression reads. */
  private static List<TableDescriptor> aggregatedIn(NormalForm form, Expr expr) {
    List<TableDescriptor> all = new ArrayList<>();
    for (int ref : Expressions.refs(expr)) {
      NormalForm.Item item = form.item(ref);
      if (item instanceof NormalForm.Grouped inner
          && ref - inner.offset() >= inner.groups().size()) {
        all.addAll(tables(inner.input()));
      } else if (!(item instanceof NormalForm.Leaf)) {
        form.behind(ref).forEach(behind -> all.addAll(aggregatedIn(form, behind)));
      }
    }
    return all;
  }

  private static List<NormalForm.Grouped> revealed(NormalForm.Block block) {
    List<NormalForm.Grouped> all = new ArrayList<>();
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped && grouped.written()) {
        all.add(grouped);
      } else if (item instanceof NormalForm.Outer outer) {
        all.addAll(revealed(outer.left()));
        all.addAll(revealed(outer.right()));
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> all.addAll(revealed(input)));
      } else if (item instanceof NormalForm.Windowed windowed) {
        all.addAll(revealed(windowed.input()));
      }
    }
    return all;
  }

  /** The tables of a block, once for each time that they are read. */
  static List<TableDescriptor> tables(NormalForm.Block block) {
    List<TableDescriptor> all = new ArrayList<>();
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Leaf leaf) {
        leaf.branches().forEach(b -> all.add(b.table()));
      } else if (item instanceof NormalForm.Grouped grouped) {
        all.addAll(tables(grouped.input()));
      } else if (item instanceof NormalForm.Outer outer) {
        all.addAll(tables(outer.left()));
        all.addAll(tables(outer.right()));
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> all.addAll(tables(input)));
      } else if (item instanceof NormalForm.Windowed windowed) {
        all.addAll(tables(windowed.input()));
      }
    }
    return all;
  }

  private static TrefoilException refused(TableDescriptor table, String where) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot read table "
            + table.name()
            + " "
            + where
            + ": its policy has a "
            + table.policy().minimum()
            + ", and a total less the groups that are shown would be one that is held back. Ask for"
            + " the groups or for the total, or ask owner "
            + table.owner()
            + " to lower it to 1.");
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Reads a plan from its root: what is revealed, and that it is aggregated. */
final class RootReader {
  private final BlockReader blocks;

  RootReader(Catalog catalog) {
    this.blocks = new BlockReader(catalog);
  }

  NormalForm read(Rel root) {
    List<Rel> above = new ArrayList<>();
    Rel rel = root;
    while (rel instanceof Rel.Project
        || rel instanceof Rel.Filter
        || rel instanceof Rel.Sort
        || rel instanceof Rel.Limit) {
      above.add(0, rel);
      rel = rel.inputs().get(0);
    }
    if (!aggregated(rel)) {
      throw rowLevel(root);
    }
    BlockReader.Rows rows = blocks.read(rel);
    List<Expr> columns = rows.outputs();
    List<String> names = rel.fields().stream().map(f -> f.name()).toList();
    List<Expr> conditions = new ArrayList<>(rows.conditions());
    List<Rel.Sort.Key> sort = List.of();
    Optional<NormalForm.Limit> limit = Optional.empty();
    for (Rel one : above) {
      List<Expr> current = columns;
      if (one instanceof Rel.Filter filter) {
        if (limit.isPresent()) {
          throw unsupported("Cannot filter the rows that LIMIT has left. Filter with HAVING.");
        }
        conditions.addAll(BlockReader.conjuncts(filter.condition(), current));
      } else if (one instanceof Rel.Sort order) {
        if (limit.isPresent()) {
          throw unsupported("Cannot sort the rows that LIMIT has left. Sort them once.");
        }
        sort =
            order.keys().stream()
                .map(
                    k ->
                        new Rel.Sort.Key(
                            onShares(Expressions.substitute(k.expression(), current)),
                            k.ascending(),
                            k.nullsFirst()))
                .toList();
      } else if (one instanceof Rel.Limit cut) {
        if (limit.isPresent()) {
          throw unsupported("Cannot apply LIMIT twice. Write the smaller one.");
        }
        limit = Optional.of(new NormalForm.Limit(cut.offset(), cut.count()));
      } else {
        Rel.Project project = (Rel.Project) one;
        columns =
            project.expressions().stream().map(e -> Expressions.substitute(e, current)).toList();
        names = project.names();
      }
    }
    columns.forEach(RootReader::onShares);
    NormalForm.Block block = blocks.block(rows.items(), conditions);
    requireAggregated(block, root);
    return new NormalForm(
        blocks.items(),
        block,
        new NormalForm.Top(sort, limit, List.copyOf(columns), List.copyOf(names)));
  }

  /** Whether the rows of a relation, or of one that it joins, are aggregated. */
  private static boolean aggregated(Rel rel) {
    return rel instanceof Rel.Aggregate || rel.inputs().stream().anyMatch(RootReader::aggregated);
  }

  /** Of the items that are revealed one is aggregated, and the tables have no minimum of rows. */
  private void requireAggregated(NormalForm.Block block, Rel root) {
    List<NormalForm.Item> items = new ArrayList<>();
    collect(block, items);
    if (items.stream().noneMatch(NormalForm.Grouped.class::isInstance)) {
      throw rowLevel(root);
    }
    for (NormalForm.Item item : items) {
      if (item instanceof NormalForm.Leaf leaf) {
        for (NormalForm.Branch branch : leaf.branches()) {
          if (branch.table().policy().holdsBack()) {
            throw new TrefoilException(
                Condition.ROW_LEVEL_ACCESS,
                "Cannot join aggregates with single rows of "
                    + branch.table().name()
                    + " and return them: its "
                    + branch.table().policy().minimum()
                    + " is above 1. Join before aggregating,"
                    + " or aggregate the joined rows.");
          }
        }
      }
    }
  }

  private static void collect(NormalForm.Block block, List<NormalForm.Item> items) {
    for (NormalForm.Item item : block.items()) {
      items.add(item);
      if (item instanceof NormalForm.Outer outer) {
        collect(outer.left(), items);
        collect(outer.right(), items);
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> collect(input, items));
      } else if (item instanceof NormalForm.Windowed windowed) {
        collect(windowed.input(), items);
      }
    }
  }

  private static Expr onShares(Expr expr) {
    Expressions.visit(expr, NormalForm::requireOnShares);
    return expr;
  }

  private static TrefoilException rowLevel(Rel root) {
    return new TrefoilException(
        Condition.ROW_LEVEL_ACCESS,
        "Cannot return "
            + (root.fields().isEmpty()
                ? "rows"
                : "column " + root.fields().get(0).name() + " of single rows")
            + ": only aggregates can be revealed. Aggregate it, or group by a column whose"
            + " policy allows \"group\".");
  }

  private static TrefoilException unsupported(String reason) {
    return new TrefoilException(Condition.UNSUPPORTED_OPERATION, reason);
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.NormalForm.Block;
import org.trefoil.api.plan.NormalForm.Item;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Leaves to an owner what it can aggregate alone: an inner aggregate over one of its tables becomes
 * a leaf, computed in the clear before anything is shared. Only where the table asks for no minimum
 * of rows, because the rows behind a group are no longer counted then, and where no DOUBLE is added
 * up, whose sum depends on the order.
 */
final class OwnersFirst {
  private OwnersFirst() {}

  /** {@code form} with leaves for what owners compute alone. */
  static NormalForm of(NormalForm form) {
    OwnersFirst first = new OwnersFirst();
    Block root = first.block(form.root(), true);
    List<Item> items = new ArrayList<>();
    for (Item item : form.items()) {
      found(item, root).ifPresent(items::add);
    }
    return new NormalForm(items, root, form.top());
  }

  /** What stands in the place of {@code of}, if it is still there. */
  private static Optional<Item> found(Item of, Block block) {
    for (Item item : block.items()) {
      if (item.offset() == of.offset() && item.width() == of.width()) {
        return Optional.of(item);
      }
      Optional<Item> below = Optional.empty();
      if (item instanceof NormalForm.Grouped grouped) {
        below = found(of, grouped.input());
      } else if (item instanceof NormalForm.Outer outer) {
        below = found(of, outer.left()).or(() -> found(of, outer.right()));
      }
      if (below.isPresent()) {
        return below;
      }
    }
    return Optional.empty();
  }

  /**
   * @param root whether the rows of the block are revealed: their aggregates stay on shares
   */
  private Block block(Block block, boolean root) {
    List<Item> items = new ArrayList<>();
    for (Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        Block input = block(grouped.input(), false);
        NormalForm.Grouped over =
            new NormalForm.Grouped(
                input,
                grouped.groups(),
                grouped.calls(),
                grouped.names(),
                grouped.written(),
                grouped.offset());
        Optional<NormalForm.Leaf> leaf = root ? Optional.empty() : leaf(over);
        items.add(leaf.isPresent() ? leaf.get() : over);
      } else if (item instanceof NormalForm.Outer outer) {
        items.add(
            new NormalForm.Outer(
                outer.full(),
                block(outer.left(), root),
                block(outer.right(), root),
                outer.on(),
                outer.columns(),
                outer.offset()));
      } else {
        items.add(item);
      }
    }
    return new Block(items, block.conditions(), block.equalities());
  }

  private Optional<NormalForm.Leaf> leaf(NormalForm.Grouped grouped) {
    Block input = grouped.input();
    if (input.items().size() != 1
        || !(input.items().get(0) instanceof NormalForm.Leaf of)
        || of.branches().size() != 1
        || of.branches().get(0).table().policy().minGroupSize() > 1
        || grouped.calls().stream().anyMatch(OwnersFirst::depends)) {
      return Optional.empty();
    }
    NormalForm.Branch branch = of.branches().get(0);
    Rel rel = branch.rel();
    if (!branch.conditions().isEmpty()) {
      rel = new Rel.Filter(rel, Expressions.joined(Function.AND, branch.conditions()));
    }
    List<Expr> conditions = input.conditions().stream().map(c -> over(c, of, branch)).toList();
    if (!conditions.isEmpty()) {
      rel = new Rel.Filter(rel, Expressions.joined(Function.AND, conditions));
    }
    Rel.Aggregate aggregate =
        new Rel.Aggregate(
            rel,
            grouped.groups().stream().map(g -> over(g, of, branch)).toList(),
            grouped.calls().stream()
                .map(
                    c ->
                        new AggregateCall(
                            c.kind(), c.argument().map(a -> over(a, of, branch)), c.type()))
                .toList(),
            grouped.names());
    List<Expr> outputs = new ArrayList<>();
    for (Field f : aggregate.fields()) {
      outputs.add(new Expr.FieldRef(outputs.size(), f.type(), f.nullable()));
    }
    NormalForm.Leaf leaf =
        new NormalForm.Leaf(
            List.of(new NormalForm.Branch(branch.table(), aggregate, List.of(), outputs)),
            aggregate.fields(),
            grouped.offset());
    return Optional.of(leaf);
  }

  /** Whether the result depends on the order of the rows. */
  private static boolean depends(AggregateCall call) {
    return call.argument().isPresent()
        && call.argument().get().type().kind() == DataType.Kind.DOUBLE;
  }

  private static Expr over(Expr expr, NormalForm.Leaf leaf, NormalForm.Branch branch) {
    return Expressions.replaceRefs(expr, ref -> branch.outputs().get(ref.index() - leaf.offset()));
  }
}

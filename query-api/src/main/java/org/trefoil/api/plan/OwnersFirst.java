package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.plan.NormalForm.Block;
import org.trefoil.api.plan.NormalForm.Item;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Leaves to an owner what it can aggregate alone, and windows over one of its tables: an inner
 * aggregate over one of its tables becomes a leaf, computed in the clear before anything is shared;
 * one that is revealed, of a table or a union, adds up what each owner has aggregated, if the
 * number of an owner's groups is publicly bounded. Only where the tables ask for no minimum of
 * rows, because the rows behind a group are no longer counted then, and where no DOUBLE or FLOAT is
 * added up, whose sum depends on the order.
 */
final class OwnersFirst {
  private final boolean ansi;

  /** New leaves below the aggregates that are revealed, after all other items. */
  private final List<Item> partial = new ArrayList<>();

  /** The first column number that is free. */
  private int width;

  private OwnersFirst(boolean ansi, int width) {
    this.ansi = ansi;
    this.width = width;
  }

  /**
   * {@code form} with leaves for what owners compute alone.
   *
   * @param ansi whether a sum that overflows is an error, and not NULL
   */
  static NormalForm of(NormalForm form, boolean ansi) {
    OwnersFirst first =
        new OwnersFirst(
            ansi, form.items().stream().mapToInt(i -> i.offset() + i.width() + 1).max().orElse(0));
    Block root = first.block(form.root(), true);
    List<Item> items = new ArrayList<>();
    for (Item item : form.items()) {
      found(item, root).ifPresent(items::add);
    }
    items.addAll(first.partial);
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
      } else if (item instanceof NormalForm.United united) {
        below =
            united.inputs().stream()
                .map(input -> found(of, input))
                .flatMap(Optional::stream)
                .findFirst();
      } else if (item instanceof NormalForm.Windowed windowed) {
        below = found(of, windowed.input());
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
        items.add(root ? partial(over) : leaf(over).map(Item.class::cast).orElse(over));
      } else if (item instanceof NormalForm.Outer outer) {
        items.add(
            new NormalForm.Outer(
                outer.full(),
                block(outer.left(), root),
                block(outer.right(), root),
                outer.on(),
                outer.columns(),
                outer.offset()));
      } else if (item instanceof NormalForm.United united) {
        items.add(
            new NormalForm.United(
                united.inputs().stream().map(input -> block(input, root)).toList(),
                united.columns(),
                united.fields(),
                united.offset()));
      } else if (item instanceof NormalForm.Windowed windowed) {
        NormalForm.Windowed over =
            new NormalForm.Windowed(
                block(windowed.input(), root),
                windowed.columns(),
                windowed.partitions(),
                windowed.keys(),
                windowed.calls(),
                windowed.names(),
                windowed.offset());
        items.add(window(over).map(Item.class::cast).orElse(over));
      } else {
        items.add(item);
      }
    }
    return new Block(items, block.conditions(), block.equalities());
  }

  /** A window over one table alone, which its owner computes in the clear. */
  private static Optional<NormalForm.Leaf> window(NormalForm.Windowed windowed) {
    if (windowed.input().items().size() != 1
        || !(windowed.input().items().get(0) instanceof NormalForm.Leaf of)
        || of.isKept()
        || of.branches().size() != 1
        || of.branches().get(0).table().policy().holdsBack()
        || of.branches().get(0).table().isContributed()) {
      return Optional.empty();
    }
    NormalForm.Branch branch = of.branches().get(0);
    Rel rel = branch.rel();
    List<Expr> conditions = new ArrayList<>(branch.conditions());
    windowed.input().conditions().forEach(c -> conditions.add(over(c, of, branch)));
    if (!conditions.isEmpty()) {
      rel = new Rel.Filter(rel, Expressions.joined(Function.AND, conditions));
    }
    Rel.Window window =
        new Rel.Window(
            rel,
            windowed.partitions().stream().map(p -> over(p, of, branch)).toList(),
            windowed.keys().stream()
                .map(
                    k ->
                        new Rel.Sort.Key(
                            over(k.expression(), of, branch), k.ascending(), k.nullsFirst()))
                .toList(),
            windowed.calls().stream()
                .map(c -> c.over(c.argument().map(a -> over(a, of, branch))))
                .toList(),
            windowed.names());
    List<Expr> outputs = new ArrayList<>();
    List<Field> fields = new ArrayList<>();
    for (Expr column : windowed.columns()) {
      Expr output = over(column, of, branch);
      String name =
          output instanceof Expr.FieldRef ref ? rel.fields().get(ref.index()).name() : "_";
      outputs.add(output);
      fields.add(new Field(name, output.type(), output.nullable()));
    }
    int width = rel.fields().size();
    for (Field field : window.fields().subList(width, window.fields().size())) {
      outputs.add(
          new Expr.FieldRef(
              width + outputs.size() - windowed.columns().size(), field.type(), field.nullable()));
      fields.add(field);
    }
    return Optional.of(
        new NormalForm.Leaf(
            List.of(new NormalForm.Branch(branch.table(), window, List.of(), outputs)),
            fields,
            windowed.offset()));
  }

  private static Optional<NormalForm.Leaf> leaf(NormalForm.Grouped grouped) {
    if (!isLocal(grouped)) {
      return Optional.empty();
    }
    NormalForm.Leaf of = (NormalForm.Leaf) grouped.input().items().get(0);
    return of.branches().size() == 1
        ? Optional.of(leaf(grouped, of, grouped.offset()))
        : Optional.empty();
  }

  /** Whether owners can aggregate each of their tables by itself. */
  private static boolean isLocal(NormalForm.Grouped grouped) {
    return grouped.input().items().size() == 1
        && grouped.input().items().get(0) instanceof NormalForm.Leaf of
        && !of.isKept()
        && of.branches().stream()
            .allMatch(b -> !b.table().policy().holdsBack() && !b.table().isContributed())
        && grouped.calls().stream().noneMatch(OwnersFirst::depends)
        && grouped.calls().stream().allMatch(OwnersFirst::isOfSparksType);
  }

  /**
   * What is revealed is aggregated on shares, from what each owner has aggregated of its table,
   * where the number of an owner's groups is publicly bounded.
   */
  private NormalForm.Grouped partial(NormalForm.Grouped grouped) {
    if (!isLocal(grouped) || !grouped.calls().stream().allMatch(this::addsUp)) {
      return grouped;
    }
    NormalForm.Leaf of = (NormalForm.Leaf) grouped.input().items().get(0);
    NormalForm.Leaf leaf = leaf(grouped, of, width);
    boolean bounded =
        leaf.branches().stream().allMatch(b -> Fragment.mostRows(b.rel(), b.table()).isPresent());
    if (!bounded) {
      return grouped;
    }
    width += leaf.width() + 1;
    partial.add(leaf);
    List<Expr> columns = new ArrayList<>();
    for (Field f : leaf.fields()) {
      columns.add(new Expr.FieldRef(leaf.offset() + columns.size(), f.type(), f.nullable()));
    }
    List<AggregateCall> calls = new ArrayList<>();
    for (AggregateCall call : grouped.calls()) {
      Expr column = columns.get(grouped.groups().size() + calls.size());
      // Counts add up, and every group of an owner has one.
      AggregateCall.Kind kind =
          call.kind() == AggregateCall.Kind.COUNT ? AggregateCall.Kind.SUM : call.kind();
      calls.add(new AggregateCall(kind, Optional.of(column), call.type()));
    }
    return new NormalForm.Grouped(
        new Block(List.of(leaf), List.of(), List.of()),
        columns.subList(0, grouped.groups().size()),
        calls,
        grouped.names(),
        grouped.written(),
        grouped.offset());
  }

  /** Whether the whole follows from the parts: not where a part may be NULL by overflow. */
  private boolean addsUp(AggregateCall call) {
    return switch (call.kind()) {
      case COUNT, MIN, MAX -> true;
      case SUM ->
          ansi
              || call.type().kind() != DataType.Kind.DECIMAL
              || call.type().precision() - call.argument().orElseThrow().type().precision() >= 10;
      default -> false;
    };
  }

  /** The leaf of what the owners of {@code of} aggregate. */
  private static NormalForm.Leaf leaf(NormalForm.Grouped grouped, NormalForm.Leaf of, int offset) {
    List<NormalForm.Branch> branches = new ArrayList<>();
    List<Field> fields = List.of();
    for (NormalForm.Branch branch : of.branches()) {
      Rel rel = branch.rel();
      List<Expr> conditions = new ArrayList<>(branch.conditions());
      grouped.input().conditions().forEach(c -> conditions.add(over(c, of, branch)));
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
      branches.add(new NormalForm.Branch(branch.table(), aggregate, List.of(), outputs));
      fields = fields.isEmpty() ? aggregate.fields() : widened(fields, aggregate.fields());
    }
    return new NormalForm.Leaf(branches, fields, offset);
  }

  /** The types of columns that hold those of both. */
  private static List<Field> widened(List<Field> some, List<Field> more) {
    List<Field> all = new ArrayList<>();
    for (int i = 0; i < some.size(); i++) {
      Field a = some.get(i);
      Field b = more.get(i);
      all.add(
          new Field(
              a.name(),
              a.type().precision() >= b.type().precision() ? a.type() : b.type(),
              a.nullable() || b.nullable()));
    }
    return all;
  }

  /** Whether the result depends on the order of the rows, or no SQL gives it. */
  private static boolean depends(AggregateCall call) {
    if (call.kind() == AggregateCall.Kind.QUANTILE) {
      return true;
    }
    return call.argument().isPresent() && call.argument().get().type().isFixedPoint();
  }

  /** Not the sums that moments are made of, which have fewer digits than Spark gives a sum. */
  private static boolean isOfSparksType(AggregateCall call) {
    if (call.kind() != AggregateCall.Kind.SUM) {
      return true;
    }
    DataType of = call.argument().orElseThrow().type();
    return call.type()
        .equals(
            of.kind() == DataType.Kind.DECIMAL
                ? DataType.decimal(Math.min(38, of.precision() + 10), of.scale())
                : DataType.BIGINT);
  }

  private static Expr over(Expr expr, NormalForm.Leaf leaf, NormalForm.Branch branch) {
    return Expressions.replaceRefs(expr, ref -> branch.outputs().get(ref.index() - leaf.offset()));
  }
}

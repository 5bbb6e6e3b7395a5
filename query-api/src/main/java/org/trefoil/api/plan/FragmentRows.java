package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.trefoil.api.type.Field;

/** Writes what owners compute in the clear as relations over their tables. */
final class FragmentRows {
  private final NormalForm form;

  FragmentRows(NormalForm form) {
    this.form = form;
  }

  /**
   * The source of a leaf.
   *
   * @param outputs what its fragments deliver
   * @param conditions what they filter by
   */
  Source source(int index, List<Expr> outputs, List<Expr> conditions) {
    NormalForm.Leaf leaf = form.leaves().get(index);
    List<Fragment> fragments = new ArrayList<>();
    for (int i = 0; i < leaf.branches().size(); i++) {
      NormalForm.Branch b = leaf.branches().get(i);
      fragments.add(
          new Fragment(
              index, i, b.table().owner(), b.table().table(), local(leaf, b, outputs, conditions)));
    }
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Expr e = outputs.get(i);
      fields.add(new Field(name(leaf, i, e), e.type(), e.nullable()));
    }
    return new Source(index, fragments, fields);
  }

  private static String name(NormalForm.Leaf leaf, int position, Expr output) {
    return output instanceof Expr.FieldRef ref
        ? leaf.fields().get(ref.index() - leaf.offset()).name()
        : "_" + position;
  }

  /** Project(Filter(rel)); of a scan only the columns that are used. */
  private static Rel local(
      NormalForm.Leaf leaf, NormalForm.Branch branch, List<Expr> outputs, List<Expr> filters) {
    List<Expr> conditions = new ArrayList<>(branch.conditions());
    for (Expr condition : filters) {
      Expr over = over(condition, leaf, branch);
      boolean always =
          over instanceof Expr.Call call
              && call.function() == Function.IS_NOT_NULL
              && !call.arguments().get(0).nullable();
      if (!always) {
        conditions.add(over);
      }
    }
    List<Expr> columns =
        outputs.stream()
            .map(
                e -> {
                  Expr over = over(e, leaf, branch);
                  FixedPoint.require(over);
                  return e.nullable() ? over : Expressions.withoutNull(over);
                })
            .toList();
    Rel rel = branch.rel();
    Expressions.RefRewrite pruned = ref -> ref;
    if (rel instanceof Rel.Scan scan) {
      SortedSet<Integer> used = new TreeSet<>();
      conditions.forEach(c -> used.addAll(Expressions.refs(c)));
      columns.forEach(c -> used.addAll(Expressions.refs(c)));
      Map<Integer, Integer> kept = new HashMap<>();
      List<Field> fields = new ArrayList<>();
      for (int column : used) {
        kept.put(column, fields.size());
        fields.add(scan.fields().get(column));
      }
      rel = new Rel.Scan(scan.owner(), scan.table(), fields);
      pruned = ref -> new Expr.FieldRef(kept.get(ref.index()), ref.type(), ref.nullable());
    }
    Expressions.RefRewrite by = pruned;
    if (!conditions.isEmpty()) {
      rel =
          new Rel.Filter(
              rel, Expressions.replaceRefs(Expressions.joined(Function.AND, conditions), by));
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      names.add(name(leaf, i, outputs.get(i)));
    }
    return new Rel.Project(
        rel, columns.stream().map(c -> Expressions.replaceRefs(c, by)).toList(), names);
  }

  private static Expr over(Expr expr, NormalForm.Leaf leaf, NormalForm.Branch branch) {
    return Expressions.replaceRefs(
        expr,
        ref -> {
          Expr output = branch.outputs().get(ref.index() - leaf.offset());
          return ref.nullable() ? output : Expressions.withoutNull(output);
        });
  }
}

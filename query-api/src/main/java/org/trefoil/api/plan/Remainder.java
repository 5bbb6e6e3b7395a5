package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Writes nodes as relations once the columns of all sources are known. */
final class Remainder {
  private final List<Source> sources;
  private final Map<Integer, Expr> behind;

  /**
   * @param behind what stands for the columns that outer joins may make NULL, by their marks
   */
  Remainder(List<Source> sources, Map<Integer, Expr> behind) {
    this.sources = sources;
    this.behind = behind;
  }

  /** The whole remainder: {@code root}, then what follows it. */
  Rel of(Node root, List<Expr> columns, List<Rel.Sort.Key> sort, NormalForm.Top top) {
    Map<Integer, Expr> made = new LinkedHashMap<>();
    List<Expr> shown = new ArrayList<>();
    for (Expr column : columns) {
      if (column instanceof Expr.FieldRef) {
        shown.add(column);
      } else {
        int mark = Integer.MIN_VALUE + made.size();
        made.put(mark, column);
        shown.add(new Expr.FieldRef(mark, column.type(), column.nullable()));
      }
    }
    Built below = build(root);
    Built built = made.isEmpty() ? below : computed(below, made);
    Rel rel = built.rel;
    if (!sort.isEmpty()) {
      rel =
          new Rel.Sort(
              rel,
              sort.stream()
                  .map(
                      k ->
                          new Rel.Sort.Key(
                              built.resolve(k.expression()), k.ascending(), k.nullsFirst()))
                  .toList());
    }
    if (top.limit().isPresent()) {
      rel = new Rel.Limit(rel, top.limit().get().offset(), top.limit().get().count());
    }
    List<Expr> revealed = shown.stream().map(built::resolve).toList();
    List<Field> fields = rel.fields();
    boolean same =
        revealed.size() == fields.size()
            && top.names().equals(fields.stream().map(Field::name).toList());
    for (int i = 0; same && i < revealed.size(); i++) {
      same = revealed.get(i) instanceof Expr.FieldRef ref && ref.index() == i;
    }
    return same ? rel : new Rel.Project(rel, revealed, top.names());
  }

  /** A relation and where marked columns lie among its own. */
  private record Built(Rel rel, List<Field> fields, Map<Integer, Integer> positions) {
    Built(Rel rel, Map<Integer, Integer> positions) {
      this(rel, rel.fields(), positions);
    }

    Expr equal(NormalForm.Equality pair) {
      return JoinOrder.equal(resolve(pair.left()), resolve(pair.right()));
    }

    Expr resolve(Expr expr) {
      Expressions.visit(
          expr,
          e -> {
            if (e instanceof Expr.Call call) {
              Computable.require(call);
            }
          });
      return Expressions.replaceRefs(
          expr,
          ref -> {
            int index = positions.get(ref.index());
            return new Expr.FieldRef(index, fields.get(index).type(), fields.get(index).nullable());
          });
    }
  }

  private Built build(Node node) {
    Built built;
    if (node.shape instanceof Node.Leaf leaf) {
      Map<Integer, Integer> positions = new HashMap<>();
      List<Field> fields = sources.get(leaf.leaf()).fields();
      for (int i = 0; i < fields.size(); i++) {
        positions.put(Fragments.mark(leaf.leaf(), i), i);
      }
      built = new Built(new Rel.Input(leaf.leaf(), fields), positions);
    } else if (node.shape instanceof Node.Group group) {
      built = group(group);
    } else if (node.shape instanceof Node.Union union) {
      built = union(union);
    } else if (node.shape instanceof Node.Window window) {
      built = window(window);
    } else {
      built = join((Node.Join) node.shape);
    }
    if (!node.computed.isEmpty()) {
      built = computed(built, node.computed);
    }
    if (!node.conditions.isEmpty()) {
      built =
          new Built(
              new Rel.Filter(
                  built.rel, built.resolve(Expressions.joined(Function.AND, node.conditions))),
              built.positions);
    }
    return built;
  }

  private static Built computed(Built in, Map<Integer, Expr> computed) {
    List<Expr> expressions = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Field> fields = in.fields;
    for (int i = 0; i < fields.size(); i++) {
      expressions.add(new Expr.FieldRef(i, fields.get(i).type(), fields.get(i).nullable()));
      names.add(fields.get(i).name());
    }
    Map<Integer, Integer> positions = new HashMap<>(in.positions);
    computed.forEach(
        (mark, expr) -> {
          positions.put(mark, expressions.size());
          names.add("_" + expressions.size());
          expressions.add(in.resolve(expr));
        });
    return new Built(new Rel.Project(in.rel, expressions, names), positions);
  }

  private Built union(Node.Union union) {
    List<String> names = union.united().fields().stream().map(Field::name).toList();
    List<Rel> inputs = new ArrayList<>();
    for (int i = 0; i < union.inputs().size(); i++) {
      Built in = build(union.inputs().get(i));
      inputs.add(
          new Rel.Project(
              in.rel, union.columns().get(i).stream().map(in::resolve).toList(), names));
    }
    Map<Integer, Integer> positions = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      positions.put(-1 - (union.united().offset() + i), i);
    }
    return new Built(new Rel.Union(inputs), positions);
  }

  private Built window(Node.Window window) {
    Built in = build(window.input());
    NormalForm.Windowed windowed = window.windowed();
    Map<Integer, Integer> positions = new HashMap<>();
    for (int i = 0; i < windowed.columns().size(); i++) {
      int mark = -1 - (windowed.offset() + i);
      if (behind.containsKey(mark)) {
        positions.put(mark, in.positions.get(((Expr.FieldRef) behind.get(mark)).index()));
      }
    }
    for (int i = 0; i < windowed.calls().size(); i++) {
      positions.put(-1 - (windowed.offset() + windowed.columns().size() + i), in.fields.size() + i);
    }
    return new Built(
        new Rel.Window(
            in.rel,
            window.partitions().stream().map(in::resolve).toList(),
            window.keys().stream()
                .map(
                    k ->
                        new Rel.Sort.Key(in.resolve(k.expression()), k.ascending(), k.nullsFirst()))
                .toList(),
            window.calls().stream().map(c -> c.over(c.argument().map(in::resolve))).toList(),
            windowed.names()),
        positions);
  }

  private Built group(Node.Group group) {
    Built in = build(group.input());
    Map<Integer, Integer> positions = new HashMap<>();
    int offset = group.grouped().offset();
    for (int i = 0; i < group.grouped().width(); i++) {
      positions.put(-1 - (offset + i), i);
    }
    return new Built(
        new Rel.Aggregate(
            in.rel,
            group.groups().stream().map(in::resolve).toList(),
            group.calls().stream()
                .map(
                    c ->
                        c.over(c.argument().map(in::resolve))
                            .weighedBy(c.weighing().stream().map(in::resolve).toList())
                            .apartBy(c.apart().stream().map(in::resolve).toList())
                            .measuredBy(c.magnitudes().stream().map(in::resolve).toList()))
                .toList(),
            group.grouped().names()),
        positions);
  }

  private Built join(Node.Join join) {
    Built left = build(join.primary());
    Built right = build(join.foreign());
    int width = left.fields.size();
    Map<Integer, Integer> all = new HashMap<>(left.positions);
    Map<Integer, Integer> ofRight = new HashMap<>();
    right.positions.forEach((mark, position) -> ofRight.put(mark, position + width));
    all.putAll(ofRight);
    Rel.Join cross = new Rel.Join(join.kind(), left.rel, right.rel, TRUE);
    Built joined = new Built(cross, cross.joined(), all);
    List<Expr> terms = new ArrayList<>();
    join.keys().forEach(e -> terms.add(joined.equal(e)));
    join.residual().forEach(e -> terms.add(joined.resolve(e)));
    Rel.Join rel =
        terms.isEmpty()
            ? cross
            : new Rel.Join(
                join.kind(), left.rel, right.rel, Expressions.joined(Function.AND, terms));
    if (join.kind() == Rel.Join.Kind.INNER) {
      return new Built(rel, all);
    }
    Map<Integer, Integer> visible =
        switch (join.kind()) {
          case LEFT -> new HashMap<>(left.positions);
          case RIGHT -> ofRight;
          default -> new HashMap<>();
        };
    for (int i = 0; i < join.outer().width(); i++) {
      int mark = -1 - (join.outer().offset() + i);
      Optional.ofNullable(behind.get(mark))
          .ifPresent(e -> visible.put(mark, all.get(((Expr.FieldRef) e).index())));
    }
    return new Built(rel, visible);
  }

  private static final Expr TRUE = new Expr.Literal(DataType.BOOLEAN, true);
}

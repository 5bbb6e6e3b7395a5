package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trefoil.api.type.Field;

/** Numbers the relations of a remainder that make columns, and finds where columns are made. */
final class Nodes {
  private final Split split;
  private final List<Rel> rels = new ArrayList<>();
  private final Map<Rel, Integer> numbers = new LinkedHashMap<>();

  Nodes(Split split) {
    this.split = split;
    number(split.remainder());
  }

  private void number(Rel rel) {
    rel.inputs().forEach(this::number);
    boolean makes =
        rel instanceof Rel.Aggregate
            || rel instanceof Rel.Union
            || rel instanceof Rel.Window
            || (rel instanceof Rel.Join join && join.kind() != Rel.Join.Kind.INNER)
            || (rel instanceof Rel.Project project
                && !project.expressions().stream().allMatch(Expr.FieldRef.class::isInstance));
    if (makes && numbers.putIfAbsent(rel, sources() + rels.size()) == null) {
      rels.add(rel);
    }
  }

  int sources() {
    return split.sources().size();
  }

  /** Sources and relations that make columns. */
  int count() {
    return sources() + rels.size();
  }

  boolean isSource(Origin column) {
    return column.node() < sources();
  }

  /** The relation of a node that is no source. */
  Rel rel(int node) {
    return rels.get(node - sources());
  }

  int node(Rel rel) {
    return numbers.get(rel);
  }

  Field field(Origin column) {
    return isSource(column)
        ? split.sources().get(column.node()).fields().get(column.output())
        : rel(column.node()).fields().get(column.output());
  }

  /** Where the columns of {@code rel} are made. */
  List<Origin> of(Rel rel) {
    List<Origin> all = new ArrayList<>();
    if (rel instanceof Rel.Input input) {
      for (int i = 0; i < input.fields().size(); i++) {
        all.add(new Origin(input.source(), i));
      }
      return all;
    }
    if (rel instanceof Rel.Join join) {
      List<Origin> joined = joined(join);
      for (int i = 0; i < joined.size(); i++) {
        boolean left = i < join.left().fields().size();
        boolean stays =
            switch (join.kind()) {
              case INNER -> true;
              case LEFT -> left;
              case RIGHT -> !left;
              default -> false;
            };
        all.add(stays ? joined.get(i) : new Origin(node(rel), i));
      }
      return all;
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      List<Origin> input = of(aggregate.input());
      for (Expr group : aggregate.groups()) {
        all.add(input.get(((Expr.FieldRef) group).index()));
      }
      for (int i = 0; i < aggregate.calls().size(); i++) {
        all.add(new Origin(node(rel), aggregate.groups().size() + i));
      }
      return all;
    }
    if (rel instanceof Rel.Union union) {
      for (int i = 0; i < union.fields().size(); i++) {
        all.add(new Origin(node(rel), i));
      }
      return all;
    }
    List<Origin> input = of(rel.inputs().get(0));
    if (rel instanceof Rel.Window window) {
      all.addAll(input);
      for (int i = 0; i < window.calls().size(); i++) {
        all.add(new Origin(node(rel), input.size() + i));
      }
      return all;
    }
    if (rel instanceof Rel.Project project) {
      for (int i = 0; i < project.expressions().size(); i++) {
        all.add(
            project.expressions().get(i) instanceof Expr.FieldRef ref
                ? input.get(ref.index())
                : new Origin(node(rel), i));
      }
      return all;
    }
    return input;
  }

  /** Where the columns that a join's condition addresses are made. */
  List<Origin> joined(Rel.Join join) {
    List<Origin> all = new ArrayList<>(of(join.left()));
    all.addAll(of(join.right()));
    return all;
  }

  /** Whether the source is below {@code rel}. */
  static boolean holds(Rel rel, int source) {
    return rel instanceof Rel.Input input
        ? input.source() == source
        : rel.inputs().stream().anyMatch(in -> holds(in, source));
  }

  /** The source at whose positions the rows of {@code rel} lie; -1 if they have moved. */
  static int lying(Rel rel) {
    if (rel instanceof Rel.Input input) {
      return input.source();
    }
    if (rel instanceof Rel.Join join) {
      boolean stays = join.kind() == Rel.Join.Kind.INNER || join.kind() == Rel.Join.Kind.RIGHT;
      return stays ? lying(join.right()) : -1;
    }
    boolean stay = rel instanceof Rel.Filter || rel instanceof Rel.Project;
    return stay ? lying(rel.inputs().get(0)) : -1;
  }

  /** Rows of {@code rel} at most, of sources with these rows. */
  static long rows(Rel rel, List<Long> sources) {
    if (rel instanceof Rel.Input input) {
      return sources.get(input.source());
    }
    if (rel instanceof Rel.Join join) {
      long right = rows(join.right(), sources);
      boolean keepsBoth = join.kind() == Rel.Join.Kind.LEFT || join.kind() == Rel.Join.Kind.FULL;
      return keepsBoth ? rows(join.left(), sources) + right : right;
    }
    if (rel instanceof Rel.Aggregate aggregate && aggregate.groups().isEmpty()) {
      return 1;
    }
    if (rel instanceof Rel.Union) {
      return rel.inputs().stream().mapToLong(in -> rows(in, sources)).sum();
    }
    return rows(rel.inputs().get(0), sources);
  }
}

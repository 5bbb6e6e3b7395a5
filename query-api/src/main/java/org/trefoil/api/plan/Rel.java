package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** A relation of the plan profile. Columns are addressed by position. */
public sealed interface Rel {
  /** The columns that the relation returns. */
  List<Field> fields();

  List<Rel> inputs();

  /** The columns {@code fields} of an owner's table. */
  record Scan(String owner, String table, List<Field> fields) implements Rel {
    public Scan {
      fields = List.copyOf(fields);
    }

    @Override
    public List<Rel> inputs() {
      return List.of();
    }
  }

  /**
   * What the fragments of source {@code source} deliver; occurs only in the cross-owner remainder
   * that {@link Fragments} makes, never in a signed plan.
   */
  record Input(int source, List<Field> fields) implements Rel {
    public Input {
      fields = List.copyOf(fields);
    }

    @Override
    public List<Rel> inputs() {
      return List.of();
    }
  }

  /** The rows for which {@code condition} is true (not false, not NULL). */
  record Filter(Rel input, Expr condition) implements Rel {
    @Override
    public List<Field> fields() {
      return input.fields();
    }

    @Override
    public List<Rel> inputs() {
      return List.of(input);
    }
  }

  /** One column per expression. */
  record Project(Rel input, List<Expr> expressions, List<String> names) implements Rel {
    public Project {
      expressions = List.copyOf(expressions);
      names = List.copyOf(names);
    }

    @Override
    public List<Field> fields() {
      return named(expressions, names);
    }

    @Override
    public List<Rel> inputs() {
      return List.of(input);
    }
  }

  /** The inner join; returns left columns, then right columns. */
  record Join(Rel left, Rel right, Expr condition) implements Rel {
    @Override
    public List<Field> fields() {
      List<Field> all = new ArrayList<>(left.fields());
      all.addAll(right.fields());
      return Collections.unmodifiableList(all);
    }

    @Override
    public List<Rel> inputs() {
      return List.of(left, right);
    }
  }

  /**
   * Group by {@code groups}, then the aggregates; returns group columns, then aggregate columns. No
   * groups: one global group. No aggregates: DISTINCT.
   */
  record Aggregate(Rel input, List<Expr> groups, List<AggregateCall> calls, List<String> names)
      implements Rel {
    public Aggregate {
      groups = List.copyOf(groups);
      calls = List.copyOf(calls);
      names = List.copyOf(names);
    }

    @Override
    public List<Field> fields() {
      List<Field> all = new ArrayList<>(named(groups, names.subList(0, groups.size())));
      for (int i = 0; i < calls.size(); i++) {
        AggregateCall call = calls.get(i);
        all.add(new Field(names.get(groups.size() + i), call.type(), call.nullable()));
      }
      return Collections.unmodifiableList(all);
    }

    @Override
    public List<Rel> inputs() {
      return List.of(input);
    }
  }

  /** Orders rows by {@code keys}. */
  record Sort(Rel input, List<Key> keys) implements Rel {
    /** A sort key; Spark's defaults are NULLS FIRST ascending and NULLS LAST descending. */
    public record Key(Expr expression, boolean ascending, boolean nullsFirst) {}

    public Sort {
      keys = List.copyOf(keys);
    }

    @Override
    public List<Field> fields() {
      return input.fields();
    }

    @Override
    public List<Rel> inputs() {
      return List.of(input);
    }
  }

  /** Rows {@code offset} to {@code offset + count} of a sorted relation. */
  record Limit(Rel input, long offset, long count) implements Rel {
    @Override
    public List<Field> fields() {
      return input.fields();
    }

    @Override
    public List<Rel> inputs() {
      return List.of(input);
    }
  }

  /** UNION ALL by position; types agree, a column is nullable where any input's is. */
  record Union(List<Rel> inputs) implements Rel {
    public Union {
      inputs = List.copyOf(inputs);
    }

    @Override
    public List<Field> fields() {
      List<Field> first = inputs.get(0).fields();
      List<Field> all = new ArrayList<>();
      for (int i = 0; i < first.size(); i++) {
        int column = i;
        boolean nullable = inputs.stream().anyMatch(in -> in.fields().get(column).nullable());
        // A string column is as long as the longest of its inputs.
        DataType widest =
            inputs.stream()
                .map(in -> in.fields().get(column).type())
                .max(java.util.Comparator.comparingInt(DataType::precision))
                .orElseThrow();
        all.add(new Field(first.get(i).name(), widest, nullable));
      }
      return Collections.unmodifiableList(all);
    }
  }

  private static List<Field> named(List<Expr> expressions, List<String> names) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < expressions.size(); i++) {
      Expr e = expressions.get(i);
      fields.add(new Field(names.get(i), e.type(), e.nullable()));
    }
    return Collections.unmodifiableList(fields);
  }
}

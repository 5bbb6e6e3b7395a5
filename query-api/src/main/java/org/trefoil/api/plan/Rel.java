package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
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

  /**
   * A join on {@code condition}, which addresses left columns, then right columns, as they are
   * before the join ({@link #joined}). A cross join is INNER on TRUE. A row whose condition is NULL
   * does not match.
   */
  record Join(Kind kind, Rel left, Rel right, Expr condition) implements Rel {
    /** The name of the column that EXISTENCE adds. */
    public static final String EXISTS = "exists";

    /** What a join returns, in SQL's words. */
    public enum Kind {
      /** The pairs of rows that match. */
      INNER,
      /** INNER, and every left row without a match, with NULLs as its right columns. */
      LEFT,
      /** INNER, and every right row without a match, with NULLs as its left columns. */
      RIGHT,
      /** INNER, and the rows of both sides without a match. */
      FULL,
      /** The left columns of the left rows with a match. */
      LEFT_SEMI,
      /** The left columns of the left rows without a match. */
      LEFT_ANTI,
      /** Every left row with a BOOLEAN column more: whether it has a match; never NULL. */
      EXISTENCE;

      /** Whether the right side's columns are columns of the join. */
      public boolean returnsRight() {
        return this == INNER || this == LEFT || this == RIGHT || this == FULL;
      }
    }

    /** The columns that the condition addresses. */
    public List<Field> joined() {
      List<Field> all = new ArrayList<>(left.fields());
      all.addAll(right.fields());
      return Collections.unmodifiableList(all);
    }

    @Override
    public List<Field> fields() {
      List<Field> all = new ArrayList<>();
      boolean leftMissing = kind == Kind.RIGHT || kind == Kind.FULL;
      boolean rightMissing = kind == Kind.LEFT || kind == Kind.FULL;
      for (Field f : left.fields()) {
        all.add(new Field(f.name(), f.type(), f.nullable() || leftMissing));
      }
      if (kind.returnsRight()) {
        for (Field f : right.fields()) {
          all.add(new Field(f.name(), f.type(), f.nullable() || rightMissing));
        }
      } else if (kind == Kind.EXISTENCE) {
        all.add(new Field(EXISTS, DataType.BOOLEAN, false));
      }
      return Collections.unmodifiableList(all);
    }

    @Override
    public List<Rel> inputs() {
      return List.of(left, right);
    }
  }

  /**
   * Group by {@code groups}, then the aggregates; returns group columns, then aggregate columns. No
   * groups: one global group, which is one row even of no rows. No aggregates: DISTINCT. May occur
   * anywhere: below joins and below other aggregates, where nothing of it is revealed.
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

  /**
   * The input's rows, each with a column more per call, computed in the order of {@code keys} among
   * the rows that agree in {@code partitions}. May occur below aggregates, and over aggregated
   * rows.
   *
   * @param names of the calls
   */
  record Window(
      Rel input,
      List<Expr> partitions,
      List<Sort.Key> keys,
      List<WindowCall> calls,
      List<String> names)
      implements Rel {
    public Window {
      partitions = List.copyOf(partitions);
      keys = List.copyOf(keys);
      calls = List.copyOf(calls);
      names = List.copyOf(names);
    }

    @Override
    public List<Field> fields() {
      List<Field> all = new ArrayList<>(input.fields());
      for (int i = 0; i < calls.size(); i++) {
        all.add(new Field(names.get(i), calls.get(i).type(), calls.get(i).nullable()));
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
                .max(Comparator.comparingInt(DataType::precision))
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

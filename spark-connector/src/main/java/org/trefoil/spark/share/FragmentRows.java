package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Rel;
import org.trefoil.spark.plan.FragmentSql;

/** The rows of a fragment as an encoder takes them, checked for what the layout relies on. */
final class FragmentRows {
  private final FragmentFrame frame;
  private final Rel local;
  private final int outputs;

  FragmentRows(FragmentFrame frame, Rel local) {
    this.frame = frame;
    this.local = local;
    this.outputs = local.fields().size();
  }

  /** The outputs, then one number for each RANK and ENTITY column. */
  Dataset<Row> ranked(List<InputColumn> columns) {
    Dataset<Row> rows = frame.rows();
    List<String> names =
        new ArrayList<>(IntStream.range(0, outputs).mapToObj(FragmentSql::column).toList());
    for (InputColumn column : columns) {
      String name = "r" + names.size();
      if (column.form() == Form.RANK) {
        rows =
            RankColumns.rank(
                rows, column.outputs().stream().map(FragmentSql::column).toList(), name);
      } else if (column.form() == Form.ENTITY) {
        List<String> entity = frame.entityColumns().toList();
        rows =
            entity.isEmpty()
                ? rows.withColumn(name, lit(0L))
                : RankColumns.entity(rows, entity, name);
      } else {
        continue;
      }
      names.add(name);
    }
    return rows.select(names.stream().map(rows::col).toArray(Column[]::new));
  }

  /**
   * Throws KEY_NOT_UNIQUE if two rows agree in a key that the owner declares unique and that a KEY
   * column encodes: joins rely on it.
   */
  void requireUniqueKeys(List<InputColumn> columns) {
    for (InputColumn column : columns) {
      if (column.form() == Form.KEY && declaredKey(column).isPresent()) {
        Column[] key =
            column.outputs().stream().map(o -> col(FragmentSql.column(o))).toArray(Column[]::new);
        Dataset<Row> rows = frame.rows().na().drop("any", names(column));
        if (!rows.groupBy(key).count().filter("count > 1").isEmpty()) {
          throw notUnique(frame.name(), declaredKey(column).orElseThrow());
        }
      }
    }
  }

  static TrefoilException notOneRow(String table) {
    return new TrefoilException(
        Condition.KEY_NOT_UNIQUE,
        "Cannot share table "
            + table
            + ": its declared key [] says that it has one row, and it has more. Correct the"
            + " declaration or the data.");
  }

  private static String[] names(InputColumn column) {
    return column.outputs().stream().map(FragmentSql::column).toArray(String[]::new);
  }

  static TrefoilException notUnique(String table, String key) {
    return new TrefoilException(
        Condition.KEY_NOT_UNIQUE,
        "Cannot share table "
            + table
            + ": its declared key ("
            + key
            + ") is not unique. Correct the declaration or the data.");
  }

  /** The declared key that the column's outputs hold, as messages name it. */
  private Optional<String> declaredKey(InputColumn column) {
    Set<String> encoded = new TreeSet<>();
    for (int output : column.outputs()) {
      tableColumn(local, output).ifPresent(name -> encoded.add(name.toLowerCase(Locale.ROOT)));
    }
    return frame.descriptor().keys().stream()
        .filter(
            key ->
                encoded.containsAll(
                    key.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet())))
        .map(key -> String.join(", ", key))
        .findFirst();
  }

  private static Optional<String> tableColumn(Rel rel, int output) {
    if (rel instanceof Rel.Scan scan) {
      return Optional.of(scan.fields().get(output).name());
    }
    if (rel instanceof Rel.Project project) {
      Expr expression = project.expressions().get(output);
      // A key that is cast without loss is a key of the join as well.
      while (expression instanceof Expr.Call call
          && call.function() == Function.CAST
          && Fragments.keepsApart(call.arguments().get(0).type(), call.type())) {
        expression = call.arguments().get(0);
      }
      return expression instanceof Expr.FieldRef field
          ? tableColumn(project.input(), field.index())
          : Optional.empty();
    }
    // Groups are unique by themselves, and so are the numbers of a window's rows.
    return rel instanceof Rel.Aggregate || output >= rel.inputs().get(0).fields().size()
        ? Optional.empty()
        : tableColumn(rel.inputs().get(0), output);
  }
}

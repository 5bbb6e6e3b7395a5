package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.SparkTypes;
import org.trefoil.spark.plan.FragmentSql;

/**
 * A fragment as a DataFrame of the owner's own Spark, under the ANSI mode and time zone of the
 * plan: its outputs {@code c0, c1, ...}, then the table's entity columns {@code e0, e1, ...}. The
 * table is read once, when its rows are first needed; these, or what is aggregated of them, are
 * kept until the frame is closed.
 */
final class FragmentFrame implements AutoCloseable {
  private final TableSource source;
  private final TableDescriptor descriptor;
  private final Fragment fragment;
  private final SparkSession session;
  private final boolean aggregated;
  private TableSnapshot snapshot;

  FragmentFrame(
      SparkSession spark,
      TableSource source,
      TableDescriptor descriptor,
      Fragment fragment,
      Plan plan) {
    this.source = source;
    this.descriptor = descriptor;
    this.fragment = fragment;
    this.session = spark.newSession();
    this.aggregated =
        !descriptor.isOneRow()
            && !descriptor.policy().rerunsChecked()
            && fragment.mostRows(descriptor).isPresent();
    // Said before the session's first use, or it has no effect. Spark would else load the code that
    // it
    // generates anew for each query of the agent, and the JVM compile it anew.
    session.conf().set("spark.sql.artifact.isolation.enabled", "false");
    session.conf().set("spark.sql.ansi.enabled", Boolean.toString(plan.ansi()));
    session.conf().set("spark.sql.session.timeZone", plan.timeZone());
    session.conf().set("spark.sql.decimalOperations.allowPrecisionLoss", "true");
    session.conf().set("spark.sql.caseSensitive", "false");
    // A fragment may give one column several names. What Spark infers from that takes time that is
    // exponential in the number of such columns, and a fragment's own filters say all there is.
    session.conf().set("spark.sql.constraintPropagation.enabled", "false");
  }

  String name() {
    return descriptor.name();
  }

  TableDescriptor descriptor() {
    return descriptor;
  }

  /** Where the owner keeps what earlier runs were over. */
  Optional<String> history() {
    return source.history();
  }

  /** The columns of the table that the fragment reads, entity columns included. */
  List<Field> columnsRead() {
    List<Field> read = new ArrayList<>(scan(fragment.local()).fields());
    for (String entity : descriptor.policy().entity()) {
      if (read.stream().noneMatch(f -> f.name().equalsIgnoreCase(entity))) {
        read.add(field(entity));
      }
    }
    return read;
  }

  /** What is done with the table when it is read, as messages say it. */
  String firstPass() {
    return aggregated ? "aggregate" : "read";
  }

  Declarations declarations() {
    return new Declarations(descriptor, columnsRead());
  }

  /**
   * What is kept of the table: its rows with {@link #columnsRead} and {@link Declarations#BROKEN};
   * or, where nobody needs them because groups are bounded by what is public, the rows that the
   * fragment shares.
   */
  TableSnapshot snapshot() {
    if (snapshot == null) {
      snapshot = new TableSnapshot(session, aggregated ? frame(fragment.local()) : opened());
    }
    return snapshot;
  }

  private Dataset<Row> opened() {
    Declarations declarations = declarations();
    return declarations.marked(source.open(session, declarations.columns()));
  }

  /** {@code outputs} under names that tell the owner where to look: table, column, expression. */
  List<Field> named(List<Field> outputs) {
    List<Field> named = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Field output = outputs.get(i);
      String columns = String.join(", ", columns(fragment.local(), i));
      boolean plain = columns.equalsIgnoreCase(output.name());
      String name =
          columns.isEmpty() || plain
              ? name() + "." + output.name()
              : name() + "." + columns + " (in an expression)";
      named.add(new Field(name, output.type(), output.nullable()));
    }
    return named;
  }

  /** The table's columns that an output is made of. */
  private static SortedSet<String> columns(Rel rel, int output) {
    SortedSet<String> names = new TreeSet<>();
    if (rel instanceof Rel.Scan scan) {
      names.add(scan.fields().get(output).name());
    } else if (rel instanceof Rel.Project project) {
      for (int input : Expressions.refs(project.expressions().get(output))) {
        names.addAll(columns(project.input(), input));
      }
    } else if (rel instanceof Rel.Filter filter) {
      names.addAll(columns(filter.input(), output));
    }
    return names;
  }

  /** Whether filters, groups or bounds may leave fewer rows than the table has. */
  boolean filtered() {
    return fragment.isFiltered()
        || (new Bounded(descriptor).asked() && !descriptor.policy().entity().isEmpty());
  }

  /** The rows that the fragment shares. */
  Dataset<Row> rows() {
    return aggregated
        ? snapshot().rows()
        : new Bounded(descriptor).rows(frame(fragment.local()), entityColumns().toList());
  }

  private Dataset<Row> frame(Rel rel) {
    if (rel instanceof Rel.Scan scan) {
      Dataset<Row> read =
          aggregated
              ? TableSnapshot.streamed(session, opened(), declarations().errors())
              : snapshot().rows();
      List<Column> columns = new ArrayList<>();
      List<Field> fields = scan.fields();
      for (int i = 0; i < fields.size(); i++) {
        Column value =
            new Bounded(descriptor).value(fields.get(i), read.col(quoted(fields.get(i).name())));
        columns.add(value.as(FragmentSql.column(i)));
      }
      List<String> entity = descriptor.policy().entity();
      for (int i = 0; i < entity.size(); i++) {
        columns.add(read.col(quoted(entity.get(i))).as(entityColumn(i)));
      }
      return read.select(columns.toArray(Column[]::new));
    }
    if (rel instanceof Rel.Filter filter) {
      return frame(filter.input()).filter(FragmentSql.of(filter.condition()));
    }
    if (rel instanceof Rel.Project project) {
      return project(frame(project.input()), project);
    }
    if (rel instanceof Rel.Window window) {
      return window(frame(window.input()), window);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return aggregate(frame(aggregate.input()), aggregate);
    }
    throw new TrefoilException(
        Condition.MALFORMED_PLAN,
        "Cannot run the fragment over table "
            + name()
            + ": it holds a "
            + rel.getClass().getSimpleName()
            + ", and only projections, filters, windows and aggregates run at the owner.");
  }

  private Dataset<Row> project(Dataset<Row> input, Rel.Project project) {
    List<Expr> expressions = project.expressions();
    Dataset<Row> output =
        input.selectExpr(
            Stream.concat(
                    IntStream.range(0, expressions.size())
                        .mapToObj(
                            i ->
                                FragmentSql.of(expressions.get(i))
                                    + " AS "
                                    + FragmentSql.column(i)),
                    entityColumns().filter(List.of(input.columns())::contains))
                .toArray(String[]::new));
    checkTypes(output.schema(), project);
    return output;
  }

  private Dataset<Row> window(Dataset<Row> input, Rel.Window window) {
    int width = window.input().fields().size();
    Dataset<Row> output =
        input.selectExpr(
            Stream.of(
                    IntStream.range(0, width).mapToObj(FragmentSql::column),
                    IntStream.range(0, window.calls().size())
                        .mapToObj(
                            i ->
                                FragmentSql.of(window, window.calls().get(i))
                                    + " AS "
                                    + FragmentSql.column(width + i)),
                    entityColumns().filter(List.of(input.columns())::contains))
                .flatMap(names -> names)
                .toArray(String[]::new));
    checkTypes(output.schema(), window);
    return output;
  }

  /** Groups, then aggregates; entities are not counted behind groups. */
  private Dataset<Row> aggregate(Dataset<Row> input, Rel.Aggregate aggregate) {
    List<Column> columns = new ArrayList<>();
    for (Expr group : aggregate.groups()) {
      columns.add(expr(FragmentSql.of(group)).as(FragmentSql.column(columns.size())));
    }
    Dataset<Row> output;
    if (aggregate.calls().isEmpty()) {
      output = input.select(columns.toArray(Column[]::new)).distinct();
    } else {
      int groups = columns.size();
      for (AggregateCall call : aggregate.calls()) {
        String argument = call.argument().map(FragmentSql::of).orElse("*");
        columns.add(
            expr(call.kind().name() + "(" + argument + ")").as(FragmentSql.column(columns.size())));
      }
      output =
          input
              .groupBy(columns.subList(0, groups).toArray(Column[]::new))
              .agg(
                  columns.get(groups),
                  columns.subList(groups + 1, columns.size()).toArray(Column[]::new));
    }
    checkTypes(output.schema(), aggregate);
    return output;
  }

  /** A Spark that derives other types than the plan says would round in other places. */
  private void checkTypes(StructType schema, Rel rel) {
    for (int i = 0; i < rel.fields().size(); i++) {
      DataType wanted = rel.fields().get(i).type();
      var found = schema.apply(i).dataType();
      if (!found.equals(SparkTypes.toSpark(wanted))) {
        throw new TrefoilException(
            Condition.MALFORMED_PLAN,
            "Cannot compute "
                + rel.fields().get(i).name()
                + " over table "
                + name()
                + ": the plan says "
                + wanted.sql()
                + " and the owner's Spark "
                + found.sql()
                + ". Use the same Spark version and decimal rules on both sides.");
      }
    }
  }

  Stream<String> entityColumns() {
    return IntStream.range(0, descriptor.policy().entity().size())
        .mapToObj(FragmentFrame::entityColumn);
  }

  private static String entityColumn(int index) {
    return "e" + index;
  }

  static Rel.Scan scan(Rel rel) {
    Rel at = rel;
    while (!(at instanceof Rel.Scan)) {
      at = at.inputs().get(0);
    }
    return (Rel.Scan) at;
  }

  private Field field(String name) {
    return descriptor.fields().stream()
        .filter(f -> f.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.COLUMN_NOT_FOUND, "Cannot find column " + name() + "." + name + "."));
  }

  static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** Forgets the rows. */
  @Override
  public void close() {
    if (snapshot != null) {
      snapshot.close();
      snapshot = null;
    }
  }
}

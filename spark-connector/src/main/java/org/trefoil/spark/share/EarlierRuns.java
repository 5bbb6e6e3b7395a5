package org.trefoil.spark.share;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Origin;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.spark.plan.FragmentSql;

/**
 * What an owner's table was in the runs of a plan, for {@code reruns: checked}: the difference of
 * two results of one plan is the value of the entities that came, went or changed in between.
 *
 * <p>The rows that the owner shares fall into cells, in which groups and all conditions of the plan
 * agree, and which columns are NULL. In each cell, for every column by itself, the entities whose
 * values differ from those of an earlier run have to be none, or as many as the policy's minimum;
 * so for every earlier run, since the last one alone would allow to add many and take all but one
 * back. What other owners' rows choose cannot be seen here: a plan that joins the table runs once,
 * and one over what the owner aggregates itself again only while nothing has changed.
 *
 * <p>A run counts from when its rows are about to be shared, whatever becomes of it. Kept are
 * hashes of cells, entities and values, in a folder of the owner's that nobody else reads.
 */
final class EarlierRuns {
  private static final int MOST = 64;
  private static final String DONE = "_SUCCESS";

  private final FragmentFrame frame;
  private final Path folder;
  private final FileSystem files;

  private EarlierRuns(FragmentFrame frame, Path folder, FileSystem files) {
    this.frame = frame;
    this.folder = folder;
    this.files = files;
  }

  /** What tells plans apart: not who gets their results. */
  static String digest(Plan plan) {
    return Digest.hex(SubstraitPlans.encode(new Plan(plan.root(), plan.ansi(), plan.timeZone())));
  }

  /**
   * Returns if the fragment may be shared, and remembers that it was.
   *
   * @param plan digest of the plan
   * @throws TrefoilException POLICY_VIOLATION if a result would differ from an earlier one by too
   *     few entities; SOURCE_FAILED if the folder cannot be read or written
   */
  static void require(
      FragmentFrame frame, Fragment fragment, Split split, InputLayout layout, String plan) {
    try {
      Path folder =
          new Path(
              new Path(frame.history().orElseThrow()),
              plan + "/" + fragment.source() + "." + fragment.branch());
      FileSystem files =
          folder.getFileSystem(
              frame.snapshot().rows().sparkSession().sparkContext().hadoopConfiguration());
      synchronized (EarlierRuns.class) {
        new EarlierRuns(frame, folder, files).require(fragment, split, layout);
      }
    } catch (IOException e) {
      throw new TrefoilException(
          Condition.SOURCE_FAILED,
          "Cannot read or write the history of table "
              + frame.name()
              + ": "
              + e.getClass().getSimpleName()
              + ". Check the folder that its history names.",
          e);
    }
  }

  private void require(Fragment fragment, Split split, InputLayout layout) throws IOException {
    List<Path> earlier = earlier();
    boolean alone = split.sources().size() == 1;
    if (!alone && !earlier.isEmpty()) {
      throw refused("it is joined with other tables, whose rows choose among its own");
    }
    boolean plain = plain(fragment.local());
    Dataset<Row> now = plain ? ofOutputs(fragment, split, layout) : ofTable();
    long least = plain ? frame.descriptor().policy().minGroupSize() : Long.MAX_VALUE;
    boolean known = false;
    for (Path run : earlier) {
      Changes changes =
          Changes.between(now, now.sparkSession().read().parquet(run.toString()), least);
      if (changes.few()) {
        throw refused(
            plain
                ? "since an earlier run fewer than "
                    + least
                    + " entities, but some, came, went or"
                    + " changed"
                : "its rows have changed, and what its owner aggregates runs on the same rows only");
      }
      known |= !changes.some();
    }
    if (known) {
      return;
    }
    if (earlier.size() == MOST) {
      throw refused("it has run over " + MOST + " states of the table");
    }
    Path run = new Path(folder, UUID.randomUUID().toString());
    now.write().parquet(run.toString());
    if (!files.exists(new Path(run, DONE))) {
      throw new TrefoilException(
          Condition.SOURCE_FAILED,
          "Cannot remember what table "
              + frame.name()
              + " is in this run: Spark wrote no "
              + DONE
              + " file, without which later runs do not count it. Leave"
              + " mapreduce.fileoutputcommitter.marksuccessfuljobs at true.");
    }
  }

  /** Runs that were remembered in full. */
  private List<Path> earlier() throws IOException {
    if (!files.exists(folder)) {
      return List.of();
    }
    List<Path> runs = new ArrayList<>();
    for (FileStatus run : files.listStatus(folder)) {
      if (files.exists(new Path(run.getPath(), DONE))) {
        runs.add(run.getPath());
      }
    }
    return runs;
  }

  private static boolean plain(Rel local) {
    Rel at = local;
    while (at instanceof Rel.Project || at instanceof Rel.Filter) {
      at = at.inputs().get(0);
    }
    return at instanceof Rel.Scan;
  }

  /** By cell and entity a digest of every output, and of the number of rows. */
  private Dataset<Row> ofOutputs(Fragment fragment, Split split, InputLayout layout) {
    List<Field> outputs = fragment.local().fields();
    Set<Integer> groups = new HashSet<>();
    groups(split.remainder(), fragment.source(), layout, groups);
    List<Column> cell = new ArrayList<>(List.of(lit(0)));
    List<Column> values = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Column output = col(FragmentSql.column(i));
      cell.add(output.isNull());
      if (groups.contains(i) || outputs.get(i).type().kind() == DataType.Kind.BOOLEAN) {
        cell.add(output);
      } else {
        values.add(output);
      }
    }
    return digested(frame.rows(), cell, frame.entityColumns().map(c -> col(c)).toList(), values);
  }

  /** By entity a digest of the columns that the fragment reads. */
  private Dataset<Row> ofTable() {
    List<String> entity = frame.descriptor().policy().entity();
    return digested(
        frame.snapshot().rows(),
        List.of(lit(0)),
        entity.stream().map(e -> col(FragmentFrame.quoted(e))).toList(),
        frame.columnsRead().stream().map(f -> col(FragmentFrame.quoted(f.name()))).toList());
  }

  private static Dataset<Row> digested(
      Dataset<Row> rows, List<Column> cell, List<Column> entity, List<Column> values) {
    List<Column> columns = new ArrayList<>();
    columns.add(xxhash64(cell.toArray(Column[]::new)).as("cell"));
    columns.add(xxhash64(entity.toArray(Column[]::new)).as("entity"));
    for (int i = 0; i < values.size(); i++) {
      // NULL by its own number, for a hash leaves it out.
      columns.add(
          xxhash64(values.get(i), values.get(i).isNull())
              .cast(DataTypes.createDecimalType(20, 0))
              .as("v" + i));
    }
    Column somebody = entity.stream().map(Column::isNotNull).reduce(Column::and).orElseThrow();
    Column[] sums =
        IntStream.range(0, values.size())
            .mapToObj(i -> sum("v" + i).as("v" + i))
            .toArray(Column[]::new);
    return rows.filter(somebody)
        .select(columns.toArray(Column[]::new))
        .groupBy("cell", "entity")
        .agg(count(lit(1)).as("rows"), sums);
  }

  /** The outputs of a source by which the groups that are revealed are made. */
  private static void groups(Rel rel, int source, InputLayout layout, Set<Integer> found) {
    if (rel instanceof Rel.Aggregate aggregate) {
      List<Origin> origins = layout.origins(aggregate.input());
      for (Expr group : aggregate.groups()) {
        if (group instanceof Expr.FieldRef ref && origins.get(ref.index()).node() == source) {
          found.add(origins.get(ref.index()).output());
        }
      }
      return;
    }
    rel.inputs().forEach(input -> groups(input, source, layout, found));
  }

  /**
   * What differs between two runs.
   *
   * @param some whether anything does
   * @param few whether in a cell fewer than the least entities, but some, differ in a column
   */
  private record Changes(boolean some, boolean few) {
    static Changes between(Dataset<Row> now, Dataset<Row> before, long least) {
      Dataset<Row> one = now.alias("a");
      Dataset<Row> other = before.alias("b");
      Column same =
          col("a.cell").equalTo(col("b.cell")).and(col("a.entity").equalTo(col("b.entity")));
      List<Column> differ = new ArrayList<>();
      Column some = lit(false);
      Column few = lit(false);
      for (String c : now.columns()) {
        if (!Set.of("cell", "entity").contains(c)) {
          Column differs = not(col("a." + c).eqNullSafe(col("b." + c)));
          differ.add(count(when(differs, 1)).as(c));
          some = some.or(col(c).gt(0));
          few = few.or(col(c).gt(0).and(col(c).lt(least)));
        }
      }
      Row found =
          one.join(other, same, "full_outer")
              .groupBy(coalesce(col("a.cell"), col("b.cell")))
              .agg(differ.get(0), differ.subList(1, differ.size()).toArray(Column[]::new))
              .agg(count(when(some, 1)), count(when(few, 1)))
              .head();
      return new Changes(found.getLong(0) > 0, found.getLong(1) > 0);
    }
  }

  private TrefoilException refused(String reason) {
    return new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot share table "
            + frame.name()
            + " for this plan again: "
            + reason
            + ", and the difference of two results would tell about them. Run it when more has"
            + " changed, or ask owner "
            + frame.descriptor().owner()
            + ".");
  }
}

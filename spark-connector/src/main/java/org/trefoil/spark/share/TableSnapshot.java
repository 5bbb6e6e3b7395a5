package org.trefoil.spark.share;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.trefoil.api.error.TrefoilException;

/**
 * The rows of an owner's table that a query needs, read from the source once and kept in the
 * owner's own Spark, in memory and where that is full on its disks, until it is closed. Everything
 * that is found out about the rows and everything that is shared comes from here.
 *
 * <p>Spark reads rows again that it has lost, with a machine or a disk. They may have changed: who
 * relies on several passes digests the rows in the first and in the last ({@link SourceCheck}). A
 * partition that was read again stays as it was read the second time.
 */
final class TableSnapshot implements AutoCloseable {
  private final JavaRDD<InternalRow> kept;
  private final Dataset<Row> rows;

  /** Reads nothing before {@link #rows} are asked for their content. */
  TableSnapshot(SparkSession session, Dataset<Row> source) {
    StructType schema = source.schema();
    kept =
        source
            .queryExecution()
            .toRdd()
            .toJavaRDD()
            .mapPartitions(part -> copies(part, schema))
            .persist(StorageLevel.MEMORY_AND_DISK());
    Dataset<Row> frame = frame(session, kept, schema);
    // Spark does not look how many partitions there are: told of a single one, it exchanges none.
    rows = kept.getNumPartitions() <= 1 ? frame.coalesce(1) : frame;
  }

  /**
   * The rows of {@code source} as they are read, which is anew whenever somebody asks for them.
   *
   * @param broken what is thrown by value of the last column, which is NULL in every other row
   */
  static Dataset<Row> streamed(
      SparkSession session, Dataset<Row> source, List<TrefoilException> broken) {
    int last = source.schema().size() - 1;
    JavaRDD<InternalRow> read =
        source
            .queryExecution()
            .toRdd()
            .toJavaRDD()
            .mapPartitions(part -> Iterators.map(part, row -> required(row, last, broken)));
    return frame(session, read, source.schema());
  }

  private static InternalRow required(InternalRow row, int last, List<TrefoilException> broken) {
    if (!row.isNullAt(last)) {
      throw broken.get(row.getInt(last));
    }
    return row;
  }

  private static Dataset<Row> frame(
      SparkSession session, JavaRDD<InternalRow> rows, StructType schema) {
    return ((org.apache.spark.sql.classic.SparkSession) session)
        .internalCreateDataFrame(rows.rdd(), schema, false);
  }

  Dataset<Row> rows() {
    return rows;
  }

  private static Iterator<InternalRow> copies(Iterator<InternalRow> part, StructType schema) {
    UnsafeProjection projection = UnsafeProjection.create(schema);
    return Iterators.map(part, row -> projection.apply(row).copy());
  }

  /** The rows once more, without a plan of Spark's around them. */
  JavaRDD<InternalRow> kept() {
    return kept;
  }

  @Override
  public void close() {
    kept.unpersist(false);
  }
}

package org.trefoil.spark.share;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.Chunks;
import scala.Tuple2;

/**
 * Shares the rows of a fragment with the three executors, in Spark tasks, while they are read.
 *
 * <p>What an executor sees is a function of the padded size alone: rows are numbered, in the order
 * of their key where the layout asks for it, and moved by chunk number to one task per chunk; the
 * partitions of the source and their sizes are invisible.
 *
 * <p>Spark runs tasks twice: after failures, for speculation, when a stage is lost. Of every chunk
 * exactly one run's receipt reaches the driver as the result of its partition, and that is the
 * attempt to commit. The rows were counted and digested before they were numbered; the receipts
 * together must show the same rows, so that a source that answers differently when it is read again
 * ends in SOURCE_CHANGED and never in a wrong sum.
 */
final class FragmentSharing {
  private final String table;
  private final Dataset<Row> rows;
  private final FragmentEncoder encoder;
  private final long mostRows;
  private final long paddedRows;
  private final TrefoilException tooMany;

  /** Shares {@code rows}, whose columns are as {@code encoder} expects them. */
  FragmentSharing(String table, Dataset<Row> rows, FragmentEncoder encoder, long paddedRows) {
    this(table, rows, encoder, paddedRows, paddedRows, SourceCheck.changed(table));
  }

  /**
   * @param tooMany what is thrown if there are more than {@code mostRows} rows
   */
  FragmentSharing(
      String table,
      Dataset<Row> rows,
      FragmentEncoder encoder,
      long mostRows,
      long paddedRows,
      TrefoilException tooMany) {
    this.tooMany = tooMany;
    this.table = table;
    this.rows = rows;
    this.encoder = encoder;
    this.mostRows = mostRows;
    this.paddedRows = paddedRows;
  }

  /** Uploads every chunk, and returns the attempts that count: the i-th is chunk i's. */
  List<ChunkReceipt> share(UploadRoute route) {
    StructType schema = rows.schema();
    JavaRDD<UnsafeRow> read =
        rows.queryExecution()
            .toRdd()
            .toJavaRDD()
            .mapPartitions(part -> copies(part, schema))
            .persist(StorageLevel.MEMORY_AND_DISK());
    Broadcast<Arrangement> arranged = null;
    try {
      JavaRDD<UnsafeRow> ordered = encoder.sorted() ? sorted(read, schema) : read;
      List<RowDigest> parts =
          ordered.mapPartitions(part -> List.of(digest(part)).iterator()).collect();
      RowDigest all = parts.stream().reduce(RowDigest.NONE, RowDigest::plus);
      if (all.rows() > mostRows) {
        throw tooMany;
      }
      arranged = arranged(ordered, schema, all.rows());
      List<ChunkReceipt> receipts =
          JavaPairRDD.fromJavaRDD(
                  ordered.mapPartitionsWithIndex(new Numbering(parts, arranged), true))
              .partitionBy(new ChunkPartitioner(Chunks.count(paddedRows)))
              .mapPartitionsWithIndex(
                  new ChunkTask(
                      table,
                      new RowReader(schema),
                      encoder,
                      route,
                      all.rows(),
                      paddedRows,
                      arranged),
                  false)
              .collect();
      verify(receipts, all);
      return receipts;
    } catch (Exception e) {
      throw SourceErrors.of("share", table, e);
    } finally {
      read.unpersist(false);
      if (arranged != null) {
        arranged.destroy();
      }
    }
  }

  /** Where rows lie, if a join asks for something else than their order; else null. */
  private Broadcast<Arrangement> arranged(
      JavaRDD<UnsafeRow> ordered, StructType schema, long real) {
    if (!encoder.binned() && encoder.lookups().isEmpty()) {
      return null;
    }
    return JavaSparkContext.fromSparkContext(rows.sparkSession().sparkContext())
        .broadcast(
            Arrangement.of(ordered, new RowReader(schema), encoder, (int) real, (int) paddedRows));
  }

  private void verify(List<ChunkReceipt> receipts, RowDigest all) {
    RowDigest shared = RowDigest.NONE;
    for (int chunk = 0; chunk < receipts.size(); chunk++) {
      ChunkReceipt receipt = receipts.get(chunk);
      if (receipt.chunk() != chunk) {
        throw new IllegalStateException("Spark returned partition " + receipt.chunk());
      }
      shared = shared.plus(new RowDigest(receipt.rows(), receipt.digest()));
    }
    if (!shared.equals(all) || receipts.size() != Chunks.count(paddedRows)) {
      throw SourceCheck.changed(table);
    }
  }

  private JavaRDD<UnsafeRow> sorted(JavaRDD<UnsafeRow> read, StructType schema) {
    RowReader reader = new RowReader(schema);
    FragmentEncoder keys = encoder;
    return read.mapPartitionsToPair(
            part -> {
              RowEncoder columns = keys.encoder();
              return Iterators.map(
                  part, row -> new Tuple2<>(keys.sortKey(columns, reader.read(row)), row));
            })
        .sortByKey(true)
        .values();
  }

  private static Iterator<UnsafeRow> copies(Iterator<InternalRow> part, StructType schema) {
    UnsafeProjection projection = UnsafeProjection.create(schema);
    return Iterators.map(part, row -> projection.apply(row).copy());
  }

  private static RowDigest digest(Iterator<UnsafeRow> part) {
    long rows = 0;
    long sum = 0;
    while (part.hasNext()) {
      sum += RowDigest.of(part.next());
      rows++;
    }
    return new RowDigest(rows, sum);
  }

  /** Numbers the rows of all partitions, one partition after another, and says where they lie. */
  private static final class Numbering
      implements Function2<Integer, Iterator<UnsafeRow>, Iterator<Tuple2<Long, UnsafeRow>>> {
    private static final long serialVersionUID = 1L;

    private final long[] first;
    private final Broadcast<Arrangement> arranged;

    Numbering(List<RowDigest> parts, Broadcast<Arrangement> arranged) {
      this.arranged = arranged;
      this.first = new long[parts.size() + 1];
      for (int p = 0; p < parts.size(); p++) {
        first[p + 1] = first[p] + parts.get(p).rows();
      }
    }

    @Override
    public Iterator<Tuple2<Long, UnsafeRow>> call(Integer part, Iterator<UnsafeRow> rows) {
      AtomicLong next = new AtomicLong(first[part]);
      if (arranged == null) {
        return Iterators.map(rows, row -> new Tuple2<>(next.getAndIncrement(), row));
      }
      Arrangement of = arranged.value();
      return Iterators.map(rows, row -> new Tuple2<>(of.position(next.getAndIncrement()), row));
    }
  }

  /** The attempts of {@code receipts}, by chunk. */
  static List<UUID> attempts(List<ChunkReceipt> receipts) {
    List<UUID> attempts = new ArrayList<>();
    receipts.forEach(receipt -> attempts.add(receipt.attempt()));
    return attempts;
  }
}

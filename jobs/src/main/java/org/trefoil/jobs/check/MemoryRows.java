package org.trefoil.jobs.check;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A source of Spark's whose rows lie in this JVM: small tables that thousands of queries read cost
 * more to find and parse as files than all that is computed from them. A table of one partition
 * needs no exchange.
 */
public final class MemoryRows implements TableProvider {
  private static final String TABLE = "table";
  private static final Map<String, Held> HELD = new ConcurrentHashMap<>();

  /** The rows of a table, by partition. */
  private record Held(StructType schema, List<List<InternalRow>> partitions) {}

  /** Keeps rows under a name, until they are {@link #remove removed}. */
  static void put(String name, StructType schema, List<List<List<Object>>> partitions) {
    var converter = CatalystTypeConverters.createToCatalystConverter(schema);
    HELD.put(
        name,
        new Held(
            schema,
            partitions.stream()
                .map(
                    part ->
                        part.stream()
                            .map(values -> (Row) RowFactory.create(values.toArray()))
                            .map(row -> (InternalRow) converter.apply(row))
                            .toList())
                .toList()));
  }

  static void remove(String name) {
    HELD.remove(name);
  }

  /** How an OWNERS.yaml names the table. */
  static String source(String name) {
    return "{format: " + MemoryRows.class.getName() + ", options: {" + TABLE + ": " + name + "}}";
  }

  static Map<String, String> options(String name) {
    return Map.of(TABLE, name);
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return HELD.get(options.get(TABLE)).schema();
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    String name = new CaseInsensitiveStringMap(properties).get(TABLE);
    return new MemoryTable(name, schema);
  }

  /** The table to read. */
  private record MemoryTable(String name, StructType schema) implements SupportsRead {
    @Override
    public Set<TableCapability> capabilities() {
      return Set.of(TableCapability.BATCH_READ);
    }

    @Override
    public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
      return () -> new MemoryScan(name, schema);
    }
  }

  /** Reads all columns of all rows. */
  private record MemoryScan(String name, StructType schema) implements Scan, Batch {
    @Override
    public StructType readSchema() {
      return schema;
    }

    @Override
    public Batch toBatch() {
      return this;
    }

    @Override
    public InputPartition[] planInputPartitions() {
      return IntStream.range(0, HELD.get(name).partitions().size())
          .mapToObj(number -> new Part(name, number))
          .toArray(InputPartition[]::new);
    }

    @Override
    public PartitionReaderFactory createReaderFactory() {
      return new Readers();
    }
  }

  /** Tasks run in this JVM, and find the rows by name. */
  private record Part(String name, int number) implements InputPartition {}

  private static final class Readers implements PartitionReaderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      Part part = (Part) partition;
      Iterator<InternalRow> rows = HELD.get(part.name()).partitions().get(part.number()).iterator();
      return new PartitionReader<>() {
        private InternalRow row;

        @Override
        public boolean next() {
          row = rows.hasNext() ? rows.next() : null;
          return row != null;
        }

        @Override
        public InternalRow get() {
          return row;
        }

        @Override
        public void close() {}
      };
    }
  }
}

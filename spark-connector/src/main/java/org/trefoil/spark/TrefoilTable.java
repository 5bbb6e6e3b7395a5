package org.trefoil.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.connector.catalog.SupportsMetadataColumns;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.spark.result.QueryExecution;

/**
 * An owner's table as Spark sees it: a name and a schema. Its rows cannot be read; queries that
 * aggregate them are absorbed by the rule in {@code org.trefoil.spark.plan} before Spark would.
 */
public record TrefoilTable(
    TableDescriptor descriptor, QueryExecution execution, TrefoilOptions options)
    implements Table, SupportsRead, SupportsMetadataColumns {
  @Override
  public String name() {
    return options.catalog() + "." + descriptor.name();
  }

  /** VARCHAR columns are plain STRINGs to Spark; their length is in the descriptor. */
  @Override
  public Column[] columns() {
    StructType schema = SparkTypes.toSpark(descriptor.fields());
    return Arrays.stream(schema.fields())
        .map(f -> Column.create(f.name(), f.dataType(), f.nullable()))
        .toArray(Column[]::new);
  }

  @Override
  public MetadataColumn[] metadataColumns() {
    return descriptor.others().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> new UnusableColumn(descriptor, e.getKey(), e.getValue()))
        .toArray(MetadataColumn[]::new);
  }

  /** The column of this name, if it is there and no query can use it. */
  public Optional<UnusableColumn> unusable(String column) {
    return Optional.ofNullable(descriptor.others().get(column))
        .map(type -> new UnusableColumn(descriptor, column, type));
  }

  @Override
  public Map<String, String> properties() {
    Map<String, String> properties = new TreeMap<>();
    properties.put("owner", descriptor.owner());
    properties.put("keys", descriptor.keys().stream().map(List::toString).collect(joining()));
    properties.put("rows", Long.toString(descriptor.rows()));
    properties.put("min-group-size", Integer.toString(descriptor.policy().minGroupSize()));
    return properties;
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.BATCH_READ);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap readOptions) {
    return new RowScan.Builder(descriptor, columns());
  }

  @Override
  public String toString() {
    return name();
  }

  private static Collector<CharSequence, ?, String> joining() {
    return Collectors.joining(", ");
  }
}

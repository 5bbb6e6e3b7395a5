package org.trefoil.spark.share;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.OwnerKeys;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.KeyTable;

/**
 * Where the rows of a fragment lie if a join needs no sort because of it: in the bins of their
 * keys, or in their order; and what their PLACE columns hold. Computed by the driver from the bins
 * of all keys, three numbers for each row and key; tasks check that they still see the same rows.
 */
final class Arrangement implements Serializable {
  private static final long serialVersionUID = 1L;

  /** By number of the row in Spark's order; null: as numbered. */
  private final int[] positions;

  private final List<OwnerKeys> lookups;

  /** By lookup three bins for each position of the branch. */
  private final List<int[]> probes;

  private final List<int[]> places;
  private final int rows;

  private Arrangement(
      int[] positions, List<OwnerKeys> lookups, List<int[]> probes, List<int[]> places, int rows) {
    this.positions = positions;
    this.lookups = List.copyOf(lookups);
    this.probes = List.copyOf(probes);
    this.places = List.copyOf(places);
    this.rows = rows;
  }

  /**
   * Arranges the rows of a branch of {@code padded} rows.
   *
   * @param real how many of them are no dummies
   */
  static Arrangement of(
      JavaRDD<UnsafeRow> rows, RowReader reader, FragmentEncoder encoder, int real, int padded) {
    List<Key> keys = new ArrayList<>();
    if (encoder.binned()) {
      keys.add(new Key(encoder.binnedBy(), padded));
    }
    encoder.lookups().forEach(of -> keys.add(new Key(of.key(), of.bins())));
    List<int[]> all = new ArrayList<>();
    keys.forEach(key -> all.add(new int[KeyTable.PROBES * real]));
    int done = 0;
    for (int[][] part :
        rows.mapPartitions(p -> List.<int[][]>of(bins(p, reader, encoder, keys)).iterator())
            .collect()) {
      for (int k = 0; k < part.length; k++) {
        System.arraycopy(part[k], 0, all.get(k), done, part[k].length);
      }
      done += part.length == 0 ? 0 : part[0].length;
    }
    int[] positions = encoder.binned() ? KeyTable.fill(all.get(0), padded) : null;
    List<int[]> probes = new ArrayList<>();
    List<int[]> places = new ArrayList<>();
    for (int k = encoder.binned() ? 1 : 0; k < keys.size(); k++) {
      int[] lying = lying(all.get(k), positions, padded);
      int bins = keys.get(k).bins();
      probes.add(lying);
      places.addAll(Arrays.asList(KeyTable.columns(KeyTable.places(lying, bins), bins, padded)));
    }
    return new Arrangement(positions, encoder.lookups(), probes, places, padded);
  }

  private record Key(int column, int bins) implements Serializable {}

  private static int[][] bins(
      Iterator<UnsafeRow> part, RowReader reader, FragmentEncoder encoder, List<Key> keys) {
    RowEncoder columns = encoder.encoder();
    int[][] bins = new int[keys.size()][KeyTable.PROBES * 1024];
    int at = 0;
    while (part.hasNext()) {
      Object[] row = reader.read(part.next());
      for (int k = 0; k < bins.length; k++) {
        if (at == bins[k].length) {
          bins[k] = Arrays.copyOf(bins[k], 2 * at);
        }
        columns.bins(keys.get(k).column(), row, keys.get(k).bins(), bins[k], at);
      }
      at += KeyTable.PROBES;
    }
    for (int k = 0; k < bins.length; k++) {
      bins[k] = Arrays.copyOf(bins[k], at);
    }
    return bins;
  }

  /** Probes by position; dummies have some, too. */
  private static int[] lying(int[] probes, int[] positions, int padded) {
    int[] lying = new int[KeyTable.PROBES * padded];
    for (int p = 0; p < lying.length; p++) {
      lying[p] = p % KeyTable.PROBES;
    }
    for (int row = 0; KeyTable.PROBES * row < probes.length; row++) {
      int to = positions == null ? row : positions[row];
      System.arraycopy(probes, KeyTable.PROBES * row, lying, KeyTable.PROBES * to, KeyTable.PROBES);
    }
    return lying;
  }

  /** Where the row with this number lies. */
  long position(long number) {
    return positions == null ? number : positions[(int) number];
  }

  /** What the PLACE columns of the rows {@code [first, first + count)} hold. */
  int[][] places(long first, int count) {
    int from = (int) first;
    return places.stream()
        .map(column -> Arrays.copyOfRange(column, from, from + count))
        .toArray(int[][]::new);
  }

  /**
   * Requires that this is the row that was arranged to lie here.
   *
   * @throws TrefoilException SOURCE_CHANGED
   */
  void verify(
      String table, RowEncoder columns, FragmentEncoder encoder, Object[] row, long position) {
    int[] bins = new int[KeyTable.PROBES];
    if (encoder.binned()) {
      columns.bins(encoder.binnedBy(), row, rows, bins, 0);
      if (Arrays.stream(bins).noneMatch(bin -> bin == position)) {
        throw SourceCheck.changed(table);
      }
    }
    for (int k = 0; k < lookups.size(); k++) {
      columns.bins(lookups.get(k).key(), row, lookups.get(k).bins(), bins, 0);
      int from = KeyTable.PROBES * (int) position;
      if (!Arrays.equals(bins, 0, KeyTable.PROBES, probes.get(k), from, from + KeyTable.PROBES)) {
        throw SourceCheck.changed(table);
      }
    }
  }

  @Override
  public String toString() {
    return "Arrangement[" + rows + " rows, " + lookups.size() + " lookups]";
  }
}

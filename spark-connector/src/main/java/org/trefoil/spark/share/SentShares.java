package org.trefoil.spark.share;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.trefoil.api.plan.InputColumn;

/** What one owner has sent for one query: per table how its columns are encoded, and the bytes. */
final class SentShares {
  private final SortedMap<String, String> tables = new TreeMap<>();
  private final long[] bytes = new long[3];

  void add(String table, List<InputColumn> columns, List<ChunkReceipt> receipts) {
    tables.merge(
        table,
        columns.stream().map(SentShares::shape).collect(Collectors.joining(" ")),
        (one, other) -> one.equals(other) ? one : one + " | " + other);
    for (ChunkReceipt receipt : receipts) {
      for (int party = 0; party < bytes.length; party++) {
        bytes[party] += receipt.sent().get(party);
      }
    }
  }

  private static String shape(InputColumn column) {
    return column.form() + ":" + column.width();
  }

  SortedMap<String, String> tables() {
    return tables;
  }

  /** To executors 0, 1 and 2. */
  List<Long> bytes() {
    return Arrays.stream(bytes).boxed().toList();
  }
}

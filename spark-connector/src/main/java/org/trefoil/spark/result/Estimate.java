package org.trefoil.spark.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;

/** How much a query shares, from the sizes that tables had when they were registered. */
final class Estimate {
  /** Words that cross the wire per word of a column: component 2 goes to two executors. */
  private static final int SENT_PER_VALUE = 2;

  private Estimate() {}

  static String of(Split split, Catalog catalog) {
    List<List<Long>> rows = new ArrayList<>();
    for (Source source : split.sources()) {
      List<Long> branches = new ArrayList<>();
      for (Fragment fragment : source.branches()) {
        branches.add(Math.max(1, catalog.table(fragment.owner(), fragment.table()).rows()));
      }
      rows.add(branches);
    }
    InputLayout layout = InputLayout.of(split, catalog, rows);
    long total = 0;
    double bytes = 0;
    for (Source source : split.sources()) {
      long sourceRows = rows.get(source.id()).stream().mapToLong(Long::longValue).sum();
      total += sourceRows;
      double bits = 1;
      for (InputColumn column : layout.columns(source.id())) {
        bits += column.width() == 1 ? 1 : 64.0 * ((column.width() + 63) / 64);
      }
      bytes += sourceRows * bits / 8 * SENT_PER_VALUE;
    }
    return String.format(
        Locale.ROOT, "%,d rows shared, %,.1f MB of shares sent by owners", total, bytes / 1e6);
  }
}

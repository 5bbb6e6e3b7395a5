package org.trefoil.spark.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.arrow.cluster.CostEstimate;

/**
 * What a query costs owners and executors, from the sizes that tables had when they were
 * registered.
 */
final class Estimate {
  /** Words that cross the wire per word of a column: component 2 goes to two executors. */
  private static final int SENT_PER_VALUE = 2;

  private Estimate() {}

  /** What the executors say; or why they say nothing. */
  static String of(Supplier<CostEstimate> executors) {
    CostEstimate cost;
    try {
      cost = executors.get();
    } catch (TrefoilException e) {
      return "among executors not known: " + e.reason();
    }
    return String.format(
        Locale.ROOT,
        "among executors %s%,d rounds, %,.1f MB sent by each, about %s s on links %s",
        cost.shuffledSorts() ? "about " : "",
        cost.rounds(),
        cost.bytes() / 1e6,
        cost.seconds() < 10
            ? String.format(Locale.ROOT, "%.1f", cost.seconds())
            : String.format(Locale.ROOT, "%,.0f", cost.seconds()),
        cost.measured() ? "as measured" : "of one building, not measured yet");
  }

  static String of(Split split, Catalog catalog) {
    List<List<Long>> rows = new ArrayList<>();
    for (Source source : split.sources()) {
      List<Long> branches = new ArrayList<>();
      for (Fragment fragment : source.branches()) {
        TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
        branches.add(fragment.mostRows(table).orElse(Math.max(1, table.rows())));
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

package org.trefoil.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Which workloads the suites run that need no owners, at which sizes. */
public final class ProtocolSuites {
  private static final int OFTEN = 10;
  private static final Duration ENOUGH = Duration.ofSeconds(10);

  /**
   * What takes long runs on few rows first, so often that the JVM has compiled it: executors run
   * for days, and compiling a sort for the first time takes more CPU than sorting a million rows.
   */
  private static final int SETTLING_ROWS = 1 << 15;

  private static final int SETTLING_TIMES = 8;

  /**
   * What takes milliseconds needs more runs: of the first 40 products of a million rows half of the
   * CPU time is the compiler's, and only after about 200 none of it.
   */
  private static final int OFTEN_SETTLING_TIMES = 250;

  /**
   * One workload at one size.
   *
   * @param title its name in the report
   * @param times how often it runs, one after the other, for one figure: CPU time is told in steps
   *     of 10 ms
   */
  public record Item(String title, String workload, int rows, int width, int times) {}

  private ProtocolSuites() {}

  /** All primitives on words or ring elements of 64 bits, and the links alone. */
  public static List<Item> primitives(int rows) {
    List<Item> items = new ArrayList<>();
    for (Workload workload : Primitives.ALL) {
      items.add(new Item(workload.name(), workload.name(), rows, 64, OFTEN));
    }
    items.add(new Item("stream", "stream", rows, 64, OFTEN));
    items.add(new Item("rounds-1k", "rounds-1k", Math.min(rows, 128 * 1024), 64, OFTEN));
    return items;
  }

  /** The operators of queries; joins have {@code rows} rows on each side. */
  public static List<Item> operators(int rows) {
    return List.of(
        new Item("sort-64", "sort", rows, 64, 1),
        new Item("sort-32", "sort", rows, 32, 1),
        new Item("compaction", "compaction", rows, 64, 1),
        new Item("sum", "sum", rows, 64, 1),
        new Item("group-100", "group", rows, 7, 1),
        new Item("group-100-owner", "group-owner", rows, 7, 1),
        new Item("join-unique-sum", "join-known-sum", rows, 32, 1),
        new Item("join-unique-sum-sorted", "join-sum-unique", rows, 32, 1),
        new Item("join-group-1024", "join-group", rows, 32, 1));
  }

  /** What ORQ measures, at its sizes: the element-wise list, sorts and joins. */
  public static List<Item> peers(int rows) {
    List<Item> items = new ArrayList<>();
    for (Item item : primitives(rows).subList(0, 7)) {
      items.add(item);
    }
    for (int width : new int[] {32, 64}) {
      for (int sorted = Math.max(1, rows >> 4); sorted <= rows; sorted *= 4) {
        items.add(
            new Item(
                "sort-" + width + "-2^" + (31 - Integer.numberOfLeadingZeros(sorted)),
                "sort",
                sorted,
                width,
                1));
      }
    }
    int joined = Math.max(1, rows >> 3);
    items.add(new Item("join-inner", "join", joined, 32, 1));
    items.add(new Item("join-sum", "join-sum", joined, 32, 1));
    items.add(new Item("join-unique-unique", "join-sum-unique", joined, 32, 1));
    return items;
  }

  /**
   * Runs items: on few rows and some times to warm up, then some times that count, of which the
   * median is taken; fewer times, but at least once each, where that takes longer than {@link
   * #ENOUGH}.
   *
   * @param wanted which items, by title
   * @param progress gets a line before each item
   */
  public static List<Figures> run(
      String suite,
      List<Item> items,
      Predicate<String> wanted,
      Parties parties,
      int warmUps,
      int repetitions,
      Consumer<String> progress) {
    List<Figures> rows = new ArrayList<>();
    for (Item item : items) {
      if (!wanted.test(item.title())) {
        continue;
      }
      progress.accept(item.title() + ", " + item.rows() + " rows of " + item.width() + " bits");
      Supplier<Figures> once = () -> parties.run(suite, item);
      if (warmUps > 0) {
        settle(suite, item, parties);
      }
      repeat(once, warmUps);
      rows.add(Figures.median(repeat(once, repetitions)));
    }
    return rows;
  }

  private static void settle(String suite, Item item, Parties parties) {
    if (item.times() == 1) {
      int few = Math.min(item.rows(), SETTLING_ROWS);
      parties.run(
          suite, new Item(item.title(), item.workload(), few, item.width(), SETTLING_TIMES));
    } else if (item.rows() >= SETTLING_ROWS) {
      Item often =
          new Item(
              item.title(), item.workload(), item.rows(), item.width(), OFTEN_SETTLING_TIMES / 5);
      repeat(() -> parties.run(suite, often), 5);
    }
  }

  private static List<Figures> repeat(Supplier<Figures> once, int times) {
    List<Figures> figures = new ArrayList<>();
    long end = System.nanoTime() + ENOUGH.toNanos();
    while (figures.size() < times && (figures.isEmpty() || System.nanoTime() < end)) {
      figures.add(once.get());
    }
    return figures;
  }
}

package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.LessThan;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RowComparison;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Finds the order of shuffled rows with distinct keys by comparing and opening a level at a time.
 *
 * <p>The first rows, one in {@value #SAMPLING}, are ordered first; the others then go down the
 * balanced tree of them, and what falls between two neighbours is finished by quicksort, blocks of
 * a few rows by comparing all pairs. Since the rows are in random order, the first rows are a
 * random sample.
 *
 * <p>Where only the least few rows are asked for, quicksort starts with all rows and leaves out the
 * blocks that lie behind them: about two comparisons per row.
 */
final class ComparisonOrder {
  private static final int SAMPLING = 64;
  private static final int SMALLEST_SAMPLED = 1 << 12;

  /** Blocks of so many rows are finished by comparing all pairs. */
  private static final int ALL_PAIRS = 4;

  /** Fewer than one row in so many is selected without a sample. */
  private static final int FEW_WANTED = 8;

  /** With so few rows left, rounds count for more than comparisons. */
  private static final int FEW_PAIRS = 1 << 13;

  private final Party party;
  private final Step step;
  private final Words keys;

  /** Positions from here on may be left in any order. */
  private final int wanted;

  private int levels;

  ComparisonOrder(Party party, Step step, Words keys, int wanted) {
    this.party = party;
    this.step = step;
    this.keys = keys;
    this.wanted = wanted;
  }

  /** Row numbers, of which the first {@code wanted} are in ascending order of their keys. */
  int[] order() {
    int n = keys.rows();
    return selects(n, wanted) ? quicksort(n) : order(n);
  }

  /** Whether so few rows are wanted that ordering a sample first does not pay. */
  private static boolean selects(int n, int wanted) {
    return wanted < n / FEW_WANTED;
  }

  private int[] quicksort(int n) {
    int[] rows = new int[n];
    for (int r = 0; r < n; r++) {
      rows[r] = r;
    }
    quicksort(new RowComparison(party, keys), rows, new int[] {0, n}, 1);
    return rows;
  }

  /** The order of the first {@code n} rows. */
  private int[] order(int n) {
    if (n < SMALLEST_SAMPLED) {
      return quicksort(n);
    }
    int[] rows = new int[n];
    int sampled = Integer.highestOneBit(n / SAMPLING) - 1;
    int[] sample = order(sampled);
    int[] rank = descend(sample, n);

    // Bucket b lies before the sampled row of rank b.
    int[] segments = new int[2 * (sampled + 1)];
    int[] fill = new int[sampled + 2];
    for (int b : rank) {
      fill[b + 1]++;
    }
    for (int b = 0; b <= sampled; b++) {
      fill[b + 1] += fill[b];
    }
    for (int b = 0; b <= sampled; b++) {
      segments[2 * b] = fill[b] + b;
      segments[2 * b + 1] = fill[b + 1] + b;
      if (b < sampled) {
        rows[fill[b + 1] + b] = sample[b];
      }
    }
    int[] next = new int[sampled + 1];
    for (int r = sampled; r < n; r++) {
      int b = rank[r - sampled];
      rows[segments[2 * b] + next[b]++] = r;
    }
    // What is compared from here on lies close together.
    RowComparison near = new RowComparison(party, Local.rows(keys, rows));
    int[] order = new int[n];
    for (int r = 0; r < n; r++) {
      order[r] = r;
    }
    quicksort(near, order, segments, sampled + 1);
    for (int r = 0; r < n; r++) {
      order[r] = rows[order[r]];
    }
    return order;
  }

  /** For every row after the sample, how many sampled rows it follows. */
  private int[] descend(int[] sample, int n) {
    int sampled = sample.length;
    int[] rank = new int[n - sampled];
    RowComparison others = new RowComparison(party, keys);
    others.keep(sampled, n);
    int[] pivot = new int[n - sampled];
    for (int half = (sampled + 1) >> 1; half > 0; half >>= 1) {
      for (int r = 0; r < rank.length; r++) {
        pivot[r] = sample[rank[r] + half - 1];
      }
      Step level = level();
      long[] below = open(level, others.keptLess(level.child("lt"), pivot));
      for (int r = 0; r < rank.length; r++) {
        rank[r] += half & ((int) (below[r >>> 6] >>> r & 1) - 1);
      }
    }
    return rank;
  }

  /**
   * Orders the rows within {@code count} segments.
   *
   * @param rows row numbers of {@code keys}
   * @param segments first and last-plus-one position of each
   */
  private void quicksort(RowComparison keys, int[] rows, int[] segments, int count) {
    int[] blocks = segments;
    int blockCount = count;
    int[] scratch = new int[rows.length];
    int[] left = {};
    int[] right = {};
    while (true) {
      // Which blocks are partitioned and which are finished depends on public sizes only.
      long pairs = 0;
      for (int b = 0; b < blockCount; b++) {
        long size = blocks[2 * b + 1] - blocks[2 * b];
        pairs += size * (size - 1) / 2;
      }
      if (pairs == 0) {
        return;
      }
      int finish = pairs <= FEW_PAIRS ? Integer.MAX_VALUE : ALL_PAIRS;
      int comparisons = 0;
      for (int b = 0; b < blockCount; b++) {
        comparisons += comparisons(blocks[2 * b + 1] - blocks[2 * b], finish);
      }
      if (left.length < comparisons) {
        left = new int[comparisons];
        right = new int[comparisons];
      }
      int at = 0;
      for (int b = 0; b < blockCount; b++) {
        int from = blocks[2 * b];
        int to = blocks[2 * b + 1];
        int pivots = to - from <= finish ? to - from - 1 : 1;
        for (int p = from; p < from + pivots; p++) {
          for (int r = p + 1; r < to; r++) {
            left[at] = rows[r];
            right[at++] = rows[p];
          }
        }
      }
      Step level = level();
      long[] below = open(level, keys.less(level.child("lt"), left, right, comparisons));
      int[] following = new int[4 * blockCount];
      int followingCount = 0;
      at = 0;
      for (int b = 0; b < blockCount; b++) {
        int from = blocks[2 * b];
        int to = blocks[2 * b + 1];
        if (to - from <= finish) {
          at = place(rows, from, to, below, at, scratch);
          continue;
        }
        int middle = partition(rows, from, to, below, at, scratch);
        at += to - from - 1;
        if (middle - from > 1) {
          following[2 * followingCount] = from;
          following[2 * followingCount++ + 1] = middle;
        }
        if (to - middle > 2 && middle + 1 < wanted) {
          following[2 * followingCount] = middle + 1;
          following[2 * followingCount++ + 1] = to;
        }
      }
      blocks = following;
      blockCount = followingCount;
    }
  }

  private static int comparisons(int size, int finish) {
    if (size < 2) {
      return 0;
    }
    return size <= finish ? size * (size - 1) / 2 : size - 1;
  }

  /** Puts the rows of a block around its first row, each side in its order; where that row lies. */
  private static int partition(int[] rows, int from, int to, long[] below, int at, int[] scratch) {
    int pivot = rows[from];
    int low = from;
    int high = 0;
    for (int r = from + 1; r < to; r++) {
      int k = at + r - from - 1;
      if ((below[k >>> 6] >>> k & 1) != 0) {
        rows[low++] = rows[r];
      } else {
        scratch[high++] = rows[r];
      }
    }
    rows[low] = pivot;
    System.arraycopy(scratch, 0, rows, low + 1, high);
    return low;
  }

  /** Puts the rows of a block in order, all pairs of which were compared; the next comparison. */
  private static int place(int[] rows, int from, int to, long[] below, int at, int[] scratch) {
    int size = to - from;
    int[] rank = new int[size];
    int k = at;
    for (int p = 0; p < size; p++) {
      for (int r = p + 1; r < size; r++, k++) {
        if ((below[k >>> 6] >>> k & 1) != 0) {
          rank[p]++;
        } else {
          rank[r]++;
        }
      }
    }
    for (int p = 0; p < size; p++) {
      scratch[rank[p]] = rows[from + p];
    }
    System.arraycopy(scratch, 0, rows, from, size);
    return k;
  }

  private Step level() {
    return step.child("level" + levels++);
  }

  private long[] open(Step level, Bits below) {
    return Open.bits(party, level.child("open"), below);
  }

  /** What finding the least {@code wanted} of {@code rows} rows is expected to send. */
  static Cost cost(int rows, int width, int wanted, Link link) {
    Cost cost = Cost.NONE;
    List<Integer> levels =
        selects(rows, wanted) ? selectedLevels(rows, wanted) : expectedLevels(rows);
    for (int comparisons : levels) {
      cost = cost.then(LessThan.cost(comparisons, width, link)).then(Open.cost(comparisons, 1));
    }
    return cost;
  }

  /** As if every row that others are compared with lay in the middle of them. */
  private static List<Integer> selectedLevels(int n, int wanted) {
    List<Integer> levels = new ArrayList<>();
    double blocks = 1;
    double size = n;
    while (blocks * size * (size - 1) / 2 > FEW_PAIRS) {
      levels.add((int) Math.round(blocks * (size - 1)));
      size = (size - 1) / 2;
      blocks = Math.max(1, Math.ceil(wanted / size));
    }
    if (size > 1) {
      levels.add((int) Math.round(blocks * size * (size - 1) / 2));
    }
    return levels;
  }

  /**
   * Comparisons by level, from a simulation of the blocks' sizes with a fixed seed; of many blocks
   * some stand for all.
   */
  private static List<Integer> expectedLevels(int n) {
    List<Integer> levels = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(n);
    if (n < SMALLEST_SAMPLED) {
      addLevels(levels, new int[] {n}, 1, random);
      return levels;
    }
    int sampled = Integer.highestOneBit(n / SAMPLING) - 1;
    levels.addAll(expectedLevels(sampled));
    for (int half = (sampled + 1) >> 1; half > 0; half >>= 1) {
      levels.add(n - sampled);
    }
    int[] blocks = new int[Math.min(1024, sampled + 1)];
    double mean = (double) (n - sampled) / (sampled + 1);
    for (int b = 0; b < blocks.length; b++) {
      // The distance between two neighbours of a random sample is about exponential: its quantiles,
      // which together hold as many rows as there are.
      blocks[b] = (int) Math.round(-mean * Math.log(1 - (b + 0.5) / blocks.length));
    }
    addLevels(levels, blocks, (double) (sampled + 1) / blocks.length, random);
    return levels;
  }

  private static void addLevels(
      List<Integer> levels, int[] sizes, double scale, SplittableRandom random) {
    int[] blocks = sizes;
    int count = sizes.length;
    while (true) {
      double pairs = 0;
      for (int b = 0; b < count; b++) {
        pairs += scale * blocks[b] * (blocks[b] - 1) / 2;
      }
      if (pairs == 0) {
        return;
      }
      int finish = pairs <= FEW_PAIRS ? Integer.MAX_VALUE : ALL_PAIRS;
      double comparisons = 0;
      int[] following = new int[2 * count];
      int next = 0;
      for (int b = 0; b < count; b++) {
        comparisons += scale * comparisons(blocks[b], finish);
        if (blocks[b] > finish) {
          int low = random.nextInt(blocks[b]);
          following[next++] = low;
          following[next++] = blocks[b] - 1 - low;
        }
      }
      levels.add((int) Math.round(comparisons));
      blocks = following;
      count = next;
    }
  }
}

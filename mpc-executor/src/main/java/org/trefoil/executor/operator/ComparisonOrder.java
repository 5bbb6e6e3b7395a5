package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Arrays;
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
 * <p>Where so few comparisons are left in a level that its rounds take longer than its bytes, on
 * the links of this run, rows are compared with several others at once ({@link #pivots}, {@link
 * #fanOut}): fewer levels of more comparisons. Both follow from public sizes.
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

  /** So few comparisons are never worth another level. */
  private static final int FEW_PAIRS = 1 << 13;

  /** Rows of a block with which its others are compared at once, at most. */
  private static final int MOST_PIVOTS = 255;

  private final Party party;
  private final Step step;
  private final Words keys;

  /** Positions from here on may be left in any order. */
  private final int wanted;

  /** Comparisons whose bytes take as long as the rounds of a level. */
  private final int free;

  private int levels;

  ComparisonOrder(Party party, Step step, Words keys, int wanted) {
    this.party = party;
    this.step = step;
    this.keys = keys;
    this.wanted = wanted;
    this.free = free(keys.width(), party.link());
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
    int bits = Integer.numberOfTrailingZeros(sampled + 1);
    while (bits > 0) {
      int fan = fanOut(rank.length, bits, free);
      bits -= fan;
      if (fan == 1) {
        halve(others, sample, 1 << bits, pivot, rank);
      } else {
        fan(sample, 1 << bits, (1 << fan) - 1, rank);
      }
    }
    return rank;
  }

  private void halve(RowComparison others, int[] sample, int half, int[] pivot, int[] rank) {
    for (int r = 0; r < rank.length; r++) {
      pivot[r] = sample[rank[r] + half - 1];
    }
    Step level = level();
    long[] below = open(level, others.keptLess(level.child("lt"), pivot));
    for (int r = 0; r < rank.length; r++) {
      rank[r] += half & ((int) (below[r >>> 6] >>> r & 1) - 1);
    }
  }

  /** Compares every row with {@code pivots} sampled rows that lie {@code apart} from each other. */
  private void fan(int[] sample, int apart, int pivots, int[] rank) {
    int[] left = new int[rank.length * pivots];
    int[] right = new int[rank.length * pivots];
    int at = 0;
    for (int r = 0; r < rank.length; r++) {
      for (int p = 1; p <= pivots; p++) {
        left[at] = sample.length + r;
        right[at++] = sample[rank[r] + p * apart - 1];
      }
    }
    Step level = level();
    long[] below =
        open(level, new RowComparison(party, keys).less(level.child("lt"), left, right, at));
    at = 0;
    for (int r = 0; r < rank.length; r++) {
      for (int p = 1; p <= pivots; p++, at++) {
        rank[r] += apart & ((int) (below[at >>> 6] >>> at & 1) - 1);
      }
    }
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
    Blocks split = new Blocks(rows);
    int[] left = {};
    int[] right = {};
    while (true) {
      // Which blocks are partitioned and which are finished depends on public sizes only.
      long pairs = 0;
      long ones = 0;
      for (int b = 0; b < blockCount; b++) {
        long size = blocks[2 * b + 1] - blocks[2 * b];
        pairs += size * (size - 1) / 2;
        ones += Math.max(0, size - 1);
      }
      if (pairs == 0) {
        return;
      }
      int pivots = pivots(ones, pairs, free);
      int comparisons = 0;
      for (int b = 0; b < blockCount; b++) {
        comparisons += comparisons(blocks[2 * b + 1] - blocks[2 * b], pivots);
      }
      if (left.length < comparisons) {
        left = new int[comparisons];
        right = new int[comparisons];
      }
      int at = 0;
      for (int b = 0; b < blockCount; b++) {
        int from = blocks[2 * b];
        int to = blocks[2 * b + 1];
        int last = from + pivotsOf(to - from, pivots);
        for (int p = from; p < last; p++) {
          for (int r = p + 1; r < to; r++) {
            left[at] = rows[r];
            right[at++] = rows[p];
          }
        }
      }
      Step level = level();
      long[] below = open(level, keys.less(level.child("lt"), left, right, comparisons));
      split.begin(below);
      for (int b = 0; b < blockCount; b++) {
        int from = blocks[2 * b];
        int to = blocks[2 * b + 1];
        split.split(from, to, pivotsOf(to - from, pivots), wanted);
      }
      blocks = split.following;
      blockCount = split.followingCount;
    }
  }

  /** Rows of a block with which its later rows are compared. */
  private static int pivotsOf(int size, int pivots) {
    return size <= ALL_PAIRS || pivots >= size ? Math.max(0, size - 1) : pivots;
  }

  private static int comparisons(int size, int pivots) {
    int k = pivotsOf(size, pivots);
    return k * (size - 1) - k * (k - 1) / 2;
  }

  /** Comparisons whose bytes take as long as the rounds of a level. */
  private static int free(int width, Link link) {
    Cost level = LessThan.cost(FEW_PAIRS, width, link).then(Open.cost(FEW_PAIRS, 1));
    double bytes = link.nanos(level) - level.rounds() * link.roundNanos();
    double rounds = level.rounds() * link.roundNanos();
    double most = LessThan.TILE;
    return (int) Math.max(FEW_PAIRS, Math.min(most, FEW_PAIRS * rounds / bytes));
  }

  /**
   * With how many rows of their block rows are compared at once: with the number that takes least
   * time for each bit by which blocks get smaller, or with all.
   *
   * @param ones comparisons with one row of each block
   * @param pairs comparisons of all pairs
   */
  private static int pivots(double ones, double pairs, int free) {
    if (pairs <= free) {
      return Integer.MAX_VALUE;
    }
    int best = 1;
    double least = Double.MAX_VALUE;
    double harmonic = 1;
    for (int k = 1; k <= MOST_PIVOTS && (k == 1 || k * ones <= LessThan.TILE); k++) {
      harmonic += 1.0 / (k + 1);
      double each = (k * ones + free) / (harmonic - 1);
      if (each < least) {
        least = each;
        best = k;
      }
    }
    return best;
  }

  /** By how many bits of {@code bits} all of {@code rows} rows descend in one level. */
  private static int fanOut(int rows, int bits, int free) {
    int best = 1;
    double least = Double.MAX_VALUE;
    for (int f = 1; f <= bits; f++) {
      double comparisons = (double) rows * ((1 << f) - 1);
      double each = (comparisons + free) / f;
      if (each < least && (f == 1 || comparisons <= LessThan.TILE)) {
        least = each;
        best = f;
      }
    }
    return best;
  }

  /** Moves the rows of blocks to where comparisons say, and keeps the blocks that come of it. */
  private static final class Blocks {
    private final int[] rows;
    private final int[] scratch;
    private final int[] rank;
    private int[] places = new int[ALL_PAIRS + 1];
    private long[] below;
    private int at;
    private int[] spare;
    int[] following;
    int followingCount;

    Blocks(int[] rows) {
      this.rows = rows;
      scratch = new int[rows.length];
      rank = new int[rows.length];
      spare = new int[rows.length + 1];
      following = new int[rows.length + 1];
    }

    /** A new level, whose comparisons had this outcome. */
    void begin(long[] below) {
      this.below = below;
      at = 0;
      int[] before = following;
      following = spare;
      spare = before;
      followingCount = 0;
    }

    void split(int from, int to, int pivots, int wanted) {
      if (pivots == 1) {
        partition(from, to, wanted);
      } else if (pivots > 1) {
        place(from, to - from, pivots, wanted);
      }
    }

    /** Puts the rows of a block around its first row, each side in its order. */
    private void partition(int from, int to, int wanted) {
      int pivot = rows[from];
      int low = from;
      int high = 0;
      int k = at;
      for (int r = from + 1; r < to; r++, k++) {
        if ((below[k >>> 6] >>> k & 1) != 0) {
          rows[low++] = rows[r];
        } else {
          scratch[high++] = rows[r];
        }
      }
      at = k;
      rows[low] = pivot;
      System.arraycopy(scratch, 0, rows, low + 1, high);
      follow(from, low, wanted);
      follow(low + 1, to, wanted);
    }

    /** The same for several rows, each of which was compared with those after it. */
    private void place(int from, int size, int pivots, int wanted) {
      Arrays.fill(rank, 0, size, 0);
      int k = at;
      for (int p = 0; p < pivots; p++) {
        for (int r = p + 1; r < size; r++, k++) {
          if ((below[k >>> 6] >>> k & 1) == 0) {
            rank[r]++;
          } else if (r < pivots) {
            rank[p]++;
          }
        }
      }
      at = k;
      // Place b: after the others that follow b of the rows compared with, and after these.
      if (places.length < pivots + 2) {
        places = new int[pivots + 2];
      }
      Arrays.fill(places, 0, pivots + 2, 0);
      for (int r = pivots; r < size; r++) {
        places[rank[r] + 1]++;
      }
      for (int b = 0; b <= pivots; b++) {
        places[b + 1] += places[b];
      }
      for (int b = 0; b <= pivots; b++) {
        follow(from + places[b] + b, from + places[b + 1] + b, wanted);
      }
      for (int p = 0; p < pivots; p++) {
        scratch[places[rank[p] + 1] + rank[p]] = rows[from + p];
      }
      for (int r = pivots; r < size; r++) {
        scratch[places[rank[r]]++ + rank[r]] = rows[from + r];
      }
      System.arraycopy(scratch, 0, rows, from, size);
    }

    private void follow(int from, int to, int wanted) {
      if (to - from > 1 && from < wanted) {
        following[2 * followingCount] = from;
        following[2 * followingCount++ + 1] = to;
      }
    }
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
    int free = free(width, link);
    List<Integer> levels =
        selects(rows, wanted) ? selectedLevels(rows, wanted, free) : expectedLevels(rows, free);
    for (int comparisons : levels) {
      cost = cost.then(LessThan.cost(comparisons, width, link)).then(Open.cost(comparisons, 1));
    }
    return cost;
  }

  /** As if the rows that others are compared with divided them evenly. */
  private static List<Integer> selectedLevels(int n, int wanted, int free) {
    List<Integer> levels = new ArrayList<>();
    double blocks = 1;
    double size = n;
    while (size > 1) {
      int pivots = pivots(blocks * (size - 1), blocks * size * (size - 1) / 2, free);
      double k = Math.min(pivots, size - 1);
      levels.add((int) Math.round(blocks * (k * (size - 1) - k * (k - 1) / 2)));
      size = (size - k) / (k + 1);
      blocks = Math.max(1, Math.ceil(wanted / Math.max(1, size)));
    }
    return levels;
  }

  /**
   * Comparisons by level, from a simulation of the blocks' sizes with a fixed seed; of many blocks
   * some stand for all.
   */
  private static List<Integer> expectedLevels(int n, int free) {
    List<Integer> levels = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(n);
    if (n < SMALLEST_SAMPLED) {
      addLevels(levels, new int[] {n}, 1, random, free);
      return levels;
    }
    int sampled = Integer.highestOneBit(n / SAMPLING) - 1;
    levels.addAll(expectedLevels(sampled, free));
    int bits = Integer.numberOfTrailingZeros(sampled + 1);
    while (bits > 0) {
      int fan = fanOut(n - sampled, bits, free);
      bits -= fan;
      levels.add((n - sampled) * ((1 << fan) - 1));
    }
    int[] blocks = new int[Math.min(1024, sampled + 1)];
    double mean = (double) (n - sampled) / (sampled + 1);
    for (int b = 0; b < blocks.length; b++) {
      // The distance between two neighbours of a random sample is about exponential: its quantiles,
      // which together hold as many rows as there are.
      blocks[b] = (int) Math.round(-mean * Math.log(1 - (b + 0.5) / blocks.length));
    }
    addLevels(levels, blocks, (double) (sampled + 1) / blocks.length, random, free);
    return levels;
  }

  private static void addLevels(
      List<Integer> levels, int[] sizes, double scale, SplittableRandom random, int free) {
    int[] blocks = sizes;
    int count = sizes.length;
    while (true) {
      double ones = 0;
      double pairs = 0;
      for (int b = 0; b < count; b++) {
        ones += scale * Math.max(0, blocks[b] - 1);
        pairs += scale * blocks[b] * (blocks[b] - 1) / 2;
      }
      if (pairs == 0) {
        return;
      }
      int pivots = pivots(ones, pairs, free);
      double comparisons = 0;
      int[] following = new int[Arrays.stream(blocks, 0, count).sum()];
      int next = 0;
      for (int b = 0; b < count; b++) {
        comparisons += scale * comparisons(blocks[b], pivots);
        int k = pivotsOf(blocks[b], pivots);
        if (k < blocks[b] - 1) {
          int[] at = random.ints(0, blocks[b]).distinct().limit(k).sorted().toArray();
          int from = 0;
          for (int pivot : at) {
            following[next++] = pivot - from;
            from = pivot + 1;
          }
          following[next++] = blocks[b] - from;
        }
      }
      levels.add((int) Math.round(comparisons));
      blocks = following;
      count = next;
    }
  }
}

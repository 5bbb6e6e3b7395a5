package org.trefoil.executor.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/**
 * What moves together in a shuffle: one ring column, one full limb of words, or several narrow
 * columns packed into one word, so that a row is gathered once for all of them. Every lane is
 * masked at its full width.
 *
 * @param additive whether components add up rather than XOR
 * @param width bits in use of each limb
 */
record Lane(boolean additive, int width, long[][] first, long[][] second) {
  int limbs() {
    return first.length;
  }

  /** A lane that looks like this one and holds these limbs, so that its own can be forgotten. */
  Lane holding(long[][] values) {
    return new Lane(additive, width, values, values);
  }

  /** Of {@code count} rows from {@code at} on those that this lane holds; the others are zeros. */
  int held(int at, int count) {
    return Math.max(0, Math.min(count, first[0].length - at));
  }

  int wire() {
    return Wire.width(width);
  }

  long mask() {
    return Words.mask(width, 0);
  }

  /** Whose bits lie where: {@code limb} of {@code column}, at bit {@code at} of {@code lane}. */
  private record Place(int column, int limb, int width, int lane, int at) {}

  /** The lanes of columns, and how to find the columns in lanes again. */
  static final class Plan {
    private final List<Place> places = new ArrayList<>();
    private final List<Integer> used = new ArrayList<>();
    private final List<Integer> limbs = new ArrayList<>();

    /** First fit, from the columns' public shapes alone. */
    Plan(List<ColumnShape> columns) {
      for (int c = 0; c < columns.size(); c++) {
        ColumnShape column = columns.get(c);
        if (column.kind() == ColumnShape.Kind.SUMS) {
          places.add(new Place(c, 0, 64, used.size(), 0));
          used.add(64);
          limbs.add(column.limbs());
        } else {
          for (int limb = 0; limb < column.limbs(); limb++) {
            place(c, limb, Math.min(64, column.width() - 64 * limb));
          }
        }
      }
    }

    private void place(int column, int limb, int width) {
      for (int lane = 0; lane < used.size(); lane++) {
        if (limbs.get(lane) == 0 && used.get(lane) + width <= 64) {
          places.add(new Place(column, limb, width, lane, used.get(lane)));
          used.set(lane, used.get(lane) + width);
          return;
        }
      }
      places.add(new Place(column, limb, width, used.size(), 0));
      used.add(width);
      limbs.add(0);
    }

    int lanes() {
      return used.size();
    }

    /** Longs that one message per row of every lane takes. */
    long longs(int rows) {
      long longs = 0;
      for (int lane = 0; lane < lanes(); lane++) {
        longs += Wire.total(rows, Wire.width(used.get(lane))) * Math.max(1, limbs.get(lane));
      }
      return longs;
    }

    /**
     * The lanes, in a list whose entries may be replaced to forget them. The rows that a column
     * lacks are zeros, and a lane of short columns is short.
     */
    List<Lane> pack(List<? extends SharedColumn> columns, int rows) {
      Lane[] lanes = new Lane[lanes()];
      int held = columns.stream().mapToInt(SharedColumn::rows).max().orElse(0);
      for (Place place : places) {
        SharedColumn column = columns.get(place.column);
        if (column.rows() > rows) {
          throw new IllegalArgumentException(column.rows() + " rows among " + rows);
        }
        int lane = place.lane;
        if (column instanceof Sums sums) {
          lanes[lane] = new Lane(true, 64, sums.first(), sums.second());
        } else if (column instanceof Words words && place.width == used.get(lane)) {
          lanes[lane] =
              new Lane(
                  false,
                  place.width,
                  new long[][] {words.first()[place.limb]},
                  new long[][] {words.second()[place.limb]});
        } else {
          if (lanes[lane] == null) {
            lanes[lane] = new Lane(false, used.get(lane), new long[1][held], new long[1][held]);
          }
          if (column instanceof Words words) {
            place(words.first()[place.limb], place.at, lanes[lane].first[0]);
            place(words.second()[place.limb], place.at, lanes[lane].second[0]);
          } else if (column instanceof Bits bits) {
            spread(bits.first(), bits.rows(), place.at, lanes[lane].first[0]);
            spread(bits.second(), bits.rows(), place.at, lanes[lane].second[0]);
          }
        }
      }
      return new ArrayList<>(Arrays.asList(lanes));
    }

    /** The columns of {@code shapes}, which were packed. */
    List<SharedColumn> unpack(List<Lane> lanes, List<ColumnShape> shapes, int rows) {
      List<SharedColumn> out = new ArrayList<>(shapes.size());
      int at = 0;
      for (ColumnShape shape : shapes) {
        if (shape.kind() == ColumnShape.Kind.SUMS) {
          Lane lane = lanes.get(places.get(at++).lane);
          out.add(new Sums(rows, lane.first, lane.second));
        } else if (shape.kind() == ColumnShape.Kind.BITS) {
          Place place = places.get(at++);
          Lane lane = lanes.get(place.lane);
          out.add(
              new Bits(rows, collect(lane.first[0], place.at), collect(lane.second[0], place.at)));
        } else {
          int limbs = shape.limbs();
          long[][] first = new long[limbs][];
          long[][] second = new long[limbs][];
          for (int limb = 0; limb < limbs; limb++) {
            Place place = places.get(at++);
            Lane lane = lanes.get(place.lane);
            boolean whole = place.width == used.get(place.lane);
            first[limb] = whole ? lane.first[0] : cut(lane.first[0], place.at, place.width);
            second[limb] = whole ? lane.second[0] : cut(lane.second[0], place.at, place.width);
          }
          out.add(new Words(shape.width(), rows, first, second));
        }
      }
      return out;
    }

    private static void place(long[] words, int at, long[] lane) {
      for (int r = 0; r < words.length; r++) {
        lane[r] |= words[r] << at;
      }
    }

    private static void spread(long[] bits, int rows, int at, long[] lane) {
      for (int r = 0; r < rows; r++) {
        lane[r] |= ((bits[r >>> 6] >>> r) & 1) << at;
      }
    }

    private static long[] cut(long[] lane, int at, int width) {
      long mask = Words.mask(width, 0);
      long[] out = new long[lane.length];
      for (int r = 0; r < out.length; r++) {
        out[r] = (lane[r] >>> at) & mask;
      }
      return out;
    }

    private static long[] collect(long[] lane, int at) {
      long[] out = new long[Bits.longs(lane.length)];
      for (int w = 0; w < out.length; w++) {
        int from = w << 6;
        int count = Math.min(64, lane.length - from);
        long v = 0;
        for (int i = 0; i < count; i++) {
          v |= ((lane[from + i] >>> at) & 1) << i;
        }
        out[w] = v;
      }
      return out;
    }
  }

  /** out = x + sign y, or x ^ y, for {@code count} rows. */
  void combine(
      long[][] x, int xAt, long[][] y, int yAt, int sign, long[][] out, int at, int count) {
    if (additive) {
      Ring.combine(x, xAt, y, yAt, sign, out, at, count);
      if (width < 64) {
        long mask = mask();
        for (int i = at; i < at + count; i++) {
          out[0][i] &= mask;
        }
      }
      return;
    }
    long[] a = x[0];
    long[] b = y[0];
    long[] to = out[0];
    for (int i = 0; i < count; i++) {
      to[at + i] = a[xAt + i] ^ b[yAt + i];
    }
  }

  /** The next {@code count} masks of full width into {@code out[.][at ..]}. */
  void draw(RandomWords stream, long[][] out, int at, int count) {
    for (long[] limb : out) {
      stream.next(limb, at, count);
      if (width < 64) {
        long mask = mask();
        for (int i = at; i < at + count; i++) {
          limb[i] &= mask;
        }
      }
    }
  }

  static void gather(long[][] from, int[] index, int at, long[][] out, int to, int count) {
    for (int limb = 0; limb < from.length; limb++) {
      long[] source = from[limb];
      long[] target = out[limb];
      for (int i = 0; i < count; i++) {
        target[to + i] = source[index[at + i]];
      }
    }
  }

  @Override
  public String toString() {
    return "Lane[" + width + " bits]";
  }
}

package org.trefoil.executor.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Words;

/**
 * Bitwise AND of Boolean columns.
 *
 * <p><b>Computes</b> z = x & y, row by row and bit by bit; also x ? y : z.
 *
 * <p><b>Reveals</b> nothing. Public: rows and width.
 *
 * <p><b>Costs</b> one bit sent per party per bit of the result, one round; words of at most 32 bits
 * go as 1, 2, 4, 8, 16 or 32, wider ones limb by limb as 64: {@link #cost}.
 *
 * <p><b>Secure</b> as Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016, section 2: each party
 * computes x_i y_i ^ x_i y_(i+1) ^ x_(i+1) y_i ^ a_i with a_0 ^ a_1 ^ a_2 = 0 from the pairwise
 * keys and sends it to its previous party. What a party receives is masked by a stream whose key it
 * lacks: the simulator sends random bits.
 */
public final class And {
  private And() {}

  public static Bits bits(Party party, Step step, Bits x, Bits y) {
    return many(party, step, List.of(x), List.of(y)).get(0);
  }

  /** ANDs of x.get(k) and y.get(k) for all k in one round. */
  public static List<Bits> many(Party party, Step step, List<Bits> x, List<Bits> y) {
    Crew crew = party.crew(step, x.stream().mapToInt(u -> Bits.longs(u.rows())).sum());
    Layer layer = new Layer(crew, crew.masks(), x.size());
    for (int k = 0; k < x.size(); k++) {
      Bits u = x.get(k);
      Bits v = y.get(k);
      sameRows(u.rows(), v.rows());
      layer.and(u.first(), u.second(), 0, v.first(), v.second(), 0, Bits.longs(u.rows()));
    }
    layer.run();
    return split(layer, x);
  }

  /** Rows of {@code yes} where the condition holds, else of {@code no}; one round. */
  public static Bits select(Party party, Step step, Bits condition, Bits yes, Bits no) {
    sameRows(condition.rows(), yes.rows());
    sameRows(condition.rows(), no.rows());
    Crew crew = party.crew(step, Bits.longs(condition.rows()));
    Layer layer = new Layer(crew, crew.masks(), 1);
    layer.select(
        condition.first(),
        condition.second(),
        0,
        yes.first(),
        yes.second(),
        0,
        no.first(),
        no.second(),
        0,
        Bits.longs(condition.rows()));
    layer.run();
    return split(layer, List.of(condition)).get(0);
  }

  private static List<Bits> split(Layer layer, List<Bits> shapes) {
    if (shapes.size() == 1) {
      return List.of(new Bits(shapes.get(0).rows(), layer.first, layer.second));
    }
    List<Bits> out = new ArrayList<>(shapes.size());
    int at = 0;
    for (Bits shape : shapes) {
      int longs = Bits.longs(shape.rows());
      out.add(
          new Bits(
              shape.rows(),
              Arrays.copyOfRange(layer.first, at, at + longs),
              Arrays.copyOfRange(layer.second, at, at + longs)));
      at += longs;
    }
    return out;
  }

  public static Words words(Party party, Step step, Words x, Words y) {
    sameRows(x.rows(), y.rows());
    sameWidth(x.width(), y.width());
    return reshare(
        party,
        step,
        x.width(),
        x.rows(),
        (worker, masks, limb, out, from, count) -> {
          long[] mask = masks.binary(count, Words.mask(x.width(), limb));
          Kernels.and(
              x.first()[limb],
              x.second()[limb],
              from,
              y.first()[limb],
              y.second()[limb],
              from,
              mask,
              0,
              out,
              from,
              count);
        });
  }

  /** The words of the rows whose bit is one, and zero in the others. */
  public static Words mask(Party party, Step step, Bits keep, Words x) {
    sameRows(keep.rows(), x.rows());
    return reshare(
        party,
        step,
        x.width(),
        x.rows(),
        (worker, masks, limb, out, from, count) -> {
          long[] mask = masks.binary(count, Words.mask(x.width(), limb));
          long[] b0 = worker.scratch(2);
          long[] b1 = worker.scratch(3);
          Kernels.spread(keep.first(), from, b0, count);
          Kernels.spread(keep.second(), from, b1, count);
          Kernels.and(
              x.first()[limb], x.second()[limb], from, b0, b1, 0, mask, 0, out, from, count);
        });
  }

  /** Words of {@code yes} where the condition holds, else of {@code no}; costs as {@link #mask}. */
  public static Words select(Party party, Step step, Bits condition, Words yes, Words no) {
    sameRows(condition.rows(), yes.rows());
    sameRows(condition.rows(), no.rows());
    sameWidth(yes.width(), no.width());
    return reshare(
        party,
        step,
        yes.width(),
        yes.rows(),
        (worker, masks, limb, out, from, count) -> {
          long[] mask = masks.binary(count, Words.mask(yes.width(), limb));
          long[] b0 = worker.scratch(2);
          long[] b1 = worker.scratch(3);
          Kernels.spread(condition.first(), from, b0, count);
          Kernels.spread(condition.second(), from, b1, count);
          Kernels.select(
              b0,
              b1,
              0,
              yes.first()[limb],
              yes.second()[limb],
              from,
              no.first()[limb],
              no.second()[limb],
              from,
              mask,
              0,
              out,
              from,
              count);
        });
  }

  /**
   * Words of {@code x} where {@code first} holds, of {@code y} where {@code second} does, else of
   * {@code other}; never both hold. Costs as {@link #mask}.
   */
  public static Words choose(
      Party party, Step step, Bits first, Words x, Bits second, Words y, Words other) {
    sameRows(first.rows(), x.rows());
    sameRows(second.rows(), y.rows());
    Words u = Local.xor(x, other);
    Words v = Local.xor(y, other);
    return reshare(
        party,
        step,
        x.width(),
        x.rows(),
        (worker, masks, limb, out, from, count) -> {
          long[] mask = masks.binary(count, Words.mask(x.width(), limb));
          long[] b0 = worker.scratch(2);
          long[] b1 = worker.scratch(3);
          Kernels.spread(first.first(), from, b0, count);
          Kernels.spread(first.second(), from, b1, count);
          Kernels.and(
              u.first()[limb], u.second()[limb], from, b0, b1, 0, mask, 0, out, from, count);
          Kernels.spread(second.first(), from, b0, count);
          Kernels.spread(second.second(), from, b1, count);
          Kernels.andXor(
              v.first()[limb],
              v.second()[limb],
              from,
              b0,
              b1,
              0,
              out,
              from,
              other.first()[limb],
              from,
              out,
              from,
              count);
        });
  }

  private interface LimbPiece {
    void fill(Party worker, Masks masks, int limb, long[] out, int from, int count);
  }

  private static Words reshare(Party party, Step step, int width, int rows, LimbPiece piece) {
    Words out = Words.zero(width, rows);
    Crew crew = party.crew(step, rows);
    Masks[] masks = crew.masks();
    crew.run(
        rows,
        (k, begin, end) ->
            crew.party(k)
                .exchange(
                    crew.step(k),
                    out.first(),
                    out.second(),
                    begin,
                    end,
                    wires(width),
                    (limb, from, count) ->
                        piece.fill(crew.party(k), masks[k], limb, out.first()[limb], from, count)));
    return out;
  }

  /** Bits on the wire of each limb of a word of {@code width} bits. */
  static int[] wires(int width) {
    int[] wire = new int[Words.limbs(width)];
    for (int limb = 0; limb < wire.length; limb++) {
      wire[limb] = Wire.width(Math.min(64, width - 64 * limb));
    }
    return wire;
  }

  /** Cost of a product of words, of words and a bit, or (width 1) of bits. */
  public static Cost cost(int rows, int width) {
    long longs = 0;
    for (int wire : wires(width)) {
      longs += Wire.total(rows, wire);
    }
    return Cost.longs(longs, 1);
  }

  /** Cost of {@code count} products of bits in one round. */
  public static Cost costOfMany(int rows, int count) {
    return Cost.longs((long) Bits.longs(rows) * count, 1);
  }

  static void sameRows(int x, int y) {
    if (x != y) {
      throw new IllegalArgumentException("columns of " + x + " and of " + y + " rows");
    }
  }

  static void sameWidth(int x, int y) {
    if (x != y) {
      throw new IllegalArgumentException("columns of " + x + " and of " + y + " bits");
    }
  }
}

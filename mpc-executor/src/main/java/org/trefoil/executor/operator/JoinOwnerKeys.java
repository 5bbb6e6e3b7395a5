package org.trefoil.executor.operator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.BitToArithmetic;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Equality;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Multiply;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.Placement;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.KeyTable;

/**
 * Inner join on keys that both owners know in the clear, without a sort.
 *
 * <p><b>Computes</b> what {@link JoinPkFk} does: for every FK row the columns of the PK row with
 * the same key, and a valid bit. The PK rows lie in a cuckoo table, each in one of the three bins
 * that its key hashes to; the FK side's owner knows the three bins of each of its keys, and shares
 * where bins and probes go so that every bin is followed by its probes. Differences before and
 * running values after bring the bin's row to each probe; one of three probes has the key, or none.
 *
 * <p><b>Reveals</b> nothing. Opened: to two parties, under a fresh shuffle, the places, which are a
 * uniformly random permutation whatever the owner shares; and a bit per bin, whether the bins lie
 * in their order. That is one for all bins, unless the FK side's owner has shared other places,
 * which would mix PK rows: then the join fails, EXECUTORS_DISAGREE. The owner may know the order of
 * the result: who opens anything of it shuffles it first. Public: bins, FK rows, all widths.
 *
 * <p><b>Costs</b> the way of a row per bin and three per FK row to their places and back, one
 * equality on them, and a choice of three for each FK row: {@link #cost}; less than 20 rounds.
 *
 * <p><b>Secure</b> as {@link Placement}: the simulator opens a random permutation, and ones. An
 * owner that shows an executor its places gives away the executors' permutations, and with them
 * nothing, since what hides the rows are masks of streams that no owner has. Table and probes as
 * Pinkas, Schneider, Weinert, Wieder, EUROCRYPT 2018; only what an owner knows of its own keys
 * decides its places.
 */
public final class JoinOwnerKeys {
  private static final int PROBES = KeyTable.PROBES;

  private JoinOwnerKeys() {}

  /**
   * Joins.
   *
   * @param bins the PK side: a row per bin, in their order, keys distinct over all of them
   * @param places where each bin, then the first probe of each FK row, then the second and the
   *     third go: every bin in the order of the bins, and directly followed by its probes
   */
  public static JoinPkFk.Joined join(
      Party party, Step step, JoinPkFk.Side bins, JoinPkFk.Side fk, Words places) {
    int m = bins.rows();
    int r = fk.rows();
    int n = places.rows();
    if (n != m + PROBES * r || m == 0 || r == 0) {
      throw new IllegalArgumentException(n + " places of " + m + " bins and " + r + " rows");
    }
    // A key with a bit below that says that its row is none.
    Words keys = Local.beside(bins.key(), Local.not(party, bins.valid()));
    List<SharedColumn> moving = new ArrayList<>();
    moving.add(Columns.differences(keys));
    bins.columns().forEach(c -> moving.add(Columns.differences(c)));
    Placement lined = Placement.of(party, step.child("line"), places, moving);
    // Every probe now follows its bin.
    List<SharedColumn> latest = lined.columns();
    latest.forEach(Local::accumulate);
    List<SharedColumn> back = lined.back(party, step.child("back"), latest);

    // What a bin is compared with is itself, and a probe finds a row only if both are some.
    int width = keys.width() + 1;
    Words probe = Local.beside(Local.not(party, fk.valid()), fk.key(), Bits.zero(r));
    Words other = widened((Words) back.get(0), width);
    Local.xorInto(other, 0, Local.widen(keys, width));
    for (int c = 0; c < PROBES; c++) {
      Local.xorInto(other, m + c * r, probe);
    }
    Bits same = Equality.zero(party, step.child("same"), other);
    requireOrder(party, step.child("order"), Local.slice(same, 0, m));
    Bits first = Local.slice(same, m, m + r);
    Bits second = Local.slice(same, m + r, m + 2 * r);
    Bits match = Local.xor(Local.xor(first, second), Local.slice(same, m + 2 * r, n));
    List<SharedColumn> pk = chosen(party, step, first, second, back.subList(1, back.size()), m);
    return new JoinPkFk.Joined(match, pk, fk.columns());
  }

  /** The column, which is not used any longer, as words of more bits. */
  private static Words widened(Words x, int width) {
    return Words.limbs(width) == Words.limbs(x.width())
        ? new Words(width, x.rows(), x.first(), x.second())
        : Local.widen(x, width);
  }

  private static void requireOrder(Party party, Step step, Bits inOrder) {
    long[] bits = Open.bits(party, step, inOrder);
    long ones = Arrays.stream(bits).map(Long::bitCount).sum();
    if (ones != inOrder.rows()) {
      throw new TrefoilException(
          Condition.EXECUTORS_DISAGREE,
          "Cannot join in step "
              + step.path()
              + ": the owner whose rows refer to keys has shared places out of order. Run the query"
              + " again; if it fails again, that owner deviates.");
    }
  }

  /** Of three columns next to each other the one that was found, else the last. */
  private static List<SharedColumn> chosen(
      Party party, Step step, Bits first, Bits second, List<SharedColumn> columns, int m) {
    int r = first.rows();
    Sums firstNumber = null;
    Sums secondNumber = null;
    int width = columns.stream().mapToInt(JoinOwnerKeys::ring).max().orElse(0);
    if (width > 0) {
      Sums both =
          BitToArithmetic.convert(party, step.child("number"), Local.concat(first, second), width);
      firstNumber = Local.slice(both, 0, r);
      secondNumber = Local.slice(both, r, 2 * r);
    }
    List<SharedColumn> chosen = new ArrayList<>();
    for (int c = 0; c < columns.size(); c++) {
      SharedColumn column = columns.get(c);
      Step at = step.child("choose" + c);
      if (column instanceof Sums sums) {
        boolean narrow = sums.width() < width;
        Sums last = Local.slice(sums, m + 2 * r, m + 3 * r);
        Sums some =
            Multiply.sumOfTwo(
                party,
                at,
                narrow ? Local.narrow(firstNumber) : firstNumber,
                Local.minus(Local.slice(sums, m, m + r), last),
                narrow ? Local.narrow(secondNumber) : secondNumber,
                Local.minus(Local.slice(sums, m + r, m + 2 * r), last));
        chosen.add(Local.plus(some, last));
      } else {
        Words words = column instanceof Bits bits ? Local.words(bits) : (Words) column;
        Words picked =
            And.choose(
                party,
                at,
                first,
                Local.slice(words, m, m + r),
                second,
                Local.slice(words, m + r, m + 2 * r),
                Local.slice(words, m + 2 * r, m + 3 * r));
        chosen.add(column instanceof Bits ? Local.plane(picked, 0) : picked);
      }
    }
    return chosen;
  }

  private static int ring(SharedColumn column) {
    return column instanceof Sums ? column.width() : 0;
  }

  /** Bits that hold the places of so many bins and FK rows. */
  public static int placeWidth(int bins, int rows) {
    return ObliviousSort.indexWidth(bins + PROBES * rows);
  }

  /**
   * What {@link #join} sends.
   *
   * @param m bins
   * @param r FK rows
   * @param pk shapes of the PK side's columns
   */
  public static Cost cost(int m, int r, int keyWidth, List<ColumnShape> pk) {
    int n = m + PROBES * r;
    List<ColumnShape> moved = new ArrayList<>();
    moved.add(ColumnShape.words(keyWidth + 1));
    moved.addAll(pk);
    Cost cost =
        Placement.cost(n, placeWidth(m, r), moved)
            .then(Placement.costOfBack(n, moved))
            .then(Equality.cost(n, keyWidth + 2))
            .then(Open.cost(m, 1));
    int ring =
        pk.stream()
            .filter(s -> s.kind() == ColumnShape.Kind.SUMS)
            .mapToInt(ColumnShape::width)
            .max()
            .orElse(0);
    if (ring > 0) {
      cost = cost.then(BitToArithmetic.cost(2 * r, ring));
    }
    for (ColumnShape shape : pk) {
      cost =
          cost.then(
              shape.kind() == ColumnShape.Kind.SUMS
                  ? Multiply.costOfSumOfTwo(r, shape.width())
                  : And.cost(r, shape.width()));
    }
    return cost;
  }
}

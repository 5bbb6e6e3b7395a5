package org.trefoil.executor.operator;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.ArithmeticToBoolean;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;

/**
 * The one flag of a query for arithmetic that public bounds could not show to fit its type.
 *
 * <p><b>Computes</b> whether any value of a row that counts is outside its type.
 *
 * <p><b>Reveals</b> one bit per query, and only where a check was needed: an ARITHMETIC_OVERFLOW
 * without place or value. Public: which expressions are checked.
 *
 * <p><b>Costs</b> per check one or two conversions to bits, and one bit per row to gather them.
 *
 * <p><b>Secure</b> as its parts; listed under Leaks.
 */
public final class Overflow {
  private final Party party;
  private final List<Bits> flags = new ArrayList<>();
  private final Set<String> types = new TreeSet<>();
  private final boolean forbidden;
  private boolean zeros;
  private Bits valid;

  public Overflow(Party party) {
    this(party, false);
  }

  private Overflow(Party party, boolean forbidden) {
    this.party = party;
    this.forbidden = forbidden;
  }

  /** Where no flag may be opened: a check that is needed is UNBOUNDED_VALUE. */
  public static Overflow forbidden(Party party) {
    return new Overflow(party, true);
  }

  private void requireAllowed(String what) {
    if (forbidden) {
      throw new TrefoilException(
          Condition.UNBOUNDED_VALUE,
          "Cannot compute the query: "
              + what
              + ", and over tables whose policies ask for privacy nobody may be told whether it"
              + " does. Let owners declare ranges for its columns, or cast them to a wider type.");
    }
  }

  /** From now on only values of these rows count; null: of all rows. */
  public void among(Bits valid) {
    this.valid = valid;
  }

  /** Whether a value in {@code range} may not fit {@code type}. */
  public boolean possible(Interval range, DataType type) {
    return !range.within(of(type));
  }

  /** Adds a check that every present value fits its type. */
  public void check(Step step, Sums values, Interval range, DataType type, Bits present) {
    requireAllowed("a value may not fit its type " + type.sql());
    Interval allowed = of(type);
    Bits outside = null;
    if (range.greatest().compareTo(allowed.greatest()) > 0) {
      Sums room =
          Local.minus(
              Columns.constant(party, allowed.greatest(), values.width(), values.rows()), values);
      Interval rooms = Interval.of(allowed.greatest()).minus(range);
      outside = negative(step.child("above"), room, rooms);
    }
    if (range.least().compareTo(allowed.least()) < 0) {
      Sums room =
          Local.minus(
              values, Columns.constant(party, allowed.least(), values.width(), values.rows()));
      Bits below = negative(step.child("below"), room, range.minus(Interval.of(allowed.least())));
      outside = outside == null ? below : Local.xor(outside, below);
    }
    if (present != null) {
      outside = And.bits(party, step.child("present"), outside, present);
    }
    if (valid != null) {
      outside = And.bits(party, step.child("valid"), outside, valid);
    }
    flags.add(outside);
    types.add(type.sql());
  }

  /** Adds a check that no present divisor is zero. */
  public void zero(Step step, Bits zero, Bits present) {
    requireAllowed("a divisor may be zero");
    Bits wrong = zero;
    if (present != null) {
      wrong = And.bits(party, step.child("present"), wrong, present);
    }
    if (valid != null) {
      wrong = And.bits(party, step.child("valid"), wrong, valid);
    }
    flags.add(wrong);
    zeros = true;
  }

  private Bits negative(Step step, Sums values, Interval range) {
    int bits = Math.min(values.width(), range.signedBits());
    return Local.plane(ArithmeticToBoolean.convert(party, step, values, bits), bits - 1);
  }

  /** Opens the flag, if anything was checked; ARITHMETIC_OVERFLOW if it is one. */
  public void raise(Step step) {
    if (flags.isEmpty()) {
      return;
    }
    Bits any = null;
    for (int i = 0; i < flags.size(); i++) {
      Bits folded = anyRow(step.child("rows" + i), flags.get(i));
      any = any == null ? folded : or(step.child("or" + i), any, folded);
    }
    if ((Open.bits(party, step.child("open"), any)[0] & 1) != 0) {
      throw new TrefoilException(
          Condition.ARITHMETIC_OVERFLOW,
          "Cannot compute the query: "
              + (types.isEmpty()
                  ? ""
                  : "a value does not fit its type " + String.join(" or ", types))
              + (zeros ? (types.isEmpty() ? "" : ", or ") + "a divisor is zero" : "")
              + ". Cast the arguments to a wider type, or leave zeros out.");
    }
  }

  private Bits anyRow(Step step, Bits bits) {
    Bits rest = bits;
    for (int level = 0; rest.rows() > 1; level++) {
      int half = (rest.rows() + 1) / 2;
      Bits low = Local.slice(rest, 0, half);
      Bits high = Columns.padded(Local.slice(rest, half, rest.rows()), 0, 2 * half - rest.rows());
      rest = or(step.child("level" + level), low, high);
    }
    return rest;
  }

  private Bits or(Step step, Bits x, Bits y) {
    return Local.not(party, And.bits(party, step, Local.not(party, x), Local.not(party, y)));
  }

  private static Interval of(DataType type) {
    return switch (type.kind()) {
      case TINYINT -> Interval.signed(8);
      case SMALLINT -> Interval.signed(16);
      case INT, DATE, YEAR_MONTH -> Interval.signed(32);
      case BIGINT, TIMESTAMP, DAY_TIME -> Interval.signed(64);
      case DECIMAL -> {
        BigInteger greatest = BigInteger.TEN.pow(type.precision()).subtract(BigInteger.ONE);
        yield new Interval(greatest.negate(), greatest);
      }
      default -> Interval.signed(128);
    };
  }

  /** What one check of nullable values among valid rows sends, and opening the flag. */
  public static Cost cost(int rows, Interval range, DataType type, Link link) {
    Interval allowed = of(type);
    Cost cost = Cost.NONE;
    if (range.greatest().compareTo(allowed.greatest()) > 0) {
      int bits = Interval.of(allowed.greatest()).minus(range).signedBits();
      cost = cost.then(ArithmeticToBoolean.cost(rows, bits, link));
    }
    if (range.least().compareTo(allowed.least()) < 0) {
      int bits = range.minus(Interval.of(allowed.least())).signedBits();
      cost = cost.then(ArithmeticToBoolean.cost(rows, bits, link));
    }
    cost = cost.then(And.cost(rows, 1)).then(And.cost(rows, 1));
    for (int left = rows; left > 1; left = (left + 1) / 2) {
      cost = cost.then(And.cost((left + 1) / 2, 1));
    }
    return cost.then(Open.cost(1, 1));
  }
}

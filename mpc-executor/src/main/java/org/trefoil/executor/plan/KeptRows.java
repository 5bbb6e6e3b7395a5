package org.trefoil.executor.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.plan.Source;
import org.trefoil.executor.operator.Reencode;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The rows of a kept result as a query's layout asks for them. */
public final class KeptRows {
  private static final int SMALL = 62;

  private final Party party;
  private final Source source;
  private final List<ResultColumn> encoding;
  private final Bits valid;
  private final List<SharedColumn> columns;

  private KeptRows(
      Party party,
      Source source,
      List<ResultColumn> encoding,
      Bits valid,
      List<SharedColumn> columns) {
    this.party = party;
    this.source = source;
    this.encoding = encoding;
    this.valid = valid;
    this.columns = columns;
  }

  /**
   * The rows in the forms of {@code layout}, which are changed on shares where they differ from
   * those in which the result was kept.
   *
   * @param encoding of the result's columns
   * @param columns as {@code encoding} says, each nullable one followed by its validity bits
   */
  public static SourceShares of(
      Party party,
      Step step,
      InputLayout layout,
      Source source,
      List<ResultColumn> encoding,
      Bits valid,
      List<SharedColumn> columns) {
    KeptRows rows = new KeptRows(party, source, encoding, valid, columns);
    List<SharedColumn> made = new ArrayList<>();
    for (InputColumn column : layout.columns(source.id())) {
      made.add(rows.column(step.child("column" + made.size()), column));
    }
    return new SourceShares(valid, made);
  }

  private SharedColumn column(Step step, InputColumn column) {
    int kept = kept(column.outputs().get(0));
    ResultColumn from = encoding.get(kept);
    SharedColumn values = columns.get(position(kept));
    return switch (column.form()) {
      case VALID ->
          from.field().nullable()
              ? columns.get(position(kept) + 1)
              : Local.constant(party, true, valid.rows());
      case BIT -> values;
      case ARITHMETIC -> sums(step, from, values, column.width());
      case ORDERED -> ordered(step, from, values, column.slots().get(0));
      default ->
          throw new TrefoilException(
              Condition.INTERNAL, "Cannot make " + column.form() + " of a kept result.");
    };
  }

  /** The column of the result that an output of the source is. */
  private int kept(int output) {
    Rel.Project project = (Rel.Project) source.branches().get(0).local();
    Expr.FieldRef ref = (Expr.FieldRef) project.expressions().get(output);
    String name = project.input().fields().get(ref.index()).name();
    for (int i = 0; i < encoding.size(); i++) {
      if (encoding.get(i).field().name().equalsIgnoreCase(name)) {
        return i;
      }
    }
    throw new TrefoilException(Condition.INTERNAL, "Cannot find column " + name + " of a result.");
  }

  private int position(int kept) {
    int at = 0;
    for (int i = 0; i < kept; i++) {
      at += encoding.get(i).field().nullable() ? 2 : 1;
    }
    return at;
  }

  private Sums sums(Step step, ResultColumn from, SharedColumn values, int ring) {
    return from.form() == Form.ARITHMETIC
        ? Reencode.toRing(party, step, (Sums) values, ring)
        : Reencode.toSums(party, step, (Words) values, from.slot(), ring);
  }

  private Words ordered(Step step, ResultColumn from, SharedColumn values, Slot slot) {
    if (from.form() == Form.ORDERED && from.slot().equals(slot)) {
      return (Words) values;
    }
    if (from.field().type().isBytes()) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_TYPE,
          "Cannot compare column "
              + from.field().name()
              + " of a kept result with values of another length. Cast them to "
              + from.field().type().sql()
              + " where they are read.");
    }
    BigInteger greatest = slot.least().abs().add(BigInteger.ONE.shiftLeft(slot.width()));
    int ring = greatest.bitLength() <= SMALL ? 64 : 128;
    Sums numbers = sums(step.child("sums"), from, values, ring);
    return Reencode.toOrdered(party, step.child("ordered"), numbers, slot);
  }
}

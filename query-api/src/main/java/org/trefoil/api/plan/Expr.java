package org.trefoil.api.plan;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.trefoil.api.type.DataType;

/**
 * A scalar expression with Spark's semantics; its type and nullability are fixed by the planner.
 */
public sealed interface Expr {
  DataType type();

  boolean nullable();

  /** Column {@code index} of the relation (of left then right for a join condition). */
  record FieldRef(int index, DataType type, boolean nullable) implements Expr {}

  /**
   * A constant. {@code value} is null, or by type: Boolean; Long for integers, DATE (days),
   * TIMESTAMP and INTERVAL DAY TO SECOND (microseconds) and INTERVAL YEAR TO MONTH (months);
   * BigDecimal with the type's scale; String, which for BINARY has two lower-case hexadecimal
   * digits for each byte; Double, for a FLOAT the one that names it shortest.
   */
  record Literal(DataType type, Object value) implements Expr {
    @Override
    public boolean nullable() {
      return value == null;
    }

    /** The bytes of a constant of type STRING or BINARY that is not NULL. */
    public byte[] bytes() {
      String text = (String) value;
      return type.kind() == DataType.Kind.BINARY
          ? HexFormat.of().parseHex(text)
          : text.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** A function of the profile applied to arguments. */
  record Call(Function function, List<Expr> arguments, DataType type, boolean nullable)
      implements Expr {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }
}

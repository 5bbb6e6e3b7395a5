package org.trefoil.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.procedures.BoundProcedure;
import org.apache.spark.sql.connector.catalog.procedures.ProcedureParameter;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.result.QueryExecution;

/** A deed of governance as {@code CALL <catalog>.system.<name>(...)}; answers lines of text. */
record SystemProcedure(String name, QueryExecution execution)
    implements UnboundProcedure, BoundProcedure {
  private static final StructType LINES = StructType.fromDDL("line STRING");
  private static final Map<String, List<String>> PARAMETERS =
      new TreeMap<>(
          Map.of(
              "inspect", List.of("id"),
              "approve", List.of("id"),
              "withdraw", List.of("id", "reason"),
              "freeze", List.of("reason"),
              "lift", List.of("freeze", "reason")));

  static Set<String> names() {
    return PARAMETERS.keySet();
  }

  static Optional<SystemProcedure> named(String name, QueryExecution execution) {
    String lower = name.toLowerCase(Locale.ROOT);
    return PARAMETERS.containsKey(lower)
        ? Optional.of(new SystemProcedure(lower, execution))
        : Optional.empty();
  }

  @Override
  public String description() {
    return "governs proposals; see docs/governance.md";
  }

  @Override
  public BoundProcedure bind(StructType inputType) {
    return this;
  }

  @Override
  public ProcedureParameter[] parameters() {
    return PARAMETERS.get(name).stream()
        .map(p -> ProcedureParameter.in(p, DataTypes.StringType).build())
        .toArray(ProcedureParameter[]::new);
  }

  @Override
  public boolean isDeterministic() {
    return false;
  }

  @Override
  public Iterator<Scan> call(InternalRow input) {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < input.numFields(); i++) {
      arguments.add(input.isNullAt(i) ? "" : input.getUTF8String(i).toString());
    }
    try {
      List<Object[]> rows =
          execution.call(name, arguments).stream().map(line -> new Object[] {line}).toList();
      return List.<Scan>of(SystemTable.scan(LINES, rows)).iterator();
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }
}

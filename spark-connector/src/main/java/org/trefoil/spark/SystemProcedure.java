package org.trefoil.spark;

import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.procedures.BoundProcedure;
import org.apache.spark.sql.connector.catalog.procedures.ProcedureParameter;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.spark.plan.ProposalDraft;
import org.trefoil.spark.result.QueryExecution;

/**
 * A deed of governance as {@code CALL <catalog>.system.<name>(...)}; answers lines of text, a run
 * its result.
 *
 * @param catalog the name of Trefoil's catalog
 */
record SystemProcedure(String name, String catalog, QueryExecution execution)
    implements UnboundProcedure, BoundProcedure {
  private static final StructType LINES = StructType.fromDDL("line STRING");

  /** What has to be said, and what may be: {@code name=default}. All of it is text. */
  private static final Map<String, List<String>> PARAMETERS =
      new TreeMap<>(
          Map.of(
              "propose",
              List.of(
                  "query",
                  "purpose",
                  "runs=1",
                  "parameters=",
                  "recipients=analyst",
                  "interval=0s",
                  "days=30",
                  "reveal=aggregates",
                  "analysts=",
                  "replaces="),
              "run",
              List.of("id", "parameters=", "retry="),
              "inspect",
              List.of("id"),
              "approve",
              List.of("id", "card="),
              "withdraw",
              List.of("id", "reason"),
              "freeze",
              List.of("reason"),
              "lift",
              List.of("freeze", "reason")));

  static Set<String> names() {
    return PARAMETERS.keySet();
  }

  static Optional<SystemProcedure> named(String name, String catalog, QueryExecution execution) {
    String lower = name.toLowerCase(Locale.ROOT);
    return PARAMETERS.containsKey(lower)
        ? Optional.of(new SystemProcedure(lower, catalog, execution))
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
        .map(
            text -> {
              String[] parts = text.split("=", -1);
              var parameter = ProcedureParameter.in(parts[0], DataTypes.StringType);
              return (parts.length == 1 ? parameter : parameter.defaultValue("'" + parts[1] + "'"))
                  .build();
            })
        .toArray(ProcedureParameter[]::new);
  }

  @Override
  public boolean isDeterministic() {
    return false;
  }

  @Override
  public Iterator<Scan> call(InternalRow input) {
    Map<String, String> said = new LinkedHashMap<>();
    for (int i = 0; i < input.numFields(); i++) {
      said.put(parameters()[i].name(), input.isNullAt(i) ? "" : input.getUTF8String(i).toString());
    }
    try {
      return List.of(
              switch (name) {
                case "run" -> run(said);
                case "propose" ->
                    lines(execution.propose(SparkSession.active(), catalog, draft(said)));
                default -> lines(execution.call(name, List.copyOf(said.values())));
              })
          .iterator();
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }

  private static Scan lines(List<String> lines) {
    return SystemTable.scan(LINES, lines.stream().map(line -> new Object[] {line}).toList());
  }

  private Scan run(Map<String, String> said) {
    Dataset<Row> result =
        SparkSession.active()
            .read()
            .format("trefoil")
            .option("catalog", catalog)
            .option("proposal", said.get("id"))
            .option("parameters", said.get("parameters"))
            .option("retry", said.get("retry"))
            .load();
    List<Object[]> rows =
        result.collectAsList().stream()
            .map(
                row -> {
                  Object[] values = new Object[row.size()];
                  Arrays.setAll(values, row::get);
                  return values;
                })
            .toList();
    return SystemTable.scan(result.schema(), rows);
  }

  private static ProposalDraft draft(Map<String, String> said) {
    try {
      return new ProposalDraft(
          said.get("query"),
          said.get("purpose"),
          whole("runs", said),
          ProposalDraft.duration(said.get("interval")),
          Duration.ofDays(whole("days", said)),
          list(said.get("analysts"), ","),
          said.get("recipients"),
          isOwnKeys(said.get("reveal")),
          list(said.get("parameters"), ";").stream().map(ProposalDraft::parameter).toList(),
          Optional.of(said.get("replaces")).filter(id -> !id.isEmpty()));
    } catch (IllegalArgumentException e) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION, "Cannot propose: " + e.getMessage() + ".", e);
    }
  }

  private static int whole(String argument, Map<String, String> said) {
    try {
      return Integer.parseInt(said.get(argument));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          argument + " takes a whole number, not \"" + said.get(argument) + "\"", e);
    }
  }

  private static boolean isOwnKeys(String reveal) {
    if (!List.of("aggregates", "own-keys").contains(reveal)) {
      throw new IllegalArgumentException("reveal is aggregates or own-keys, not " + reveal);
    }
    return reveal.equals("own-keys");
  }

  private static List<String> list(String text, String separator) {
    return text.isBlank()
        ? List.of()
        : Arrays.stream(text.split(separator)).map(String::strip).toList();
  }
}

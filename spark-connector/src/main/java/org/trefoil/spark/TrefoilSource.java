package org.trefoil.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.trefoil.api.approval.ParameterText;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.spark.result.ResultScan;

/**
 * {@code spark.read().format("trefoil")} with either {@code option("query", sql)}, which runs the
 * query whole, {@code option("proposal", id)}, which runs an approved proposal, {@code
 * option("result", id)}, which fetches what another has run for this reader, or {@code
 * option("table", "owner.table")}. The catalog is {@code trefoil} or that of {@code
 * option("catalog", name)}.
 */
public final class TrefoilSource implements TableProvider, DataSourceRegister {
  @Override
  public String shortName() {
    return "trefoil";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    Table table = table(options);
    if (table instanceof QueryTable query) {
      return query.result();
    }
    return SparkTypes.toSpark(
        table instanceof HeldTable held
            ? held.plan().root().fields()
            : ((TrefoilTable) table).descriptor().fields());
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return table(new CaseInsensitiveStringMap(properties));
  }

  private static Table table(CaseInsensitiveStringMap options) {
    String query = options.get("query");
    String table = options.get("table");
    String proposal = options.get(TrefoilOptions.PROPOSAL);
    String result = options.get(TrefoilOptions.RESULT);
    if (Stream.of(query, table, proposal, result).filter(Objects::nonNull).count() != 1) {
      throw invalid(
          "Cannot read format trefoil: give either option(\"query\", sql), option(\"proposal\", id),"
              + " option(\"result\", id) or option(\"table\", \"owner.table\").");
    }
    String catalog = options.getOrDefault("catalog", "trefoil");
    Map<String, String> all = options.asCaseSensitiveMap();
    if (result != null) {
      TrefoilCatalog trefoil = trefoil(catalog, "read result " + result);
      return HeldTable.of(trefoil.execution(), trefoil.options().withReadOptions(all));
    }
    if (proposal != null) {
      return proposed(catalog, proposal, options);
    }
    return query != null ? QueryTable.of(query, all) : named(catalog, table, options);
  }

  /**
   * The plan of a proposal with the values of this run, as it was stored: it runs as it was
   * approved, however this Spark would plan its SQL. One that has no finish is planned again.
   */
  private static Table proposed(String catalog, String id, CaseInsensitiveStringMap options) {
    TrefoilCatalog trefoil = trefoil(catalog, "run proposal " + id);
    try {
      Proposal proposal = Proposal.decode(trefoil.execution().proposal(id));
      Map<String, String> all = new HashMap<>(options.asCaseSensitiveMap());
      Map<String, String> values =
          ParameterText.values(options.getOrDefault(TrefoilOptions.PARAMETERS, ""));
      if (!proposal.finish().isEmpty()) {
        return stored(trefoil, proposal, values, all);
      }
      Release release = SubstraitPlans.decode(proposal.plan()).release();
      all.put(TrefoilOptions.RECIPIENTS, release.text());
      if (release.ownKeys()) {
        all.put(TrefoilOptions.REVEAL, TrefoilOptions.OWN_KEYS);
      }
      return QueryTable.of(ParameterText.sql(proposal, values), all);
    } catch (TrefoilException e) {
      throw TrefoilSparkException.raise(e);
    }
  }

  private static Table stored(
      TrefoilCatalog trefoil,
      Proposal proposal,
      Map<String, String> values,
      Map<String, String> options) {
    SparkSession session = SparkSession.active();
    Plan plan = SubstraitPlans.decode(proposal.plan(values));
    boolean same =
        plan.ansi() == SQLConf.get().ansiEnabled()
            && plan.timeZone().equals(SQLConf.get().sessionLocalTimeZone());
    if (!same) {
      throw new TrefoilException(
          Condition.PLAN_NOT_APPROVED,
          "Cannot run proposal "
              + proposal.id()
              + ": it was approved with spark.sql.ansi.enabled = "
              + plan.ansi()
              + " and spark.sql.session.timeZone = "
              + plan.timeZone()
              + ". Set them so.");
    }
    ResultScan scan =
        ResultScan.plan(
            session,
            trefoil.execution(),
            trefoil.options().withReadOptions(options),
            plan,
            trefoil.execution().descriptors(session));
    return QueryTable.of(proposal.id(), scan, proposal.finish(), options);
  }

  private static TrefoilCatalog trefoil(String catalog, String deed) {
    if (plugin(catalog) instanceof TrefoilCatalog trefoil) {
      return trefoil;
    }
    throw invalid("Cannot " + deed + ": " + catalog + " is no Trefoil catalog.");
  }

  private static CatalogPlugin plugin(String catalog) {
    return ((org.apache.spark.sql.classic.SparkSession) SparkSession.active())
        .sessionState()
        .catalogManager()
        .catalog(catalog);
  }

  private static Table named(String catalog, String table, CaseInsensitiveStringMap options) {
    int dot = table.indexOf('.');
    CatalogPlugin plugin = plugin(catalog);
    if (dot < 0 || !(plugin instanceof TrefoilCatalog trefoil)) {
      throw invalid(
          "Cannot read table "
              + table
              + " of catalog "
              + catalog
              + ": it has to be owner.table of a Trefoil catalog.");
    }
    try {
      TrefoilTable found =
          (TrefoilTable)
              trefoil.loadTable(
                  Identifier.of(new String[] {table.substring(0, dot)}, table.substring(dot + 1)));
      return new TrefoilTable(
          found.descriptor(),
          found.execution(),
          found.options().withReadOptions(options.asCaseSensitiveMap()));
    } catch (NoSuchTableException e) {
      throw TrefoilSparkException.<RuntimeException>unchecked(e);
    }
  }

  private static RuntimeException invalid(String reason) {
    return TrefoilSparkException.raise(
        new TrefoilException(Condition.INVALID_CONFIGURATION, reason));
  }
}

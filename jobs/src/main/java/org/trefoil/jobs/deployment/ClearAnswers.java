package org.trefoil.jobs.deployment;

import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.spark.share.OwnerTables;

/**
 * Plain Spark's answers over the rows of all owners, which one process can read on one machine
 * only. {@code ${k:owner.table}} in the text is the table's least group size.
 */
public final class ClearAnswers implements Answers {
  private final SparkSession spark;
  private final Recipe recipe;
  private final OwnersFile owners;

  public ClearAnswers(SparkSession spark, Recipe recipe, OwnersFile owners) {
    this.spark = spark;
    this.recipe = recipe;
    this.owners = owners;
    OwnerTables tables = OwnerTables.of(owners);
    for (OwnedTable table : owners.tables()) {
      tables.rows(spark, table.owner(), table.table()).createOrReplaceTempView(view(table));
    }
  }

  @Override
  public Result to(String query) {
    return Result.of(query, spark.sql(recipe.clearSql(query, this::named)));
  }

  @Override
  public String parameter(String name) {
    return recipe.parameter(name);
  }

  private String named(String sql) {
    String text = sql;
    for (OwnedTable table : owners.tables()) {
      text =
          text.replace("${k:" + table.name() + "}", table.policy().minGroupSize() + "")
              .replaceAll("\\btrefoil\\." + Pattern.quote(table.name()) + "\\b", view(table));
    }
    return text;
  }

  private static String view(OwnedTable table) {
    return "clear_" + (table.owner() + "_" + table.table()).replace('-', '_');
  }
}

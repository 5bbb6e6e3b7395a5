package org.trefoil.jobs.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.spark.share.OwnerTables;

/**
 * Plain Spark's answers over the rows of all owners, which one process can read on one machine
 * only. {@code ${k:owner.table}} in the text is the table's least group size.
 */
public final class ClearAnswers implements Answers {
  private static final String KEPT = "clear_shared_";

  private final SparkSession spark;
  private final Recipe recipe;
  private final OwnersFile owners;
  private final List<String> kept = new ArrayList<>();

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
  public Result to(Question question) {
    String sql = recipe.with(question.values()).clearSql(question.query(), this::named);
    Dataset<Row> rows = spark.sql(sql);
    question
        .kept()
        .ifPresent(
            name -> {
              kept.add(name);
              rows.createOrReplaceTempView(KEPT + name);
            });
    return Result.of(question.name(), rows);
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
    for (String name : kept) {
      text = text.replaceAll("\\btrefoil\\.shared\\." + Pattern.quote(name) + "\\b", KEPT + name);
    }
    return text;
  }

  private static String view(OwnedTable table) {
    return "clear_" + (table.owner() + "_" + table.table()).replace('-', '_');
  }
}

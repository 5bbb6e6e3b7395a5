import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What do a bank's customers spend at a shop? */
public final class FirstQuery {
  private FirstQuery() {}

  public static void main(String[] arguments) {
    SparkSession spark = SparkSession.builder().getOrCreate();
    Dataset<Row> customers = spark.table("trefoil.bank.customers");
    Dataset<Row> orders = spark.table("trefoil.shop.orders");
    Dataset<Row> report =
        customers
            .join(orders, col("customer").equalTo(col("id")))
            .groupBy(col("segment"))
            .agg(count(lit(1)).as("orders"), sum(col("amount")).as("revenue"))
            .orderBy(col("revenue").desc());
    report.show();
    spark.stop();
  }
}

"""What do a bank's customers spend at a shop? For spark-submit, and for Spark Connect: the session comes from outside."""
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
customers, orders = spark.table("trefoil.bank.customers"), spark.table("trefoil.shop.orders")
report = (customers.join(orders, orders.customer == customers.id)
          .groupBy("segment").agg(F.count("*").alias("orders"), F.sum("amount").alias("revenue"))
          .orderBy(F.desc("revenue")))
report.explain("formatted")   # what it reveals, to whom, and what leaks; nothing runs
report.show()

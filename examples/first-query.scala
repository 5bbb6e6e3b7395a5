// What do a bank's customers spend at a shop? For spark-shell -i.
val customers = spark.table("trefoil.bank.customers")
val orders = spark.table("trefoil.shop.orders")
val report = customers.join(orders, $"customer" === $"id").groupBy($"segment").agg(count("*").as("orders"), sum($"amount").as("revenue")).orderBy($"revenue".desc)
report.show()
try customers.map(_.getString(1)).collect()   // rows in a lambda
catch { case e: org.apache.spark.sql.AnalysisException => println("refused: " + e.getCondition) }

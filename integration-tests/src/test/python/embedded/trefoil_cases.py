"""What holds in classic PySpark and through Spark Connect alike."""
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

QUERY = """SELECT region, count(*) AS visits, sum(cost) AS cost
           FROM trefoil.clinic.visits JOIN trefoil.registry.people ON patient = id
           GROUP BY region ORDER BY region"""
EXPECTED = [("north", 3, Decimal("35.50")), ("south", 2, Decimal("8.00"))]


class Cases:
    def test_joins_two_owners(self, spark):
        assert [tuple(row) for row in spark.sql(QUERY).collect()] == EXPECTED

    def test_takes_dataframes(self, spark):
        visits = spark.table("trefoil.clinic.visits")
        people = spark.table("trefoil.registry.people")
        report = (visits.join(people, visits.patient == people.id).groupBy("region")
                  .agg(F.count("*").alias("visits"), F.sum("cost").alias("cost")).orderBy("region"))
        assert [tuple(row) for row in report.collect()] == EXPECTED

    def test_takes_a_query_as_an_option(self, spark):
        report = spark.read.format("trefoil").option("query", QUERY).load()
        assert [tuple(row) for row in report.orderBy("region").collect()] == EXPECTED

    def test_explains_what_is_revealed(self, spark, capsys):
        spark.sql(QUERY).explain("formatted")
        text = capsys.readouterr().out
        for word in ("Reveals", "Recipients", "Leaks", "Model", "Estimate"):
            assert word in text

    @pytest.mark.parametrize("rows", [
        lambda t: t.collect(), lambda t: t.show(), lambda t: t.limit(1).toPandas(), lambda t: t.head(),
        lambda t: t.filter("id = 1").collect(), lambda t: t.select("region").take(1),
        lambda t: t.cache().count(), lambda t: t.groupBy("region").agg(F.collect_list("id")).collect(),
    ])
    def test_refuses_rows(self, spark, rows):
        with pytest.raises(Exception, match="TREFOIL_ROW_LEVEL_ACCESS"):
            rows(spark.table("trefoil.registry.people"))

"""TPC-H from PySpark on running executors and agents: TREFOIL_ANALYST, a file of Spark properties, tells
where they are, TREFOIL_TPCH where plain Spark reads the same tables, TREFOIL_QUERIES where the queries are."""
import os
from pathlib import Path

import pytest
from sessions import classic, connect

TABLES = ["customer", "orders", "lineitem"]


@pytest.fixture(scope="module")
def configuration(basics) -> dict:
    lines = Path(os.environ["TREFOIL_ANALYST"]).read_text().splitlines()
    entries = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {**basics, **{key: value.replace("\\", "") for key, value in entries}}


@pytest.fixture(scope="module", params=["classic", "connect"])
def spark(request, configuration, tmp_path_factory):
    if request.param == "classic":
        with classic(configuration) as session:
            yield session
    else:
        with connect(configuration, tmp_path_factory.mktemp("connect") / "server.log") as session:
            yield session


@pytest.mark.parametrize("query", ["q1", "q3", "q6", "q12"])
def test_equals_plain_spark(spark, query):
    sql = Path(os.environ["TREFOIL_QUERIES"], query + ".sql").read_text()
    for table in TABLES:
        spark.read.parquet(str(Path(os.environ["TREFOIL_TPCH"], table))).createOrReplaceTempView(table)
    expected = spark.sql(sql).collect()
    for table in TABLES:
        spark.table(f"trefoil.o_{table}.{table}").createOrReplaceTempView(table)
    revealed = spark.sql(sql).collect()
    assert expected
    assert revealed == expected

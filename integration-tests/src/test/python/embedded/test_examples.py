"""The same first query from every way into Spark, as docs/examples.md says it. Those that start one more Spark for the same code
run with TREFOIL_EXAMPLES=all only."""
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pyspark
import pytest

HOME = Path(os.environ["TREFOIL_HOME"]).resolve()
SPARK = Path(pyspark.__file__).parent
SHOWN = ["|business|   217|231419.72|", "| private|   317| 63161.39|", "|  retail|   533| 28932.25|"]
CELLS = [line.replace(" ", "").strip("|").split("|") for line in SHOWN]


def run(*command, **environment) -> "list[str]":
    done = subprocess.run([str(part) for part in command], cwd=HOME, stdin=subprocess.DEVNULL, timeout=240, capture_output=True, text=True,
                          env={**os.environ, "SPARK_HOME": str(SPARK), "PYSPARK_PYTHON": sys.executable, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def properties(basics) -> list:
    return ["--properties-file", "examples/trefoil.properties", "--jars", basics["spark.jars"]]


def test_java_compiles(tmp_path):
    run("javac", "-Werror", "-cp", f"{SPARK}/jars/*", "-d", tmp_path, "examples/FirstQuery.java")


def test_scala_in_spark_shell(properties):
    # spark-shell reads on from standard input, which ends.
    lines = run(SPARK / "bin" / "spark-shell", *properties, "-i", "examples/first-query.scala")
    assert [line for line in lines if line in SHOWN] == SHOWN
    assert any(line.startswith("refused: TREFOIL_ROW_LEVEL_ACCESS") for line in lines)


ALL = pytest.mark.skipif(os.environ.get("TREFOIL_EXAMPLES") != "all", reason="starts one more Spark: TREFOIL_EXAMPLES=all runs it")


@ALL
def test_java_by_spark_submit(properties, tmp_path):
    run("javac", "-cp", f"{SPARK}/jars/*", "-d", tmp_path / "out", "examples/FirstQuery.java")
    run("jar", "cf", tmp_path / "out.jar", "-C", tmp_path / "out", ".")
    lines = run(SPARK / "bin" / "spark-submit", *properties, "--class", "FirstQuery", tmp_path / "out.jar")
    assert [line for line in lines if line in SHOWN] == SHOWN


@ALL
def test_python_by_spark_submit(properties):
    lines = run(SPARK / "bin" / "spark-submit", *properties, "examples/first_query.py")
    assert [line for line in lines if line in SHOWN] == SHOWN
    assert any(line.startswith("Reveals: [") for line in lines)


@ALL
def test_plain_sql_by_spark_sql(properties, tmp_path):
    lines = run(SPARK / "bin" / "spark-sql", *properties, "--conf", f"spark.sql.warehouse.dir={tmp_path}",
                "--conf", "spark.sql.catalogImplementation=in-memory", "-f", "examples/first-query.sql")
    assert [line.split("\t") for line in lines if "\t" in line] == CELLS


@ALL
@pytest.mark.skipif("DBT" not in os.environ, reason="DBT names the dbt of another environment")
def test_plain_sql_by_dbt(properties, tmp_path):
    metastore = f"spark.hadoop.javax.jdo.option.ConnectionURL=jdbc:derby:;databaseName={tmp_path}/metastore;create=true"
    arguments = [*properties, "--conf", f"spark.sql.warehouse.dir={tmp_path}", "--conf", metastore, "pyspark-shell"]
    run(os.environ["DBT"], "--log-path", tmp_path, "run", "--target-path", tmp_path, "--project-dir", "examples/dbt", "--profiles-dir", "examples/dbt",
        PYSPARK_SUBMIT_ARGS=" ".join(arguments), PYSPARK_PYTHON=str(Path(os.environ["DBT"]).parent / "python"))
    rows = pq.read_table(tmp_path / "reports.db" / "revenue_of_segments").to_pylist()
    assert [[row["segment"], str(row["orders"]), str(row["revenue"])] for row in rows] == CELLS

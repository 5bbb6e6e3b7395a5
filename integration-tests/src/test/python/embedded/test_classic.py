"""PySpark with its own JVM, executors embedded."""
import os
import runpy
from pathlib import Path

import pytest
from sessions import classic
from test_examples import SHOWN
from trefoil_cases import Cases

EXAMPLES = Path(os.environ["TREFOIL_HOME"], "examples")


@pytest.fixture(scope="module")
def spark(configuration):
    with classic(configuration) as session:
        yield session


class TestClassic(Cases):
    pass


def test_python_example(spark, capsys):
    runpy.run_path(str(EXAMPLES / "first_query.py"))
    assert [line for line in capsys.readouterr().out.splitlines() if line in SHOWN] == SHOWN


def test_sql_example(spark):
    rows = spark.sql((EXAMPLES / "first-query.sql").read_text().strip().removesuffix(";")).collect()
    assert ["|" + "|".join(map(str, row)) + "|" for row in rows] == [line.replace(" ", "") for line in SHOWN]

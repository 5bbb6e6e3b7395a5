"""PySpark through a Spark Connect server, executors embedded in the server."""
import sys

import pytest
from sessions import connect
from test_examples import SHOWN, run
from trefoil_cases import Cases


@pytest.fixture(scope="module")
def spark(configuration, tmp_path_factory):
    with connect(configuration, tmp_path_factory.mktemp("connect") / "server.log") as session:
        yield session


class TestConnect(Cases):
    pass


def test_example(spark):
    lines = run(sys.executable, "examples/first_query.py", SPARK_REMOTE=spark.address)
    assert [line for line in lines if line in SHOWN] == SHOWN

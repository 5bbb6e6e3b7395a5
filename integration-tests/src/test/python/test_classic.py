"""PySpark with its own JVM, executors embedded."""
import pytest
from pyspark.sql import SparkSession
from trefoil_cases import Cases


@pytest.fixture(scope="module")
def spark(configuration):
    builder = SparkSession.builder.master("local[2]")
    for key, value in configuration.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


class TestClassic(Cases):
    pass

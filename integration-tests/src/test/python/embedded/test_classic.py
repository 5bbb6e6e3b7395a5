"""PySpark with its own JVM, executors embedded."""
import pytest
from sessions import classic
from trefoil_cases import Cases


@pytest.fixture(scope="module")
def spark(configuration):
    with classic(configuration) as session:
        yield session


class TestClassic(Cases):
    pass

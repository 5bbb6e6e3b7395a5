"""PySpark through a Spark Connect server, executors embedded in the server."""
import pytest
from sessions import connect
from trefoil_cases import Cases


@pytest.fixture(scope="module")
def spark(configuration, tmp_path_factory):
    with connect(configuration, tmp_path_factory.mktemp("connect") / "server.log") as session:
        yield session


class TestConnect(Cases):
    pass

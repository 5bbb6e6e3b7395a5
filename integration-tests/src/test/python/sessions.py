"""A classic PySpark session, and one through a Spark Connect server, with the same configuration."""
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession


@contextmanager
def classic(configuration: dict):
    builder = SparkSession.builder.master("local[2]")
    for key, value in configuration.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def connect(configuration: dict, log: Path):
    port = free_port()
    home = Path(pyspark.__file__).parent
    command = [home / "bin" / "spark-submit", "--master", "local[2]",
               "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    for key, value in {**configuration, "spark.connect.grpc.binding.port": port,
                       "spark.connect.grpc.binding.address": "127.0.0.1"}.items():
        command += ["--conf", f"{key}={value}"]
    with open(log, "w") as out:
        server = subprocess.Popen([*map(str, command), "spark-internal"], stdout=out, stderr=out,
                                  env={**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable},
                                  start_new_session=True)
    try:
        limit = time.monotonic() + 90
        while True:
            assert server.poll() is None, log.read_text()[-3000:]
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < limit, log.read_text()[-3000:]
                time.sleep(0.5)
        session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
        session.address = f"sc://127.0.0.1:{port}"   # for clients in other processes
        yield session
        session.stop()
    finally:
        os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)   # the client leaves it, and classic sessions then fail
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

"""What every session needs: the runtime jar, and Spark on one machine."""
import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def basics() -> dict:
    jar = subprocess.run([Path(os.environ["TREFOIL_HOME"], "bin", "trefoil"), "jar"],
                         check=True, capture_output=True, text=True).stdout.strip()
    return {
        "spark.jars": jar,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }

"""Scala in the spark-shell that PySpark brings."""
import os
import subprocess
import sys
from pathlib import Path

import pyspark
from trefoil_cases import EXPECTED, QUERY

SCRIPT = f'''
val report = spark.sql("""{QUERY}""")
report.collect().foreach(row => println(row.mkString("revealed ", ",", "")))
val byColumns = spark.table("trefoil.registry.people").groupBy($"region").count().orderBy($"region")
byColumns.as[(String, Long)].collect().foreach(row => println("counted " + row))
try spark.table("trefoil.registry.people").map(_.getString(1)).collect()
catch {{ case e: org.apache.spark.sql.AnalysisException => println("refused " + e.getCondition) }}
sys.exit(0)
'''


def test_scala(configuration, tmp_path):
    script = tmp_path / "report.scala"
    script.write_text(SCRIPT)
    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-shell"), "--master", "local[2]"]
    for key, value in configuration.items():
        command += ["--jars", value] if key == "spark.jars" else ["--conf", f"{key}={value}"]
    run = subprocess.run([*command, "-i", str(script)], stdin=subprocess.DEVNULL, timeout=180, capture_output=True, text=True,
                         env={**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable})
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("revealed ")] \
        == ["revealed " + ",".join(map(str, row)) for row in EXPECTED], run.stdout + run.stderr
    assert [line for line in lines if line.startswith("counted ")] == ["counted (north,2)", "counted (south,3)"]
    assert "refused TREFOIL_ROW_LEVEL_ACCESS" in lines

package org.trefoil.it;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PySpark, Spark Connect and spark-shell with the runtime jar, executors embedded. */
class PythonIT {
  @Test
  void pysparkSparkConnectAndScala(@TempDir Path folder) throws Exception {
    Python.passes("embedded", Map.of(), folder);
  }
}

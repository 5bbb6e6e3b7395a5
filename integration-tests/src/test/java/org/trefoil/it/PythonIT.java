package org.trefoil.it;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * PySpark, Spark Connect, spark-shell, the Python package and the notebooks, executors embedded;
 * deploy/ and docs/.
 */
class PythonIT {
  @Test
  void pysparkSparkConnectAndScala(@TempDir Path folder) throws Exception {
    Python.passes("embedded", Map.of(), folder);
  }

  @Test
  void notebooks(@TempDir Path folder) throws Exception {
    Python.passes("notebooks", Map.of(), folder);
  }

  @Test
  void deploymentAndDocs(@TempDir Path folder) throws Exception {
    Python.passes("deploy", Map.of(), folder);
  }
}

package org.trefoil.spark.share;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * What {@code local-cluster[2,1,700]} is, Spark's own master and two workers whose executors are
 * processes, except that the workers have two host names: Spark runs no speculative copy on the
 * host of what it copies, and so none at all where all workers have one name.
 */
final class TwoHostCluster implements AutoCloseable {
  private static final int MEGABYTES = 700;
  private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.2");

  private final List<RpcEnv> environments = new ArrayList<>();
  private final SparkSession session;

  /** Stops the session that this JVM has, and starts one on a cluster of its own. */
  TwoHostCluster(Path folder) throws IOException {
    SparkSession.getActiveSession().foreach(TwoHostCluster::stop);
    SparkSession.getDefaultSession().foreach(TwoHostCluster::stop);
    Path home = Files.createDirectories(folder.resolve("spark"));
    Files.writeString(home.resolve("RELEASE"), "Spark for a test");
    Files.createDirectories(home.resolve("jars"));
    String classes =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    System.setProperty("spark.testing", "true");
    System.setProperty("spark.test.home", home.toString());
    SparkConf conf =
        new SparkConf()
            .set("spark.ui.enabled", "false")
            .set("spark.deploy.maxExecutorRetries", "-1")
            .set("spark.worker.cleanup.enabled", "false");
    var master = Master.startRpcEnvAndEndpoint(HOSTS.get(0), 0, 0, conf);
    environments.add(master._1());
    String url = "spark://" + master._1().address().hostPort();
    for (int worker = 0; worker < HOSTS.size(); worker++) {
      environments.add(
          Worker.startRpcEnvAndEndpoint(
              HOSTS.get(worker),
              0,
              0,
              1,
              MEGABYTES,
              new String[] {url},
              folder.resolve("worker-" + worker).toString(),
              Option.apply(worker + 1),
              conf,
              Option.empty()));
    }
    session =
        SparkSession.builder()
            .master(url)
            .appName("sharing on a cluster")
            .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.13")
            .config("spark.executor.memory", MEGABYTES + "m")
            .config("spark.executor.extraClassPath", classes)
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .config("spark.driver.host", HOSTS.get(0))
            .config("spark.driver.bindAddress", HOSTS.get(0))
            .config("spark.task.maxFailures", "60")
            .config("spark.stage.maxConsecutiveAttempts", "60")
            .config("spark.speculation", "true")
            .config("spark.speculation.interval", "100ms")
            .config("spark.speculation.multiplier", "1.5")
            .config("spark.speculation.quantile", "0.5")
            .getOrCreate();
  }

  SparkSession session() {
    return session;
  }

  @Override
  public void close() {
    stop(session);
    environments.forEach(RpcEnv::shutdown);
    environments.forEach(RpcEnv::awaitTermination);
    System.clearProperty("spark.testing");
    System.clearProperty("spark.test.home");
  }

  private static Object stop(SparkSession session) {
    session.stop();
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    return null;
  }
}

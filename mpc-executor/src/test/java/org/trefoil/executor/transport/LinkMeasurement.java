package org.trefoil.executor.transport;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.executor.ScratchFolder;

/**
 * Measures the links among three JVMs on this machine: {@code main} without arguments starts them
 * and prints what party 0 finds.
 */
final class LinkMeasurement {
  private static final Step ROOT = Step.root("q");

  private LinkMeasurement() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
      party(Integer.parseInt(arguments[0]), Path.of(arguments[1]));
      return;
    }
    try (ScratchFolder scratch = ScratchFolder.create("trefoil-links")) {
      measure(scratch.path());
    }
  }

  private static void measure(Path folder) throws Exception {
    DevelopmentAuthority authority = DevelopmentAuthority.create();
    List<Process> parties = new ArrayList<>();
    List<BufferedReader> said = new ArrayList<>();
    List<String> ports = new ArrayList<>();
    for (int party = 0; party < 3; party++) {
      authority.issue(Role.party(party)).write(folder.resolve("party-" + party));
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  LinkMeasurement.class.getName(),
                  Integer.toString(party),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      parties.add(process);
      said.add(process.inputReader(StandardCharsets.UTF_8));
      ports.add(said.get(party).readLine());
    }
    for (Process process : parties) {
      try (PrintStream in =
          new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8)) {
        in.println(String.join(" ", ports));
      }
    }
    said.get(0).lines().forEach(System.out::println);
    for (Process process : parties) {
      process.waitFor();
    }
  }

  private static void party(int party, Path folder) throws Exception {
    Identity identity = Identity.load(folder.resolve("party-" + party));
    try (NettyPeerLinks links =
        NettyPeerLinks.listen(
            party, identity, new InetSocketAddress("127.0.0.1", 0), LinkPatience.DEFAULT)) {
      System.out.println(links.port());
      String[] ports =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
              .readLine()
              .split(" ");
      links.peers(
          Arrays.stream(ports)
              .map(port -> new InetSocketAddress("127.0.0.1", Integer.parseInt(port)))
              .toList());
      QueryId query = new QueryId("0123456789abcdef0123456789abcdef");
      try (Transport transport = links.open(query.hex(), (peer, error) -> {})) {
        stream(transport, 2_000);
        for (int i = 0; i < 7; i++) {
          stream(transport, 8_000);
        }
        for (int i = 0; i < 3; i++) {
          rounds(transport, 128, 5_000);
        }
        for (int i = 0; i < 3; i++) {
          rounds(transport, 1 << 14, 2_000);
        }
      }
    }
  }

  /** Every party sends to the next one and receives from the previous one, 1 MiB in flight. */
  private static void stream(Transport transport, int pieces) {
    Step step = ROOT.child("stream" + counter++);
    int next = (transport.party() + 1) % 3;
    int previous = (transport.party() + 2) % 3;
    long[] words = new long[Transport.PIECE];
    int ahead = Transport.WINDOW / Transport.PIECE / 2;
    long wall = System.nanoTime();
    long cpu = cpu();
    for (int i = 0; i < pieces + ahead; i++) {
      if (i < pieces) {
        transport.send(next, step, words, 0, words.length);
      }
      if (i >= ahead) {
        transport.receive(previous, step, words, 0, words.length);
      }
    }
    transport.flush();
    double gigabytes = pieces * 65_536e-9;
    print(
        "stream %.2f GB each way: %.2f CPU-s/GB sent and received, %.2f GB/s",
        gigabytes,
        (cpu() - cpu) * 1e-9 / gigabytes,
        gigabytes / ((System.nanoTime() - wall) * 1e-9));
  }

  private static void rounds(Transport transport, int words, int rounds) {
    Step step = ROOT.child("rounds" + counter++);
    int next = (transport.party() + 1) % 3;
    int previous = (transport.party() + 2) % 3;
    long[] data = new long[words];
    long[] nanos = new long[rounds];
    long cpu = cpu();
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      for (int at = 0; at < words; at += Transport.PIECE) {
        transport.send(next, step, data, at, Math.min(Transport.PIECE, words - at));
      }
      transport.flush();
      for (int at = 0; at < words; at += Transport.PIECE) {
        transport.receive(previous, step, data, at, Math.min(Transport.PIECE, words - at));
      }
      nanos[i] = System.nanoTime() - start;
    }
    double mean = Arrays.stream(nanos).average().orElse(0) * 1e-3;
    Arrays.sort(nanos);
    print(
        "round of %d KiB: median %.0f us, mean %.0f us, CPU %.0f us",
        words / 128, nanos[rounds / 2] * 1e-3, mean, (cpu() - cpu) * 1e-3 / rounds);
  }

  private static int counter;

  private static void print(String format, Object... values) {
    System.out.println(String.format(format, values));
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

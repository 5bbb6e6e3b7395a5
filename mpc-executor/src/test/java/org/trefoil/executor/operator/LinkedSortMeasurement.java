package org.trefoil.executor.operator;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.DevelopmentAuthority;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.executor.ScratchFolder;
import org.trefoil.executor.protocol.Cost;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RandomStreams;
import org.trefoil.executor.transport.LinkPatience;
import org.trefoil.executor.transport.NettyPeerLinks;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.StreamKeys;

/**
 * Measures a sort of 64-bit keys by three JVMs on this machine over TLS, and checks the order.
 * Arguments: rows, repetitions. The first repetition runs before the JVMs have compiled anything.
 *
 * <p>{@code mvn -Dfast -pl mpc-executor -am test -Dtest=LinkedSortMeasurement
 * -Dsurefire.failIfNoSpecifiedTests=false} runs it; no other test run does, since it takes long.
 */
final class LinkedSortMeasurement {
  private static final int WIDTH = 64;
  private static final byte[] SEED = new byte[32];

  @Test
  void sortsAMillionKeys() throws Exception {
    measure(1 << 20, 3);
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 4) {
      party(
          Integer.parseInt(arguments[0]),
          Path.of(arguments[1]),
          Integer.parseInt(arguments[2]),
          Integer.parseInt(arguments[3]));
      return;
    }
    int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1 << 20;
    int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    measure(rows, repetitions);
  }

  private static void measure(int rows, int repetitions) throws Exception {
    try (ScratchFolder scratch = ScratchFolder.create("trefoil-sort")) {
      measure(scratch.path(), rows, repetitions);
    }
  }

  private static void measure(Path folder, int rows, int repetitions) throws Exception {
    DevelopmentAuthority authority = DevelopmentAuthority.create();
    List<Process> parties = new ArrayList<>();
    List<BufferedReader> said = new ArrayList<>();
    List<String> ports = new ArrayList<>();
    for (int party = 0; party < 3; party++) {
      authority.issue(Role.party(party)).write(folder.resolve("party-" + party));
      parties.add(start(party, folder, rows, repetitions));
      said.add(parties.get(party).inputReader(StandardCharsets.UTF_8));
      ports.add(said.get(party).readLine());
    }
    for (Process process : parties) {
      PrintStream in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
      in.println(String.join(" ", ports));
    }
    Cost expected = ObliviousSort.cost(rows, WIDTH, List.of(), Link.LAN);
    for (int i = 0; i < repetitions; i++) {
      double[][] figures = new double[3][];
      for (int party = 0; party < 3; party++) {
        String line = said.get(party).readLine();
        figures[party] = Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
      }
      System.out.printf(
          Locale.ROOT,
          "%d rows: %.2f s wall; CPU s by party %.2f, %.2f, %.2f, in all %.2f; bytes per row by"
              + " party %.0f, %.0f, %.0f (expected %.0f); %.0f rounds (expected %d)%n",
          rows,
          figures[0][0],
          figures[0][1],
          figures[1][1],
          figures[2][1],
          figures[0][1] + figures[1][1] + figures[2][1],
          figures[0][2] / rows,
          figures[1][2] / rows,
          figures[2][2] / rows,
          (double) expected.bytes() / rows,
          figures[0][3],
          expected.rounds());
    }
    for (Process process : parties) {
      if (process.waitFor() != 0) {
        throw new IllegalStateException("A party failed");
      }
    }
    checkOrder(folder, rows);
  }

  private static Process start(int party, Path folder, int rows, int repetitions)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx2g", "-cp", System.getProperty("java.class.path")));
    command.add(LinkedSortMeasurement.class.getName());
    for (Object argument : List.of(party, folder, rows, repetitions)) {
      command.add(argument.toString());
    }
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void party(int party, Path folder, int rows, int repetitions) throws Exception {
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
      long[] sorted = new long[0];
      for (int i = 0; i < repetitions; i++) {
        sorted = sort(links, i, rows);
      }
      ByteBuffer bytes = ByteBuffer.allocate(8 * rows);
      bytes.asLongBuffer().put(sorted);
      Files.write(folder.resolve("sorted-" + party), bytes.array());
    }
  }

  /** Sorts once and says how long it took; this party's first component of the sorted keys. */
  private static long[] sort(NettyPeerLinks links, int repetition, int rows) {
    int id = links.party();
    long[][] first = {component(repetition, id, rows)};
    long[][] second = {component(repetition, id + 1, rows)};
    Words keys = new Words(WIDTH, rows, first, second);
    QueryId query = new QueryId(String.format("%032x", repetition));
    try (Transport transport = links.open(query.hex(), (peer, error) -> {})) {
      Party party =
          new Party(
              transport,
              pair(repetition, id),
              pair(repetition, id + 2),
              RandomStreams.of(StreamKeys.own(new SecureRandom())),
              Link.LAN);
      long wall = System.nanoTime();
      long cpu = cpu();
      Words sorted = ObliviousSort.sort(party, Step.root("sort"), keys, List.of()).key();
      System.out.printf(
          Locale.ROOT,
          "%f %f %d %d%n",
          (System.nanoTime() - wall) / 1e9,
          (cpu() - cpu) / 1e9,
          transport.bytesSent(),
          transport.rounds());
      return sorted.first()[0];
    }
  }

  /** Keys are the same at the two parties that share them, and new in every repetition. */
  private static RandomStreams pair(int repetition, int pair) {
    byte[] nonce = ByteBuffer.allocate(16).putInt(repetition).putInt(pair % 3).array();
    return RandomStreams.of(new StreamKeys(SEED, List.of(nonce, nonce, nonce), SEED));
  }

  private static long[] component(int repetition, int which, int rows) {
    long[] words = new long[rows];
    StreamKeys.ofSeed(SEED, "keys " + repetition + " " + which % 3).next(words, 0, rows);
    return words;
  }

  private static void checkOrder(Path folder, int rows) throws IOException {
    long[] keys = new long[rows];
    for (int party = 0; party < 3; party++) {
      Path file = folder.resolve("sorted-" + party);
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      for (int r = 0; r < rows; r++) {
        keys[r] ^= bytes.getLong();
      }
    }
    for (int r = 1; r < rows; r++) {
      if (Long.compareUnsigned(keys[r - 1], keys[r]) > 0) {
        throw new IllegalStateException("Row " + r + " is out of order");
      }
    }
    System.out.println("The last repetition's keys are in order.");
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

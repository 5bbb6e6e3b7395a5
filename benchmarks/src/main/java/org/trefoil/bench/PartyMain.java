package org.trefoil.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RandomStreams;
import org.trefoil.executor.protocol.Workers;
import org.trefoil.executor.transport.LinkPatience;
import org.trefoil.executor.transport.NettyPeerLinks;
import org.trefoil.executor.transport.PlainLinks;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.random.Prg;
import org.trefoil.share.random.StreamKeys;

/**
 * One party of a benchmark, a process of its own with an executor's links and operators. Arguments:
 * party, folder of identities and results, {@code tls} or {@code plain}, {@code lan} or {@code
 * wan}, threads.
 *
 * <p>It prints the port that its previous peer connects to and reads the three ports at which the
 * parties find each other. Then every line that it reads is a run, {@code NUMBER WORKLOAD ROWS
 * WIDTH TIMES}; it answers with nanoseconds of wall and of CPU, bytes sent and rounds, of all times
 * together, and leaves its shares of the last result in the folder. The end of its input ends it.
 */
public final class PartyMain {
  private final NettyPeerLinks links;
  private final Path folder;
  private final Link link;
  private final int threads;

  private PartyMain(NettyPeerLinks links, Path folder, Link link, int threads) {
    this.threads = threads;
    this.links = links;
    this.folder = folder;
    this.link = link;
  }

  public static void main(String[] arguments) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    int party = Integer.parseInt(arguments[0]);
    Path folder = Path.of(arguments[1]);
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    int threads = Integer.parseInt(arguments[4]);
    Prg.warmUp();
    try (NettyPeerLinks links =
            arguments[2].equals("plain")
                ? PlainLinks.listen(party, any, threads)
                : NettyPeerLinks.listen(
                    party,
                    Identity.load(folder.resolve("party-" + party)),
                    any,
                    LinkPatience.DEFAULT,
                    threads);
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      answers.println(links.port());
      links.peers(
          Arrays.stream(in.readLine().split(" "))
              .map(port -> new InetSocketAddress("127.0.0.1", Integer.parseInt(port)))
              .toList());
      PartyMain main =
          new PartyMain(links, folder, arguments[3].equals("wan") ? Link.WAN : Link.LAN, threads);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        answers.println(main.run(line.split(" ")));
      }
    }
  }

  private String run(String[] command) throws IOException {
    int number = Integer.parseInt(command[0]);
    Workload workload = Workloads.named(command[1]);
    int rows = Integer.parseInt(command[2]);
    int width = Integer.parseInt(command[3]);
    int times = Integer.parseInt(command[4]);
    List<SharedColumn> inputs =
        Generated.shares(links.party(), workload.name(), workload.inputs().of(rows, width));
    QueryId query = new QueryId("%032x".formatted(number));
    List<Transport> all = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      all.add(links.open(query.hex(), thread, (peer, error) -> {}));
    }
    Transport transport = all.get(0);
    try (Workers workers = new Workers(all.subList(1, threads), Workers.LEAST)) {
      Party party =
          new Party(
                  transport,
                  pair(number, links.party()),
                  pair(number, (links.party() + 2) % 3),
                  RandomStreams.of(StreamKeys.own(new SecureRandom())),
                  link)
              .with(workers);
      Step root = Step.root("bench");
      for (int thread = 0; thread < threads; thread++) {
        meet(all.get(thread), root.child("start" + thread));
      }
      long bytes = sent(all);
      long rounds = transport.rounds();
      long wall = System.nanoTime();
      long cpu = cpuNanos();
      List<SharedColumn> result = List.of();
      for (int k = 0; k < times; k++) {
        result = workload.computation().run(party, root.child(workload.name() + k), inputs);
      }
      bytes = sent(all) - bytes;
      rounds = transport.rounds() - rounds;
      meet(transport, root.child("end"));
      wall = System.nanoTime() - wall;
      cpu = cpuNanos() - cpu;
      ResultFile.write(folder.resolve("result-" + links.party()), result);
      return wall + " " + cpu + " " + bytes + " " + rounds;
    } finally {
      all.forEach(Transport::close);
    }
  }

  private static long sent(List<Transport> links) {
    return links.stream().mapToLong(Transport::bytesSent).sum();
  }

  /** All parties are here, and their links are open, when this returns. */
  private static void meet(Transport transport, Step step) {
    for (int way = 1; way <= 2; way++) {
      long[] word = new long[1];
      Step at = step.child("way" + way);
      transport.send((transport.party() + way) % 3, at, word, 0, 1);
      transport.flush();
      transport.receive((transport.party() + 3 - way) % 3, at, word, 0, 1);
    }
  }

  /** The streams of two parties: of a public seed, since there is nothing to hide. */
  private static RandomStreams pair(int number, int pair) {
    byte[] seed = new byte[32];
    byte[] nonce = ByteBuffer.allocate(16).putInt(number).putInt(pair).array();
    return RandomStreams.of(new StreamKeys(seed, List.of(nonce, nonce, nonce), seed));
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}

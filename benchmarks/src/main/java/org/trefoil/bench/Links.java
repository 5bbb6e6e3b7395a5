package org.trefoil.bench;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Words;

/** The links alone: every party sends its first components to the previous one. */
final class Links {
  private static final int SMALL = 128;

  static final List<Workload> ALL =
      List.of(
          new Workload("stream", Links::words, (p, s, in) -> sent(p, s, in, true), Links::arrived),
          new Workload(
              "rounds-1k", Links::words, (p, s, in) -> sent(p, s, in, false), Links::arrived));

  private Links() {}

  private static List<ClearColumn> words(int rows, int width) {
    return List.of(Generated.words("x", rows, width));
  }

  /** The column again, of this party's first component and the one that it received. */
  private static List<SharedColumn> sent(
      Party party, Step step, List<SharedColumn> in, boolean stream) {
    Words x = (Words) in.get(0);
    long[] received = new long[x.rows()];
    if (stream) {
      stream(party, step, x.first()[0], received);
    } else {
      rounds(party, step, x.first()[0], received);
    }
    return List.of(new Words(x.width(), x.rows(), x.first(), new long[][] {received}));
  }

  /** Pieces of 64 KiB, as many ahead as a protocol may be. */
  private static void stream(Party party, Step step, long[] data, long[] received) {
    Transport transport = party.transport();
    int most = Transport.WINDOW / Transport.PIECE / 2;
    Deque<Integer> ahead = new ArrayDeque<>();
    for (int at = 0; at < data.length || !ahead.isEmpty(); ) {
      if (at < data.length && ahead.size() < most) {
        int count = Math.min(Transport.PIECE, data.length - at);
        transport.send(party.previous(), step, data, at, count);
        ahead.add(at);
        at += count;
      } else {
        int from = ahead.remove();
        int count = Math.min(Transport.PIECE, data.length - from);
        transport.receive(party.next(), step, received, from, count);
      }
    }
    transport.flush();
  }

  /** One after the other: nobody sends before it has received. */
  private static void rounds(Party party, Step step, long[] data, long[] received) {
    Transport transport = party.transport();
    for (int at = 0; at < data.length; at += SMALL) {
      int count = Math.min(SMALL, data.length - at);
      transport.send(party.previous(), step, data, at, count);
      transport.flush();
      transport.receive(party.next(), step, received, at, count);
    }
  }

  private static boolean arrived(List<ClearColumn> in, List<ClearColumn> out) {
    return Arrays.equals(in.get(0).limbs()[0], out.get(0).limbs()[0]);
  }
}

package org.trefoil.executor.server;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;

/**
 * Short public messages of known length that the three executors send each other outside the
 * protocol: one round each.
 */
final class PeerAgreement {
  private final Transport transport;
  private final Step root;

  PeerAgreement(Transport transport, Step root) {
    this.transport = transport;
    this.root = root;
  }

  int party() {
    return transport.party();
  }

  int next() {
    return (party() + 1) % 3;
  }

  int previous() {
    return (party() + 2) % 3;
  }

  /** Sends {@code bytes} to both peers and returns everybody's, by party; all are as long. */
  byte[][] exchange(String name, byte[] bytes) {
    byte[][] all = exchange(name, bytes, bytes);
    all[party()] = bytes;
    return all;
  }

  /** Sends each peer its own message and returns theirs by party; this party's entry is null. */
  byte[][] exchange(String name, byte[] toNext, byte[] toPrevious) {
    Step step = root.child(name);
    send(next(), step, toNext);
    send(previous(), step, toPrevious);
    transport.flush();
    byte[][] all = new byte[3][];
    all[next()] = receive(next(), step, toNext.length);
    all[previous()] = receive(previous(), step, toPrevious.length);
    return all;
  }

  /**
   * Compares digests, one per thing; the first that differs is EXECUTORS_DISAGREE with {@code
   * fault} applied to it and to the peer.
   */
  void requireSame(String name, List<byte[]> digests, Fault fault) {
    byte[][] all = exchange(name, concat(digests));
    for (int peer = 0; peer < 3; peer++) {
      int at = 0;
      for (int i = 0; i < digests.size(); i++) {
        int end = at + digests.get(i).length;
        if (!Arrays.equals(digests.get(i), Arrays.copyOfRange(all[peer], at, end))) {
          throw new TrefoilException(Condition.EXECUTORS_DISAGREE, fault.of(i, peer));
        }
        at = end;
      }
    }
  }

  /** How a difference is put into words. */
  interface Fault {
    String of(int thing, int peer);
  }

  static byte[] concat(List<byte[]> parts) {
    int length = parts.stream().mapToInt(part -> part.length).sum();
    ByteBuffer all = ByteBuffer.allocate(length);
    parts.forEach(all::put);
    return all.array();
  }

  private void send(int peer, Step step, byte[] bytes) {
    long[] words = new long[longs(bytes.length)];
    ByteBuffer.wrap(Arrays.copyOf(bytes, 8 * words.length)).asLongBuffer().get(words);
    for (int at = 0; at < words.length; at += Transport.PIECE) {
      transport.send(peer, step, words, at, Math.min(Transport.PIECE, words.length - at));
    }
  }

  private byte[] receive(int peer, Step step, int length) {
    long[] words = new long[longs(length)];
    for (int at = 0; at < words.length; at += Transport.PIECE) {
      transport.receive(peer, step, words, at, Math.min(Transport.PIECE, words.length - at));
    }
    ByteBuffer bytes = ByteBuffer.allocate(8 * words.length);
    bytes.asLongBuffer().put(words);
    return Arrays.copyOf(bytes.array(), length);
  }

  private static int longs(int bytes) {
    return (bytes + 7) / 8;
  }
}

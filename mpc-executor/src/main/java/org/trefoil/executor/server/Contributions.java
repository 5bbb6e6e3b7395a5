package org.trefoil.executor.server;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.store.ContributedShares;
import org.trefoil.executor.store.ContributedShares.Claim;

/**
 * How the three executors agree on who has contributed, once the collection is closed.
 *
 * <p>In the table is who has one attempt that is complete at all three and confirmed at one at
 * least: the attempt with the least id, in the order of names. Then the two holders of each
 * component compare their digests, contribution by contribution; what differs for any of them is
 * taken out, and the others stay. A digest is sent to the other holder of the component only: with
 * the rest of the shares it would let a third party guess a contributor's rows.
 */
final class Contributions {
  private static final int PIECE = 1 << 16;

  /** Bytes of a list of claims: a peer's word is not enough to reserve more. */
  private static final int MOST = 1 << 26;

  private final PeerAgreement peers;
  private final String name;
  private int steps;

  /**
   * @param name of the table among the steps of the run
   */
  Contributions(PeerAgreement peers, String name) {
    this.peers = peers;
    this.name = name;
  }

  /** Settles what is in {@code shares}; returns whose copies differed, by name. */
  List<String> settle(ContributedShares shares) {
    List<Claim> agreed = common(everybodys(shares.claims()));
    shares.choose(agreed);
    if (agreed.isEmpty()) {
      return List.of();
    }
    byte[] first = shares.digests(peers.party());
    byte[] second = shares.digests(peers.next());
    byte[][] theirs = exchange(second, first);
    BitSet different = new BitSet();
    for (int i = 0; i < agreed.size(); i++) {
      int to = 32 * i + 32;
      boolean same =
          Arrays.equals(second, 32 * i, to, theirs[peers.next()], 32 * i, to)
              && Arrays.equals(first, 32 * i, to, theirs[peers.previous()], 32 * i, to);
      different.set(i, !same);
    }
    byte[] bits = Arrays.copyOf(different.toByteArray(), (agreed.size() + 7) / 8);
    byte[][] all = exchange(bits, bits);
    different.or(BitSet.valueOf(all[peers.next()]));
    different.or(BitSet.valueOf(all[peers.previous()]));
    different.clear(agreed.size(), different.length() + agreed.size());
    shares.drop(different);
    return different.stream().mapToObj(i -> agreed.get(i).contributor()).toList();
  }

  /** The claims of all three, by party. */
  private List<List<Claim>> everybodys(List<Claim> mine) {
    byte[] text = encode(mine);
    byte[] size = ByteBuffer.allocate(4).putInt(text.length).array();
    byte[][] sizes = exchange(size, size);
    int next = size(sizes, peers.next());
    int previous = size(sizes, peers.previous());
    byte[] padded = Arrays.copyOf(text, Math.max(text.length, Math.max(next, previous)));
    byte[][] theirs = exchange(padded, padded);
    return List.of(
        mine, claims(theirs, peers.next(), next), claims(theirs, peers.previous(), previous));
  }

  private static int size(byte[][] sizes, int peer) {
    int size = ByteBuffer.wrap(sizes[peer]).getInt();
    if (size < 0 || size > MOST) {
      throw malformed(peer, null);
    }
    return size;
  }

  private static List<Claim> claims(byte[][] texts, int peer, int length) {
    try {
      return decode(texts[peer], length);
    } catch (BufferUnderflowException e) {
      throw malformed(peer, e);
    }
  }

  private static TrefoilException malformed(int peer, Exception cause) {
    return new TrefoilException(
        Condition.EXECUTORS_DISAGREE,
        "Cannot agree with executor "
            + peer
            + " on who has contributed: it sent no list of contributions. See that all executors"
            + " run the same version.",
        cause);
  }

  static List<Claim> common(List<List<Claim>> all) {
    Map<Claim, int[]> counts = new HashMap<>();
    for (List<Claim> claims : all) {
      for (Claim claim : claims) {
        Claim key = new Claim(claim.contributor(), claim.attempt(), false);
        int[] count = counts.computeIfAbsent(key, k -> new int[2]);
        count[0]++;
        count[1] += claim.confirmed() ? 1 : 0;
      }
    }
    TreeMap<String, Claim> chosen = new TreeMap<>();
    counts.forEach(
        (claim, count) -> {
          if (count[0] == 3 && count[1] > 0) {
            chosen.merge(
                claim.contributor(),
                claim,
                (a, b) -> a.attempt().compareTo(b.attempt()) <= 0 ? a : b);
          }
        });
    return List.copyOf(chosen.values());
  }

  private static byte[] encode(List<Claim> claims) {
    List<byte[]> parts = new ArrayList<>();
    for (Claim claim : claims) {
      byte[] utf8 = claim.contributor().getBytes(StandardCharsets.UTF_8);
      parts.add(
          ByteBuffer.allocate(18 + utf8.length)
              .put((byte) utf8.length)
              .put(utf8)
              .putLong(claim.attempt().getMostSignificantBits())
              .putLong(claim.attempt().getLeastSignificantBits())
              .put((byte) (claim.confirmed() ? 1 : 0))
              .array());
    }
    return PeerAgreement.concat(parts);
  }

  private static List<Claim> decode(byte[] text, int length) {
    List<Claim> claims = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(text, 0, length);
    while (in.hasRemaining()) {
      byte[] utf8 = new byte[in.get() & 0xff];
      in.get(utf8);
      UUID attempt = new UUID(in.getLong(), in.getLong());
      claims.add(new Claim(new String(utf8, StandardCharsets.UTF_8), attempt, in.get() == 1));
    }
    return claims;
  }

  /** As {@link PeerAgreement#exchange}, of any length, piece by piece: nobody's queue fills. */
  private byte[][] exchange(byte[] toNext, byte[] toPrevious) {
    byte[][] all = new byte[3][];
    all[peers.next()] = new byte[toNext.length];
    all[peers.previous()] = new byte[toPrevious.length];
    for (int at = 0; at < toNext.length; at += PIECE) {
      int to = Math.min(toNext.length, at + PIECE);
      byte[][] piece =
          peers.exchange(
              name + "-" + steps++,
              Arrays.copyOfRange(toNext, at, to),
              Arrays.copyOfRange(toPrevious, at, to));
      System.arraycopy(piece[peers.next()], 0, all[peers.next()], at, to - at);
      System.arraycopy(piece[peers.previous()], 0, all[peers.previous()], at, to - at);
    }
    return all;
  }
}

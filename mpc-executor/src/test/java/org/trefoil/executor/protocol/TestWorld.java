package org.trefoil.executor.protocol;

import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.InMemoryNetwork;
import org.trefoil.executor.transport.Interceptor;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;
import org.trefoil.share.random.StreamKeys;

/**
 * Three parties on three threads with seeded keys, everything they send and open written down. Runs
 * with equal seeds draw equal randomness, so that transcripts of different inputs can be compared.
 * The seed is printed; {@code -Dtrefoil.seed} replays it.
 */
public final class TestWorld {
  /** A message as the network sees it; {@code length} in words. */
  public record Sent(int from, int to, String step, int length) {}

  /** Something opened: the values' text, to be compared. */
  public record Opened(String step, String values) {}

  /** Changes the streams of a pair, in tests that plant a fault. */
  public interface StreamFault {
    RandomWords replace(int party, int peer, String step, String purpose, RandomWords stream);
  }

  /** What a run returned, party by party, and what it cost. */
  public static final class Run<R> {
    public final List<R> results = new ArrayList<>();

    /** In the order of each sender's threads, which come one after the other. */
    public final List<Sent> transcript = new ArrayList<>();

    public final List<List<Opened>> opened = new ArrayList<>();
    public final long[] bytes = new long[3];
    public final long[] rounds = new long[3];
    public final long[] cpuNanos = new long[3];

    /** Bytes by party, and rounds, which all parties count alike. */
    public Cost cost() {
      if (rounds[0] != rounds[1] || rounds[1] != rounds[2]) {
        throw new AssertionError("rounds differ: " + Arrays.toString(rounds));
      }
      return new Cost(bytes[0], bytes[1], bytes[2], rounds[0]);
    }
  }

  private static final long SEED = seed();

  private final long seed;
  private final Prg random;
  private Interceptor interceptor = Interceptor.NONE;
  private StreamFault fault = (party, peer, step, purpose, stream) -> stream;
  private Link link = Link.LAN;
  private Duration patience = Duration.ofSeconds(60);
  private boolean recording = true;
  private int threads = Integer.getInteger("trefoil.threads", 1);

  private TestWorld(long seed) {
    this.seed = seed;
    random = data("sharing");
  }

  public static TestWorld seeded(long seed) {
    return new TestWorld(seed);
  }

  /** With the seed of this test run. */
  public static TestWorld fresh() {
    return new TestWorld(SEED);
  }

  private static long seed() {
    String given = System.getProperty("trefoil.seed", "").trim();
    boolean replay = given.matches("-?\\d+");
    long seed = replay ? Long.parseLong(given) : System.nanoTime();
    System.out.println("TestWorld: -Dtrefoil.seed=" + seed);
    return seed;
  }

  public TestWorld with(Interceptor interceptor) {
    this.interceptor = interceptor;
    return this;
  }

  public TestWorld with(StreamFault fault) {
    this.fault = fault;
    return this;
  }

  public TestWorld with(Link link) {
    this.link = link;
    return this;
  }

  public TestWorld patience(Duration patience) {
    this.patience = patience;
    return this;
  }

  /** With so many threads at each party, among which 65 rows are divided already. */
  public TestWorld threads(int count) {
    threads = count;
    return this;
  }

  /** Without transcript: for measurements. */
  public TestWorld silent() {
    recording = false;
    return this;
  }

  /** A stream for test data, independent of the parties' keys. */
  public Prg data(String label) {
    return StreamKeys.ofSeed(bytes(seed, 99), label);
  }

  private static byte[] bytes(long seed, int which) {
    return ByteBuffer.allocate(32).putLong(seed).putInt(which).array();
  }

  private RandomStreams streams(int party, int peer, int key) {
    List<byte[]> nonces = List.of(new byte[16], new byte[16], new byte[16]);
    StreamKeys keys = new StreamKeys(bytes(seed, key), nonces, new byte[32]);
    return (step, purpose) ->
        fault.replace(party, peer, step, purpose, keys.stream(step, purpose)::next);
  }

  private Party party(int id, Transport transport, List<Opened> opened) {
    RandomStreams next = streams(id, (id + 1) % 3, id);
    RandomStreams previous = streams(id, (id + 2) % 3, (id + 2) % 3);
    return new Party(transport, next, previous, streams(id, id, 10 + id), link)
        .telling((step, values) -> opened.add(new Opened(step.path(), text(values))));
  }

  /** Runs the same code at all three parties; throws what went wrong first at one of them. */
  public <R> Run<R> run(BiFunction<Party, Step, R> protocol) {
    Run<R> run = new Run<>();
    List<List<Sent>> sent = new ArrayList<>();
    for (int k = 0; k < 3 * threads; k++) {
      sent.add(new ArrayList<>());
    }
    ExecutorService parties = Executors.newFixedThreadPool(3);
    List<InMemoryNetwork> networks = new ArrayList<>();
    for (int k = 0; k < threads; k++) {
      List<List<Sent>> here = sent.subList(3 * k, 3 * k + 3);
      Interceptor recorder =
          message -> {
            synchronized (here) {
              here.get(message.from())
                  .add(
                      new Sent(
                          message.from(), message.to(), message.step(), message.words().length));
            }
            return interceptor.pass(message);
          };
      networks.add(new InMemoryNetwork(recording ? recorder : interceptor, patience));
    }
    try {
      List<Future<R>> futures = new ArrayList<>();
      for (int p = 0; p < 3; p++) {
        int id = p;
        run.opened.add(new ArrayList<>());
        Callable<R> body =
            () -> {
              List<Transport> links = networks.stream().map(n -> n.transport(id)).toList();
              List<Transport> others = links.subList(1, threads);
              try (Workers workers = new Workers(others, 1)) {
                Party party = party(id, links.get(0), run.opened.get(id)).with(workers);
                long before = cpu();
                R result = protocol.apply(party, Step.root("q"));
                run.cpuNanos[id] = cpu() - before;
                run.bytes[id] = links.stream().mapToLong(Transport::bytesSent).sum();
                run.rounds[id] = links.get(0).rounds();
                return result;
              } finally {
                links.forEach(Transport::close);
              }
            };
        futures.add(parties.submit(body));
      }
      Throwable failure = null;
      for (Future<R> future : futures) {
        try {
          run.results.add(future.get());
        } catch (ExecutionException e) {
          failure = failure == null || isConsequence(failure) ? e.getCause() : failure;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError(e);
        }
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure != null) {
        throw new AssertionError(failure);
      }
    } finally {
      parties.shutdownNow();
      networks.forEach(InMemoryNetwork::close);
    }
    sent.forEach(run.transcript::addAll);
    return run;
  }

  /** A link that broke because the party at its other end had failed. */
  private static boolean isConsequence(Throwable failure) {
    return failure instanceof TrefoilException e && e.condition() == Condition.PEER_UNAVAILABLE;
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static String text(Object values) {
    return values instanceof long[] longs
        ? Arrays.toString(longs)
        : Arrays.toString((int[]) values);
  }

  // Sharing and opening outside the protocols, as an owner and a recipient do.

  public List<Bits> bits(boolean... values) {
    long[] clear = new long[Bits.longs(values.length)];
    for (int r = 0; r < values.length; r++) {
      clear[r >>> 6] |= values[r] ? 1L << r : 0;
    }
    long[][][] x = {split(clear, -1)};
    List<Bits> out = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      out.add(new Bits(values.length, component(x, p)[0], component(x, p + 1)[0]));
    }
    return out;
  }

  /** Words of at most 64 bits. */
  public List<Words> words(int width, long... values) {
    return words(width, new long[][] {values});
  }

  /** Words limb by limb. */
  public List<Words> words(int width, long[][] limbs) {
    long[][][] x = new long[limbs.length][][];
    for (int limb = 0; limb < limbs.length; limb++) {
      x[limb] = split(limbs[limb], Words.mask(width, limb));
    }
    List<Words> out = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      out.add(new Words(width, limbs[0].length, component(x, p), component(x, p + 1)));
    }
    return out;
  }

  /** Words of any width. */
  public List<Words> words(int width, BigInteger... values) {
    long[][] limbs = new long[Words.limbs(width)][values.length];
    for (int r = 0; r < values.length; r++) {
      for (int limb = 0; limb < limbs.length; limb++) {
        limbs[limb][r] = values[r].shiftRight(64 * limb).longValue();
      }
    }
    return words(width, limbs);
  }

  public List<Sums> sums(long... values) {
    return sums(64, Arrays.stream(values).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new));
  }

  public List<Sums> sums(int width, BigInteger... values) {
    int limbs = width / 64;
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    long[][][] x = new long[limbs][3][values.length];
    for (int r = 0; r < values.length; r++) {
      BigInteger a = number(random, width);
      BigInteger b = number(random, width);
      BigInteger[] parts = {a, b, values[r].subtract(a).subtract(b).mod(modulus)};
      for (int p = 0; p < 3; p++) {
        for (int limb = 0; limb < limbs; limb++) {
          x[limb][p][r] = parts[p].shiftRight(64 * limb).longValue();
        }
      }
    }
    List<Sums> out = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      out.add(new Sums(values.length, component(x, p), component(x, p + 1)));
    }
    return out;
  }

  private static long[][] component(long[][][] x, int p) {
    long[][] out = new long[x.length][];
    for (int limb = 0; limb < x.length; limb++) {
      out[limb] = x[limb][p % 3].clone();
    }
    return out;
  }

  private long[][] split(long[] values, long mask) {
    long[][] x = new long[3][values.length];
    random.next(x[0], 0, values.length);
    random.next(x[1], 0, values.length);
    for (int r = 0; r < values.length; r++) {
      x[0][r] &= mask;
      x[1][r] &= mask;
      x[2][r] = (values[r] & mask) ^ x[0][r] ^ x[1][r];
    }
    return x;
  }

  public static boolean[] openBits(List<Bits> parties) {
    checkHolders(parties);
    boolean[] out = new boolean[parties.get(0).rows()];
    for (int r = 0; r < out.length; r++) {
      long v = 0;
      for (Bits part : parties) {
        v ^= part.first()[r >>> 6] >>> r;
      }
      out[r] = (v & 1) != 0;
    }
    return out;
  }

  /** The values, as unsigned numbers. */
  public static BigInteger[] openWords(List<Words> parties) {
    checkHolders(parties);
    Words shape = parties.get(0);
    BigInteger[] out = new BigInteger[shape.rows()];
    for (int r = 0; r < out.length; r++) {
      BigInteger v = BigInteger.ZERO;
      for (Words part : parties) {
        BigInteger component = number(part.first(), r);
        if (component.bitLength() > shape.width()) {
          throw new AssertionError("bits above the width of " + shape.width());
        }
        v = v.xor(component);
      }
      out[r] = v;
    }
    return out;
  }

  /** The values, signed. */
  public static BigInteger[] openSums(List<Sums> parties) {
    checkHolders(parties);
    int width = parties.get(0).width();
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    BigInteger[] out = new BigInteger[parties.get(0).rows()];
    for (int r = 0; r < out.length; r++) {
      BigInteger v = BigInteger.ZERO;
      for (Sums part : parties) {
        v = v.add(number(part.first(), r));
      }
      v = v.mod(modulus);
      out[r] = v.testBit(width - 1) ? v.subtract(modulus) : v;
    }
    return out;
  }

  /** Fails unless both holders of every component have the same. */
  public static void checkHolders(List<? extends SharedColumn> parties) {
    for (int p = 0; p < 3; p++) {
      long[][] mine = arrays(parties.get(p), true);
      long[][] theirs = arrays(parties.get((p + 1) % 3), false);
      int rows = parties.get(p).rows();
      for (int k = 0; k < mine.length; k++) {
        for (int i = 0; i < mine[k].length; i++) {
          boolean tail = parties.get(p) instanceof Bits && i == rows >>> 6;
          if (((mine[k][i] ^ theirs[k][i]) & (tail ? (1L << rows) - 1 : -1)) != 0) {
            throw new AssertionError("parties " + p + " and " + (p + 1) % 3 + " differ at " + i);
          }
        }
      }
    }
  }

  /** One component's arrays, limb by limb. */
  public static long[][] arrays(SharedColumn column, boolean second) {
    if (column instanceof Bits bits) {
      return new long[][] {second ? bits.second() : bits.first()};
    }
    if (column instanceof Words words) {
      return second ? words.second() : words.first();
    }
    Sums sums = (Sums) column;
    return second ? sums.second() : sums.first();
  }

  /** Row r of limbs, unsigned. */
  public static BigInteger number(long[][] limbs, int r) {
    BigInteger v = BigInteger.ZERO;
    for (int limb = limbs.length - 1; limb >= 0; limb--) {
      v = v.shiftLeft(64).or(unsigned(limbs[limb][r]));
    }
    return v;
  }

  /** Uniform numbers of {@code bits} bits, of which every third is an extreme or a repetition. */
  public static BigInteger[] numbers(Prg prg, int bits, int rows) {
    BigInteger[] out = new BigInteger[rows];
    BigInteger top = BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
    for (int r = 0; r < rows; r++) {
      out[r] =
          switch (prg.below(9)) {
            case 0 -> BigInteger.ZERO;
            case 1 -> top;
            case 2 -> r == 0 ? BigInteger.ONE : out[r - 1];
            default -> number(prg, bits);
          };
    }
    return out;
  }

  public static boolean[] flags(Prg prg, int rows) {
    boolean[] out = new boolean[rows];
    for (int r = 0; r < rows; r++) {
      out[r] = prg.below(2) == 1;
    }
    return out;
  }

  /** A uniform number of {@code bits} bits. */
  public static BigInteger number(Prg prg, int bits) {
    BigInteger v = BigInteger.ZERO;
    for (int k = 0; k < bits; k += 64) {
      v = v.shiftLeft(64).or(unsigned(prg.next()));
    }
    return v.mod(BigInteger.ONE.shiftLeft(bits));
  }

  public static BigInteger unsigned(long value) {
    return new BigInteger(1, ByteBuffer.allocate(8).putLong(value).array());
  }
}

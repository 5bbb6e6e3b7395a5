package org.trefoil.executor.transport;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** The links of three executors in one JVM: an {@link InMemoryNetwork} per query. */
public final class InMemoryPeerLinks implements PeerLinks {
  private final Hub hub;
  private final int party;

  private InMemoryPeerLinks(Hub hub, int party) {
    this.hub = hub;
    this.party = party;
  }

  /** Three parties' links to each other, in the order of parties. */
  public static List<PeerLinks> three(Interceptor interceptor, Duration patience) {
    Hub hub = new Hub(interceptor, patience);
    return IntStream.range(0, 3).<PeerLinks>mapToObj(p -> new InMemoryPeerLinks(hub, p)).toList();
  }

  @Override
  public int party() {
    return party;
  }

  @Override
  public String name(int peer) {
    return "executor " + peer + " (embedded)";
  }

  @Override
  public Transport open(String stream, int thread, Listener listener) {
    return hub.open(stream, thread, party, listener);
  }

  @Override
  public void abort(String stream, TrefoilException error) {
    hub.abort(stream, party, error);
  }

  @Override
  public void close() {
    hub.leave(party);
  }

  /** A query's stream until all three parties have closed theirs or one has aborted it. */
  private static final class Stream {
    private final Map<Integer, InMemoryNetwork> networks = new HashMap<>();
    private final Listener[] listeners = new Listener[3];
    private final boolean[] closed = new boolean[3];
    private boolean ended;

    /** Tells the parties before their waits end, so that they know the reason when they do. */
    void stop(int party, TrefoilException error) {
      for (int p = 0; p < 3; p++) {
        if (p != party && listeners[p] != null && !closed[p]) {
          listeners[p].stopped(party, error);
        }
      }
      synchronized (networks) {
        networks.values().forEach(InMemoryNetwork::close);
        ended = true;
      }
    }

    Transport open(int thread, int party, Supplier<InMemoryNetwork> made) {
      synchronized (networks) {
        InMemoryNetwork network = networks.computeIfAbsent(thread, t -> made.get());
        if (ended) {
          network.close();
        }
        return network.transport(party);
      }
    }
  }

  private static final class Hub {
    private static final int REMEMBERED = 1024;

    private final Interceptor interceptor;
    private final Duration patience;
    private final Map<String, Stream> streams = new HashMap<>();
    private final Map<String, TrefoilException> aborted =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, TrefoilException> eldest) {
            return size() > REMEMBERED;
          }
        };
    private final boolean[] left = new boolean[3];

    Hub(Interceptor interceptor, Duration patience) {
      this.interceptor = interceptor;
      this.patience = patience;
    }

    synchronized Transport open(String name, int thread, int party, Listener listener) {
      for (int peer = 0; peer < 3; peer++) {
        if (left[peer]) {
          throw gone(peer);
        }
      }
      if (aborted.containsKey(name)) {
        throw aborted.get(name);
      }
      Stream stream = streams.computeIfAbsent(name, n -> new Stream());
      Transport transport =
          stream.open(thread, party, () -> new InMemoryNetwork(interceptor, patience));
      if (thread > 0) {
        return transport;
      }
      stream.listeners[party] = listener;
      return new Closing(transport, () -> close(name, party));
    }

    void abort(String name, int party, TrefoilException error) {
      Stream stream;
      synchronized (this) {
        aborted.putIfAbsent(name, error);
        stream = streams.remove(name);
      }
      if (stream != null) {
        stream.stop(party, error);
      }
    }

    void leave(int party) {
      List<Stream> stopped;
      synchronized (this) {
        left[party] = true;
        stopped = List.copyOf(streams.values());
        streams.clear();
      }
      stopped.forEach(stream -> stream.stop(party, gone(party)));
    }

    synchronized void close(String name, int party) {
      Stream stream = streams.get(name);
      if (stream != null) {
        stream.closed[party] = true;
        if (stream.closed[0] && stream.closed[1] && stream.closed[2]) {
          streams.remove(name);
        }
      }
    }

    private static TrefoilException gone(int peer) {
      return new TrefoilException(
          Condition.PEER_UNAVAILABLE,
          "Cannot reach executor " + peer + " (embedded): it has stopped. Start it again.");
    }
  }

  /** Tells the hub when its transport is closed. */
  private static final class Closing implements Transport {
    private final Transport inner;
    private final Runnable onClose;

    Closing(Transport inner, Runnable onClose) {
      this.inner = inner;
      this.onClose = onClose;
    }

    @Override
    public int party() {
      return inner.party();
    }

    @Override
    public void send(int peer, Step step, long[] words, int from, int count) {
      inner.send(peer, step, words, from, count);
    }

    @Override
    public void receive(int peer, Step step, long[] words, int from, int count) {
      inner.receive(peer, step, words, from, count);
    }

    @Override
    public void flush() {
      inner.flush();
    }

    @Override
    public long bytesSent() {
      return inner.bytesSent();
    }

    @Override
    public long rounds() {
      return inner.rounds();
    }

    @Override
    public long waitNanos() {
      return inner.waitNanos();
    }

    @Override
    public void close() {
      inner.close();
      onClose.run();
    }
  }
}

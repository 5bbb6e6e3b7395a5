package org.trefoil.executor.server;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;

/** Notes the step that runs, for progress, and lets a stopped run go no further. */
final class WatchedTransport implements Transport {
  private final Transport inner;
  private final Runnable proceed;
  private volatile List<WatchedTransport> others = List.of();
  private volatile String stage = "";
  private volatile String step = "";

  /**
   * @param proceed called before every message; throws if the run is to stop
   */
  WatchedTransport(Transport inner, Runnable proceed) {
    this.inner = inner;
    this.proceed = proceed;
  }

  /** The links of another thread of the query, watched, counted and closed with these. */
  void add(Transport link) {
    List<WatchedTransport> more = new ArrayList<>(others);
    more.add(new WatchedTransport(link, proceed));
    others = List.copyOf(more);
  }

  @Override
  public List<Transport> beside() {
    return List.copyOf(others);
  }

  /** An operator begins, {@code done} of {@code total} being finished. */
  void begins(int done, int total, String operator) {
    stage = operator + " (" + (done + 1) + " of " + total + "): ";
  }

  /** The operator that runs, if any, and the step of the latest message without the run's name. */
  String step() {
    String path = step;
    return stage + path.substring(path.indexOf('/') + 1);
  }

  @Override
  public int party() {
    return inner.party();
  }

  @Override
  public void send(int peer, Step step, long[] words, int from, int count) {
    proceed.run();
    this.step = step.path();
    inner.send(peer, step, words, from, count);
  }

  @Override
  public void receive(int peer, Step step, long[] words, int from, int count) {
    proceed.run();
    this.step = step.path();
    inner.receive(peer, step, words, from, count);
  }

  @Override
  public void flush() {
    inner.flush();
  }

  @Override
  public void push() {
    inner.push();
  }

  @Override
  public long bytesSent() {
    return inner.bytesSent() + others.stream().mapToLong(Transport::bytesSent).sum();
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
    try {
      inner.close();
    } finally {
      others.forEach(Transport::close);
    }
  }
}

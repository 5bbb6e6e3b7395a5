package org.trefoil.executor.server;

import java.util.function.BooleanSupplier;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;

/**
 * A transport that asks before each message whether it is sent.
 *
 * @param sends false to drop it; or throws
 */
record FaultyTransport(Transport inner, BooleanSupplier sends) implements Transport {
  @Override
  public int party() {
    return inner.party();
  }

  @Override
  public void send(int peer, Step step, long[] words, int from, int count) {
    if (sends.getAsBoolean()) {
      inner.send(peer, step, words, from, count);
    }
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
  public void push() {
    inner.push();
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
  }
}

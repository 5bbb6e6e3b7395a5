package org.trefoil.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Stands between two parties and lets every byte arrive later than it was sent, by half a round
 * trip, in both directions and at any bandwidth. It sees what an eavesdropper sees.
 */
public final class DelayRelay implements AutoCloseable {
  private static final int BITE = 1 << 16;
  private static final int BITES_UNDER_WAY = 4096;

  private final ServerSocket server;
  private final int target;
  private final long delayNanos;
  private final List<Socket> sockets = new ArrayList<>();

  private DelayRelay(ServerSocket server, int target, Duration roundTrip) {
    this.server = server;
    this.target = target;
    this.delayNanos = roundTrip.toNanos() / 2;
  }

  /** Begins to relay to {@code target} of this machine, which need not listen yet. */
  public static DelayRelay to(int target, Duration roundTrip) {
    try {
      DelayRelay relay =
          new DelayRelay(
              new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), target, roundTrip);
      daemon(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = server.accept();
        Socket far = new Socket();
        synchronized (sockets) {
          sockets.add(near);
          sockets.add(far);
        }
        try {
          far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
          near.setTcpNoDelay(true);
          far.setTcpNoDelay(true);
          carry(near, far);
          carry(far, near);
        } catch (IOException e) {
          near.close(); // nobody listens there yet: the caller tries again
          far.close();
        }
      }
    } catch (IOException e) {
      // The relay was closed.
    }
  }

  private record Bite(long due, byte[] bytes) {}

  private void carry(Socket from, Socket to) {
    BlockingQueue<Bite> underWay = new ArrayBlockingQueue<>(BITES_UNDER_WAY);
    daemon(() -> read(from, underWay));
    daemon(() -> write(underWay, from, to));
  }

  private void read(Socket from, BlockingQueue<Bite> underWay) {
    byte[] buffer = new byte[BITE];
    try {
      try {
        InputStream in = from.getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          byte[] bytes = new byte[n];
          System.arraycopy(buffer, 0, bytes, 0, n);
          underWay.put(new Bite(System.nanoTime() + delayNanos, bytes));
        }
      } catch (IOException e) {
        // As if it had ended.
      }
      underWay.put(new Bite(System.nanoTime() + delayNanos, new byte[0]));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(BlockingQueue<Bite> underWay, Socket from, Socket to) {
    try {
      OutputStream out = to.getOutputStream();
      while (true) {
        Bite bite = underWay.take();
        long left = bite.due - System.nanoTime();
        if (left > 0) {
          TimeUnit.NANOSECONDS.sleep(left);
        }
        if (bite.bytes.length == 0) {
          to.shutdownOutput();
          return;
        }
        out.write(bite.bytes);
      }
    } catch (IOException e) {
      try (from;
          to) {
        // One end is gone: the other shall see it.
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "delay-relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      server.close();
      synchronized (sockets) {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package org.trefoil.executor.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import org.trefoil.api.error.TrefoilException;

/**
 * One connection with one peer for one query. The worker of the query sends and receives; Netty's
 * loop moves bytes in both directions meanwhile, so that reads go on while the worker computes.
 *
 * <p>A frame is a header of 16 bytes (longs that follow, number of the frame, hash and length of
 * the step's path; all little-endian) and at most {@link Transport#PIECE} longs; a longer message
 * takes several. The worker knows each header ahead: it reads no length that it has not compared,
 * so a hostile peer cannot make it allocate. What waits on either side is bounded: the worker
 * blocks in {@link #send}, the socket is not read.
 */
final class PeerLink extends ChannelInboundHandlerAdapter {
  private static final int HEADER = 16;
  private static final int COALESCE = 1 << 16;
  private static final int BUFFER = COALESCE + 2 * HEADER;

  /** Bytes under way before {@link #send} blocks; more than {@link Transport#WINDOW}. */
  private static final long OUTBOX = 16L * Transport.WINDOW;

  private static final long INBOX = 16L * Transport.WINDOW;
  private static final int BITE = 1 << 18;

  /** Buffers that wait to be filled again; new ones come zeroed, which costs as much as a copy. */
  private static final int MOST_SPARE = 16;

  // In place of a number of longs.
  private static final int ABORT = -1;
  private static final int GOODBYE = -2;

  private static final int MOST_CONTROL = 4096;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final int self;
  private final int peer;
  private final String name;
  private final String stream;
  private final PeerLinks.Listener listener;
  private final LinkPatience patience;
  private final long created = System.nanoTime();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Condition room = lock.newCondition();

  // Guarded by the lock.
  private final ArrayDeque<ByteBuf> inbox = new ArrayDeque<>();
  private final ArrayDeque<ByteBuf> unsent = new ArrayDeque<>();
  private final ArrayDeque<ByteBuf> spare = new ArrayDeque<>(MOST_SPARE);
  private Channel channel;
  private TrefoilException end;
  private long inboxBytes;
  private long outboxBytes;
  private long wanted = Long.MAX_VALUE;
  private long lastArrival = created;
  private long lastDeparture = created;
  private boolean paused;
  private boolean heard;
  private boolean closing;
  private boolean silenced;
  private boolean aborted;

  // Only the loop's.
  private final byte[] header = new byte[HEADER];
  private int headerBytes;
  private long frameBytes;
  private ByteBuf control;
  private boolean goodbye;

  // Only the worker's.
  private ByteBuf held;
  private ByteBuf current = Unpooled.EMPTY_BUFFER;
  private String path = "";
  private int sent;
  private int received;
  private long waitNanos;

  PeerLink(
      PeerLinks links,
      int peer,
      String stream,
      PeerLinks.Listener listener,
      LinkPatience patience) {
    this.self = links.party();
    this.peer = peer;
    this.name = links.name(peer);
    this.stream = stream;
    this.listener = listener;
    this.patience = patience;
  }

  int peer() {
    return peer;
  }

  long waitNanos() {
    return waitNanos;
  }

  // The worker's side.

  void send(Step step, long[] words, int from, int count) {
    path = step.path();
    int at = from;
    int left = count;
    do {
      int n = Math.min(left, Transport.PIECE);
      frame(words, at, n);
      at += n;
      left -= n;
    } while (left > 0);
  }

  private void frame(long[] words, int from, int count) {
    int bytes = count * Long.BYTES;
    if (held != null && held.writableBytes() < HEADER + bytes) {
      depart();
    }
    if (held == null) {
      held = empty();
    }
    held.writeIntLE(count);
    held.writeIntLE(sent++);
    held.writeIntLE(path.hashCode());
    held.writeIntLE(path.length());
    if (count > 0) {
      held.nioBuffer(held.writerIndex(), bytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asLongBuffer()
          .put(words, from, count);
      held.writerIndex(held.writerIndex() + bytes);
    }
    if (held.readableBytes() >= COALESCE) {
      depart();
    }
  }

  private ByteBuf empty() {
    lock.lock();
    try {
      if (!spare.isEmpty()) {
        return spare.removeLast();
      }
    } finally {
      lock.unlock();
    }
    return PooledByteBufAllocator.DEFAULT.directBuffer(BUFFER, BUFFER);
  }

  /** Hands over what {@link #send} holds back. */
  void flush() {
    if (held != null) {
      depart();
    }
  }

  private void depart() {
    ByteBuf buffer = held;
    held = null;
    int bytes = buffer.readableBytes();
    Channel open;
    lock.lock();
    try {
      while (end == null && outboxBytes > 0 && outboxBytes + bytes > OUTBOX) {
        await(room, false);
      }
      if (end != null) {
        buffer.release();
        throw ended();
      }
      if (outboxBytes == 0) {
        lastDeparture = System.nanoTime();
      }
      outboxBytes += bytes;
      open = channel;
      if (open == null) {
        unsent.add(buffer);
      }
    } catch (TrefoilException e) {
      if (buffer.refCnt() > 0) {
        buffer.release();
      }
      throw e;
    } finally {
      lock.unlock();
    }
    if (open != null) {
      write(open, buffer);
    }
  }

  private void write(Channel open, ByteBuf buffer) {
    int bytes = buffer.readableBytes();
    open.writeAndFlush(buffer.retain()).addListener(done -> departed(buffer, bytes));
  }

  private void departed(ByteBuf buffer, int bytes) {
    lock.lock();
    try {
      if (end == null && buffer.capacity() == BUFFER && spare.size() < MOST_SPARE) {
        spare.add(buffer.clear());
      } else {
        buffer.release();
      }
      outboxBytes -= bytes;
      lastDeparture = System.nanoTime();
      room.signal();
    } finally {
      lock.unlock();
    }
  }

  void receive(Step step, long[] words, int from, int count) {
    path = step.path();
    int at = from;
    int left = count;
    do {
      int n = Math.min(left, Transport.PIECE);
      frameInto(words, at, n);
      at += n;
      left -= n;
    } while (left > 0);
  }

  private void frameInto(long[] words, int from, int count) {
    need(HEADER);
    int announced = readInt();
    int number = readInt();
    int hash = readInt();
    int length = readInt();
    if (announced != count
        || number != received
        || hash != path.hashCode()
        || length != path.length()) {
      TrefoilException mismatch =
          new TrefoilException(
              org.trefoil.api.error.Condition.STEP_MISMATCH,
              "Cannot receive step %s of %d words as message %d at executor %d: %s sent %s of %d words as message %d. Run the query again."
                  .formatted(
                      path,
                      count,
                      received,
                      self,
                      name,
                      hash == path.hashCode() && length == path.length()
                          ? "the same step"
                          : "another step",
                      announced,
                      number));
      breakUp(mismatch);
      throw mismatch;
    }
    received++;
    int at = from;
    int left = count;
    while (left > 0) {
      need(Math.min((long) left * Long.BYTES, BITE));
      int n = Math.min(left, current.readableBytes() / Long.BYTES);
      if (n > 0) {
        current
            .nioBuffer(current.readerIndex(), n * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asLongBuffer()
            .get(words, at, n);
        current.skipBytes(n * Long.BYTES);
      } else {
        words[at] = Integer.toUnsignedLong(readInt()) | ((long) readInt() << 32);
        n = 1;
      }
      at += n;
      left -= n;
    }
  }

  private int readInt() {
    if (current.readableBytes() >= Integer.BYTES) {
      return current.readIntLE();
    }
    int value = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 8) {
      advance();
      value |= current.readUnsignedByte() << shift;
    }
    return value;
  }

  /** Lets {@code current} have a byte; {@link #need} has seen that there is one. */
  private void advance() {
    if (current.isReadable()) {
      return;
    }
    lock.lock();
    try {
      next();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until so many bytes are here, and lets {@code current} have some of them. */
  private void need(long bytes) {
    if (current.readableBytes() >= bytes) {
      return;
    }
    lock.lock();
    try {
      while (current.readableBytes() + inboxBytes < bytes) {
        if (end != null) {
          throw ended();
        }
        wanted = bytes - current.readableBytes();
        await(arrived, true);
      }
      if (!current.isReadable()) {
        next();
      }
    } finally {
      wanted = Long.MAX_VALUE;
      lock.unlock();
    }
  }

  private void next() {
    if (inbox.isEmpty()) {
      throw ended(); // another thread has closed the link since the bytes were counted
    }
    current.release();
    current = inbox.remove();
    inboxBytes -= current.readableBytes();
    if (paused && inboxBytes < INBOX / 2) {
      paused = false;
      channel.config().setAutoRead(true);
    }
  }

  /** One wait; whoever calls loops. */
  @SuppressWarnings("WaitNotInLoop")
  private void await(Condition condition, boolean forArrival) {
    long start = System.nanoTime();
    try {
      long last = Math.max(start, forArrival ? lastArrival : lastDeparture);
      long left = patience.message().toNanos();
      if (channel == null) {
        left = created + patience.connect().toNanos() - start;
      }
      boolean signalled = left > 0 && condition.await(left, TimeUnit.NANOSECONDS);
      boolean progress = (forArrival ? lastArrival : lastDeparture) > last || end != null;
      if (!signalled && !progress) {
        throw channel == null ? absent() : silent();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrefoilException(
          org.trefoil.api.error.Condition.QUERY_CANCELLED,
          "Cannot go on with step " + path + ": the query was cancelled. Run it again.",
          e);
    } finally {
      waitNanos += System.nanoTime() - start;
    }
  }

  private TrefoilException silent() {
    return new TrefoilException(
        org.trefoil.api.error.Condition.TIMEOUT,
        "Cannot go on with step %s at executor %d: %s has not answered for %d s. Check that it runs, then run the query again."
            .formatted(path, self, name, patience.message().toSeconds()));
  }

  private TrefoilException absent() {
    return new TrefoilException(
        org.trefoil.api.error.Condition.PEER_UNAVAILABLE,
        "Cannot go on with step %s at executor %d: %s has not connected within %d s. Check that it runs and that its certificate says party-%d, then run the query again."
            .formatted(path, self, name, patience.connect().toSeconds(), peer));
  }

  private TrefoilException ended() {
    return new TrefoilException(
        end.condition(),
        aborted
            ? end.reason()
            : "Cannot go on with step %s at executor %d: %s".formatted(path, self, end.reason()),
        end);
  }

  // The loop's side.

  /** Gives the link its connection, after hello has been said. */
  void attach(Channel open) {
    ArrayDeque<ByteBuf> waiting;
    lock.lock();
    try {
      if (end != null && !closing) {
        open.close();
        return;
      }
      channel = open;
      lastArrival = System.nanoTime();
      lastDeparture = lastArrival;
      waiting = new ArrayDeque<>(unsent);
      unsent.clear();
      for (ByteBuf buffer : waiting) {
        write(open, buffer);
      }
      if (closing) {
        finish(open);
      }
      arrived.signal();
      room.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    boolean heardBefore = control != null && !control.isWritable();
    keep(bytes, scan(bytes));
    if (control != null && !control.isWritable() && !heardBefore) {
      hearAbort(); // after what came before it is there to be received
    }
  }

  private void keep(ByteBuf bytes, int data) {
    lock.lock();
    try {
      if (end != null || data == 0) {
        bytes.release();
        return;
      }
      heard = true;
      bytes.writerIndex(bytes.readerIndex() + data);
      inbox.add(bytes);
      inboxBytes += data;
      lastArrival = System.nanoTime();
      if (inboxBytes > INBOX && !paused && channel != null) {
        paused = true;
        channel.config().setAutoRead(false);
      }
      if (inboxBytes >= wanted) {
        arrived.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Follows the frames and takes out the word that the peer gives up or says goodbye: that must be
   * heard also while the worker is not waiting. Returns how many bytes are the worker's.
   */
  private int scan(ByteBuf bytes) {
    int start = bytes.readerIndex();
    int at = start;
    int stop = bytes.writerIndex();
    while (at < stop) {
      if (control != null) {
        control.writeBytes(bytes, at, Math.min(control.writableBytes(), stop - at));
        return at - start;
      }
      if (goodbye) {
        return at - start;
      }
      if (frameBytes > 0) {
        int n = (int) Math.min(frameBytes, stop - at);
        frameBytes -= n;
        at += n;
        continue;
      }
      int n = Math.min(HEADER - headerBytes, stop - at);
      bytes.getBytes(at, header, headerBytes, n);
      headerBytes += n;
      if (headerBytes == HEADER) {
        headerBytes = 0;
        int count = (int) INT.get(header, 0);
        int number = (int) INT.get(header, Integer.BYTES);
        if (count == GOODBYE) {
          goodbye = true;
          return at - start;
        }
        if (count == ABORT && number >= 0 && number <= MOST_CONTROL) {
          control = Unpooled.buffer(number, number);
          int rest = Math.min(number, stop - at - n);
          control.writeBytes(bytes, at + n, rest);
          return at - start;
        }
        frameBytes = Integer.toUnsignedLong(count) * Long.BYTES;
      }
      at += n;
    }
    return at - start;
  }

  private void hearAbort() {
    String text = control.toString(StandardCharsets.UTF_8);
    int line = text.indexOf('\n');
    org.trefoil.api.error.Condition condition = org.trefoil.api.error.Condition.INTERNAL;
    for (org.trefoil.api.error.Condition known : org.trefoil.api.error.Condition.values()) {
      if (line > 0 && known.name().equals(text.substring(0, line))) {
        condition = known;
      }
    }
    TrefoilException error = new TrefoilException(condition, text.substring(line + 1));
    boolean tell;
    lock.lock();
    try {
      tell = end == null && !silenced;
      if (end == null) {
        end = error;
        aborted = true;
      }
      arrived.signal();
      room.signal();
    } finally {
      lock.unlock();
    }
    if (tell) {
      listener.stopped(peer, error);
    }
  }

  /** Takes what a peer sent before it closed the connection; then nothing else comes. */
  void attachClosed(ByteBuf bytes) {
    channelRead(null, bytes);
    channelInactive(null);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end(
        new TrefoilException(
            org.trefoil.api.error.Condition.PEER_UNAVAILABLE,
            name + " has closed the link. Run the query again."));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Throwable root =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    boolean refused;
    lock.lock();
    try {
      refused = root instanceof SSLException && !heard;
    } finally {
      lock.unlock();
    }
    end(
        refused
            ? new TrefoilException(
                org.trefoil.api.error.Condition.PEER_REFUSED,
                name
                    + " has refused the handshake: "
                    + root.getMessage()
                    + ". Check both certificates and authorities.",
                root)
            : new TrefoilException(
                org.trefoil.api.error.Condition.PEER_UNAVAILABLE,
                "the link with " + name + " broke: " + root.getMessage() + ". Run the query again.",
                root));
  }

  /**
   * Ends the link with an error, unless it has ended; what has arrived can still be received. The
   * listener learns of it, unless the peer has said goodbye.
   */
  void end(TrefoilException reason) {
    if (breakUp(reason) && !goodbye) {
      listener.stopped(
          peer,
          new TrefoilException(
              reason.condition(),
              "Cannot go on with query " + stream + ": " + reason.reason(),
              reason));
    }
  }

  /** Returns whether the listener has to learn of it. */
  private boolean breakUp(TrefoilException reason) {
    Channel open;
    boolean fresh;
    lock.lock();
    try {
      fresh = end == null;
      if (fresh) {
        end = reason;
      }
      closing = false;
      open = channel;
      unsent.forEach(ByteBuf::release);
      unsent.clear();
      forgetSpare();
      arrived.signal();
      room.signal();
    } finally {
      lock.unlock();
    }
    if (open != null) {
      open.close();
    }
    return fresh;
  }

  /** Tells the peer why this party gives up; what was handed over leaves before. */
  void abort(TrefoilException error) {
    byte[] text =
        (error.condition().name() + "\n" + error.reason()).getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, MOST_CONTROL);
    ByteBuf frame = Unpooled.buffer(HEADER + length);
    frame.writeIntLE(ABORT).writeIntLE(length).writeZero(2 * Integer.BYTES);
    frame.writeBytes(text, 0, length);
    lock.lock();
    try {
      if (silenced || (end != null && channel == null)) {
        frame.release();
        return;
      }
      silenced = true;
      outboxBytes += frame.readableBytes();
      if (channel == null) {
        unsent.add(frame);
      } else {
        write(channel, frame);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the link after what was handed over, and a goodbye, has left; safe from any thread.
   * Returns whether that still waits for the peer to connect.
   */
  boolean close() {
    lock.lock();
    try {
      boolean fresh = end == null;
      if (fresh) {
        end =
            new TrefoilException(
                org.trefoil.api.error.Condition.PEER_UNAVAILABLE,
                "it has closed its link with " + name + ". Run the query again.");
      }
      inbox.forEach(ByteBuf::release);
      inbox.clear();
      inboxBytes = 0;
      forgetSpare();
      arrived.signal();
      room.signal();
      if (channel != null) {
        finish(channel);
      } else {
        closing |= fresh;
      }
      return channel == null && closing;
    } finally {
      lock.unlock();
    }
  }

  private void forgetSpare() {
    spare.forEach(ByteBuf::release);
    spare.clear();
  }

  /** Says goodbye, so that the peer can tell an end from a break. */
  private static void finish(Channel open) {
    if (!open.isOpen()) {
      return;
    }
    ByteBuf frame = Unpooled.buffer(HEADER);
    frame.writeIntLE(GOODBYE).writeZero(3 * Integer.BYTES);
    open.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE);
  }

  /** Releases what only the worker holds; by the worker. */
  void release() {
    if (held != null) {
      held.release();
      held = null;
    }
    current.release();
    current = Unpooled.EMPTY_BUFFER;
  }
}

package org.trefoil.executor.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.tls.Identity;

/**
 * An executor's end of all links with its peers. Every party connects to the next one and is
 * connected to by the previous one, once per query and thread of it; nobody else is let in. A
 * connection for a query that this executor does not know yet waits, unread, for a bounded time.
 *
 * <p>Since connections live as long as their query, a peer that restarts costs the queries that
 * were running (PEER_UNAVAILABLE), and the next query finds it again.
 */
public final class NettyPeerLinks implements PeerLinks {
  private static final Logger LOG = LoggerFactory.getLogger(NettyPeerLinks.class);
  private static final int HELLO = 24;
  private static final int MAGIC = 0x54524631; // TRF1
  private static final int MOST_WAITING = 256;
  private static final int MOST_REMEMBERED = 1024;
  private static final long RETRY_MILLIS = 100;

  /** One thread of one query: what a connection is for. */
  private record Line(QueryId query, int thread) {
    @Override
    public String toString() {
      return thread == 0 ? query.toString() : query + " (thread " + thread + ")";
    }
  }

  private final int party;
  private final int next;
  private final int previous;
  private final LinkPatience patience;
  private final LinkSecurity security;
  private final EventLoopGroup loops;
  private final Channel listener;
  private volatile List<InetSocketAddress> addresses = List.of();

  // Guarded by this.
  private final Map<Line, NettyTransport> open = new HashMap<>();
  private final Map<Line, PeerLink> expected = new HashMap<>();
  private final Map<Line, Caller> waiting = new HashMap<>();
  private final Map<QueryId, TrefoilException> aborted =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<QueryId, TrefoilException> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };
  private boolean closed;

  private NettyPeerLinks(
      int party,
      LinkSecurity security,
      InetSocketAddress listen,
      LinkPatience patience,
      int threads) {
    this.party = party;
    this.next = (party + 1) % 3;
    this.previous = (party + 2) % 3;
    this.patience = patience;
    this.security = security;
    loops =
        new MultiThreadIoEventLoopGroup(
            1 + threads,
            new DefaultThreadFactory("trefoil-link-" + party, true),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(serverType())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
            .childHandler(new Accepting())
            .bind(listen)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot listen for peers on "
              + listen
              + ": "
              + bound.cause().getMessage()
              + ". Choose a free port.",
          bound.cause());
    }
    listener = bound.channel();
  }

  /**
   * Begins to listen for the previous party. TLS is tested first: INVALID_CONFIGURATION if it would
   * let a classical peer in.
   */
  public static NettyPeerLinks listen(
      int party, Identity identity, InetSocketAddress address, LinkPatience patience) {
    return listen(party, identity, address, patience, 1);
  }

  /** The same, with loops that serve a query of so many threads: TLS costs half of what they do. */
  public static NettyPeerLinks listen(
      int party, Identity identity, InetSocketAddress address, LinkPatience patience, int threads) {
    return listen(party, LinkSecurity.tls(party, identity), address, patience, threads);
  }

  static NettyPeerLinks listen(
      int party,
      LinkSecurity security,
      InetSocketAddress address,
      LinkPatience patience,
      int threads) {
    return new NettyPeerLinks(party, security, address, patience, threads);
  }

  /** The port that the previous party connects to. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /**
   * Says where the three parties listen, in their order. Addresses may be unresolved, and are
   * resolved for each connection; only the next party's is connected to.
   */
  public void peers(List<InetSocketAddress> three) {
    if (three.size() != 3) {
      throw new IllegalArgumentException("there are three parties");
    }
    addresses = List.copyOf(three);
  }

  @Override
  public int party() {
    return party;
  }

  @Override
  public String name(int peer) {
    InetSocketAddress address = addresses.get(peer);
    return "executor " + peer + " (" + address.getHostString() + ":" + address.getPort() + ")";
  }

  /**
   * {@inheritDoc} Returns at once and connects meanwhile.
   *
   * @param stream 32 hexadecimal digits
   */
  @Override
  public Transport open(String stream, int thread, Listener listener) {
    QueryId query = new QueryId(stream);
    Line line = new Line(query, thread);
    PeerLink toNext = new PeerLink(this, next, stream, listener, patience);
    PeerLink fromPrevious = new PeerLink(this, previous, stream, listener, patience);
    NettyTransport transport =
        new NettyTransport(
            party, toNext, fromPrevious, early -> forget(line, toNext, fromPrevious, early));
    Caller early;
    synchronized (this) {
      if (closed) {
        throw new TrefoilException(
            Condition.PEER_UNAVAILABLE,
            "Cannot begin query " + query + ": this executor shuts down. Try again later.");
      }
      if (addresses.isEmpty()) {
        throw new IllegalStateException("peers() says where the peers are");
      }
      TrefoilException over = aborted.get(query);
      if (over != null) {
        throw new TrefoilException(over.condition(), over.reason(), over);
      }
      if (open.putIfAbsent(line, transport) != null) {
        throw new IllegalStateException("query " + line + " has a transport");
      }
      early = waiting.remove(line);
      if (early == null) {
        expected.put(line, fromPrevious);
      }
    }
    if (early != null) {
      early.join(fromPrevious);
    }
    connect(line, toNext, System.nanoTime() + patience.connect().toNanos());
    return transport;
  }

  @Override
  public void abort(String stream, TrefoilException error) {
    QueryId query = new QueryId(stream);
    NettyTransport running;
    synchronized (this) {
      running = open.get(new Line(query, 0));
      if (closed || aborted.containsKey(query)) {
        return;
      }
    }
    if (running != null) {
      running.abort(error);
    } else {
      // The peers may wait for this party, or begin to.
      try (NettyTransport brief = (NettyTransport) open(stream, 0, (peer, reason) -> {})) {
        brief.abort(error);
      }
    }
    synchronized (this) {
      aborted.put(query, error);
    }
  }

  /** Forgets a closed transport, at once or when its peers have had their time to connect. */
  private void forget(Line line, PeerLink toNext, PeerLink fromPrevious, boolean later) {
    if (later && !loops.isShuttingDown()) {
      loops
          .next()
          .schedule(
              () -> forget(line, toNext, fromPrevious, false),
              patience.connect().toMillis(),
              TimeUnit.MILLISECONDS);
      return;
    }
    synchronized (this) {
      expected.remove(line, fromPrevious);
      open.remove(line);
    }
    TrefoilException over = new TrefoilException(Condition.PEER_UNAVAILABLE, "the query has ended");
    toNext.end(over);
    fromPrevious.end(over);
  }

  /** Closes all links; queries that run fail with PEER_UNAVAILABLE, here and at the peers. */
  @Override
  public void close() {
    List<NettyTransport> running;
    synchronized (this) {
      closed = true;
      running = List.copyOf(open.values());
    }
    listener.close().awaitUninterruptibly();
    running.forEach(NettyTransport::close);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static Class<? extends ServerChannel> serverType() {
    return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  private static Class<? extends Channel> clientType() {
    return Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  private static AdaptiveRecvByteBufAllocator receiveBuffers() {
    return new AdaptiveRecvByteBufAllocator(2048, 1 << 16, 1 << 18);
  }

  // The connecting end.

  private void connect(Line line, PeerLink link, long deadline) {
    ChannelFuture connecting =
        new Bootstrap()
            .group(loops)
            .channel(clientType())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) patience.connect().toMillis())
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(security.client(channel), new Connecting(line, link, deadline));
                  }
                })
            .connect(addresses.get(next));
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            retry(line, link, deadline, done.cause());
          }
        });
  }

  private void retry(Line line, PeerLink link, long deadline, Throwable cause) {
    boolean given;
    synchronized (this) {
      given = !closed && open.containsKey(line); // also while a closed transport's last words wait
    }
    if (given && System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS) < deadline) {
      loops
          .next()
          .schedule(() -> connect(line, link, deadline), RETRY_MILLIS, TimeUnit.MILLISECONDS);
      return;
    }
    link.end(
        new TrefoilException(
            Condition.PEER_UNAVAILABLE,
            name(next)
                + " cannot be reached ("
                + cause.getMessage()
                + "). Check that it runs, then run the query again.",
            cause));
  }

  private final class Connecting extends ChannelInboundHandlerAdapter {
    private final Line line;
    private final PeerLink link;
    private final long deadline;

    Connecting(Line line, PeerLink link, long deadline) {
      this.line = line;
      this.link = link;
      this.deadline = deadline;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
        return;
      }
      if (handshake.isSuccess()) {
        ByteBuf hello = context.alloc().directBuffer(HELLO, HELLO);
        hello.writeInt(MAGIC).writeByte(party).writeByte(next).writeShort(line.thread);
        hello.writeLong(Long.parseUnsignedLong(line.query.hex(), 0, 16, 16));
        hello.writeLong(Long.parseUnsignedLong(line.query.hex(), 16, 32, 16));
        context.write(hello);
        context.pipeline().replace(this, "link", link);
        link.attach(context.channel());
        context.channel().flush();
      } else if (NettyPeerLinks.isRefusal(handshake.cause())) {
        LOG.warn("refused {}: {}", name(next), deepest(handshake.cause()).getMessage());
        link.end(
            new TrefoilException(
                Condition.PEER_REFUSED,
                "what answers for "
                    + name(next)
                    + " is refused: "
                    + deepest(handshake.cause()).getMessage()
                    + ". Check its certificate and both authorities.",
                handshake.cause()));
      } else {
        retry(line, link, deadline, handshake.cause());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close(); // the handshake's event tells why
    }
  }

  /** Tells a handshake that failed for what the peer is from a connection that broke in it. */
  private static boolean isRefusal(Throwable cause) {
    return cause instanceof SSLException
        && !(cause instanceof SslClosedEngineException)
        && !(cause instanceof SslHandshakeTimeoutException)
        && !String.valueOf(cause.getMessage()).startsWith("Connection closed while");
  }

  private static Throwable deepest(Throwable cause) {
    Throwable deepest = cause;
    while (deepest.getCause() != null && deepest.getCause() != deepest) {
      deepest = deepest.getCause();
    }
    return deepest;
  }

  // The accepting end.

  private final class Accepting extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(security.server(channel), new Caller(channel));
    }
  }

  private void arrived(Line line, Caller caller) {
    PeerLink link;
    synchronized (this) {
      link = closed ? null : expected.remove(line);
      if (link == null) {
        if (closed || waiting.size() >= MOST_WAITING || waiting.putIfAbsent(line, caller) != null) {
          LOG.warn("closed a connection of party {} for query {}: unexpected", previous, line);
          caller.channel.close();
        }
        return;
      }
    }
    caller.join(link);
  }

  /** Reads the hello of the previous party and stops reading until its query is here. */
  private final class Caller extends ByteToMessageDecoder {
    private final Channel channel;

    // Only the channel's loop's.
    private Line line;
    private boolean joined;
    private ByteBuf rest;

    Caller(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
      channel
          .eventLoop()
          .schedule(this::giveUp, patience.connect().toMillis(), TimeUnit.MILLISECONDS);
      super.channelActive(context);
    }

    private void giveUp() {
      if (joined) {
        return;
      }
      joined = true;
      synchronized (NettyPeerLinks.this) {
        waiting.remove(line, this);
      }
      if (rest != null) {
        rest.release();
      }
      channel.close();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      if (line != null || in.readableBytes() < HELLO) {
        return;
      }
      boolean known = in.readInt() == MAGIC & in.readByte() == previous & in.readByte() == party;
      int thread = in.readUnsignedShort();
      if (!known || thread >= MOST_THREADS) {
        LOG.warn("closed a connection of party {}: it does not say hello as expected", previous);
        in.skipBytes(in.readableBytes());
        context.close();
        return;
      }
      line = new Line(new QueryId("%016x%016x".formatted(in.readLong(), in.readLong())), thread);
      channel.config().setAutoRead(false);
      arrived(line, this);
    }

    void join(PeerLink link) {
      channel.eventLoop().execute(() -> joinInLoop(link));
    }

    private void joinInLoop(PeerLink link) {
      if (joined) {
        link.channelInactive(null);
        return;
      }
      joined = true;
      if (rest != null) {
        link.attachClosed(rest);
        return;
      }
      channel.pipeline().addLast("link", link);
      channel.pipeline().remove(this);
      link.attach(channel);
      channel.config().setAutoRead(true);
    }

    /** A peer may be done with its part before this executor hears of the query: keep its words. */
    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
      if (line != null && !joined) {
        rest = Unpooled.buffer();
        rest.writeBytes(internalBuffer());
      }
      super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.warn(
          "refused a connection from {}: {}", channel.remoteAddress(), deepest(cause).getMessage());
      context.close();
    }
  }
}

package org.trefoil.executor.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.trefoil.arrow.cluster.QueryId;

/** A TLS client that says whatever a test wants to an executor's peer port. */
final class RawCaller implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final SslHandler tls;
  private final Channel channel;

  private RawCaller(SslContext context, int port) throws InterruptedException {
    SslHandler[] made = new SslHandler[1];
    channel =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    made[0] = context.newHandler(channel.alloc());
                    channel.pipeline().addLast(made[0], new Deaf());
                  }
                })
            .connect("127.0.0.1", port)
            .sync()
            .channel();
    tls = made[0];
  }

  /** Leaves errors to the handshake's and the channel's futures. */
  private static final class Deaf extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  static RawCaller connect(SslContext context, int port) throws InterruptedException {
    RawCaller caller = new RawCaller(context, port);
    caller.tls.handshakeFuture().await(10, TimeUnit.SECONDS);
    return caller;
  }

  /** Whether the handshake succeeds. */
  static boolean connects(SslContext context, int port) throws InterruptedException {
    try (RawCaller caller = connect(context, port)) {
      return caller.tls.handshakeFuture().isSuccess();
    }
  }

  /** Whether the other side closes the connection after these bytes. */
  static boolean isHungUp(SslContext context, int port, byte[] bytes) throws InterruptedException {
    try (RawCaller caller = connect(context, port)) {
      caller.send(bytes);
      return caller.hungUp();
    }
  }

  static byte[] hello(int from, int to, QueryId query) {
    return hello(from, to, query, 0);
  }

  static byte[] hello(int from, int to, QueryId query, int thread) {
    ByteBuf hello = Unpooled.buffer(24, 24);
    hello.writeInt(0x54524631).writeByte(from).writeByte(to).writeShort(thread);
    hello.writeBytes(HexFormat.of().parseHex(query.hex()));
    return hello.array();
  }

  static byte[] header(int words, int number, String path) {
    ByteBuf header = Unpooled.buffer(16, 16);
    header.writeIntLE(words).writeIntLE(number);
    header.writeIntLE(path.hashCode());
    header.writeIntLE(path.getBytes(StandardCharsets.UTF_8).length);
    return header.array();
  }

  void send(byte[] bytes) throws InterruptedException {
    channel.writeAndFlush(Unpooled.wrappedBuffer(bytes)).await(10, TimeUnit.SECONDS);
  }

  boolean hungUp() throws InterruptedException {
    return channel.closeFuture().await(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws InterruptedException {
    channel.close().await(10, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
  }
}

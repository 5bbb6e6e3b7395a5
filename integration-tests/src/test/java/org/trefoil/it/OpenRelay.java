package org.trefoil.it;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.tls.Identity;
import org.trefoil.arrow.tls.PeerRole;
import org.trefoil.arrow.tls.TlsContexts;

/**
 * Stands between an owner and an executor with the keys of both, and keeps what the owner sends as
 * it is inside of TLS.
 */
final class OpenRelay implements AutoCloseable {
  private final EventLoopGroup loops = new NioEventLoopGroup(1);
  private final SslContext asExecutor;
  private final SslContext asOwner;
  private final SslContext asTask;
  private final int target;
  private final Channel listening;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  private OpenRelay(int party, Identity executor, Identity owner, int target) {
    asExecutor = TlsContexts.flightServer(executor);
    asOwner = TlsContexts.flightClient(owner, Role.party(party));
    asTask = TlsContexts.flightTaskClient(owner.authorities(), Role.party(party));
    this.target = target;
    listening =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel near) {
                    near.pipeline().addLast(asExecutor.newHandler(near.alloc()), new Near());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /** Relays to {@code target} on this machine, where executor {@code party} listens. */
  static OpenRelay to(int party, Identity executor, Identity owner, int target) {
    return new OpenRelay(party, executor, owner, target);
  }

  int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /** All that the owner has sent, connection by connection as it came. */
  byte[] sent() {
    synchronized (sent) {
      return sent.toByteArray();
    }
  }

  /** The owner's end: connects further once it is known who the owner says it is. */
  private final class Near extends ChannelInboundHandlerAdapter {
    private final List<ByteBuf> early = new ArrayList<>();
    private Channel far;

    @Override
    public void userEventTriggered(ChannelHandlerContext near, Object event) {
      if (!(event instanceof SslHandshakeCompletionEvent end) || !end.isSuccess()) {
        return;
      }
      SslHandler tls = near.pipeline().get(SslHandler.class);
      boolean task = PeerRole.of(tls.engine().getSession()).isEmpty();
      SslContext as = task ? asTask : asOwner;
      new Bootstrap()
          .group(near.channel().eventLoop())
          .channel(NioSocketChannel.class)
          .handler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                  channel
                      .pipeline()
                      .addLast(
                          as.newHandler(channel.alloc(), "127.0.0.1", target),
                          new Far(near.channel()));
                }
              })
          .connect(InetAddress.getLoopbackAddress(), target)
          .addListener(
              (ChannelFutureListener)
                  connected -> {
                    if (connected.isSuccess()) {
                      far = connected.channel();
                      early.forEach(far::writeAndFlush);
                    } else {
                      near.close();
                    }
                  });
    }

    @Override
    public void channelRead(ChannelHandlerContext near, Object message) throws Exception {
      ByteBuf bytes = (ByteBuf) message;
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.getBytes(bytes.readerIndex(), copy);
      synchronized (sent) {
        sent.write(copy);
      }
      if (far == null) {
        early.add(bytes);
      } else {
        far.writeAndFlush(bytes);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext near) {
      if (far != null) {
        far.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext near, Throwable cause) {
      near.close();
    }
  }

  private static final class Far extends ChannelInboundHandlerAdapter {
    private final Channel near;

    Far(Channel near) {
      this.near = near;
    }

    @Override
    public void channelRead(ChannelHandlerContext far, Object message) {
      near.writeAndFlush(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext far) {
      near.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext far, Throwable cause) {
      far.close();
    }
  }

  @Override
  public void close() {
    loops.shutdownGracefully();
  }
}

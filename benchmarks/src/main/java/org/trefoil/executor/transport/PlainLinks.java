package org.trefoil.executor.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;

/**
 * Links without TLS, to measure what TLS costs. They lie in the benchmarks, not in an executor, so
 * that no executor can be told to use them.
 */
public final class PlainLinks {
  private PlainLinks() {}

  public static NettyPeerLinks listen(int party, InetSocketAddress address, int threads) {
    return NettyPeerLinks.listen(party, new None(), address, LinkPatience.DEFAULT, threads);
  }

  private static final class None implements LinkSecurity {
    @Override
    public ChannelHandler server(Channel channel) {
      return new Ready();
    }

    @Override
    public ChannelHandler client(Channel channel) {
      return new Ready();
    }
  }

  private static final class Ready extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
      super.channelActive(context);
      context.fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
    }
  }
}

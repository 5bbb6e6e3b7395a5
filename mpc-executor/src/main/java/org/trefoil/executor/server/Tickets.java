package org.trefoil.executor.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.cluster.UploadTicket;

/**
 * Makes and checks upload tickets: HMAC-SHA256 under a key that lives as long as the process, over
 * query, source, branch, whom it is for and the time of expiry. A ticket is good for no other
 * fragment. One for a contributor says whose it is.
 */
final class Tickets {
  private static final int SHORTEST = 40;

  private final SecretKeySpec key;
  private final Duration lifetime;
  private final Clock clock;

  Tickets(SecureRandom random, Duration lifetime, Clock clock) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    this.key = new SecretKeySpec(bytes, "HmacSHA256");
    this.lifetime = lifetime;
    this.clock = clock;
  }

  UploadTicket issue(QueryId query, int source, int branch, String owner) {
    return issue(query, source, branch, owner, "");
  }

  UploadTicket issueToContributor(QueryId query, int source, int branch, String name) {
    return issue(query, source, branch, Role.contributor(name).toString(), name);
  }

  private UploadTicket issue(QueryId query, int source, int branch, String whom, String shown) {
    long expiry = clock.millis() + lifetime.toMillis();
    byte[] name = shown.getBytes(StandardCharsets.UTF_8);
    byte[] token =
        ByteBuffer.allocate(SHORTEST + name.length)
            .putLong(expiry)
            .put(mac(query, source, branch, whom, expiry))
            .put(name)
            .array();
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    return new UploadTicket(query, source, branch, text);
  }

  /** Returns if the ticket is genuine, for that owner's fragment, and not expired. */
  void check(UploadTicket ticket, String owner) {
    byte[] token = token(ticket);
    if (token.length != SHORTEST) {
      throw refused(ticket, "it is not one of this executor's");
    }
    check(ticket, token, owner);
  }

  /** Whose ticket it is, if it is a contributor's, genuine and not expired. */
  String contributor(UploadTicket ticket) {
    byte[] token = token(ticket);
    if (token.length <= SHORTEST) {
      throw refused(ticket, "it is not a contributor's");
    }
    String name = new String(token, SHORTEST, token.length - SHORTEST, StandardCharsets.UTF_8);
    check(ticket, token, Role.contributor(name).toString());
    return name;
  }

  private static byte[] token(UploadTicket ticket) {
    try {
      byte[] token = Base64.getUrlDecoder().decode(ticket.token());
      if (token.length >= SHORTEST) {
        return token;
      }
    } catch (IllegalArgumentException e) {
      // Refused like any other that was not issued here.
    }
    throw refused(ticket, "it is not one of this executor's");
  }

  private void check(UploadTicket ticket, byte[] token, String whom) {
    long expiry = ByteBuffer.wrap(token).getLong();
    byte[] expected = mac(ticket.query(), ticket.source(), ticket.branch(), whom, expiry);
    if (!MessageDigest.isEqual(expected, Arrays.copyOfRange(token, 8, SHORTEST))) {
      throw refused(ticket, "it is not one of this executor's");
    }
    if (clock.millis() > expiry) {
      throw refused(ticket, "it has expired");
    }
  }

  static TrefoilException refused(UploadTicket ticket, String reason) {
    return new TrefoilException(
        Condition.TICKET_REFUSED,
        "Cannot upload to query "
            + ticket.query()
            + " with this ticket: "
            + reason
            + ". Ask for a new one.");
  }

  private byte[] mac(QueryId query, int source, int branch, String owner, long expiry) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update("trefoil ticket 1".getBytes(StandardCharsets.UTF_8));
      mac.update(query.hex().getBytes(StandardCharsets.UTF_8));
      mac.update(ByteBuffer.allocate(16).putInt(source).putInt(branch).putLong(expiry).array());
      mac.update(owner.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}

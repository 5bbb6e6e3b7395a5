package org.trefoil.arrow.cluster;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * What a certificate says that its bearer is: {@code party-0} to {@code party-2}, {@code
 * owner:<name>}, {@code analyst:<name>} or {@code contributor:<name>}.
 *
 * @param name the owner's, analyst's or contributor's name; of a party its number
 */
public record Role(Kind kind, String name) {
  /** The kinds of actors. */
  public enum Kind {
    PARTY,
    OWNER,
    ANALYST,
    CONTRIBUTOR
  }

  public Role {
    if (name.isEmpty() || (kind == Kind.PARTY && !name.matches("[012]"))) {
      throw new IllegalArgumentException("no such role: " + kind + " \"" + name + "\"");
    }
  }

  public static Role party(int party) {
    return new Role(Kind.PARTY, Integer.toString(party));
  }

  public static Role owner(String name) {
    return new Role(Kind.OWNER, name);
  }

  public static Role analyst(String name) {
    return new Role(Kind.ANALYST, name);
  }

  public static Role contributor(String name) {
    return new Role(Kind.CONTRIBUTOR, name);
  }

  /** Reads what {@link #toString} writes; anything else is an IllegalArgumentException. */
  public static Role parse(String text) {
    if (text.startsWith("party-")) {
      return new Role(Kind.PARTY, text.substring(6));
    }
    if (text.startsWith("owner:")) {
      return owner(text.substring(6));
    }
    if (text.startsWith("analyst:")) {
      return analyst(text.substring(8));
    }
    if (text.startsWith("contributor:")) {
      return contributor(text.substring(12));
    }
    throw new IllegalArgumentException("no such role: " + text);
  }

  /** The URI that stands in a certificate; the name is percent-encoded UTF-8. */
  public String uri() {
    return switch (kind) {
      case PARTY -> "urn:trefoil:party:" + name;
      case OWNER -> "urn:trefoil:owner:" + encoded();
      case ANALYST -> "urn:trefoil:analyst:" + encoded();
      case CONTRIBUTOR -> "urn:trefoil:contributor:" + encoded();
    };
  }

  /** Reads what {@link #uri} writes; anything else is an IllegalArgumentException. */
  public static Role fromUri(String uri) {
    String[] parts = uri.split(":", -1);
    if (parts.length != 4 || !parts[0].equals("urn") || !parts[1].equals("trefoil")) {
      throw new IllegalArgumentException("no role: " + uri);
    }
    String name = URLDecoder.decode(parts[3], StandardCharsets.UTF_8);
    return switch (parts[2]) {
      case "party" -> new Role(Kind.PARTY, name);
      case "owner" -> owner(name);
      case "analyst" -> analyst(name);
      case "contributor" -> contributor(name);
      default -> throw new IllegalArgumentException("no role: " + uri);
    };
  }

  private String encoded() {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case PARTY -> "party-" + name;
      case OWNER -> "owner:" + name;
      case ANALYST -> "analyst:" + name;
      case CONTRIBUTOR -> "contributor:" + name;
    };
  }
}

package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Who gets the result of a plan; part of the bytes that are signed, so that every executor hands
 * its shares of the result to nobody else.
 *
 * @param recipients {@link #ANALYST}, which is whoever runs the query, {@code analyst:<name>} and
 *     {@code owner:<name>}; in ascending order, each once, at least one
 */
public record Release(List<String> recipients) {
  /** The analyst who runs the query. */
  public static final String ANALYST = "analyst";

  /** Written for all owners whose tables a query reads. */
  public static final String OWNERS = "owners";

  /** What a plan says that names no recipient. */
  public static final Release TO_ANALYST = new Release(List.of(ANALYST));

  private static final Pattern RECIPIENT =
      Pattern.compile(ANALYST + "|(analyst|owner):[^\\p{Cntrl},]{1,200}");
  private static final int MOST = 100;

  public Release {
    recipients = List.copyOf(recipients);
  }

  /**
   * Reads what people write: names of owners, {@code analyst}, {@code analyst:<name>}, {@code
   * owners}, separated by commas.
   *
   * @param owners whose tables the query reads
   * @throws TrefoilException INVALID_CONFIGURATION
   */
  public static Release parse(String text, Collection<String> owners) {
    TreeSet<String> recipients = new TreeSet<>();
    for (String word : Arrays.asList(text.split(",", -1))) {
      if (word.strip().equals(OWNERS)) {
        owners.forEach(owner -> recipients.add("owner:" + owner));
      } else {
        recipients.add(recipient(word.strip()));
      }
    }
    return new Release(List.copyOf(recipients));
  }

  /**
   * A recipient as plans name it: a name alone is an owner's.
   *
   * @throws TrefoilException INVALID_CONFIGURATION
   */
  public static String recipient(String word) {
    String recipient = word.equals(ANALYST) || word.contains(":") ? word : "owner:" + word;
    if (!RECIPIENT.matcher(recipient).matches()) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot give a result to \""
              + word
              + "\": a recipient is the name of an owner, analyst:NAME, \"analyst\" (who runs the"
              + " query) or \"owners\" (all whose tables it reads).");
    }
    return recipient;
  }

  /** {@link #parse} reads it. */
  public String text() {
    return String.join(",", recipients);
  }

  /** The roles that may fetch the result of a run by {@code analyst}. */
  public List<String> roles(String analyst) {
    return recipients.stream()
        .map(r -> r.equals(ANALYST) ? "analyst:" + analyst : r)
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether whoever runs the query is among the recipients, whatever their name. */
  public boolean toAnalyst() {
    return recipients.contains(ANALYST);
  }

  /** Who gets the result: {@code the analyst who runs the query, owner north}. */
  public String words() {
    List<String> names = new ArrayList<>();
    for (String recipient : recipients) {
      names.add(
          recipient.equals(ANALYST)
              ? "the analyst who runs the query"
              : recipient.replaceFirst(":", " "));
    }
    return String.join(", ", names);
  }

  /** Returns if this is as {@link #parse} makes it; MALFORMED_PLAN if not. */
  Release checked() {
    boolean canonical =
        !recipients.isEmpty()
            && recipients.size() <= MOST
            && List.copyOf(new TreeSet<>(recipients)).equals(recipients)
            && recipients.stream().allMatch(r -> RECIPIENT.matcher(r).matches());
    if (!canonical) {
      throw Profile.malformed("its recipients are none, too many, unknown or not in order");
    }
    return this;
  }
}

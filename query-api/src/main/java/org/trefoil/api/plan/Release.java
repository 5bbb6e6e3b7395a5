package org.trefoil.api.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Who gets the result of a plan, and whether it may hold single rows; part of the bytes that are
 * signed, so that every executor hands its shares of the result to nobody else.
 *
 * @param recipients {@link #ANALYST}, which is whoever runs the query, {@code analyst:<name>} and
 *     {@code owner:<name>}; in ascending order, each once, at least one; or {@code shared:<name>}
 *     alone, for a result that nobody gets and that is kept as a table {@code shared.<name>}
 * @param ownKeys whether it is a result for keys of the recipient's own; see {@link OwnKeys}
 */
public record Release(List<String> recipients, boolean ownKeys) {
  /** The analyst who runs the query. */
  public static final String ANALYST = "analyst";

  /** Written for all owners whose tables a query reads. */
  public static final String OWNERS = "owners";

  /** What a plan says that names no recipient. */
  public static final Release TO_ANALYST = new Release(List.of(ANALYST), false);

  /** Written for nobody, as {@code none:NAME}: the result is kept under that name. */
  public static final String NONE = "none";

  private static final String KEPT = "shared:";
  private static final Pattern RECIPIENT =
      Pattern.compile(
          ANALYST + "|(analyst|owner):[^\\p{Cntrl},]{1,200}|shared:[\\p{L}\\p{N}_-]{1,60}");
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
    if (recipients.size() > 1 && recipients.stream().anyMatch(r -> r.startsWith(KEPT))) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot give a result to nobody and to somebody: none:NAME stands alone.");
    }
    return new Release(List.copyOf(recipients), false);
  }

  /**
   * A recipient as plans name it: a name alone is an owner's.
   *
   * @throws TrefoilException INVALID_CONFIGURATION
   */
  public static String recipient(String word) {
    String recipient =
        word.startsWith(NONE + ":")
            ? KEPT + word.substring(NONE.length() + 1)
            : word.equals(ANALYST) || word.contains(":") ? word : "owner:" + word;
    if (!RECIPIENT.matcher(recipient).matches()) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot give a result to \""
              + word
              + "\": a recipient is the name of an owner, analyst:NAME, \"analyst\" (who runs the"
              + " query) or \"owners\" (all whose tables it reads); none:NAME alone keeps the result"
              + " secret-shared under that name.");
    }
    return recipient;
  }

  /** The same, as a result for the recipient's own keys. */
  public Release withOwnKeys() {
    return new Release(recipients, true);
  }

  /** The name under which the result is kept secret-shared, if nobody gets it. */
  public Optional<String> kept() {
    return recipients.get(0).startsWith(KEPT)
        ? Optional.of(recipients.get(0).substring(KEPT.length()))
        : Optional.empty();
  }

  /** The owner that alone gets the result. */
  public Optional<String> onlyOwner() {
    return recipients.size() == 1 && recipients.get(0).startsWith("owner:")
        ? Optional.of(recipients.get(0).substring("owner:".length()))
        : Optional.empty();
  }

  /** Whether groups have no minimum of rows of a table: its owner lets it be looked up. */
  public boolean waives(TableDescriptor table) {
    return ownKeys
        && onlyOwner().isPresent()
        && table.policy().ownKeys().filter(r -> r.to().contains(onlyOwner().get())).isPresent();
  }

  /** The tables under the rules that hold for this release. */
  public Catalog rules(Catalog catalog) {
    return !ownKeys
        ? catalog
        : (owner, name) -> {
          TableDescriptor table = catalog.table(owner, name);
          return !waives(table)
              ? table
              : new TableDescriptor(
                  table.owner(),
                  table.table(),
                  table.fields(),
                  table.keys(),
                  table.rows(),
                  table
                      .policy()
                      .change()
                      .minGroupSize(1)
                      .minOwners(1)
                      .dominance(0)
                      .ownerDominance(0)
                      .rounding(1)
                      .privacy(Optional.empty())
                      .build());
        };
  }

  /** {@link #parse} reads it. */
  public String text() {
    return kept().map(name -> NONE + ":" + name).orElseGet(() -> String.join(",", recipients));
  }

  /** The roles that may fetch the result of a run by {@code analyst}. */
  public List<String> roles(String analyst) {
    return recipients.stream()
        .filter(r -> !r.startsWith(KEPT))
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
    if (kept().isPresent()) {
      return "nobody: it stays secret-shared at the executors as table shared."
          + kept().get()
          + ", for later queries that the same owners approve";
    }
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
            && recipients.stream().allMatch(r -> RECIPIENT.matcher(r).matches())
            && (recipients.size() == 1 || recipients.stream().noneMatch(r -> r.startsWith(KEPT)))
            && !(ownKeys && recipients.get(0).startsWith(KEPT));
    if (!canonical) {
      throw Profile.malformed("its recipients are none, too many, unknown or not in order");
    }
    return this;
  }
}

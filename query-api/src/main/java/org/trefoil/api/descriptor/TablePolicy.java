package org.trefoil.api.descriptor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An owner's rules for one table.
 *
 * @param minGroupSize k: a group is released only if at least k distinct rows (entities) of the
 *     table contribute to it; 1 switches suppression off
 * @param minOwners a group is released only if at least so many owners other than the recipients
 *     contribute to it; 1 asks for nothing
 * @param dominance p: a sum is released only if what it adds up of this table, less the two
 *     entities that weigh most in it, is at least p % of the greatest; 0 asks for nothing
 * @param ownerDominance the same p for the owners of a union, each with all its rows; 0 asks for
 *     nothing
 * @param rounding counts and sums over the table are multiples of it; 1: they are exact
 * @param entity the columns that say whom a row is about; empty: every row is an entity
 * @param columns rules by column name; {@code other} serves the columns that are not named
 * @param analysts who may ask; absent: anyone with an analyst certificate
 * @param recipients who may get a result, as {@code Release} names them; absent: the analyst who
 *     asks. The table's owner may always
 * @param ownKeys whether and for whom single rows of it may be looked up; absent: for nobody
 * @param absencePublic in a union with other tables, whether it may show that a group has no row of
 *     this one: such a group is then released, where otherwise none and too few are the same
 * @param differencesPublic whether values of one group may be shown that differ by fewer than k of
 *     its rows (entities); else values with conditions are then held back
 * @param rerunsChecked whether its owner shares it for a plan again only where the results differ
 *     by none or by k of its entities from those of every earlier run
 * @param approvalNeeded whether the table is for queries only that its owner has approved:
 *     executors in design mode do not take it
 * @param contributors how its rows are contributed; absent: its owner reads them from a source
 * @param privacy the noise of counts and sums, and its budget; absent: they are exact
 */
public record TablePolicy(
    int minGroupSize,
    int minOwners,
    int dominance,
    int ownerDominance,
    int rounding,
    List<String> entity,
    Padding padding,
    Map<String, ColumnPolicy> columns,
    ColumnPolicy other,
    Optional<List<String>> analysts,
    Optional<List<String>> recipients,
    Optional<OwnKeysRule> ownKeys,
    boolean tellSuppressed,
    boolean filteredSizePublic,
    boolean absencePublic,
    boolean differencesPublic,
    boolean rerunsChecked,
    boolean approvalNeeded,
    Optional<ContributorsRule> contributors,
    Optional<PrivacyRule> privacy) {
  public TablePolicy {
    entity = List.copyOf(entity);
    columns = Map.copyOf(columns);
    analysts = analysts.map(List::copyOf);
    recipients = recipients.map(List::copyOf);
  }

  /** A policy that says no more than its k: no column may be used, all else is as by default. */
  public static Builder builder(int minGroupSize) {
    return new Builder(minGroupSize);
  }

  /** A policy like this one but for what is then set. */
  public Builder change() {
    Builder copy = new Builder(minGroupSize);
    copy.minOwners = minOwners;
    copy.dominance = dominance;
    copy.ownerDominance = ownerDominance;
    copy.rounding = rounding;
    copy.entity = entity;
    copy.padding = padding;
    copy.columns = columns;
    copy.other = other;
    copy.analysts = analysts;
    copy.recipients = recipients;
    copy.ownKeys = ownKeys;
    copy.tellSuppressed = tellSuppressed;
    copy.filteredSizePublic = filteredSizePublic;
    copy.absencePublic = absencePublic;
    copy.differencesPublic = differencesPublic;
    copy.rerunsChecked = rerunsChecked;
    copy.approvalNeeded = approvalNeeded;
    copy.contributors = contributors;
    copy.privacy = privacy;
    return copy;
  }

  /** Whether groups of the table may be held back. */
  public boolean holdsBack() {
    return minGroupSize > 1 || minOwners > 1;
  }

  /** The clause by which groups may be held back, as policies write it. */
  public String minimum() {
    return minGroupSize > 1 ? "min-group-size" : "min-owners";
  }

  /**
   * What of this policy does not go with {@link #privacy}: clauses that decide on exact numbers, or
   * show them, and the lack of a ledger; absent where nothing does.
   */
  public Optional<String> privacyFault() {
    if (privacy.isEmpty()) {
      return Optional.empty();
    }
    String clause =
        minOwners > 1
            ? "min-owners"
            : dominance > 0
                ? "dominance"
                : rounding > 1
                    ? "rounding"
                    : rerunsChecked
                        ? "reruns"
                        : tellSuppressed
                            ? "tell-suppressed"
                            : filteredSizePublic
                                ? "filtered-size"
                                : ownKeys.isPresent() ? "own-keys" : "";
    if (!clause.isEmpty()) {
      return Optional.of(clause + " tells something of exact numbers");
    }
    if (privacy.get().perRun() > PrivacyRule.MOST_PER_RUN) {
      return Optional.of("per-run is above 10, which protects nobody");
    }
    if (contributors.isPresent()) {
      return Optional.of("nobody limits how many rows count of what contributors share");
    }
    if (minGroupSize == 1) {
      return Optional.of("min-group-size is 1, which lets single rows be read");
    }
    if (!approvalNeeded) {
      return Optional.of("its budget is kept by ledgers, which only approved queries have");
    }
    if (privacy.get().rows() > 1 && entity.isEmpty()) {
      return Optional.of("rows is above 1, and nothing says whom a row is about");
    }
    return Optional.empty();
  }

  public ColumnPolicy column(String name) {
    return columns.getOrDefault(name, other);
  }

  /** A policy as it is put together; the defaults are those of OWNERS.yaml. */
  public static final class Builder {
    private int minGroupSize;
    private int minOwners = 1;
    private int dominance;
    private int ownerDominance;
    private int rounding = 1;
    private List<String> entity = List.of();
    private Padding padding = Padding.FULL;
    private Map<String, ColumnPolicy> columns = Map.of();
    private ColumnPolicy other = ColumnPolicy.of();
    private Optional<List<String>> analysts = Optional.empty();
    private Optional<List<String>> recipients = Optional.empty();
    private Optional<OwnKeysRule> ownKeys = Optional.empty();
    private boolean tellSuppressed;
    private boolean filteredSizePublic;
    private boolean absencePublic = true;
    private boolean differencesPublic;
    private boolean rerunsChecked;
    private boolean approvalNeeded;
    private Optional<ContributorsRule> contributors = Optional.empty();
    private Optional<PrivacyRule> privacy = Optional.empty();

    private Builder(int minGroupSize) {
      this.minGroupSize = minGroupSize;
    }

    public Builder minGroupSize(int value) {
      minGroupSize = value;
      return this;
    }

    public Builder minOwners(int value) {
      minOwners = value;
      return this;
    }

    public Builder dominance(int value) {
      dominance = value;
      return this;
    }

    public Builder ownerDominance(int value) {
      ownerDominance = value;
      return this;
    }

    public Builder rounding(int value) {
      rounding = value;
      return this;
    }

    public Builder entity(List<String> value) {
      entity = value;
      return this;
    }

    public Builder padding(Padding value) {
      padding = value;
      return this;
    }

    public Builder columns(Map<String, ColumnPolicy> value) {
      columns = value;
      return this;
    }

    public Builder other(ColumnPolicy value) {
      other = value;
      return this;
    }

    public Builder analysts(Optional<List<String>> value) {
      analysts = value;
      return this;
    }

    public Builder recipients(Optional<List<String>> value) {
      recipients = value;
      return this;
    }

    public Builder ownKeys(Optional<OwnKeysRule> value) {
      ownKeys = value;
      return this;
    }

    public Builder tellSuppressed(boolean value) {
      tellSuppressed = value;
      return this;
    }

    public Builder filteredSizePublic(boolean value) {
      filteredSizePublic = value;
      return this;
    }

    public Builder absencePublic(boolean value) {
      absencePublic = value;
      return this;
    }

    public Builder differencesPublic(boolean value) {
      differencesPublic = value;
      return this;
    }

    public Builder rerunsChecked(boolean value) {
      rerunsChecked = value;
      return this;
    }

    public Builder approvalNeeded(boolean value) {
      approvalNeeded = value;
      return this;
    }

    public Builder contributors(Optional<ContributorsRule> value) {
      contributors = value;
      return this;
    }

    public Builder privacy(Optional<PrivacyRule> value) {
      privacy = value;
      return this;
    }

    public TablePolicy build() {
      return new TablePolicy(
          minGroupSize,
          minOwners,
          dominance,
          ownerDominance,
          rounding,
          entity,
          padding,
          columns,
          other,
          analysts,
          recipients,
          ownKeys,
          tellSuppressed,
          filteredSizePublic,
          absencePublic,
          differencesPublic,
          rerunsChecked,
          approvalNeeded,
          contributors,
          privacy);
    }
  }
}

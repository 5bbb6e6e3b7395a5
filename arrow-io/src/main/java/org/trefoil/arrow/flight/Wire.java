package org.trefoil.arrow.flight;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.OwnKeysRule;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.batch.MalformedBatch;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.UploadTicket;
import org.trefoil.share.column.Sums;

/**
 * The control messages as JSON: what the two ends of a Flight connection say besides batches. Every
 * field is required and an unknown one is refused, so that two versions never half understand each
 * other. Bytes are base64.
 */
final class Wire {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Wire() {}

  static byte[] write(Object message) {
    try {
      return JSON.writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a message that is no JSON", e);
    }
  }

  /** Reads a message; the error names what was read but quotes none of it. */
  static <T> T read(String what, byte[] json, Class<T> type) {
    T message;
    try {
      message = JSON.readValue(json, type);
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(what, e);
    }
    if (message == null) {
      throw unreadable(what, null);
    }
    return message;
  }

  private static TrefoilException unreadable(String what, Exception cause) {
    return new TrefoilException(
        Condition.INTERNAL,
        "Cannot read message "
            + what
            + ": it has another form than expected. Install the same version of Trefoil everywhere.",
        cause);
  }

  /** For actions and answers that say nothing. */
  record Nothing() {}

  record Register(String owner, List<Table> tables) {}

  record Tables(List<Table> tables) {}

  record Estimate(byte[] plan) {}

  record Submit(String query, byte[] plan) {}

  record StatusOf(String query, QueryState known, long waitMillis) {}

  record WorkFor(String owner, long waitMillis) {}

  record Work(List<Task> tasks) {}

  record Held(List<Result> results) {}

  record Result(String query, byte[] plan, String analyst, byte[] tables) {
    static Result of(HeldResult held) {
      return new Result(held.query().hex(), held.plan(), held.analyst(), held.tables());
    }

    HeldResult held() {
      return new HeldResult(id(query), plan, analyst, tables);
    }
  }

  record Announce(String query, int source, int branch, long rows) {}

  record Fragment(String query, int source, int branch) {}

  record Commit(String query, int source, int branch, List<UUID> attempts) {}

  record Fail(String query, String condition, String reason) {}

  record Query(String query) {}

  record Govern(String deed, List<byte[]> arguments) {}

  record Governed(List<byte[]> answers) {}

  record Health(Map<String, String> facts) {}

  /** Travels as the descriptor of a DoPut; holds a secret. */
  record Upload(String query, int source, int branch, String token, int chunk, UUID attempt) {
    UploadTicket ticket() {
      return new UploadTicket(id(query), source, branch, token);
    }

    @Override
    public String toString() {
      return "Upload[" + query + ", " + source + ", " + branch + ", " + chunk + "]";
    }
  }

  /** Holds a secret. */
  record Ticket(String query, int source, int branch, String token) {
    static Ticket of(UploadTicket ticket) {
      return new Ticket(ticket.query().hex(), ticket.source(), ticket.branch(), ticket.token());
    }

    UploadTicket ticket() {
      return new UploadTicket(id(query), source, branch, token);
    }

    @Override
    public String toString() {
      return "Ticket[" + query + ", " + source + ", " + branch + "]";
    }
  }

  /**
   * What travels beside a result's batch.
   *
   * @param heldBack the two words of a share of how many groups are held back; null if not told
   */
  record ResultHeader(
      int party,
      int rows,
      boolean suppressionMayApply,
      List<Long> heldBack,
      Map<String, Long> metrics) {
    static ResultHeader of(ResultShares result) {
      return new ResultHeader(
          result.party(),
          result.rows(),
          result.suppressionMayApply(),
          result.heldBack().map(n -> List.of(n.first()[0][0], n.second()[0][0])).orElse(null),
          result.metrics());
    }

    Optional<Sums> number() {
      if (heldBack == null) {
        return Optional.empty();
      }
      if (heldBack.size() != 2) {
        throw MalformedBatch.missing("the number of groups held back");
      }
      return Optional.of(
          new Sums(1, new long[][] {{heldBack.get(0)}}, new long[][] {{heldBack.get(1)}}));
    }

    @Override
    public String toString() {
      return "ResultHeader[" + party + ", " + rows + " rows]";
    }
  }

  record Failure(String condition, String reason) {
    static Failure of(TrefoilException error) {
      return error == null ? null : new Failure(error.condition().name(), error.reason());
    }

    TrefoilException exception() {
      return new TrefoilException(Wire.condition(condition), reason);
    }
  }

  record Status(
      String query,
      QueryState state,
      String step,
      List<List<Long>> rows,
      byte[] hashKey,
      Failure error,
      Map<String, Long> metrics) {
    static Status of(QueryStatus status) {
      return new Status(
          status.query().hex(),
          status.state(),
          status.step(),
          status.rows(),
          status.hashKey(),
          Failure.of(status.error()),
          new TreeMap<>(status.metrics()));
    }

    QueryStatus status() {
      return new QueryStatus(
          id(query), state, step, rows, hashKey, error == null ? null : error.exception(), metrics);
    }
  }

  record Task(String query, byte[] plan, String analyst) {
    static Task of(OwnerTask task) {
      return new Task(task.query().hex(), task.plan(), task.analyst());
    }

    OwnerTask task() {
      return new OwnerTask(id(query), plan, analyst);
    }
  }

  record Table(
      String owner,
      String table,
      List<Column> columns,
      List<List<String>> keys,
      long rows,
      Policy policy,
      TreeMap<String, String> others,
      Kept kept) {
    static Table of(TableDescriptor table) {
      return new Table(
          table.owner(),
          table.table(),
          table.fields().stream().map(Column::of).toList(),
          table.keys(),
          table.rows(),
          Policy.of(table.policy()),
          new TreeMap<>(table.others()),
          table.kept().map(k -> new Kept(k.proposal(), k.sources())).orElse(null));
    }

    TableDescriptor descriptor() {
      return new TableDescriptor(
          owner,
          table,
          columns.stream().map(Column::field).toList(),
          keys,
          rows,
          policy.policy(),
          others,
          Optional.ofNullable(kept).map(k -> new KeptShared(k.proposal(), k.sources())));
    }
  }

  record Kept(String proposal, TreeMap<String, String> sources) {
    Kept(String proposal, SortedMap<String, String> sources) {
      this(proposal, new TreeMap<>(sources));
    }
  }

  record Column(String name, DataType.Kind kind, int precision, int scale, boolean nullable) {
    static Column of(Field field) {
      return new Column(
          field.name(),
          field.type().kind(),
          field.type().precision(),
          field.type().scale(),
          field.nullable());
    }

    Field field() {
      return new Field(name, new DataType(kind, precision, scale), nullable);
    }
  }

  record Policy(
      int minGroupSize,
      int minOwners,
      int dominance,
      int ownerDominance,
      int rounding,
      List<String> entity,
      Padding padding,
      Map<String, Use> columns,
      Use other,
      List<String> analysts,
      List<String> recipients,
      Lookup ownKeys,
      boolean tellSuppressed,
      boolean filteredSizePublic,
      boolean absencePublic,
      boolean differencesPublic,
      boolean rerunsChecked,
      boolean approvalNeeded,
      Contributors contributors,
      PrivacyRule privacy) {
    static Policy of(TablePolicy policy) {
      Map<String, Use> columns = new TreeMap<>();
      policy.columns().forEach((name, column) -> columns.put(name, Use.of(column)));
      return new Policy(
          policy.minGroupSize(),
          policy.minOwners(),
          policy.dominance(),
          policy.ownerDominance(),
          policy.rounding(),
          policy.entity(),
          policy.padding(),
          columns,
          Use.of(policy.other()),
          policy.analysts().orElse(null),
          policy.recipients().orElse(null),
          policy.ownKeys().map(Lookup::of).orElse(null),
          policy.tellSuppressed(),
          policy.filteredSizePublic(),
          policy.absencePublic(),
          policy.differencesPublic(),
          policy.rerunsChecked(),
          policy.approvalNeeded(),
          policy.contributors().map(Contributors::of).orElse(null),
          policy.privacy().orElse(null));
    }

    TablePolicy policy() {
      Map<String, ColumnPolicy> rules = new TreeMap<>();
      columns.forEach((name, use) -> rules.put(name, use.policy()));
      return TablePolicy.builder(minGroupSize)
          .minOwners(minOwners)
          .dominance(dominance)
          .ownerDominance(ownerDominance)
          .rounding(rounding)
          .entity(entity)
          .padding(padding)
          .columns(rules)
          .other(other.policy())
          .analysts(Optional.ofNullable(analysts))
          .recipients(Optional.ofNullable(recipients))
          .ownKeys(Optional.ofNullable(ownKeys).map(Lookup::rule))
          .tellSuppressed(tellSuppressed)
          .filteredSizePublic(filteredSizePublic)
          .absencePublic(absencePublic)
          .differencesPublic(differencesPublic)
          .rerunsChecked(rerunsChecked)
          .approvalNeeded(approvalNeeded)
          .contributors(Optional.ofNullable(contributors).map(Contributors::rule))
          .privacy(Optional.ofNullable(privacy))
          .build();
    }
  }

  record Lookup(List<String> to, long maxKeys, Integer runsPerDay) {
    static Lookup of(OwnKeysRule rule) {
      return new Lookup(
          rule.to(),
          rule.maxKeys(),
          rule.runsPerDay().isPresent() ? rule.runsPerDay().getAsInt() : null);
    }

    OwnKeysRule rule() {
      return new OwnKeysRule(
          to, maxKeys, runsPerDay == null ? OptionalInt.empty() : OptionalInt.of(runsPerDay));
    }
  }

  record Contributors(int most, int rows, long withinSeconds) {
    static Contributors of(ContributorsRule rule) {
      return new Contributors(rule.most(), rule.rows(), rule.within().toSeconds());
    }

    ContributorsRule rule() {
      return new ContributorsRule(most, rows, Duration.ofSeconds(withinSeconds));
    }
  }

  record Use(
      Set<Verb> use, Range range, Integer scale, Long maxGroups, Set<Aggregated> aggregates) {
    static Use of(ColumnPolicy policy) {
      return new Use(
          policy.use(),
          policy.range().orElse(null),
          policy.scale().isPresent() ? policy.scale().getAsInt() : null,
          policy.maxGroups().isPresent() ? policy.maxGroups().getAsLong() : null,
          policy.aggregates().orElse(null));
    }

    ColumnPolicy policy() {
      return new ColumnPolicy(
          use,
          Optional.ofNullable(range),
          scale == null ? OptionalInt.empty() : OptionalInt.of(scale),
          maxGroups == null ? OptionalLong.empty() : OptionalLong.of(maxGroups),
          Optional.ofNullable(aggregates));
    }
  }

  static QueryId id(String hex) {
    return new QueryId(hex);
  }

  /** The condition of that name; INTERNAL for one that this version does not know. */
  static Condition condition(String name) {
    for (Condition known : Condition.values()) {
      if (known.name().equals(name)) {
        return known;
      }
    }
    return Condition.INTERNAL;
  }
}

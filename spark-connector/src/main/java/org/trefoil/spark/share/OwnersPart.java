package org.trefoil.spark.share;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Contributed;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.OwnKeys;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.UploadTicket;

/**
 * What the owners whose tables this Spark holds do for one query: check it for themselves, announce
 * padded sizes, wait until all sizes are known, run their fragments in the clear, share the rows
 * and commit them on all three executors. A source is read once; nothing is committed unless the
 * rows were the same when they were counted and after they were shared. A failure is told to the
 * executors, and fails the query everywhere.
 */
public final class OwnersPart {
  private static final Logger LOG = LoggerFactory.getLogger(OwnersPart.class);

  private final SparkSession spark;
  private final Cluster cluster;
  private final ExecutorTriple executors;
  private final OwnerTables tables;
  private final Duration timeout;

  public OwnersPart(SparkSession spark, Cluster cluster, OwnerTables tables, Duration timeout) {
    this.spark = spark;
    this.cluster = cluster;
    this.executors = new ExecutorTriple(cluster.connections());
    this.tables = tables;
    this.timeout = timeout;
  }

  /**
   * Does the owners' part of {@code task}; called on a driver thread.
   *
   * @throws TrefoilException what went wrong, told to the executors already
   */
  public SharedTotals run(OwnerTask task) {
    QueryId query = task.query();
    try (JobDescription description = new JobDescription(spark.sparkContext());
        Heartbeat heartbeat = new Heartbeat(executors, query)) {
      return share(task, description);
    } catch (RuntimeException e) {
      TrefoilException error =
          TrefoilException.in(e)
              .orElseGet(
                  () ->
                      new TrefoilException(
                          Condition.INTERNAL,
                          "Cannot share for query "
                              + query
                              + ": unexpected "
                              + e.getClass().getSimpleName()
                              + ". See the log of the owner's Spark.",
                          e));
      LOG.warn("query {}: {}", query, error.getMessage(), e);
      TrefoilException cause = executors.cause(query, error);
      if (error.condition() == Condition.QUERY_CANCELLED) {
        executors.tellAll(c -> c.cancel(query));
      } else {
        executors.tellAll(c -> c.fail(query, error.condition().name(), error.reason()));
      }
      throw cause;
    }
  }

  private SharedTotals share(OwnerTask task, JobDescription description) {
    QueryId query = task.query();
    Plan plan = SubstraitPlans.decode(task.plan());
    Catalog catalog = executors.catalog();
    cluster.approvals().ifPresent(a -> a.require(executors.connections(), task, catalog));
    requireMode(plan, catalog);
    PolicyCheck.check(plan, catalog, task.analyst());
    Split split = Fragments.split(plan, catalog);
    List<Contributed> contributed = contributed(split, catalog);
    List<Part> parts = parts(split, plan, catalog);
    try {
      for (Contributed own : contributed) {
        Fragment fragment = own.fragment();
        long rows = own.rule().capacity();
        executors.onAll(c -> c.announce(query, fragment.source(), fragment.branch(), rows));
      }
      SharedTotals totals =
          parts.isEmpty()
              ? SharedTotals.NONE
              : share(
                  query,
                  EarlierRuns.digest(plan),
                  split,
                  catalog,
                  OwnKeys.of(plan, catalog),
                  parts,
                  description);
      for (Contributed own : contributed) {
        description.set("query " + query + ": collect " + own.fragment().table());
        awaitInputs(query);
        totals = totals.plus(new ContributorTable(executors, query, own).await());
      }
      return totals;
    } finally {
      parts.forEach(part -> part.frame().close());
    }
  }

  private SharedTotals share(
      QueryId query,
      String digest,
      Split split,
      Catalog catalog,
      Optional<OwnKeys> ownKeys,
      List<Part> parts,
      JobDescription description) {
    for (Part part : parts) {
      description.set("query " + query + ": count " + part.frame().name());
      part.check(sourceCheck(part.frame()));
      long rows = paddedRows(part);
      part.padded(rows);
      Fragment fragment = part.fragment();
      executors.onAll(c -> c.announce(query, fragment.source(), fragment.branch(), rows));
    }
    description.set("query " + query + ": wait for the other owners");
    QueryStatus inputs = awaitInputs(query);
    ownKeys.ifPresent(own -> own.requireSizes(split, inputs.rows()));
    InputLayout layout = InputLayout.of(split, catalog, inputs.rows());
    for (Part part : parts) {
      if (part.frame().descriptor().policy().rerunsChecked()) {
        EarlierRuns.require(part.frame(), part.fragment(), split, layout, digest);
      }
    }
    SharedTotals totals = SharedTotals.NONE;
    TreeMap<String, SentShares> sent = new TreeMap<>();
    for (Part part : parts) {
      description.set("query " + query + ": share " + part.frame().name());
      Source source = split.sources().get(part.fragment().source());
      totals = totals.plus(share(query, part, source, layout, inputs.hashKey(), sent));
    }
    cluster.approvals().ifPresent(a -> a.receipts(executors.connections(), query, sent));
    return totals;
  }

  /** A table whose own policy asks for approvals is not shared where there are none. */
  private void requireMode(Plan plan, Catalog catalog) {
    if (cluster.approvals().isPresent()) {
      return;
    }
    for (var scan : Proposal.tables(plan).values()) {
      TableDescriptor table = catalog.table(scan.owner(), scan.table());
      boolean needed =
          tables.holds(table.owner(), table.table())
              && tables.descriptors(spark, table.owner()).stream()
                  .anyMatch(
                      own ->
                          own.table().equalsIgnoreCase(table.table())
                              && own.policy().approvalNeeded());
      if (needed) {
        throw new TrefoilException(
            Condition.NOT_APPROVED,
            "Cannot share table "
                + table.name()
                + ": its policy asks for approvals, and this owner runs in design mode. Set mode ="
                + " authorized.");
      }
    }
  }

  private List<Part> parts(Split split, Plan plan, Catalog catalog) {
    List<Part> parts = new ArrayList<>();
    for (Source source : split.sources()) {
      for (Fragment fragment : source.branches()) {
        TableDescriptor descriptor = catalog.table(fragment.owner(), fragment.table());
        if (tables.holds(fragment.owner(), fragment.table()) && !descriptor.isContributed()) {
          requireOwn(descriptor);
          parts.add(
              new Part(
                  fragment,
                  new FragmentFrame(
                      spark,
                      tables.source(fragment.owner(), fragment.table()),
                      descriptor,
                      fragment,
                      plan)));
        }
      }
    }
    return parts;
  }

  /** The fragments whose rows contributors share while this owner waits. */
  private List<Contributed> contributed(Split split, Catalog catalog) {
    List<Contributed> own = new ArrayList<>();
    for (Source source : split.sources()) {
      Contributed.of(source, catalog)
          .filter(c -> tables.holds(c.fragment().owner(), c.fragment().table()))
          .ifPresent(
              c -> {
                requireOwn(catalog.table(c.fragment().owner(), c.fragment().table()));
                own.add(c);
              });
    }
    return own;
  }

  /** The rules that the executors enforce must be the rules that this owner has made. */
  private void requireOwn(TableDescriptor theirs) {
    boolean same =
        tables.descriptors(spark, theirs.owner()).stream()
            .anyMatch(
                own ->
                    own.table().equalsIgnoreCase(theirs.table())
                        && own.fields().equals(theirs.fields())
                        && own.keys().equals(theirs.keys())
                        && own.policy().equals(theirs.policy()));
    if (!same) {
      throw new TrefoilException(
          Condition.EXECUTORS_DISAGREE,
          "Cannot share table "
              + theirs.name()
              + ": the executors have another schema, key or policy of it than its owner. Let the"
              + " owner's agent register it again.");
    }
  }

  private long paddedRows(Part part) {
    FragmentFrame frame = part.frame();
    if (frame.descriptor().isOneRow() && part.check().rows() > 1) {
      throw FragmentRows.notOneRow(frame.name());
    }
    OptionalLong most = part.fragment().mostRows(frame.descriptor());
    if (most.isPresent()) {
      return most.getAsLong();
    }
    var policy = frame.descriptor().policy();
    try {
      long rows =
          PaddedSize.countsFragment(policy, frame.filtered())
              ? frame.rows().count()
              : part.check().rows();
      return PaddedSize.of(policy, rows);
    } catch (Exception e) {
      throw SourceErrors.of("count", frame.name(), e);
    }
  }

  /** More rows than were announced: the table has changed, or a policy declares too few groups. */
  private static TrefoilException tooMany(Part part) {
    FragmentFrame frame = part.frame();
    return part.fragment().mostRows(frame.descriptor()).isEmpty()
        ? SourceCheck.changed(frame.name())
        : new TrefoilException(
            Condition.VALUE_OUT_OF_RANGE,
            "Cannot share table "
                + frame.name()
                + ": it has more groups than its policy declares. Raise max-groups of the columns"
                + " that the query groups by.");
  }

  private static SourceCheck sourceCheck(FragmentFrame frame) {
    try {
      return SourceCheck.of(frame);
    } catch (Exception e) {
      throw SourceErrors.of(frame.firstPass(), frame.name(), e);
    }
  }

  private QueryStatus awaitInputs(QueryId query) {
    Deadline deadline = new Deadline(timeout);
    List<QueryStatus> all;
    try (WatchJob watch = new WatchJob(spark)) {
      all =
          executors.await(
              query,
              QueryState.INPUTS,
              (connection, status) -> {
                watch.requireAlive(query.hex());
                if (deadline.passed()) {
                  throw new TrefoilException(
                      Condition.OWNER_UNAVAILABLE,
                      "Cannot wait longer for the other owners of query "
                          + query
                          + ": not all of them have announced their sizes. Check that their agents"
                          + " run.");
                }
              });
    }
    QueryStatus first = all.get(0);
    for (QueryStatus other : all) {
      if (!other.rows().equals(first.rows()) || !Arrays.equals(other.hashKey(), first.hashKey())) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot share for query "
                + query
                + ": the executors tell different sizes or keys. Run the query again.");
      }
    }
    return first;
  }

  private SharedTotals share(
      QueryId query,
      Part part,
      Source source,
      InputLayout layout,
      byte[] hashKey,
      Map<String, SentShares> sent) {
    Fragment fragment = part.fragment();
    FragmentFrame frame = part.frame();
    List<InputColumn> columns = layout.columns(source.id());
    FragmentEncoder encoder =
        encoder(layout, source, frame.named(source.fields()), fragment.branch(), hashKey);
    FragmentRows rows = new FragmentRows(frame, fragment.local());
    List<UploadTicket> tickets =
        executors.fromAll(c -> c.ticket(query, fragment.source(), fragment.branch()));
    List<ChunkReceipt> receipts;
    long padded = layout.rows(source.id(), fragment.branch());
    try {
      rows.requireUniqueKeys(columns);
      receipts =
          new FragmentSharing(
                  frame.name(), rows.ranked(columns), encoder, part.padded(), padded, tooMany(part))
              .share(cluster.route(tickets));
    } catch (Exception e) {
      throw SourceErrors.of("share", frame.name(), e);
    }
    long real = receipts.stream().mapToLong(ChunkReceipt::rows).sum();
    if (!frame.filtered() && real != part.check().rows()) {
      throw SourceCheck.changed(frame.name());
    }
    part.check().verifySame(sourceCheck(frame), frame.name());
    List<UUID> attempts = FragmentSharing.attempts(receipts);
    executors.onAll(c -> c.commit(query, fragment.source(), fragment.branch(), attempts));
    sent.computeIfAbsent(fragment.owner(), owner -> new SentShares())
        .add(frame.name(), columns, receipts);
    return new SharedTotals(1, padded, receipts.stream().mapToLong(ChunkReceipt::bytes).sum());
  }

  private static FragmentEncoder encoder(
      InputLayout layout, Source source, List<Field> fields, int branch, byte[] hashKey) {
    List<Bounds> bounds = new ArrayList<>();
    for (int output = 0; output < fields.size(); output++) {
      DataType type = fields.get(output).type();
      boolean bound = !type.isBytes() && type.kind() != DataType.Kind.BOOLEAN;
      bounds.add(bound ? layout.bounds(source.id(), output) : null);
    }
    long firstRow = 0;
    for (int b = 0; b < branch; b++) {
      firstRow += layout.rows(source.id(), b);
    }
    OptionalInt sortedBy = layout.sortedBy(source.id());
    return new FragmentEncoder(
        fields,
        bounds,
        layout.columns(source.id()),
        branch,
        firstRow,
        hashKey,
        sortedBy,
        layout.binnedBy(source.id()),
        layout.lookups(source.id()));
  }

  /** One fragment, and what is found out about it on the way. */
  private static final class Part {
    private final Fragment fragment;
    private final FragmentFrame frame;
    private SourceCheck check;
    private long padded;

    Part(Fragment fragment, FragmentFrame frame) {
      this.fragment = fragment;
      this.frame = frame;
    }

    Fragment fragment() {
      return fragment;
    }

    FragmentFrame frame() {
      return frame;
    }

    SourceCheck check() {
      return check;
    }

    void check(SourceCheck found) {
      check = found;
    }

    long padded() {
      return padded;
    }

    void padded(long rows) {
      padded = rows;
    }
  }
}

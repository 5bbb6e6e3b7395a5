package org.trefoil.executor.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.batch.AnswerBytes;
import org.trefoil.arrow.cluster.AnswerShares;
import org.trefoil.arrow.cluster.HeldResult;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ResultShares;
import org.trefoil.arrow.cluster.Role;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.executor.governance.Admission;
import org.trefoil.executor.governance.Gate;
import org.trefoil.executor.plan.RevealedShares;
import org.trefoil.executor.server.Computation.Branch;
import org.trefoil.executor.store.ContributedShares;
import org.trefoil.executor.store.KeptResult;
import org.trefoil.executor.store.ShareStore;
import org.trefoil.executor.transport.LinkMeter;
import org.trefoil.executor.transport.PeerLinks;
import org.trefoil.executor.transport.Step;

/**
 * One run of one query at one executor, from submission until nothing of it is left. {@link #live}
 * is its whole life, told in order by one thread of its own; everything else is called by others
 * and changes or reads what the thread waits for.
 */
final class QueryRun implements PeerLinks.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(QueryRun.class);

  /** How long a broken link's run waits for the peer's own reason, which may be a moment behind. */
  private static final Duration REASON_PATIENCE = Duration.ofMillis(300);

  /** How long a caller waits for this executor to be where another one is already. */
  private static final Duration CALL_PATIENCE = Duration.ofSeconds(20);

  private final QueryId id;
  private final byte[] planDigest;
  private final String analyst;
  private final RunContext context;
  private final Runnable changed;
  private final Gate.Passage passage;
  private final Thread thread;
  private final Set<String> told = new HashSet<>();

  // Guarded by this.
  private QueryState state = QueryState.SUBMITTED;
  private TrefoilException error;
  private volatile TrefoilException stop;
  private boolean stoppedByPeer;
  private boolean ending;
  private byte[] plan;
  private Catalog catalog;
  private List<List<Branch>> branches = List.of();
  private long[][] rows = {};
  private byte[] hashKey;
  private ShareStore store;
  private final Map<Integer, KeptResult> kept = new HashMap<>();
  private ResultShares result;
  private byte[] tablesDigest;
  private Set<String> recipients = Set.of();
  private final Set<String> awaited = new TreeSet<>();
  private WatchedTransport transport;
  private Map<String, Long> lastMetrics = Map.of();
  private String lastStep = "";
  private long revealedRows;
  private long computeMillis;

  QueryRun(
      QueryId id,
      byte[] plan,
      String analyst,
      Catalog catalog,
      RunContext context,
      Gate.Passage passage,
      Runnable changed) {
    this.id = id;
    this.passage = passage;
    this.plan = plan.clone();
    this.planDigest = Admission.digest(plan);
    this.analyst = analyst;
    this.catalog = catalog;
    this.context = context;
    this.changed = changed;
    this.thread =
        new Thread(
            this::run, "query-" + id.hex().substring(0, 8) + "-party-" + context.links().party());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  // ---- The run's own thread.

  private void run() {
    Throwable thrown = null;
    try {
      live();
    } catch (InterruptedException | RuntimeException | Error e) {
      thrown = e;
    }
    end(thrown);
  }

  private void live() throws InterruptedException {
    Computation computation = context.decoder().decode(id, plan, catalog, analyst);
    WatchedTransport links =
        new WatchedTransport(context.links().open(id.hex(), this), this::requireGoingOn);
    synchronized (this) {
      transport = links;
    }
    Step root = Step.root("q");
    PeerAgreement peers = new PeerAgreement(links, root.child("agree"));
    KeyAgreement keys = new KeyAgreement(peers, context.random(), planDigest);
    compareBeforeAdmission(computation, peers);
    List<List<Branch>> admitted = computation.admit(() -> passage.reveal(peers::exchange));
    passage.admit(peers::exchange);
    byte[] joint = keys.hashKey();
    becomeAdmitted(computation, admitted);
    awaitOwners("announced the size of", this::unannounced, Duration.ZERO);
    List<List<Long>> sizes = sizes();
    compareSizes(sizes, peers);
    LinkMeter.Agreed agreed =
        context.meter().agree(links, root.child("links"), context.limits().threads());
    for (int thread = 1; thread < agreed.threads(); thread++) {
      links.add(context.links().open(id.hex(), thread, this));
    }
    becomeInputs(
        new ShareStore(
            context.links().party(),
            computation.layout(sizes, agreed.speed()),
            context.limits().uploadBytes()),
        joint);
    awaitOwners("shared", this::uncommitted, window());
    settleContributions(peers);
    compareInputs(computation, peers);
    KeyAgreement.Pairs pairs = keys.pairs();
    become(QueryState.RUNNING);
    long began = System.nanoTime();
    computation.read(kept);
    RevealedShares revealed =
        computation.run(links, pairs, store.take(kept.keySet()), links::begins);
    passage.reveal(peers::exchange);
    compareRevealed(revealed, peers);
    passage.requireAllowed();
    Optional<KeptResult> keep = computation.kept(revealed, passage.proposal(), passage.until());
    keep.ifPresent(context.kept()::put);
    RevealedShares shown =
        keep.isPresent() ? new RevealedShares(0, List.of(), true, Optional.empty()) : revealed;
    seal(shown);
    becomeReady(shown, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    awaitAcknowledgement();
  }

  private void compareBeforeAdmission(Computation computation, PeerAgreement peers) {
    byte[] version = Admission.digest(context.version().getBytes(StandardCharsets.UTF_8));
    peers.requireSame(
        "plan",
        List.of(version, planDigest, passage.digest()),
        (thing, peer) ->
            "Cannot run query "
                + id
                + ": "
                + context.links().name(peer)
                + switch (thing) {
                  case 0 ->
                      " runs other software than this executor ("
                          + context.version()
                          + "). Install the same version of Trefoil everywhere.";
                  case 1 ->
                      " was given another plan under this id. Submit the same bytes to all three.";
                  default ->
                      " runs it in another mode, or under another proposal or request. Configure"
                          + " the same mode everywhere, and run it again.";
                });
    List<String> tables = computation.tables();
    peers.requireSame(
        "tables",
        computation.tableDigests(),
        (thing, peer) ->
            "Cannot use table "
                + tables.get(thing)
                + ": its owner has registered it differently at "
                + context.links().name(peer)
                + ". Let the owner's agent register it again at all three executors.");
  }

  private void compareSizes(List<List<Long>> sizes, PeerAgreement peers) {
    List<Branch> all = branches.stream().flatMap(List::stream).toList();
    List<byte[]> rowCounts =
        sizes.stream()
            .flatMap(List::stream)
            .map(count -> ByteBuffer.allocate(8).putLong(count).array())
            .toList();
    peers.requireSame(
        "sizes",
        rowCounts,
        (thing, peer) ->
            "Cannot use table "
                + all.get(thing).name()
                + ": its owner announced another number of rows to "
                + context.links().name(peer)
                + ". Let the owner run the query's fragment again.");
  }

  private void settleContributions(PeerAgreement peers) {
    for (int s = 0; s < branches.size(); s++) {
      for (int b = 0; b < branches.get(s).size(); b++) {
        String table = branches.get(s).get(b).name();
        Contributions agreement = new Contributions(peers, "contributions-" + s);
        store
            .contributed(s, b)
            .map(agreement::settle)
            .ifPresent(
                refused ->
                    refused.forEach(
                        name ->
                            LOG.warn(
                                "query {}: contributor {} is left out of {}: the executors were"
                                    + " sent different copies of its shares",
                                id,
                                name,
                                table)));
      }
    }
  }

  /** The two holders of every component must have been sent the same, of the same attempts. */
  private void compareInputs(Computation computation, PeerAgreement peers) {
    List<String> tables = new ArrayList<>();
    List<byte[]> choices = new ArrayList<>();
    List<byte[]> first = new ArrayList<>();
    List<byte[]> second = new ArrayList<>();
    for (int s = 0; s < branches.size(); s++) {
      for (int b = 0; b < branches.get(s).size(); b++) {
        tables.add(branches.get(s).get(b).name());
        KeptResult mine = kept.get(s);
        if (mine != null) {
          choices.add(Admission.digest(mine.version().getBytes(StandardCharsets.UTF_8)));
          first.add(mine.digest(true));
          second.add(mine.digest(false));
          continue;
        }
        choices.add(store.choiceDigest(s, b));
        first.add(store.componentDigest(s, b, peers.party()));
        second.add(store.componentDigest(s, b, peers.next()));
      }
    }
    byte[][] theirChoices = peers.exchange("attempts", PeerAgreement.concat(choices));
    byte[][] theirs =
        peers.exchange("shares", PeerAgreement.concat(second), PeerAgreement.concat(first));
    for (int t = 0; t < tables.size(); t++) {
      for (int peer = 0; peer < 3; peer++) {
        requireEqual(tables.get(t), choices.get(t), theirChoices[peer], t, peer, "attempts");
      }
      requireEqual(tables.get(t), second.get(t), theirs[peers.next()], t, peers.next(), "shares");
      requireEqual(
          tables.get(t), first.get(t), theirs[peers.previous()], t, peers.previous(), "shares");
    }
    peers.requireSame(
        "layout",
        List.of(computation.layoutDigest()),
        (thing, peer) ->
            "Cannot run query "
                + id
                + ": "
                + context.links().name(peer)
                + " has laid it out differently. Install the same version of Trefoil everywhere.");
  }

  private void requireEqual(
      String table, byte[] mine, byte[] theirs, int thing, int peer, String what) {
    if (!Arrays.equals(mine, Arrays.copyOfRange(theirs, 32 * thing, 32 * thing + 32))) {
      throw new TrefoilException(
          Condition.SHARES_DIFFER,
          "Cannot use table "
              + table
              + ": this executor and "
              + context.links().name(peer)
              + " hold different "
              + what
              + " of it. Let the owner share it again in a new run.");
    }
  }

  private void compareRevealed(RevealedShares revealed, PeerAgreement peers) {
    peers.requireSame(
        "done",
        List.of(ByteBuffer.allocate(4).putInt(revealed.rows()).array()),
        (thing, peer) ->
            "Cannot reveal the result of query "
                + id
                + ": "
                + context.links().name(peer)
                + " has another number of rows. Run the query again.");
  }

  private synchronized void becomeAdmitted(Computation computation, List<List<Branch>> admitted) {
    branches = admitted;
    for (int s = 0; s < admitted.size(); s++) {
      Branch branch = admitted.get(s).get(0);
      if (branch.owner().equals(KeptShared.OWNER)) {
        kept.put(s, keptAsListed(branch));
      }
    }
    recipients = Set.copyOf(computation.recipients());
    awaited.addAll(recipients);
    TreeMap<String, byte[]> digests = new TreeMap<>();
    for (int t = 0; t < computation.tables().size(); t++) {
      digests.put(computation.tables().get(t), computation.tableDigests().get(t));
    }
    tablesDigest = Admission.digest(PeerAgreement.concat(List.copyOf(digests.values())));
    rows = new long[admitted.size()][];
    for (int s = 0; s < rows.length; s++) {
      rows[s] = new long[admitted.get(s).size()];
      Arrays.fill(rows[s], -1);
      if (kept.containsKey(s)) {
        rows[s][0] = kept.get(s).valid().rows();
      }
    }
    become(QueryState.ADMITTED);
  }

  /** The kept result that a fragment names, if it is the one that the plan was admitted with. */
  private KeptResult keptAsListed(Branch branch) {
    KeptResult found = context.kept().get(branch.table());
    TableDescriptor listed = catalog.table(branch.owner(), branch.table());
    if (!Arrays.equals(DescriptorDigest.of(found.table()), DescriptorDigest.of(listed))) {
      throw new TrefoilException(
          Condition.SOURCE_CHANGED,
          "Cannot use table " + branch.name() + ": it was made anew. Run the query again.");
    }
    return found;
  }

  private synchronized void becomeInputs(ShareStore opened, byte[] joint) {
    store = opened;
    hashKey = joint;
    told.clear();
    become(QueryState.INPUTS);
  }

  /** Before anybody can fetch the result: who fetches it may ask for it again. */
  private void seal(RevealedShares shown) {
    boolean mine = recipients.contains(Role.analyst(analyst).toString());
    RevealedShares theirs = mine ? shown : new RevealedShares(0, List.of(), true, Optional.empty());
    passage
        .sealing()
        .ifPresent(
            sealing ->
                passage.keepSealed(
                    sealing.seal(
                        AnswerBytes.encode(
                            new AnswerShares(
                                new ResultShares(
                                    context.links().party(),
                                    theirs.rows(),
                                    theirs.columns(),
                                    theirs.suppressionMayApply(),
                                    theirs.heldBack(),
                                    Map.of()),
                                sizes(),
                                tablesDigest)))));
  }

  private synchronized void becomeReady(RevealedShares revealed, long millis) {
    revealedRows = revealed.rows();
    computeMillis = millis;
    result =
        new ResultShares(
            context.links().party(),
            revealed.rows(),
            revealed.columns(),
            revealed.suppressionMayApply(),
            revealed.heldBack(),
            metrics());
    become(QueryState.READY);
  }

  private synchronized void become(QueryState next) {
    requireGoingOn();
    LOG.debug("query {}: {} -> {}", id, state, next);
    state = next;
    notifyAll();
    changed.run();
  }

  private synchronized List<List<Long>> sizes() {
    return Arrays.stream(rows).map(s -> Arrays.stream(s).boxed().toList()).toList();
  }

  private boolean unannounced(int source, int branch) {
    return rows[source][branch] < 0;
  }

  private boolean uncommitted(int source, int branch) {
    return !kept.containsKey(source) && !store.committed(source, branch);
  }

  /** Says of a fragment whether it is still waited for. */
  private interface Missing {
    boolean test(int source, int branch);
  }

  /** How long contributors have, beyond the time that owners have. */
  private Duration window() {
    return branches.stream()
        .flatMap(List::stream)
        .flatMap(branch -> branch.contributors().stream())
        .map(ContributorsRule::within)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  private synchronized void awaitOwners(String deed, Missing missing, Duration more)
      throws InterruptedException {
    long began = System.nanoTime();
    long ownerNanos = context.timeouts().owner().toNanos();
    long inputsNanos = context.timeouts().inputs().plus(more).toNanos();
    while (true) {
      requireGoingOn();
      List<Branch> open = open(missing);
      if (open.isEmpty()) {
        return;
      }
      long waited = System.nanoTime() - began;
      long left = inputsNanos - waited;
      if (left <= 0) {
        throw unavailable(open, deed, context.timeouts().inputs());
      }
      List<Branch> silent = new ArrayList<>();
      for (Branch branch : open) {
        long ownerLeft = ownerNanos - context.owners().silentNanos(branch.owner(), waited);
        if (ownerLeft <= 0) {
          silent.add(branch);
        }
        left = Math.min(left, ownerLeft);
      }
      if (!silent.isEmpty()) {
        throw unavailable(silent, deed, context.timeouts().owner());
      }
      waitNanos(left);
    }
  }

  private List<Branch> open(Missing missing) {
    List<Branch> open = new ArrayList<>();
    for (int s = 0; s < branches.size(); s++) {
      for (int b = 0; b < branches.get(s).size(); b++) {
        if (missing.test(s, b)) {
          open.add(branches.get(s).get(b));
        }
      }
    }
    return open;
  }

  private static TrefoilException unavailable(List<Branch> missing, String deed, Duration waited) {
    String owners =
        missing.stream().map(Branch::owner).distinct().collect(Collectors.joining(", "));
    String tables = missing.stream().map(Branch::name).distinct().collect(Collectors.joining(", "));
    return new TrefoilException(
        Condition.OWNER_UNAVAILABLE,
        "Cannot wait longer for owner "
            + owners
            + ": it has not "
            + deed
            + " "
            + tables
            + " and was not heard of for "
            + seconds(waited)
            + ". Check that the owner's agent runs, then run the query again.");
  }

  private synchronized void awaitAcknowledgement() throws InterruptedException {
    long deadline = System.nanoTime() + context.timeouts().result().toNanos();
    while (!awaited.isEmpty()) {
      requireGoingOn();
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new TrefoilException(
            Condition.TIMEOUT,
            "Cannot keep the result of query "
                + id
                + ": "
                + String.join(", ", awaited)
                + " has not fetched it for "
                + seconds(context.timeouts().result())
                + ". Run the query again.");
      }
      waitNanos(left);
    }
  }

  private void waitNanos(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedWait(this, nanos + 999_999);
  }

  private void requireGoingOn() {
    TrefoilException reason = stop;
    if (reason != null) {
      throw reason;
    }
  }

  /** Drops all that the run held; tells the peers unless one of them has told us. */
  private void end(Throwable thrown) {
    TrefoilException cause = thrown == null ? null : cause(thrown);
    boolean tell;
    WatchedTransport open;
    ShareStore shares;
    synchronized (this) {
      ending = true;
      tell = cause != null && !(stoppedByPeer && cause.condition() != Condition.PEER_UNAVAILABLE);
      open = transport;
      shares = store;
      lastMetrics = metrics();
      lastStep = open == null ? "" : open.step();
    }
    // The reason is out: what interrupted this thread must not disturb its last steps.
    if (Thread.interrupted()) {
      LOG.debug("query {}: its thread was interrupted", id);
    }
    try {
      if (tell) {
        context.links().abort(id.hex(), cause);
      }
      if (open != null) {
        open.close();
      }
    } catch (RuntimeException e) {
      LOG.warn("query {}: its links could not be closed in order ({})", id, e.toString());
    }
    if (shares != null) {
      shares.clear();
    }
    synchronized (this) {
      transport = null;
      kept.clear();
      store = null;
      result = null;
      plan = null;
      catalog = null;
      hashKey = null;
      error = cause;
      state = cause == null ? QueryState.DELIVERED : endOf(cause);
      notifyAll();
    }
    passage.ended(cause);
    if (cause != null) {
      LOG.info("query {}: {} with {}", id, state(), cause.getMessage());
    }
    changed.run();
  }

  private static QueryState endOf(TrefoilException cause) {
    return switch (cause.condition().outcome()) {
      case REFUSED -> QueryState.REFUSED;
      case CANCELLED -> QueryState.CANCELLED;
      default -> QueryState.FAILED;
    };
  }

  private TrefoilException cause(Throwable thrown) {
    TrefoilException reason = stop;
    if (reason == null
        && thrown instanceof TrefoilException e
        && e.condition() == Condition.PEER_UNAVAILABLE) {
      reason = reasonOfPeer();
    }
    if (reason != null) {
      return reason;
    }
    if (thrown instanceof TrefoilException e) {
      return e;
    }
    LOG.error("query {}: unexpected error", id, thrown);
    return new TrefoilException(
        Condition.INTERNAL,
        "Cannot finish query "
            + id
            + ": executor "
            + context.links().party()
            + (thrown instanceof OutOfMemoryError
                ? " ran out of memory. Give it a larger heap or share fewer rows."
                : " met an unexpected " + thrown.getClass().getSimpleName() + ". See its log."),
        thrown);
  }

  private synchronized TrefoilException reasonOfPeer() {
    long deadline = System.nanoTime() + REASON_PATIENCE.toNanos();
    try {
      for (long left = REASON_PATIENCE.toNanos();
          stop == null && left > 0;
          left = deadline - System.nanoTime()) {
        waitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return stop;
  }

  // ---- Called by other threads.

  QueryId id() {
    return id;
  }

  String analyst() {
    return analyst;
  }

  /** Whether it is the same request: same plan, same analyst. */
  boolean isFor(byte[] otherPlan, String otherAnalyst) {
    return analyst.equals(otherAnalyst) && Arrays.equals(planDigest, Admission.digest(otherPlan));
  }

  synchronized QueryState state() {
    return state;
  }

  /** Whether it still computes; one that only keeps its result for recipients does not. */
  synchronized boolean computes() {
    return state != QueryState.READY && !state.isEnd();
  }

  @Override
  public void stopped(int peer, TrefoilException reason) {
    stop(reason, true);
  }

  /** Makes the run end with this reason, here and at the peers. */
  void stop(TrefoilException reason) {
    stop(reason, false);
  }

  private synchronized void stop(TrefoilException reason, boolean byPeer) {
    // A peer that goes away after the result is ready takes nothing from this party's shares of it.
    boolean harmless =
        byPeer && state == QueryState.READY && reason.condition() == Condition.PEER_UNAVAILABLE;
    if (ending || stop != null || harmless) {
      return;
    }
    stop = reason;
    stoppedByPeer = byPeer;
    notifyAll();
    thread.interrupt();
  }

  /**
   * The owners that share a fragment. Waits while the query is SUBMITTED, as an owner may have
   * heard of it from an executor that is a moment faster.
   */
  synchronized Set<String> owners() {
    statusAfter(QueryState.SUBMITTED, CALL_PATIENCE);
    return branches.stream()
        .flatMap(List::stream)
        .map(Branch::owner)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The fragment's branch; UNKNOWN_QUERY if the query has no such fragment. */
  synchronized Branch branch(int source, int branch) {
    if (source < 0
        || source >= branches.size()
        || branch < 0
        || branch >= branches.get(source).size()) {
      throw new TrefoilException(
          Condition.UNKNOWN_QUERY,
          "Cannot find fragment " + source + "." + branch + ": query " + id + " does not have it.");
    }
    return branches.get(source).get(branch);
  }

  /** Waits until {@code reached} holds of the state; throws the run's error if it ends first. */
  synchronized void awaitState(Predicate<QueryState> reached) {
    long deadline = System.nanoTime() + CALL_PATIENCE.toNanos();
    try {
      while (!reached.test(state)) {
        requireAlive();
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new TrefoilException(
              Condition.TIMEOUT,
              "Cannot go on with query "
                  + id
                  + ": it is still "
                  + state
                  + " at executor "
                  + context.links().party()
                  + ". Try again later.");
        }
        waitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrefoilException(
          Condition.QUERY_CANCELLED, "Cannot wait for query " + id + ": interrupted.", e);
    }
  }

  /** Waits for the state to change from {@code known}, up to {@code wait}; returns the status. */
  synchronized QueryStatus statusAfter(QueryState known, Duration wait) {
    long deadline = System.nanoTime() + wait.toNanos();
    try {
      for (long left = wait.toNanos();
          state == known && !state.isEnd() && left > 0;
          left = deadline - System.nanoTime()) {
        waitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new QueryStatus(
        id,
        state,
        transport == null ? lastStep : transport.step(),
        sizes(),
        hashKey == null ? null : hashKey.clone(),
        error,
        metrics());
  }

  /** The plan, if this owner still has to announce or share; null if not. */
  synchronized byte[] taskOf(String owner) {
    boolean waiting =
        (state == QueryState.ADMITTED && waitsFor(owner, this::unannounced))
            || (state == QueryState.INPUTS && waitsFor(owner, this::uncommitted));
    return waiting && stop == null ? plan.clone() : null;
  }

  /** Whether the owner has not been told of its task in this state; it counts as told then. */
  synchronized boolean tell(String owner) {
    return told.add(owner);
  }

  private boolean waitsFor(String owner, Missing missing) {
    return open(missing).stream().anyMatch(branch -> branch.owner().equals(owner));
  }

  synchronized void announce(int source, int branch, long count) {
    requireAlive();
    Branch fragment = branch(source, branch);
    if (rows[source][branch] == count) {
      return;
    }
    long capacity = fragment.contributors().map(ContributorsRule::capacity).orElse(count);
    if (rows[source][branch] >= 0 || count != capacity) {
      throw new TrefoilException(
          Condition.SOURCE_CHANGED,
          "Cannot announce "
              + count
              + " rows of "
              + fragment.name()
              + ": "
              + rows[source][branch]
              + " were announced before. Run the query again.");
    }
    long total = count;
    for (long[] s : rows) {
      for (long known : s) {
        total += Math.max(0, known);
      }
    }
    if (count < 0 || total > context.limits().rows()) {
      TrefoilException tooMany =
          new TrefoilException(
              Condition.TOO_MANY_ROWS,
              "Cannot take "
                  + count
                  + " rows of "
                  + fragment.name()
                  + ": a query may have "
                  + context.limits().rows()
                  + " rows in all at executor "
                  + context.links().party()
                  + ". Share fewer rows, or raise max-rows.");
      stop(tooMany);
      throw tooMany;
    }
    rows[source][branch] = count;
    notifyAll();
    changed.run();
  }

  ShareUpload upload(int source, int branch, int chunk, UUID attempt) {
    return inputs().fragment(source, branch).begin(chunk, attempt);
  }

  /** The contributed branches of this owner that still take contributions. */
  synchronized boolean collects(String owner) {
    return state == QueryState.INPUTS
        && stop == null
        && open(this::uncommitted).stream()
            .anyMatch(b -> b.contributors().isPresent() && b.owner().equals(owner));
  }

  /** What contributors are given of it while it waits for them. */
  synchronized Optional<OwnerTask> task() {
    return state == QueryState.INPUTS
        ? Optional.of(new OwnerTask(id, plan.clone(), analyst))
        : Optional.empty();
  }

  /** Whether contributors share some of its rows. */
  synchronized boolean isContributed() {
    return branches.stream().flatMap(List::stream).anyMatch(b -> b.contributors().isPresent());
  }

  ShareUpload contribute(int source, int branch, String contributor, UUID attempt) {
    return collection(source, branch).begin(contributor, attempt);
  }

  /** A contributor's word that its attempt is complete everywhere. */
  void confirm(int source, int branch, String contributor, UUID attempt) {
    collection(source, branch).confirm(contributor, attempt);
  }

  private ContributedShares collection(int source, int branch) {
    Branch of = branch(source, branch);
    return inputs()
        .contributed(source, branch)
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.PEER_REFUSED,
                    "Cannot contribute to " + of.name() + ": its owner shares its rows."));
  }

  void commit(int source, int branch, List<UUID> attempts) {
    ShareStore shares = inputs();
    shares
        .contributed(source, branch)
        .ifPresentOrElse(
            ContributedShares::close, () -> shares.fragment(source, branch).commit(attempts));
    synchronized (this) {
      notifyAll();
    }
    changed.run();
  }

  private synchronized ShareStore inputs() {
    requireAlive();
    if (store == null) {
      throw new TrefoilException(
          Condition.LATE_ATTEMPT,
          "Cannot take shares for query " + id + ": it is " + state + ". Wait for INPUTS.");
    }
    return store;
  }

  /**
   * Whether the result is for the caller. Waits while the query is SUBMITTED, as {@link #owners}.
   */
  synchronized boolean isFor(Principal caller) {
    statusAfter(QueryState.SUBMITTED, CALL_PATIENCE);
    return !mine(recipients, caller).isEmpty();
  }

  /** The result, if it waits for the caller. */
  synchronized Optional<HeldResult> held(Principal caller) {
    return state != QueryState.READY || stop != null || mine(awaited, caller).isEmpty()
        ? Optional.empty()
        : Optional.of(new HeldResult(id, plan.clone(), analyst, tablesDigest.clone()));
  }

  private static List<String> mine(Set<String> roles, Principal caller) {
    return caller.roles().stream().map(Role::toString).filter(roles::contains).toList();
  }

  ResultShares result() {
    try {
      passage.requireAllowed();
    } catch (TrefoilException e) {
      stop(e);
      throw e;
    }
    return present();
  }

  private synchronized ResultShares present() {
    requireAlive();
    if (result == null) {
      throw new TrefoilException(
          Condition.UNKNOWN_QUERY,
          "Cannot fetch the result of query " + id + ": it is " + state + ". Wait for READY.");
    }
    return result;
  }

  /**
   * The caller has the result. Once all recipients have it, it is erased; returns when that is
   * done.
   */
  void acknowledge(Principal caller) {
    synchronized (this) {
      if (state == QueryState.DELIVERED) {
        return;
      }
      requireAlive();
      if (result == null) {
        throw new TrefoilException(
            Condition.UNKNOWN_QUERY,
            "Cannot acknowledge the result of query " + id + ": it is " + state + ".");
      }
      mine(recipients, caller).forEach(awaited::remove);
      if (!awaited.isEmpty()) {
        return;
      }
      notifyAll();
    }
    awaitState(QueryState::isEnd);
  }

  /** Waits for the run's thread to be gone. */
  void join(Duration patience) throws InterruptedException {
    thread.join(patience.toMillis());
  }

  private void requireAlive() {
    if (error != null) {
      throw new TrefoilException(error.condition(), error.reason());
    }
    if (state.isEnd()) {
      throw new TrefoilException(
          Condition.UNKNOWN_QUERY,
          "Cannot go on with query " + id + ": it is " + state + " and erased.");
    }
  }

  /** The counters of {@link QueryStatus}. */
  synchronized Map<String, Long> counters() {
    return metrics();
  }

  private Map<String, Long> metrics() {
    if (state.isEnd()) {
      return lastMetrics;
    }
    Map<String, Long> metrics = new TreeMap<>();
    metrics.put("rounds", transport == null ? 0 : transport.rounds());
    metrics.put("bytesSent", transport == null ? 0 : transport.bytesSent());
    metrics.put(
        "waitMillis", transport == null ? 0 : TimeUnit.NANOSECONDS.toMillis(transport.waitNanos()));
    metrics.put("rowsReceived", store == null ? 0 : store.receivedRows());
    metrics.put("bytesReceived", store == null ? 0 : store.receivedBytes());
    metrics.put("computeMillis", computeMillis);
    metrics.put("revealedRows", revealedRows);
    if (isContributed()) {
      metrics.put("contributors", store == null ? 0L : contributors());
    }
    return metrics;
  }

  /** How many have contributed to the table that the fewest have contributed to. */
  private long contributors() {
    long fewest = Long.MAX_VALUE;
    for (int s = 0; s < branches.size(); s++) {
      for (int b = 0; b < branches.get(s).size(); b++) {
        long many = store.contributed(s, b).map(ContributedShares::confirmed).orElse(-1);
        fewest = many < 0 ? fewest : Math.min(fewest, many);
      }
    }
    return fewest;
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}

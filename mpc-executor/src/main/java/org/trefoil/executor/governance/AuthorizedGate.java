package org.trefoil.executor.governance;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Authorization;
import org.trefoil.api.approval.AuthorizedRun;
import org.trefoil.api.approval.Consent;
import org.trefoil.api.approval.Digest;
import org.trefoil.api.approval.Evidence;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.RunRequest;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.Outcome;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.OwnKeys;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;

/**
 * The mode {@code authorized}: a query begins only under a proposal that every owner has approved,
 * for an analyst who has signed this very run, and nothing of it is opened before all of that has
 * been checked again, the peers have given their word, and the audit log has it on disk.
 *
 * <p>What one executor cannot do alone: begin a run (its peers verify the same signatures and count
 * runs for themselves), replay one (the request names the query, each ledger takes it once),
 * redirect one (the permit is for the analyst whose signed request it was), or drop a withdrawal
 * (each peer that knows of it gives no word, and without the word of all three nothing is opened).
 */
public final class AuthorizedGate implements Gate {
  private static final Logger LOG = LoggerFactory.getLogger(AuthorizedGate.class);
  private static final int STAGED = 1000;

  private final Office office;
  private final Proceedings proceedings;
  private final Retries retries;
  private final Map<String, byte[]> staged =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, byte[]> eldest) {
          return size() > STAGED;
        }
      };
  private final Map<String, AuthorizedPassage> live = new LinkedHashMap<>();

  private AuthorizedGate(Office office, Supplier<Catalog> catalog) {
    this.office = office;
    this.retries = new Retries(office);
    this.proceedings = new Proceedings(office, catalog, this, retries);
  }

  /** Opens the gate; what the last process left unfinished is settled first. */
  static AuthorizedGate open(Office office, Supplier<Catalog> catalog, AuditTrail trail) {
    AuthorizedGate gate = new AuthorizedGate(office, catalog);
    Records.settle(office.ledger(), office.audit(), trail);
    gate.retries.prune(gate);
    office.audit().append("start", Map.of("software", office.software(), "mode", "authorized"));
    return gate;
  }

  @Override
  public String mode() {
    return "authorized";
  }

  @Override
  public String software() {
    return office.software();
  }

  /** Approvals of a table's former schema or policy never count again, even if that comes back. */
  @Override
  public void registered(List<TableDescriptor> tables) {
    for (TableDescriptor table : tables) {
      String digest = DescriptorDigest.hex(table);
      Optional<String> before = office.ledger().descriptor(table.name());
      if (before.equals(Optional.of(digest))) {
        continue;
      }
      if (before.isPresent()) {
        replaced(table, digest);
      }
      // Last: a process that ends before this makes the approvals void when it hears of it again.
      office.ledger().descriptor(table.name(), digest);
    }
  }

  private void replaced(TableDescriptor table, String digest) {
    office.audit().append("policy", Map.of("table", table.name(), "digest", digest));
    for (var stored : office.ledger().approvals()) {
      Approval approval =
          Approval.decode(SignedStatement.parse(Approval.KIND, stored.bytes()).payload());
      String approved = approval.binding().tables().get(table.name());
      if (approved != null && !approved.equals(digest)) {
        office.ledger().makeVoid(stored);
        office.ledger().unseal(stored.proposal());
        office
            .audit()
            .append(
                "void",
                Map.of(
                    "proposal", stored.proposal(),
                    "owner", stored.owner(),
                    "table", table.name()));
      }
    }
  }

  @Override
  public List<byte[]> govern(Principal caller, String deed, List<byte[]> arguments) {
    try {
      List<byte[]> answer = proceedings.serve(caller, deed, arguments);
      retries.prune(this);
      return answer;
    } catch (TrefoilException e) {
      if (e.condition().outcome() == Outcome.REFUSED) {
        refused(caller.toString(), deed.matches("[a-z]{1,20}") ? deed : "unknown", e);
      }
      throw e;
    }
  }

  private void refused(String caller, String deed, TrefoilException e) {
    office
        .audit()
        .append(
            "refusal", Map.of("caller", caller, "deed", deed, "condition", e.condition().label()));
  }

  /** Keeps a request that was checked, until its query is submitted. */
  void stage(String nonce, byte[] signed) {
    synchronized (staged) {
      staged.put(nonce, signed);
    }
  }

  /** Stops what a statement that has just come in forbids. */
  void recheck() {
    List<AuthorizedPassage> all;
    synchronized (live) {
      all = List.copyOf(live.values());
    }
    all.forEach(AuthorizedPassage::recheck);
  }

  /** The evidence of a query that is under way. */
  Evidence evidence(String nonce) {
    synchronized (live) {
      AuthorizedPassage passage = live.get(nonce);
      if (passage != null) {
        return passage.evidence;
      }
    }
    throw new TrefoilException(
        Condition.UNKNOWN_QUERY,
        "Cannot show why query "
            + nonce
            + " may run: it is not under way at executor "
            + office.party()
            + ".");
  }

  @Override
  public void requireOpen(String proposal) {
    office.requireOpen(Proposal.decode(office.proposal(proposal)));
  }

  /** Returns if nothing that this run reads has ended since it was made. */
  void requireSourcesOpen(AuthorizedRun run, Catalog catalog) {
    kept(Admission.decode(run.plan()), catalog).forEach(this::requireOpen);
  }

  /** The proposals that have made the kept results which a plan reads. */
  private static Set<String> kept(Plan plan, Catalog catalog) {
    Set<String> proposals = new TreeSet<>();
    for (Rel.Scan scan : Admission.scans(plan)) {
      catalog
          .table(scan.owner(), scan.table())
          .kept()
          .ifPresent(kept -> proposals.add(kept.proposal()));
    }
    return proposals;
  }

  @Override
  public Passage begin(QueryId query, byte[] plan, String analyst, Catalog catalog) {
    try {
      return begun(query.hex(), plan, analyst, catalog);
    } catch (TrefoilException e) {
      refused("analyst:" + analyst, "run", e);
      throw e;
    }
  }

  private Passage begun(String nonce, byte[] plan, String analyst, Catalog catalog) {
    byte[] signed;
    synchronized (staged) {
      signed = staged.remove(nonce);
    }
    if (signed == null) {
      if (office.ledger().state(nonce).isPresent()) {
        throw new TrefoilException(
            Condition.RUN_REPLAYED,
            "Cannot run query " + nonce + ": its run request was used before. Sign a new one.");
      }
      throw new TrefoilException(
          Condition.NOT_APPROVED,
          "Cannot run query "
              + nonce
              + ": executor "
              + office.party()
              + " runs approved proposals only. Propose it with bin/trefoil propose, have it"
              + " approved, and run it by its id.");
    }
    String id =
        RunRequest.decode(SignedStatement.parse(RunRequest.KIND, signed).payload()).proposal();
    Evidence evidence = office.evidence(id, signed, catalog);
    AuthorizedRun run = office.authorization().run(evidence, catalog, nonce);
    if (!run.request().analyst().equals(analyst)) {
      throw new TrefoilException(
          Condition.RECIPIENT_NOT_APPROVED,
          "Cannot run query "
              + nonce
              + " as analyst "
              + analyst
              + ": its run request is signed by another. Run it as who has signed it.");
    }
    Authorization.requirePlan(run, plan);
    office.requireOpen(run.proposal());
    kept(Admission.decode(plan), catalog).forEach(this::requireOpen);
    office.ledger().begin(run, signed, office.now());
    lookUp(nonce, Admission.decode(plan), catalog);
    SortedMap<String, String> spent = spend(nonce, Admission.decode(plan), catalog);
    AuthorizedPassage passage = new AuthorizedPassage(run, evidence, catalog);
    synchronized (live) {
      live.put(nonce, passage);
    }
    Map<String, String> facts = new TreeMap<>(passage.names());
    facts.put("analyst", analyst);
    facts.put("plan", Digest.hex(plan));
    facts.put(
        "parameters",
        Digest.hex(run.request().parameters().toString().getBytes(StandardCharsets.UTF_8)));
    facts.put("approvals", Integer.toString(evidence.approvals().size()));
    if (!spent.isEmpty()) {
      facts.put("epsilon", spent.toString());
    }
    office.audit().append("run", facts);
    return passage;
  }

  /** Spends the privacy budgets of the tables that are read; without one the run has not begun. */
  private SortedMap<String, String> spend(String nonce, Plan plan, Catalog catalog) {
    SortedMap<String, String> spent = new TreeMap<>();
    try {
      for (Rel.Scan scan : Admission.scans(plan)) {
        TableDescriptor table = catalog.table(scan.owner(), scan.table());
        table
            .policy()
            .privacy()
            .ifPresent(
                rule -> {
                  office.ledger().spend(nonce, table.name(), rule);
                  spent.put(table.name(), PrivacyRule.epsilon(rule.perRun()));
                });
      }
    } catch (TrefoilException e) {
      office.ledger().end(nonce);
      throw e;
    }
    return spent;
  }

  /** Counts a run that looks up single rows; one too many ends before it has begun. */
  private void lookUp(String nonce, Plan plan, Catalog catalog) {
    Optional<OwnKeys> own = OwnKeys.of(plan, catalog);
    if (own.isEmpty()) {
      return;
    }
    try {
      for (TableDescriptor table : own.get().lookedUp()) {
        office
            .ledger()
            .lookUp(
                nonce,
                table.name(),
                own.get().recipient(),
                OwnKeys.rule(table).runsPerDay().orElse(Integer.MAX_VALUE),
                office.now());
      }
    } catch (TrefoilException e) {
      office.ledger().end(nonce);
      throw e;
    }
  }

  @Override
  public void close() {
    office.audit().close();
    office.ledger().close();
  }

  /** One run under a proposal. */
  private final class AuthorizedPassage implements Passage {
    private final AuthorizedRun run;
    private final Evidence evidence;
    private final Catalog catalog;
    private final Set<String> kept;
    private volatile Consumer<TrefoilException> stop = e -> {};

    /** Touched by the run's own thread only. */
    private boolean revealed;

    AuthorizedPassage(AuthorizedRun run, Evidence evidence, Catalog catalog) {
      this.run = run;
      this.evidence = evidence;
      this.catalog = catalog;
      this.kept = kept(Admission.decode(run.plan()), catalog);
    }

    private String nonce() {
      return run.request().nonce();
    }

    private Map<String, String> names() {
      return Map.of("query", nonce(), "proposal", run.id());
    }

    @Override
    public byte[] digest() {
      return Digest.of(evidence.proposal(), evidence.run());
    }

    @Override
    public void whenStopped(Consumer<TrefoilException> stopper) {
      stop = stopper;
      recheck();
    }

    void recheck() {
      try {
        requireAllowed();
      } catch (TrefoilException e) {
        stop.accept(e);
      }
    }

    @Override
    public String proposal() {
      return run.id();
    }

    @Override
    public Instant until() {
      return run.proposal().until();
    }

    @Override
    public void requireAllowed() {
      office.requireOpen(run.proposal());
      kept.forEach(AuthorizedGate.this::requireOpen);
      List<byte[]> unused = office.approvals(run.proposal(), catalog);
    }

    @Override
    public void admit(Peers peers) {
      office.audit().append("admitted", consent(Consent.ADMIT, peers));
    }

    @Override
    public void reveal(Peers peers) {
      if (revealed) {
        return;
      }
      requireAllowed();
      Map<String, String> facts = consent(Consent.REVEAL, peers);
      facts.put(
          "recipients",
          String.join(",", Admission.decode(run.plan()).release().roles(run.request().analyst())));
      // What the peers' word took may have brought a withdrawal.
      requireAllowed();
      office.ledger().reveal(nonce());
      office.audit().append("reveal", facts);
      revealed = true;
    }

    /** Exchanges signed words; returns the facts for the log, the peers' heads among them. */
    private Map<String, String> consent(String moment, Peers peers) {
      Roster roster = office.roster().get();
      Consent mine =
          new Consent(
              office.party(),
              moment,
              run.id(),
              nonce(),
              office.audit().head(),
              roster.cluster(),
              office.now().truncatedTo(ChronoUnit.SECONDS));
      byte[][] all =
          peers.exchange("consent-" + moment, SignedStatement.sign(office.key(), mine).encode());
      Map<String, String> facts = new TreeMap<>(names());
      for (int p = 0; p < all.length; p++) {
        if (p != office.party()) {
          Consent theirs = checked(p, all[p], moment, roster);
          facts.put(AuditTrail.HEAD_OF + p, theirs.head().toString());
        }
      }
      return facts;
    }

    private Consent checked(int peer, byte[] bytes, String moment, Roster roster) {
      SignedStatement signed = SignedStatement.parse(Consent.KIND, bytes);
      Consent theirs = Consent.decode(signed.payload());
      roster.verified(signed, "party-" + peer);
      boolean same =
          theirs.party() == peer
              && theirs.moment().equals(moment)
              && theirs.proposal().equals(run.id())
              && theirs.query().equals(nonce())
              && theirs.cluster().equals(roster.cluster());
      if (!same) {
        throw new TrefoilException(
            Condition.EXECUTORS_DISAGREE,
            "Cannot go on with query "
                + nonce()
                + ": executor "
                + peer
                + " gives its word for something else. Run it again.");
      }
      return theirs;
    }

    @Override
    public Optional<Sealing> sealing() {
      return retries.sealing(run, office.roster().get().cluster());
    }

    @Override
    public void keepSealed(byte[] sealed) {
      retries.keep(run, sealed);
    }

    @Override
    public void ended(TrefoilException cause) {
      synchronized (live) {
        live.remove(nonce());
      }
      try {
        office.ledger().end(nonce());
        Map<String, String> facts = new TreeMap<>(names());
        if (cause != null) {
          facts.put("condition", cause.condition().label());
        }
        office.audit().append(cause == null ? "delivered" : "ended", facts);
      } catch (TrefoilException e) {
        LOG.error("query {}: {}", nonce(), e.getMessage());
      }
    }
  }
}

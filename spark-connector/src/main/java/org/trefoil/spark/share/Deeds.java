package org.trefoil.spark.share;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.spark.sql.SparkSession;
import org.trefoil.api.approval.Approval;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Card;
import org.trefoil.api.approval.Freeze;
import org.trefoil.api.approval.Inspection;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.ProposalState;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SignedStatement;
import org.trefoil.api.approval.Statement;
import org.trefoil.api.approval.Unfreeze;
import org.trefoil.api.approval.Withdrawal;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import org.trefoil.spark.plan.ProposalDraft;
import org.trefoil.spark.plan.ProposalPlanner;

/**
 * Governance from a Spark session: tables that say how things stand at each executor, and the deeds
 * of whoever's signing key is configured. Logs are verified before a row of them is shown.
 */
final class Deeds {
  private static final String CARD = "card: ";

  private final List<ExecutorConnection> executors;
  private final Approvals approvals;

  Deeds(List<ExecutorConnection> executors, Approvals approvals) {
    this.executors = List.copyOf(executors);
    this.approvals = approvals;
  }

  List<Object[]> rows(String table) {
    if (table.equals("proposals")) {
      return proposals();
    }
    Roster roster = approvals.roster(executors);
    List<AuditTrail> trails = new ArrayList<>();
    for (ExecutorConnection executor : executors) {
      trails.add(AuditTrail.read(executor.party(), new Governance(executor).audit(), roster));
    }
    AuditTrail.compare(trails);
    List<Object[]> rows = new ArrayList<>();
    for (AuditTrail trail : trails) {
      switch (table) {
        case "approvals" -> approvals(trail, rows);
        case "runs" -> runs(trail, rows);
        default -> audit(trail, rows);
      }
    }
    return rows;
  }

  private List<Object[]> proposals() {
    List<Object[]> rows = new ArrayList<>();
    for (ExecutorConnection executor : executors) {
      for (ProposalState state : new Governance(executor).proposals()) {
        rows.add(
            new Object[] {
              executor.party(),
              state.id(),
              state.proposer(),
              String.join(", ", state.owners()),
              String.join(", ", state.missing()),
              state.runsLeft(),
              state.until(),
              state.ended().isEmpty() ? null : state.ended()
            });
      }
    }
    return rows;
  }

  private static void approvals(AuditTrail trail, List<Object[]> rows) {
    for (AuditRecord r : trail.records()) {
      if (r.event().equals(Approval.KIND)) {
        rows.add(
            new Object[] {
              trail.party(),
              r.facts().get("proposal"),
              r.facts().get("owner"),
              r.facts().get("person"),
              r.signed(),
              r.facts().get("until")
            });
      }
    }
  }

  private static void runs(AuditTrail trail, List<Object[]> rows) {
    SortedMap<String, Object[]> runs = new TreeMap<>();
    for (AuditRecord r : trail.records()) {
      String query = r.facts().getOrDefault("query", "");
      if (r.event().equals("run")) {
        Object[] row = {
          trail.party(),
          query,
          r.facts().get("proposal"),
          r.facts().get("analyst"),
          r.signed(),
          false,
          null
        };
        runs.put(query, row);
      } else if (runs.containsKey(query)) {
        if (r.event().equals("reveal")) {
          runs.get(query)[5] = true;
        } else if (AuditRecord.ENDS.contains(r.event())) {
          runs.get(query)[6] = r.event();
        }
      }
    }
    rows.addAll(runs.values());
  }

  private static void audit(AuditTrail trail, List<Object[]> rows) {
    for (AuditRecord r : trail.records()) {
      rows.add(new Object[] {trail.party(), r.number(), r.signed(), r.event(), r.facts()});
    }
  }

  List<String> call(String procedure, List<String> arguments) {
    return switch (procedure) {
      case "inspect" -> inspect(proposal(arguments.get(0)));
      case "approve" -> approve(arguments.get(0), arguments.get(1));
      case "withdraw" -> withdraw(arguments.get(0), arguments.get(1));
      case "freeze" -> freeze(arguments.get(0));
      default -> lift(arguments.get(0), arguments.get(1));
    };
  }

  /** The id, then the card. */
  List<String> propose(SparkSession session, String catalog, ProposalDraft draft) {
    byte[] bytes =
        ProposalPlanner.plan(session, catalog, draft, named("analyst", "propose"), catalog())
            .encode();
    Proposal.decode(bytes);
    List<String> lines = new ArrayList<>(List.of(Proposal.id(bytes)));
    lines.addAll(card(bytes));
    send(bytes, Governance::propose);
    return lines;
  }

  /** Every clause against it, or the card. */
  private List<String> inspect(byte[] proposal) {
    Inspection inspection = Inspection.of(proposal, catalog());
    if (!inspection.allowed()) {
      return inspection.lines();
    }
    List<String> lines = card(proposal);
    lines.addAll(lines.size() - 1, inspection.lines());
    return lines;
  }

  /** The card, and what names it. */
  private List<String> card(byte[] proposal) {
    Card card =
        Card.of(proposal, catalog(), Proposal.decode(proposal).replaces().map(this::proposal));
    List<String> lines = new ArrayList<>(card.text().lines().toList());
    lines.add(CARD + card.digest());
    return lines;
  }

  /** Signs what was shown: whoever approves names the card, and one who does not is shown it. */
  private List<String> approve(String id, String digest) {
    byte[] bytes = proposal(id);
    Proposal proposal = Proposal.decode(bytes);
    String owner = named("owner", "approve");
    List<String> card = card(bytes);
    if (digest.isBlank()) {
      card.add(
          "Nothing is signed yet. To approve what this says for owner "
              + owner
              + ", call approve with these two: the id, and the card's digest.");
      return card;
    }
    if (!card.get(card.size() - 1).equals(CARD + digest.strip())) {
      throw new TrefoilException(
          Condition.OTHER_STATEMENT,
          "Cannot approve proposal "
              + proposal.id()
              + ": its card is not the one of this digest, or says something else by now. Read it"
              + " again, with CALL approve and the id alone.");
    }
    send(
        new Approval(
            owner,
            proposal.id(),
            approvals.authorization(executors).binding(proposal, catalog()),
            now(),
            proposal.until()),
        Governance::approve);
    return List.of(proposal.id() + " approved for owner " + owner);
  }

  /** Needs no word of the executors before it signs: it has to reach whom it can. */
  private List<String> withdraw(String id, String reason) {
    String owner = named("owner", "withdraw");
    send(new Withdrawal(owner, id, said(reason), cluster(), now()), Governance::withdraw);
    return List.of(id + " withdrawn for owner " + owner);
  }

  private List<String> freeze(String reason) {
    Freeze freeze = new Freeze(role(), said(reason), cluster(), now());
    send(freeze, Governance::freeze);
    return List.of(freeze.id());
  }

  private List<String> lift(String freeze, String reason) {
    send(new Unfreeze(role(), freeze, said(reason), cluster(), now()), Governance::unfreeze);
    return List.of(freeze);
  }

  private void send(Statement statement, BiConsumer<Governance, byte[]> deed) {
    send(SignedStatement.sign(approvals.key(), statement).encode(), deed);
  }

  /** To all three, also after one has failed. */
  private void send(byte[] bytes, BiConsumer<Governance, byte[]> deed) {
    Optional<TrefoilException> first = Optional.empty();
    for (ExecutorConnection executor : executors) {
      try {
        deed.accept(new Governance(executor), bytes);
      } catch (TrefoilException e) {
        first = first.or(() -> Optional.of(e));
      }
    }
    first.ifPresent(
        e -> {
          throw e;
        });
  }

  private byte[] proposal(String id) {
    byte[] bytes = Approvals.proposal(executors.get(0), id);
    executors.forEach(executor -> Approvals.proposal(executor, id));
    return bytes;
  }

  private Catalog catalog() {
    return new ExecutorTriple(executors).catalog();
  }

  private String cluster() {
    return approvals.roster().cluster();
  }

  /** The role of the key that signs here; executors are asked only of a key that was changed. */
  private String role() {
    return approvals
        .roles(approvals.roster())
        .findFirst()
        .or(() -> approvals.roles(approvals.roster(executors)).findFirst())
        .orElseThrow(
            () ->
                new TrefoilException(
                    Condition.SIGNER_UNKNOWN,
                    "Cannot sign: the roster does not have the configured signing key. Set"
                        + " signing-key to the key of somebody in it."));
  }

  /** The name of the owner or analyst who signs here; {@code verb} is what only they can do. */
  private String named(String kind, String verb) {
    String role = role();
    if (!role.startsWith(kind + ":")) {
      throw new TrefoilException(
          Condition.PEER_REFUSED,
          "Cannot "
              + verb
              + " as "
              + role
              + ": it takes an "
              + kind
              + ". Set signing-key to the key of one.");
    }
    return role.substring(kind.length() + 1);
  }

  private static String said(String reason) {
    return reason.isBlank() ? "none given" : reason;
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}

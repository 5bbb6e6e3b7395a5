package org.trefoil.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.trefoil.api.approval.AuditRecord;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.api.approval.Card;
import org.trefoil.api.approval.Proposal;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.SubstraitPlans;

/**
 * What a data protection officer files, from the executors' verified logs, the proposals and the
 * present policies; no value of anybody's data. Markdown.
 *
 * @param executors where each executor is reached, by party
 * @param proposals the bytes of those that the reader has a part in
 */
record AuditReport(
    Roster roster,
    SortedMap<Integer, String> executors,
    List<byte[]> proposals,
    Catalog catalog,
    List<AuditTrail> trails) {
  private static final List<String> MEASURES =
      List.of(
          "Every value is split into three random-looking shares at its owner; each executor holds"
              + " two of three, and a single one learns nothing of any value, not even the result.",
          "Only what the approved plan names is revealed, and only to its recipients; groups below"
              + " the owners' minimum are held back inside the computation.",
          "Nothing runs without the signatures of every owner (Ed25519 or P-384, and ML-DSA-65) over"
              + " the exact plan; each executor and each owner's agent verifies them for itself.",
          "All connections are TLS 1.3, mutual, with the post-quantum group X25519MLKEM768 only.",
          "Shares are kept in memory for the time of one query and erased when it ends, but for the"
              + " result of a proposal to none: its shares are kept encrypted at each executor until"
              + " it expires or a source's owner withdraws. Shares are personal data and are never"
              + " called anonymous.",
          "Append-only, signed, linked logs at three organisations, written before anything is"
              + " revealed.");
  private static final List<String> RISKS =
      List.of(
          "Two executors that collude can reconstruct every shared value: they have to be run by"
              + " organisations that do not.",
          "An executor that deviates from the protocol can make the answer wrong without being"
              + " detected (semi-honest security; integrity: none).",
          "What follows from the differences of several approved results is not prevented; number"
              + " and spacing of the runs are.",
          "Owners can share false values of their own.");

  /** What can be made of the logs, by the name that {@code --export} takes. */
  static final List<String> KINDS = List.of("records", "dpia", "transfer");

  String text(String kind) {
    List<String> out = new ArrayList<>();
    out.add(
        switch (kind) {
          case "records" -> "# Records of processing activities (GDPR Article 30)";
          case "dpia" -> "# Data protection impact assessment (GDPR Article 35): the facts";
          default -> "# Transfers of data: who sends what to whom";
        });
    out.add("");
    out.add("Cluster " + roster.cluster() + ". Made from verified audit logs:");
    trails.forEach(
        trail -> out.add("- executor " + trail.party() + ", up to line " + trail.head()));
    out.add("");
    out.add("Lines marked *to be filled in* are facts that the software does not know.");
    for (byte[] bytes : proposals) {
      Proposal proposal = Proposal.decode(bytes);
      out.add("");
      out.add("## Processing " + proposal.id());
      switch (kind) {
        case "records" -> records(proposal, bytes, out);
        case "dpia" -> assessment(proposal, bytes, out);
        default -> transfers(proposal, bytes, out);
      }
    }
    out.add("");
    return String.join("\n", out);
  }

  private void records(Proposal proposal, byte[] bytes, List<String> out) {
    parties(proposal, out);
    list(out, "Purpose, in the proposer's words", List.of(line(proposal.purpose())));
    list(out, "Categories of data and their use", section(bytes, "Which columns are used"));
    list(out, "Categories of data subjects", List.of("*to be filled in*"));
    list(
        out,
        "Recipients",
        List.of(
            kept(proposal)
                .map(name -> "none; kept secret-shared as " + KeptShared.OWNER + "." + name)
                .orElseGet(() -> String.join(", ", proposal.recipients()))));
    list(out, "Locations", locations());
    list(
        out,
        "Time limits",
        List.of(
            "May run from " + proposal.from() + " until " + proposal.until() + ".",
            kept(proposal).isPresent()
                ? "Shares: of the tables, until the query ends; of the result, until the proposal"
                    + " ends or a source's owner withdraws."
                : "Shares: until the query ends.",
            "Logs and proposals: *to be filled in*."));
    list(out, "Technical and organisational measures", MEASURES);
    list(out, "Approvals and withdrawals", decisions(proposal.id()));
    list(out, "Runs", runs(proposal.id()));
  }

  private static Optional<String> kept(Proposal proposal) {
    return SubstraitPlans.decode(proposal.plan()).release().kept();
  }

  private void assessment(Proposal proposal, byte[] bytes, List<String> out) {
    list(out, "Purpose, in the proposer's words", List.of(line(proposal.purpose())));
    parties(proposal, out);
    list(out, "What is processed", section(bytes, "Which columns are used"));
    list(out, "What is revealed", section(bytes, "What a run reveals"));
    list(out, "How often", section(bytes, "How often"));
    list(
        out,
        "Necessity and proportionality",
        List.of("*to be filled in*; only the columns above enter the computation."));
    List<String> risks = new ArrayList<>(section(bytes, "What leaks besides"));
    risks.addAll(RISKS);
    list(out, "Risks, and the threat model", risks);
    List<String> measures = new ArrayList<>(MEASURES);
    measures.addAll(section(bytes, "What protects it"));
    measures.addAll(section(bytes, "Clauses of the owners' policies"));
    list(out, "Measures", measures);
    list(out, "Views of those concerned, and the officer's advice", List.of("*to be filled in*"));
    list(out, "Approvals and withdrawals", decisions(proposal.id()));
  }

  private void transfers(Proposal proposal, byte[] bytes, List<String> out) {
    List<String> flows = new ArrayList<>();
    for (String owner : proposal.owners()) {
      executors.forEach(
          (party, at) ->
              flows.add(
                  "owner "
                      + owner
                      + " to executor "
                      + party
                      + " ("
                      + people("party-" + party)
                      + ", "
                      + at
                      + "): shares of the columns below, encrypted in transit"));
    }
    for (String recipient : proposal.recipients()) {
      flows.add("executors 0, 1 and 2 to " + recipient + ": shares of the revealed rows only");
    }
    list(out, "Flows", flows);
    list(out, "Columns", section(bytes, "Which columns are used"));
    list(out, "Countries, and the ground for a transfer (Articles 44 to 49)", locations());
    list(out, "Runs", runs(proposal.id()));
    list(out, "Receipts of the owners", receipts(proposal.id()));
  }

  private void parties(Proposal proposal, List<String> out) {
    list(
        out,
        "Controllers",
        proposal.owners().stream()
            .map(owner -> "owner " + owner + " (" + people("owner:" + owner) + ")")
            .toList());
    list(
        out,
        "Processors",
        executors.keySet().stream()
            .map(party -> "operator of executor " + party + " (" + people("party-" + party) + ")")
            .toList());
    list(
        out,
        "Who may run it",
        proposal.analysts().stream()
            .map(analyst -> "analyst " + analyst + " (" + people("analyst:" + analyst) + ")")
            .toList());
  }

  private String people(String role) {
    TreeSet<String> people = new TreeSet<>(roster.people(role));
    return people.isEmpty() ? "nobody who signs" : line(String.join(", ", people));
  }

  private List<String> locations() {
    List<String> at = new ArrayList<>();
    executors.forEach(
        (party, address) ->
            at.add("executor " + party + " at " + address + "; country *to be filled in*"));
    return at;
  }

  /** A section of the card; what can no longer be derived says why. */
  private List<String> section(byte[] bytes, String heading) {
    try {
      return Card.of(bytes, catalog, Optional.empty()).sections().stream()
          .filter(s -> s.heading().startsWith(heading))
          .flatMap(s -> s.lines().stream())
          .toList();
    } catch (TrefoilException e) {
      return List.of("Can't be derived any more: " + line(e.reason()));
    }
  }

  /** Of one log: the three say the same, or {@link AuditTrail#compare} has failed. */
  private List<AuditRecord> of(String proposal, List<String> events) {
    return trails.get(0).records().stream()
        .filter(r -> events.contains(r.event()) && proposal.equals(r.facts().get("proposal")))
        .toList();
  }

  private List<String> decisions(String id) {
    return of(id, List.of("proposal", "approval", "withdrawal", "void")).stream()
        .map(
            r ->
                r.signed()
                    + " "
                    + r.event()
                    + facts(r.facts(), "owner", "person", "until", "reason", "table"))
        .toList();
  }

  private List<String> runs(String id) {
    List<String> story = new ArrayList<>(List.of("run", "reveal", "sealed", "retry", "forgotten"));
    story.addAll(AuditRecord.ENDS);
    SortedMap<String, String> runs = new TreeMap<>();
    for (AuditRecord r : of(id, story)) {
      runs.merge(
          r.facts().get("query"),
          r.event()
              + " "
              + r.signed()
              + facts(r.facts(), "analyst", "epsilon", "condition", "outcome"),
          (before, now) -> before + "; " + now);
    }
    List<String> lines = new ArrayList<>();
    runs.forEach((query, line) -> lines.add("query " + query + ": " + line));
    return lines.isEmpty() ? List.of("none") : lines;
  }

  private List<String> receipts(String id) {
    List<String> lines =
        of(id, List.of("receipt")).stream()
            .map(r -> r.signed() + facts(r.facts(), "owner", "query", "bytes", "columns"))
            .toList();
    return lines.isEmpty() ? List.of("none") : lines;
  }

  private static String facts(Map<String, String> facts, String... names) {
    StringBuilder out = new StringBuilder();
    for (String name : names) {
      if (facts.containsKey(name)) {
        out.append(", ").append(name).append(' ').append(line(facts.get(name)));
      }
    }
    return out.toString();
  }

  /** In one line, so that nobody's words make a heading or an entry of their own. */
  private static String line(String text) {
    return Card.visible(text, false).replace("|", "\\|").replace("*", "\\*");
  }

  private static void list(List<String> out, String heading, List<String> lines) {
    out.add("");
    out.add("### " + heading);
    out.add("");
    lines.forEach(line -> out.add("- " + line));
  }
}

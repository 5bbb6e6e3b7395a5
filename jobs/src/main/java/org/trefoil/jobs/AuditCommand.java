package org.trefoil.jobs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.trefoil.api.approval.AuditTrail;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.Governance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows and verifies the executors' audit logs. */
@Command(
    name = "audit",
    description =
        "Verifies the executors' audit logs, each by itself and against what the others remember of"
            + " it, and prints them.",
    mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--properties", required = true, paramLabel = "FILE")
  private Path properties;

  @Option(names = "--executor", paramLabel = "N", description = "One executor's copy only.")
  private Integer only;

  @Option(
      names = "--export",
      paramLabel = "KIND",
      description =
          "jsonl: the signed lines as they are. For a data protection officer: records of"
              + " processing (records), the facts of an impact assessment (dpia), who sends what to"
              + " whom (transfer).")
  private String export;

  @Override
  public Integer call() {
    if (export != null && !export.equals("jsonl") && !AuditReport.KINDS.contains(export)) {
      throw new ParameterException(
          spec.commandLine(),
          "Cannot export \"" + export + "\": use jsonl, " + String.join(", ", AuditReport.KINDS));
    }
    try (GovernedCluster cluster = GovernedCluster.open(properties)) {
      List<AuditTrail> trails = new ArrayList<>();
      List<List<byte[]>> lines = new ArrayList<>();
      for (ExecutorConnection executor : cluster.executors()) {
        if (only == null || only == executor.party()) {
          List<byte[]> log = new Governance(executor).audit();
          lines.add(log);
          trails.add(AuditTrail.read(executor.party(), log, cluster.roster()));
        }
      }
      AuditTrail.compare(trails);
      if (export != null && AuditReport.KINDS.contains(export)) {
        System.out.print(report(cluster, trails).text(export));
        return 0;
      }
      if (export != null) {
        lines.forEach(
            log -> log.forEach(l -> System.out.println(new String(l, StandardCharsets.UTF_8))));
        return 0;
      }
      for (AuditTrail trail : trails) {
        System.out.println("executor " + trail.party() + ": whole, ends in " + trail.head());
        trail.records().forEach(record -> System.out.println(AuditTrail.describe(record)));
      }
      return 0;
    }
  }

  private static AuditReport report(GovernedCluster cluster, List<AuditTrail> trails) {
    TreeMap<Integer, String> at = new TreeMap<>();
    for (ExecutorConnection executor : cluster.executors()) {
      at.put(executor.party(), executor.name());
    }
    List<byte[]> proposals =
        new Governance(cluster.executors().get(0))
            .proposals().stream().map(state -> cluster.proposal(state.id())).toList();
    return new AuditReport(cluster.roster(), at, proposals, cluster.catalog(), trails);
  }
}

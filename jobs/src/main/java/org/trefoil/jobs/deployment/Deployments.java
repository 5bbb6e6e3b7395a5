package org.trefoil.jobs.deployment;

import java.util.List;
import java.util.Optional;

/** The deployments that can be run as jobs. */
public final class Deployments {
  private static final List<Deployment> ALL =
      List.of(
          new Blacklist(),
          new FarmCredit(),
          new GroupReport(),
          new InformantCheck(),
          new Millionaires(),
          new Overlap(),
          new SectorBenchmark(),
          new ThreatIntel(),
          new TreatmentChoice(),
          new TrialOutcomes());

  private Deployments() {}

  public static List<Deployment> all() {
    return ALL;
  }

  /** The deployment of this name. */
  public static Optional<Deployment> named(String name) {
    return ALL.stream().filter(d -> d.name().equals(name)).findFirst();
  }
}

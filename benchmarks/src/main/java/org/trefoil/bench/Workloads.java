package org.trefoil.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All workloads by name. */
final class Workloads {
  private static final Map<String, Workload> ALL = new LinkedHashMap<>();

  static {
    for (List<Workload> some : List.of(Primitives.ALL, Links.ALL, Operators.ALL)) {
      some.forEach(workload -> ALL.put(workload.name(), workload));
    }
  }

  private Workloads() {}

  static Workload named(String name) {
    Workload workload = ALL.get(name);
    if (workload == null) {
      throw new IllegalArgumentException("no workload is called " + name);
    }
    return workload;
  }
}

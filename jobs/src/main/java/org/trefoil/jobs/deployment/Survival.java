package org.trefoil.jobs.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Survival of arms, from how many patients of each arm end in each period and how many of these
 * with the event (Kaplan and Meier 1958; Mantel 1966). A patient who leaves in a period is at risk
 * in it. A curve ends before the first period that was held back.
 */
final class Survival {
  /** One step of a curve. */
  record Point(String arm, long period, long atRisk, long events, double survival) {}

  private record Interval(long patients, long events) {}

  private final TreeMap<String, Long> patients = new TreeMap<>();
  private final Map<String, TreeMap<Long, Interval>> intervals = new TreeMap<>();

  /** An arm with as many patients. */
  void arm(String name, long count) {
    patients.put(name, count);
    intervals.put(name, new TreeMap<>());
  }

  /** So many patients of an arm end in a period, so many of them with the event. */
  void interval(String arm, long period, long count, Long events) {
    if (intervals.containsKey(arm) && events != null) {
      intervals.get(arm).put(period, new Interval(count, events));
    }
  }

  List<Point> curves() {
    List<Point> points = new ArrayList<>();
    for (String arm : patients.keySet()) {
      long atRisk = patients.get(arm);
      double survival = 1;
      Interval interval;
      for (long period = 0; (interval = intervals.get(arm).get(period)) != null; period++) {
        survival *= 1 - (double) interval.events / atRisk;
        points.add(new Point(arm, period, atRisk, interval.events, survival));
        atRisk -= interval.patients;
      }
    }
    return points;
  }

  /** Whether arms differ, over the periods that all curves have. */
  Statistics.Test logRank() {
    if (patients.size() != 2) {
      return Statistics.Test.chiSquared(Double.NaN, 0);
    }
    String first = patients.firstKey();
    String second = patients.lastKey();
    double difference = 0;
    double variance = 0;
    double one = patients.get(first);
    double other = patients.get(second);
    for (long period = 0; ; period++) {
      Interval a = intervals.get(first).get(period);
      Interval b = intervals.get(second).get(period);
      if (a == null || b == null) {
        break;
      }
      double n = one + other;
      double d = a.events + b.events;
      difference += a.events - d * one / n;
      if (n > 1) {
        variance += d * (one / n) * (other / n) * (n - d) / (n - 1);
      }
      one -= a.patients;
      other -= b.patients;
    }
    return Statistics.Test.chiSquared(difference * difference / variance, 1);
  }
}

package org.trefoil.bench;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row of a report. A figure that does not apply is null.
 *
 * @param cpuSeconds of the three executors together
 * @param bytesPerRow payload that a party sends, mean of the three, by row
 * @param rounds as party 0 counts them
 * @param peakRssMegabytes of the largest executor
 */
public record Figures(
    String suite,
    String name,
    Long rows,
    Integer width,
    Double wallSeconds,
    Double cpuSeconds,
    Double bytesPerRow,
    Long rounds,
    Long peakRssMegabytes,
    Double ownerCpuSeconds,
    Double sparkPlainSeconds,
    Boolean correct) {

  /**
   * The figures of several repetitions: each figure's median, the largest memory; correct if all
   * were.
   */
  public static Figures median(List<Figures> repetitions) {
    Figures any = repetitions.get(0);
    return new Figures(
        any.suite,
        any.name,
        any.rows,
        any.width,
        middle(repetitions.stream().map(Figures::wallSeconds).toList()),
        middle(repetitions.stream().map(Figures::cpuSeconds).toList()),
        middle(repetitions.stream().map(Figures::bytesPerRow).toList()),
        middle(repetitions.stream().map(Figures::rounds).toList()),
        repetitions.stream()
            .map(Figures::peakRssMegabytes)
            .filter(mb -> mb != null)
            .max(Comparator.naturalOrder())
            .orElse(null),
        middle(repetitions.stream().map(Figures::ownerCpuSeconds).toList()),
        middle(repetitions.stream().map(Figures::sparkPlainSeconds).toList()),
        any.correct == null ? null : repetitions.stream().allMatch(Figures::correct));
  }

  private static <N extends Comparable<N>> N middle(List<N> values) {
    if (values.contains(null)) {
      return null;
    }
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElse(null);
  }

  /** As {@code --json} writes it. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("suite", suite);
    map.put("name", name);
    map.put("rows", rows);
    map.put("width", width);
    map.put("wall_s", wallSeconds);
    map.put("cpu_s", cpuSeconds);
    map.put("bytes_per_row_per_party", bytesPerRow);
    map.put("rounds", rounds);
    map.put("peak_rss_mb", peakRssMegabytes);
    map.put("owner_cpu_s", ownerCpuSeconds);
    map.put("spark_plain_s", sparkPlainSeconds);
    map.put("correct", correct);
    return map;
  }
}

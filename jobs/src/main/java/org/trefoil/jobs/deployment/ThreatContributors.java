package org.trefoil.jobs.deployment;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * {@link ThreatIntel} without exchanges: every organisation contributes its own few rows to one
 * table, which has no source.
 */
public final class ThreatContributors implements Deployment {
  public static final String TABLE = "exchange.sightings";

  private static final long SEED = 20_261_122;
  private static final LocalDate FIRST = LocalDate.of(2026, 10, 1);
  private static final int ROWS = 20;
  private static final int COMMON_FROM = 4;

  private final int members;

  /**
   * @param members how many contribute
   */
  public ThreatContributors(int members) {
    this.members = members;
  }

  @Override
  public String name() {
    return "threat-intel";
  }

  @Override
  public String question() {
    return "Which indicators of attacks did several organisations see?";
  }

  @Override
  public Map<String, String> parameters() {
    return Map.of("seen_by", "5");
  }

  @Override
  public List<String> queries() {
    return List.of("contributed");
  }

  @Override
  public List<Result> report(Answers answers) {
    return List.of(answers.to("contributed"));
  }

  /** The names of the contributors. */
  public List<String> names() {
    return IntStream.range(0, members).mapToObj("member-%05d"::formatted).toList();
  }

  /**
   * Writes {@code members/NAME/rows.csv}, OWNERS.yaml, and CLEAR.yaml, which has all rows in one
   * file for the check in the clear.
   *
   * @param rows ignored: every member has 20, some of them common to many
   */
  @Override
  public void generate(Path folder, long rows) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    int common = COMMON_FROM + members / 20;
    try (SampleTable everybody =
        SampleTable.create(folder.resolve("everybody.csv"), "member", "indicator", "seen")) {
      for (String name : names()) {
        Path own = Files.createDirectories(folder.resolve("members").resolve(name));
        try (SampleTable table = SampleTable.create(own.resolve("rows.csv"), "indicator", "seen")) {
          for (int i = 0; i < ROWS; i++) {
            String indicator =
                random.nextInt(3) == 0
                    ? "203.0.113." + random.nextInt(common)
                    : "198.51."
                        + random.nextInt(256)
                        + "."
                        + random.nextInt(256)
                        + ":"
                        + random.nextInt(65_536);
            LocalDate seen = FIRST.plusDays(random.nextInt(31));
            table.row(indicator, seen);
            everybody.row(name, indicator, seen);
          }
        }
      }
    }
    String owners = resource("contributed.yaml");
    Files.writeString(
        folder.resolve("OWNERS.yaml"), owners.replace("most: 15000", "most: " + members));
    Files.writeString(
        folder.resolve("CLEAR.yaml"),
        owners
            .replaceAll("(?m)^ +contributors: .*\n", "")
            .replace(
                "schema: \"indicator",
                "source: {format: csv, path: everybody.csv, options: {header: \"true\"}}\n"
                    + "        schema: \"member VARCHAR(20) NOT NULL, indicator"));
  }

  private static String resource(String file) throws IOException {
    try (InputStream in = ThreatContributors.class.getResourceAsStream("threat-intel/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

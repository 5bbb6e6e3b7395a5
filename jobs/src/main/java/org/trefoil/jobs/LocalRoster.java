package org.trefoil.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.trefoil.api.approval.Roster;
import org.trefoil.api.approval.SigningKey;

/**
 * Signing keys for everybody in a cluster on one machine, and the roster that lists them. Keys and
 * the cluster's name stay when it is started again: what was signed before still counts.
 */
record LocalRoster(Path home) {
  /** The roster of a cluster's folder, with keys for these owners and this analyst. */
  static LocalRoster in(Path home, List<String> owners, String analyst) throws IOException {
    Map<String, String> people = new LinkedHashMap<>();
    for (int party = 0; party < 3; party++) {
      people.put("party-" + party, "executor-" + party);
    }
    owners.forEach(owner -> people.put("owner:" + owner, "owner-" + owner));
    people.put("analyst:" + analyst, "analyst");
    LocalRoster local = new LocalRoster(home);
    List<Roster.Signer> signers = new ArrayList<>();
    for (Map.Entry<String, String> person : people.entrySet()) {
      Path file = local.key(person.getValue());
      if (!Files.exists(file)) {
        SigningKey.random().write(file);
      }
      signers.add(
          new Roster.Signer(
              person.getKey(), person.getValue(), SigningKey.read(file).verificationKey()));
    }
    String cluster =
        Files.exists(local.file()) ? Roster.read(local.file()).cluster() : "local-" + random();
    Files.writeString(local.file(), new Roster(cluster, signers, Map.of(), Set.of()).yaml());
    return local;
  }

  private static String random() {
    byte[] bytes = new byte[8];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private Path file() {
    return home.resolve("roster.yaml");
  }

  private Path key(String name) {
    return home.resolve("identities").resolve(name + ".sign.key");
  }

  /** What an executor's configuration has besides. */
  String executorConfig(int party) {
    return String.join(
        "\n",
        "mode: authorized",
        "roster: roster.yaml",
        "signing-key: identities/executor-" + party + ".sign.key",
        "ledger: ledger-" + party,
        "");
  }

  /** What Spark's properties have besides. */
  Map<String, String> catalog(String name) {
    return Map.of(
        SparkProperties.CATALOG + "mode",
        "authorized",
        SparkProperties.CATALOG + "roster",
        file().toString(),
        SparkProperties.CATALOG + "signing-key",
        key(name).toString());
  }
}

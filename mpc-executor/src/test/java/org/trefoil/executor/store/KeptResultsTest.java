package org.trefoil.executor.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.KeptShared;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

class KeptResultsTest {
  private static final Instant UNTIL = Instant.parse("2026-12-01T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
  private static final String VERSION = "00112233445566778899aabbccddeeff";

  @TempDir private Path folder;

  private static KeptResult result(String name, String proposal) {
    Field city = new Field("city", DataType.string(4), true);
    Field total = new Field("total", DataType.BIGINT, false);
    TableDescriptor table =
        new TableDescriptor(
            KeptShared.OWNER,
            name,
            List.of(city, total),
            List.of(List.of("city")),
            2,
            TablePolicy.builder(1).build(),
            Map.of(),
            Optional.of(new KeptShared(proposal, new TreeMap<>())));
    return new KeptResult(
        table,
        VERSION,
        UNTIL,
        List.of(
            new ResultColumn(city, Form.ORDERED, new Slot(BigInteger.ZERO, 35), 35),
            new ResultColumn(total, Form.ARITHMETIC, null, 64)),
        new Bits(2, new long[] {1}, new long[] {2}),
        List.of(
            new Words(35, 2, new long[][] {{3, 4}}, new long[][] {{5, 6}}),
            new Bits(2, new long[] {3}, new long[] {0}),
            new Sums(
                2,
                new long[][] {{0x5ec2e75ec2e75ec2L, -8}},
                new long[][] {{9, 0x5ec2e75ec2e75ec2L}})));
  }

  private KeptResults open(int party) {
    return KeptResults.open(party, Optional.of(folder));
  }

  private Path file() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(f -> f.toString().endsWith(".kept")).findFirst().orElseThrow();
    }
  }

  @Test
  void comesBackAsItWasAlsoAfterARestart() throws IOException {
    KeptResult kept = result("Cities", "p1");
    open(1).put(kept);
    KeptResults again = open(1);
    assertThat(again.tables()).containsExactly(kept.table());
    KeptResult read = again.get("cities");
    assertThat(read.table()).isEqualTo(kept.table());
    assertThat(read.encoding()).isEqualTo(kept.encoding());
    assertThat(read.until()).isEqualTo(UNTIL);
    for (boolean first : new boolean[] {true, false}) {
      assertThat(read.limbs(first)).usingRecursiveComparison().isEqualTo(kept.limbs(first));
      assertThat(read.digest(first)).isEqualTo(kept.digest(first));
    }
    assertThat(kept.digest(true)).isNotEqualTo(kept.digest(false));
    String bytes = new String(Files.readAllBytes(file()), StandardCharsets.ISO_8859_1);
    byte[] share = KeptResults.bytes(List.of(new long[] {0x5ec2e75ec2e75ec2L}));
    assertThat(bytes).doesNotContain(new String(share, StandardCharsets.ISO_8859_1));
    assertThat(Files.getPosixFilePermissions(folder.resolve("key")))
        .extracting(Enum::name)
        .containsExactlyInAnyOrder("OWNER_READ", "OWNER_WRITE");
    KeptResults memory = KeptResults.open(0, Optional.empty());
    memory.put(kept);
    assertThat(memory.get("CITIES").limbs(true))
        .usingRecursiveComparison()
        .isEqualTo(kept.limbs(true));
  }

  @Test
  void doesNotOpenWhereAByteDiffers() throws IOException {
    KeptResults results = open(1);
    results.put(result("cities", "p1"));
    byte[] sealed = Files.readAllBytes(file());
    for (int i = 0; i < sealed.length; i++) {
      byte[] other = sealed.clone();
      other[i] ^= 1;
      Files.write(file(), other);
      assertThatThrownBy(() -> results.get("cities"))
          .as("byte %s", i)
          .hasMessageContaining("TREFOIL_LEDGER_FAILED");
    }
    Files.write(file(), sealed);
    assertThat(results.get("cities").version()).isEqualTo(VERSION);
  }

  @Test
  void isBoundToNameProposalAndParty() throws IOException {
    KeptResults results = open(1);
    results.put(result("cities", "p1"));
    byte[] first = Files.readAllBytes(file());
    Path at = file();
    results.put(result("towns", "p1"));
    Path other;
    try (Stream<Path> all = Files.list(folder)) {
      other =
          all.filter(f -> f.toString().endsWith(".kept") && !f.equals(at))
              .findFirst()
              .orElseThrow();
    }
    Files.copy(other, at, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> results.get("cities")).hasMessageContaining("Cannot open a kept");
    Files.write(at, first);
    assertThat(open(2).tables()).isEmpty();
    assertThat(open(1).tables()).hasSize(2);
  }

  @Test
  void isDestroyedOnceItExpiresOrItsProposalMayNotGoOn() throws IOException {
    KeptResults results = open(1);
    results.put(result("cities", "p1"));
    results.put(result("towns", "p2"));
    results.prune(NOW, proposal -> true);
    assertThat(results.tables()).hasSize(2);
    results.prune(NOW, "p2"::equals);
    assertThat(results.tables()).extracting(TableDescriptor::table).containsExactly("towns");
    assertThatThrownBy(() -> results.get("cities")).hasMessageContaining("not here any more");
    assertThat(open(1).tables()).hasSize(1);
    results.prune(UNTIL, proposal -> true);
    assertThat(results.tables()).isEmpty();
    assertThat(open(1).tables()).isEmpty();
  }
}

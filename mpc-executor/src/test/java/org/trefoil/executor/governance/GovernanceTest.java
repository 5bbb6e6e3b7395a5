package org.trefoil.executor.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.arrow.cluster.Role;

final class GovernanceTest {
  private static final List<Field> FIELDS =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("amount", DataType.decimal(9, 2), true));
  private static final ColumnPolicy AMOUNT =
      new ColumnPolicy(
          Set.of(Verb.AGGREGATE, Verb.RANK),
          Optional.of(new Range(BigDecimal.ZERO, BigDecimal.TEN)),
          OptionalInt.of(2),
          OptionalLong.of(7));

  private static TablePolicy policy(int k, Map<String, ColumnPolicy> columns) {
    return TablePolicy.builder(k)
        .entity(List.of("id"))
        .columns(columns)
        .analysts(Optional.of(List.of("hq", "aa")))
        .absencePublic(false)
        .build();
  }

  private static TableDescriptor table(TablePolicy policy) {
    return new TableDescriptor("north", "orders", FIELDS, List.of(List.of("id")), 10, policy);
  }

  private static String digest(TableDescriptor table) {
    return DescriptorDigest.hex(table);
  }

  @Test
  void everyRuleIsPartOfTheDigestAndTheEstimateOfRowsIsNot() {
    TablePolicy p = policy(5, Map.of("amount", AMOUNT));
    TableDescriptor t = table(p);
    List<TableDescriptor> others = new ArrayList<>();
    others.add(new TableDescriptor("south", "orders", FIELDS, t.keys(), 10, p));
    others.add(new TableDescriptor("north", "items", FIELDS, t.keys(), 10, p));
    others.add(new TableDescriptor("north", "orders", FIELDS.subList(0, 1), t.keys(), 10, p));
    others.add(new TableDescriptor("north", "orders", FIELDS, List.of(), 10, p));
    others.add(
        new TableDescriptor("north", "orders", FIELDS, List.of(List.of("id", "amount")), 10, p));
    others.add(
        new TableDescriptor(
            "north",
            "orders",
            List.of(FIELDS.get(0), new Field("amount", DataType.decimal(9, 3), true)),
            t.keys(),
            10,
            p));
    others.add(
        new TableDescriptor(
            "north",
            "orders",
            List.of(FIELDS.get(0), new Field("amount", DataType.decimal(9, 2), false)),
            t.keys(),
            10,
            p));
    others.add(table(policy(4, Map.of("amount", AMOUNT))));
    others.add(table(policy(5, Map.of())));
    others.add(table(policy(5, Map.of("id", AMOUNT))));
    for (ColumnPolicy column :
        List.of(
            new ColumnPolicy(Set.of(Verb.RANK), AMOUNT.range(), AMOUNT.scale(), AMOUNT.maxGroups()),
            new ColumnPolicy(AMOUNT.use(), Optional.empty(), AMOUNT.scale(), AMOUNT.maxGroups()),
            new ColumnPolicy(AMOUNT.use(), AMOUNT.range(), OptionalInt.empty(), AMOUNT.maxGroups()),
            new ColumnPolicy(AMOUNT.use(), AMOUNT.range(), AMOUNT.scale(), OptionalLong.empty()),
            AMOUNT.only(),
            AMOUNT.only(Aggregated.SUM))) {
      others.add(table(policy(5, Map.of("amount", column))));
    }
    for (int change = 0; change < 7; change++) {
      others.add(
          table(
              TablePolicy.builder(5)
                  .entity(change == 0 ? List.of() : p.entity())
                  .padding(change == 1 ? Padding.EXACT : p.padding())
                  .columns(p.columns())
                  .other(change == 2 ? ColumnPolicy.of(Verb.JOIN) : p.other())
                  .analysts(change == 3 ? Optional.empty() : p.analysts())
                  .tellSuppressed(change == 4)
                  .filteredSizePublic(change == 5)
                  .minOwners(change == 6 ? 2 : 1)
                  .absencePublic(false)
                  .build()));
    }
    Set<String> digests = new HashSet<>(Set.of(digest(t)));
    for (TableDescriptor other : others) {
      assertThat(digests.add(digest(other))).as(other.toString()).isTrue();
    }
    assertThat(digest(new TableDescriptor("north", "orders", FIELDS, t.keys(), 99, p)))
        .isEqualTo(digest(t));
    TablePolicy reordered =
        TablePolicy.builder(5)
            .entity(p.entity())
            .padding(p.padding())
            .columns(p.columns())
            .other(p.other())
            .analysts(Optional.of(List.of("aa", "hq")))
            .absencePublic(false)
            .build();
    assertThat(digest(table(reordered))).isEqualTo(digest(t));
  }

  @Test
  void registersAllOfAnOwnersTablesOrNone() {
    DescriptorRegistry registry = new DescriptorRegistry();
    TableDescriptor sound = table(policy(1, Map.of()));
    registry.register("north", List.of(sound));
    for (TableDescriptor unsound :
        List.of(
            table(policy(0, Map.of())),
            table(null),
            new TableDescriptor("north", "t", List.of(), List.of(), 1, sound.policy()),
            new TableDescriptor("north", "t", FIELDS, List.of(), -1, sound.policy()),
            new TableDescriptor("south", "t", FIELDS, List.of(), 1, sound.policy()),
            new TableDescriptor(
                "north",
                "t",
                List.of(FIELDS.get(0), new Field("ID", DataType.INT, false)),
                List.of(),
                1,
                sound.policy()),
            new TableDescriptor("north", "ORDERS", FIELDS, List.of(), 1, sound.policy()))) {
      assertThatThrownBy(() -> registry.register("north", List.of(sound, unsound)))
          .hasMessageContaining("INVALID_OWNERS_FILE")
          .hasMessageContaining(unsound.name());
    }
    assertThat(registry.all()).containsExactly(sound);
    registry.register("north", List.of());
    assertThat(registry.all()).isEmpty();
    assertThat(registry.knows("north")).isTrue();
  }

  @Test
  void nobodyAnswersToAnotherOwnersName() {
    DescriptorRegistry registry = new DescriptorRegistry();
    TablePolicy policy = policy(5, Map.of());
    registry.register("north", List.of(table(policy)));
    registry.register("north", List.of(table(policy)));
    TableDescriptor imposter =
        new TableDescriptor("North", "orders", FIELDS, List.of(), 10, policy);
    assertThatThrownBy(() -> registry.register("North", List.of(imposter)))
        .hasMessageContaining("owner north has the same name");
    for (List<String> key : List.of(List.of("nothing"), List.of("id", "nothing"))) {
      TableDescriptor keyed =
          new TableDescriptor("north", "orders", FIELDS, List.of(key), 10, policy);
      assertThatThrownBy(() -> registry.register("north", List.of(keyed)))
          .hasMessageContaining("its key " + key);
    }
    assertThat(registry.all()).containsExactly(table(policy));
  }

  @Test
  void takesRolesFromTheCertificateOnly() {
    Principal both = Principal.of(Role.owner("north"), Role.analyst("hq"));
    assertThat(Callers.analyst(both)).isEqualTo("hq");
    Callers.requireOwner(both, "north");
    assertThatThrownBy(() -> Callers.requireOwner(both, "hq")).hasMessageContaining("PEER_REFUSED");
    assertThatThrownBy(() -> Callers.analyst(Principal.of(Role.party(1))))
        .hasMessageContaining("ANALYST_NOT_ALLOWED");
  }

  @Test
  void findsEveryTableOfAPlanOnce() {
    Rel.Scan orders = new Rel.Scan("north", "orders", FIELDS);
    Rel.Scan items = new Rel.Scan("south", "items", FIELDS);
    Rel root = new Rel.Union(List.of(orders, items, orders));
    assertThat(Admission.scans(new Plan(root, true, "UTC"))).containsExactly(orders, items);
  }

  @Test
  void letsAPermitBeSpentOnce() {
    RevealPermit permit = new RevealPermit(QueryId.random().hex(), List.of("analyst:hq"), () -> {});
    assertThat(permit.recipients()).containsExactly("analyst:hq");
    permit.spend();
    assertThatThrownBy(permit::spend).hasMessageContaining("INTERNAL");
  }
}

package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.api.plan.Rows.count;
import static org.trefoil.api.plan.Rows.eq;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.OwnKeysRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.policy.PolicyCheck;

class OwnKeysTest {
  private static final Optional<OwnKeysRule> POLICE = rule("police", 100);

  private static Optional<OwnKeysRule> rule(String to, long most) {
    return Optional.of(new OwnKeysRule(List.of(to), most, OptionalInt.empty()));
  }

  private static Catalog catalog(Optional<OwnKeysRule> keys, Optional<OwnKeysRule> others) {
    return Catalog.of(
        List.of(
            table("police", "g INT NOT NULL", 1, keys, Tpch.ALL),
            table("aid", "v INT NOT NULL", 5, others, ColumnPolicy.of(Verb.JOIN))));
  }

  private static TableDescriptor table(
      String owner, String schema, int k, Optional<OwnKeysRule> rule, ColumnPolicy columns) {
    return new TableDescriptor(
        owner,
        "t",
        SchemaText.parse(schema).fields(),
        List.of(List.of(schema.substring(0, 1))),
        10,
        TablePolicy.builder(k)
            .other(columns)
            .ownKeys(rule)
            .recipients(Optional.of(List.of("owner:police")))
            .build());
  }

  private static Plan plan(Catalog catalog) {
    Rows joined =
        Rows.scan(catalog, "police", "t", "g")
            .join(Rows.scan(catalog, "aid", "t", "v"), r -> eq(r.col("g"), r.col("v")));
    Plan plan = joined.group(List.of(joined.col("g")), count()).plan();
    Release release = Release.parse("police", List.of()).withOwnKeys();
    return SubstraitPlans.decode(
        SubstraitPlans.encode(new Plan(plan.root(), plan.ansi(), plan.timeZone(), release)));
  }

  @Test
  void waivesTheMinimumWhereTheOwnerSaysSo() {
    Catalog both = catalog(POLICE, rule("police", 7));
    Plan plan = plan(both);
    assertThatCode(() -> PolicyCheck.check(plan, both, "hq")).doesNotThrowAnyException();
    Split split = Fragments.split(plan, both);
    List<List<Long>> rows = List.of(List.of(7L), List.of(50L));
    assertThat(InputLayout.of(split, both, rows).contributions()).isEmpty();
    OwnKeys own = OwnKeys.of(plan, both).orElseThrow();
    assertThat(own.maxKeys()).isEqualTo(7);
    assertThat(own.lookedUp())
        .extracting(TableDescriptor::name)
        .containsExactly("police.t", "aid.t");
    assertThat(Disclosure.of(plan, split, both).reveals())
        .anyMatch(s -> s.startsWith("SINGLE ROWS: for each key of police.t"))
        .noneMatch(s -> s.contains("at least 5"));
    int mine = split.sources().get(0).branches().get(0).owner().equals("police") ? 0 : 1;
    own.requireSizes(split, mine == 0 ? rows : List.of(List.of(50L), List.of(7L)));
    assertThatThrownBy(
            () ->
                own.requireSizes(
                    split,
                    mine == 0
                        ? List.of(List.of(8L), List.of(50L))
                        : List.of(List.of(50L), List.of(8L))))
        .hasMessageContaining(Condition.POLICY_VIOLATION.label())
        .hasMessageContaining("8 keys of police.t");
    // An owner who has not agreed keeps its minimum.
    Catalog notTheirs = catalog(POLICE, Optional.empty());
    assertThat(
            InputLayout.of(Fragments.split(plan(notTheirs), notTheirs), notTheirs, rows)
                .contributions())
        .hasSize(1);
    Catalog toOthers = catalog(POLICE, rule("press", 7));
    assertThat(
            InputLayout.of(Fragments.split(plan(toOthers), toOthers), toOthers, rows)
                .contributions())
        .hasSize(1);
  }

  @Test
  void theRecipientsOwnPolicyHasToSaySo() {
    Catalog without = catalog(Optional.empty(), POLICE);
    assertThatThrownBy(() -> PolicyCheck.check(plan(without), without, "hq"))
        .hasMessageContaining(Condition.ROW_LEVEL_ACCESS.label());
  }

  @Test
  void whatIsLookedUpIsJoinedByTheRecipientsKeys() {
    Catalog one =
        Catalog.of(
            List.of(
                new TableDescriptor(
                    "police",
                    "t",
                    SchemaText.parse("g INT NOT NULL").fields(),
                    List.of(List.of()),
                    1,
                    TablePolicy.builder(1)
                        .other(Tpch.ALL)
                        .ownKeys(POLICE)
                        .recipients(Optional.of(List.of("owner:police")))
                        .build()),
                table("aid", "v INT NOT NULL", 5, POLICE, ColumnPolicy.of(Verb.JOIN))));
    Rows all =
        Rows.scan(one, "police", "t", "g")
            .join(
                Rows.scan(one, "aid", "t", "v"),
                r -> new Expr.Literal(org.trefoil.api.type.DataType.BOOLEAN, true));
    Plan plan = all.group(List.of(all.col("g")), count()).plan();
    Release release = Release.parse("police", List.of()).withOwnKeys();
    assertThatThrownBy(
            () ->
                PolicyCheck.check(
                    new Plan(plan.root(), plan.ansi(), plan.timeZone(), release), one, "hq"))
        .hasMessageContaining("is not joined by an equality");
  }

  @Test
  void isPartOfTheSignedBytesAndOfTheDescriptor() {
    Catalog both = catalog(POLICE, POLICE);
    Plan plan = plan(both);
    Plan without =
        new Plan(
            plan.root(), plan.ansi(), plan.timeZone(), new Release(List.of("owner:police"), false));
    assertThat(plan.release().ownKeys()).isTrue();
    assertThat(SubstraitPlans.encode(plan)).isNotEqualTo(SubstraitPlans.encode(without));
    assertThat(PolicyCheck.uses(plan, both)).containsKey("aid.t");
    Map<String, Optional<OwnKeysRule>> rules =
        Map.of(
            "none", Optional.empty(),
            "police", POLICE,
            "press", rule("press", 100),
            "more", rule("police", 101),
            "daily", Optional.of(new OwnKeysRule(List.of("police"), 100, OptionalInt.of(1))));
    assertThat(
            rules.values().stream()
                .map(r -> table("a", "g INT", 1, r, Tpch.ALL))
                .map(t -> DescriptorDigest.hex(t)))
        .doesNotHaveDuplicates();
  }
}

package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.trefoil.api.plan.Rows.sum;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.policy.KeptTable;
import org.trefoil.api.policy.PolicyCheck;

class ReleaseTest {
  private static Catalog catalog(Optional<List<String>> of, Optional<List<String>> other) {
    return Catalog.of(List.of(table("bank", of), table("shop", other)));
  }

  private static TableDescriptor table(String owner, Optional<List<String>> recipients) {
    return new TableDescriptor(
        owner,
        "t",
        SchemaText.parse("g INT, v INT").fields(),
        List.of(),
        1,
        TablePolicy.builder(1).other(Tpch.ALL).recipients(recipients).build());
  }

  private static Plan plan(Catalog catalog, String recipients) {
    Rows all =
        Rows.union(
            Rows.scan(catalog, "bank", "t", "g", "v"), Rows.scan(catalog, "shop", "t", "g", "v"));
    Plan plan = all.group(List.of(all.col("g")), sum(all.col("v"))).plan();
    return new Plan(
        plan.root(),
        plan.ansi(),
        plan.timeZone(),
        Release.parse(recipients, List.of("shop", "bank")));
  }

  @Test
  void readsWhatPeopleWrite() {
    assertThat(Release.parse("analyst", List.of())).isEqualTo(Release.TO_ANALYST);
    assertThat(Release.parse(" shop, analyst:lab ,bank,shop", List.of()).recipients())
        .containsExactly("analyst:lab", "owner:bank", "owner:shop");
    Release owners = Release.parse("owners,analyst", List.of("shop", "bank"));
    assertThat(owners.recipients()).containsExactly("analyst", "owner:bank", "owner:shop");
    assertThat(Release.parse(owners.text(), List.of())).isEqualTo(owners);
    assertThat(owners.roles("hq")).containsExactly("analyst:hq", "owner:bank", "owner:shop");
    assertThat(owners.words()).isEqualTo("the analyst who runs the query, owner bank, owner shop");
    for (String wrong : List.of("", "bank,", "party-0:x", "analyst:", "owner:a\u0007")) {
      assertThatThrownBy(() -> Release.parse(wrong, List.of()))
          .as(wrong)
          .hasMessageContaining(Condition.INVALID_CONFIGURATION.label());
    }
  }

  @Test
  void recipientsAreInTheSignedBytes() {
    Catalog catalog = catalog(Optional.empty(), Optional.empty());
    byte[] analyst = SubstraitPlans.encode(plan(catalog, "analyst"));
    byte[] bank = SubstraitPlans.encode(plan(catalog, "bank"));
    assertThat(SubstraitPlans.decode(analyst).release()).isEqualTo(Release.TO_ANALYST);
    assertThat(SubstraitPlans.decode(bank).release().recipients()).containsExactly("owner:bank");
    assertThat(analyst).isNotEqualTo(bank);
    Plan plan = plan(catalog, "bank");
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of("owner:bank", "analyst"),
            List.of("owner:bank", "owner:bank"),
            List.of("bank"),
            List.of("owner:a,b"))) {
      assertThatThrownBy(
              () ->
                  SubstraitPlans.encode(
                      new Plan(
                          plan.root(), plan.ansi(), plan.timeZone(), new Release(wrong, false))))
          .as(wrong.toString())
          .hasMessageContaining(Condition.MALFORMED_PLAN.label());
    }
  }

  @Test
  void everyPolicyHasToAllowEveryRecipient() {
    Optional<List<String>> none = Optional.empty();
    Optional<List<String>> bank = Optional.of(List.of("owner:bank"));
    Optional<List<String>> lab = Optional.of(List.of("analyst:lab"));
    Optional<List<String>> owners = Optional.of(List.of("owners"));
    allowed(catalog(none, none), "analyst", "hq");
    refused(catalog(none, none), "bank", "hq", "shop.t", "owner:bank", "analyst");
    refused(catalog(none, none), "analyst:lab", "hq", "bank.t", "analyst:lab");
    allowed(catalog(none, none), "analyst:hq", "hq");
    // Its own table does not keep a result from an owner.
    allowed(catalog(none, bank), "bank", "hq");
    refused(catalog(none, bank), "analyst,bank", "hq", "shop.t", "analyst");
    refused(catalog(bank, none), "bank", "hq", "shop.t");
    allowed(catalog(lab, lab), "analyst", "lab");
    allowed(catalog(lab, lab), "analyst:lab", "hq");
    refused(catalog(lab, lab), "analyst", "hq", "bank.t");
    allowed(catalog(owners, owners), "owners", "hq");
    refused(catalog(owners, owners), "police", "hq", "bank.t", "owner:police");
    refused(catalog(owners, owners), "owners,analyst", "hq", "bank.t");
  }

  @Test
  void whatIsKeptGoesToWhomEverySourceAllows() {
    List<String> all = List.of("analyst", "none", "owners");
    assertThat(keptFor(all, 1, all, 1))
        .containsExactly("analyst", "none", "owner:bank", "owner:shop");
    assertThat(keptFor(all, 1, List.of("analyst", "none"), 1))
        .containsExactly("analyst", "none", "owner:shop");
    // An owner knows its own rows, and they were counted.
    assertThat(keptFor(all, 1, all, 2)).containsExactly("analyst", "none");
  }

  private static List<String> keptFor(
      List<String> bank, int bankOwners, List<String> shop, int shopOwners) {
    Catalog catalog =
        Catalog.of(List.of(table("bank", bank, bankOwners), table("shop", shop, shopOwners)));
    TableDescriptor kept = KeptTable.of(plan(catalog, "none:sums"), catalog, "", 10);
    return kept.policy().recipients().orElseThrow();
  }

  private static TableDescriptor table(String owner, List<String> recipients, int owners) {
    TableDescriptor table = table(owner, Optional.of(recipients));
    return new TableDescriptor(
        table.owner(),
        table.table(),
        table.fields(),
        table.keys(),
        table.rows(),
        table.policy().change().minOwners(owners).build());
  }

  @Test
  void aDescriptorsDigestDependsOnItsRecipients() {
    List<String> digests = new ArrayList<>();
    for (Optional<List<String>> recipients :
        List.of(
            Optional.<List<String>>empty(),
            Optional.of(List.<String>of()),
            Optional.of(List.of("analyst")),
            Optional.of(List.of("owner:bank")))) {
      digests.add(DescriptorDigest.hex(table("a", recipients)));
    }
    assertThat(digests).doesNotHaveDuplicates();
  }

  private static void allowed(Catalog catalog, String recipients, String analyst) {
    assertThatCode(() -> PolicyCheck.check(plan(catalog, recipients), catalog, analyst))
        .doesNotThrowAnyException();
  }

  private static void refused(Catalog catalog, String recipients, String analyst, String... words) {
    assertThatThrownBy(() -> PolicyCheck.check(plan(catalog, recipients), catalog, analyst))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.POLICY_VIOLATION))
        .hasMessageContainingAll(words);
  }
}

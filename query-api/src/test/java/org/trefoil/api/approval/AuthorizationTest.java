package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;

class AuthorizationTest {
  private final Scene scene = new Scene();
  private final Proposal proposal = Scene.proposal();
  private final Catalog catalog = Scene.catalog(3);

  private Condition refusal(Evidence evidence) {
    return refusal(scene.authorization(), evidence, catalog, Scene.NONCE);
  }

  private static Condition refusal(
      Authorization authorization, Evidence evidence, Catalog catalog, String nonce) {
    Throwable error = catchThrowable(() -> authorization.run(evidence, catalog, nonce));
    assertThat(error).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) error).condition();
  }

  @Test
  void aRunThatEverybodyApprovedIsAuthorized() {
    AuthorizedRun run = scene.authorization().run(scene.evidence(), catalog, Scene.NONCE);
    assertThat(run.id()).isEqualTo(proposal.id());
    assertThat(run.plan()).isEqualTo(proposal.plan(Scene.month("2026-10-01")));
    Authorization.requirePlan(run, run.plan());
    assertThat(catchThrowable(() -> Authorization.requirePlan(run, proposal.plan())))
        .hasMessageContaining(Condition.PLAN_NOT_APPROVED.label());
  }

  @Test
  void everyOwnerHasToApproveAndTwiceIsNotTwo() {
    Evidence good = scene.evidence();
    byte[] bank = good.approvals().get(0);
    assertThat(refusal(new Evidence(good.proposal(), List.of(), good.run())))
        .isEqualTo(Condition.NOT_APPROVED);
    assertThat(refusal(new Evidence(good.proposal(), List.of(bank), good.run())))
        .isEqualTo(Condition.NOT_APPROVED);
    assertThat(refusal(new Evidence(good.proposal(), List.of(bank, bank), good.run())))
        .isEqualTo(Condition.NOT_APPROVED);
  }

  @Test
  void twoKeysOfOnePersonCountOnce() {
    List<Roster.Signer> signers = new ArrayList<>(scene.roster.signers());
    SigningKey second = SigningKey.random();
    signers.add(new Roster.Signer("owner:bank", "person of owner:bank", second.verificationKey()));
    SigningKey other = SigningKey.random();
    signers.add(new Roster.Signer("owner:bank", "bob", other.verificationKey()));
    Roster two = new Roster("test", signers, Map.of("owner:bank", 2), Set.of());
    Authorization authorization = Scene.authorization(two, Scene.SOFTWARE, Scene.NOW);
    Binding binding = authorization.binding(proposal, catalog);
    Approval bank = new Approval("bank", proposal.id(), binding, Scene.NOW, proposal.until());
    Approval shop = new Approval("shop", proposal.id(), binding, Scene.NOW, proposal.until());
    byte[] first = scene.signed(bank);
    byte[] again = SignedStatement.sign(second, bank).encode();
    byte[] bob = SignedStatement.sign(other, bank).encode();
    byte[] run = scene.signed(scene.request(proposal));
    assertThat(
            refusal(
                authorization,
                new Evidence(proposal.encode(), List.of(first, again, scene.signed(shop)), run),
                catalog,
                Scene.NONCE))
        .isEqualTo(Condition.NOT_APPROVED);
    authorization.run(
        new Evidence(proposal.encode(), List.of(first, bob, scene.signed(shop)), run),
        catalog,
        Scene.NONCE);
  }

  @Test
  void signersAreKnownNotRevokedAndNotTheProposer() {
    Approval bank = scene.approval("bank", proposal);
    assertThat(refusal(scene.withBank(SignedStatement.sign(SigningKey.random(), bank).encode())))
        .isEqualTo(Condition.SIGNER_UNKNOWN);
    assertThat(
            refusal(
                scene.withBank(SignedStatement.sign(scene.keys.get("owner:shop"), bank).encode())))
        .isEqualTo(Condition.SIGNER_UNKNOWN);
    String bankKey = scene.keys.get("owner:bank").verificationKey().id();
    Roster revoked = new Roster("test", scene.roster.signers(), Map.of(), Set.of(bankKey));
    assertThat(
            refusal(
                Scene.authorization(revoked, Scene.SOFTWARE, Scene.NOW),
                scene.evidence(),
                catalog,
                Scene.NONCE))
        .isEqualTo(Condition.SIGNER_REVOKED);
    List<Roster.Signer> same = new ArrayList<>();
    for (Roster.Signer s : scene.roster.signers()) {
      same.add(new Roster.Signer(s.role(), "one person for all", s.key()));
    }
    assertThat(
            refusal(
                Scene.authorization(
                    new Roster("test", same, Map.of(), Set.of()), Scene.SOFTWARE, Scene.NOW),
                scene.evidence(),
                catalog,
                Scene.NONCE))
        .isEqualTo(Condition.SELF_APPROVED);
  }

  @Test
  void everyFieldOfAnApprovalHasItsOwnCondition() {
    Approval good = scene.approval("bank", proposal);
    Binding b = good.binding();
    SortedMap<String, String> keys = new TreeMap<>(b.keys());
    keys.put("party-1", scene.keys.get("party-0").verificationKey().id());
    SortedMap<String, String> fewerKeys = new TreeMap<>(b.keys());
    fewerKeys.remove("analyst:hq");
    SortedMap<String, String> tables = new TreeMap<>(b.tables());
    tables.put("shop.orders", "0".repeat(64));
    SortedMap<String, String> fewerTables = new TreeMap<>(b.tables());
    fewerTables.remove("shop.orders");
    Map<Binding, Condition> bindings =
        Map.of(
            new Binding(tables, b.keys(), b.cluster(), b.mode(), b.model(), b.software()),
            Condition.POLICY_CHANGED,
            new Binding(fewerTables, b.keys(), b.cluster(), b.mode(), b.model(), b.software()),
            Condition.POLICY_CHANGED,
            new Binding(b.tables(), keys, b.cluster(), b.mode(), b.model(), b.software()),
            Condition.OTHER_KEYS,
            new Binding(b.tables(), fewerKeys, b.cluster(), b.mode(), b.model(), b.software()),
            Condition.OTHER_KEYS,
            new Binding(b.tables(), b.keys(), "prod", b.mode(), b.model(), b.software()),
            Condition.OTHER_CLUSTER,
            new Binding(b.tables(), b.keys(), b.cluster(), "design", b.model(), b.software()),
            Condition.OTHER_MODE,
            new Binding(b.tables(), b.keys(), b.cluster(), b.mode(), "malicious", b.software()),
            Condition.OTHER_MODEL,
            new Binding(b.tables(), b.keys(), b.cluster(), b.mode(), b.model(), "1.1"),
            Condition.OTHER_SOFTWARE);
    bindings.forEach(
        (binding, condition) ->
            assertThat(bank(new Approval("bank", proposal.id(), binding, Scene.NOW, good.until())))
                .isEqualTo(condition));
    assertThat(bank(new Approval("bank", "0".repeat(64), b, Scene.NOW, good.until())))
        .isEqualTo(Condition.OTHER_PROPOSAL);
    assertThat(bank(new Approval("bank", proposal.id(), b, Scene.NOW, Scene.NOW)))
        .isEqualTo(Condition.NOT_VALID_NOW);
    assertThat(
            bank(new Approval("bank", proposal.id(), b, Scene.NOW.plusSeconds(3600), good.until())))
        .isEqualTo(Condition.NOT_VALID_NOW);
    assertThat(
            bank(
                new Approval("bank", proposal.id(), b, Scene.NOW, proposal.until().plusSeconds(1))))
        .isEqualTo(Condition.NOT_VALID_NOW);
  }

  private Condition bank(Approval approval) {
    return refusal(scene.withBank(scene.signed(approval)));
  }

  @Test
  void everyFieldOfARunRequestHasItsOwnCondition() {
    RunRequest good = scene.request(proposal);
    String id = proposal.id();
    assertThat(refusal(scene.withRun(request("hq", "0".repeat(64), good, Scene.NOW))))
        .isEqualTo(Condition.OTHER_PROPOSAL);
    assertThat(
            refusal(
                scene.withRun(
                    new RunRequest("hq", id, good.parameters(), good.nonce(), "prod", Scene.NOW))))
        .isEqualTo(Condition.OTHER_CLUSTER);
    assertThat(
            refusal(
                scene.withRun(
                    new RunRequest(
                        "hq", id, good.parameters(), "f".repeat(32), "test", Scene.NOW))))
        .isEqualTo(Condition.RUN_REPLAYED);
    assertThat(
            refusal(
                scene.withRun(
                    new RunRequest(
                        "hq", id, Scene.month("2026-10-02"), good.nonce(), "test", Scene.NOW))))
        .isEqualTo(Condition.PARAMETER_NOT_APPROVED);
    assertThat(refusal(scene.withRun(request("hq", id, good, Scene.NOW.minusSeconds(3600)))))
        .isEqualTo(Condition.NOT_VALID_NOW);
    assertThat(refusal(scene.withRun(request("hq", id, good, Scene.NOW.plusSeconds(3600)))))
        .isEqualTo(Condition.NOT_VALID_NOW);
    List<Roster.Signer> signers = new ArrayList<>(scene.roster.signers());
    SigningKey lab = SigningKey.random();
    signers.add(new Roster.Signer("analyst:lab", "lab", lab.verificationKey()));
    byte[] byLab = SignedStatement.sign(lab, request("lab", id, good, Scene.NOW)).encode();
    Evidence evidence = scene.evidence();
    assertThat(
            refusal(
                Scene.authorization(
                    new Roster("test", signers, Map.of(), Set.of()), Scene.SOFTWARE, Scene.NOW),
                new Evidence(evidence.proposal(), evidence.approvals(), byLab),
                catalog,
                Scene.NONCE))
        .isEqualTo(Condition.RECIPIENT_NOT_APPROVED);
    assertThat(
            refusal(
                new Evidence(
                    evidence.proposal(), evidence.approvals(), evidence.approvals().get(0))))
        .isEqualTo(Condition.OTHER_STATEMENT);
    assertThat(refusal(scene.authorization(), evidence, catalog, "f".repeat(32)))
        .isEqualTo(Condition.RUN_REPLAYED);
  }

  private static RunRequest request(String analyst, String id, RunRequest as, Instant signed) {
    return new RunRequest(analyst, id, as.parameters(), as.nonce(), as.cluster(), signed);
  }

  @Test
  void thePlaceHasToBeTheApprovedOne() {
    Evidence good = scene.evidence();
    assertThat(refusal(scene.authorization(), good, Scene.catalog(4), Scene.NONCE))
        .isEqualTo(Condition.POLICY_CHANGED);
    assertThat(
            refusal(
                Scene.authorization(scene.roster, "1.1", Scene.NOW), good, catalog, Scene.NONCE))
        .isEqualTo(Condition.OTHER_SOFTWARE);
    Roster elsewhere = new Roster("prod", scene.roster.signers(), Map.of(), Set.of());
    assertThat(
            refusal(
                Scene.authorization(elsewhere, Scene.SOFTWARE, Scene.NOW),
                good,
                catalog,
                Scene.NONCE))
        .isEqualTo(Condition.OTHER_CLUSTER);
    for (Instant when : List.of(proposal.from().minusSeconds(1), proposal.until())) {
      assertThat(
              refusal(
                  Scene.authorization(scene.roster, Scene.SOFTWARE, when),
                  good,
                  catalog,
                  Scene.NONCE))
          .isEqualTo(Condition.NOT_VALID_NOW);
    }
  }

  /** Whatever one byte of the proposal is changed into, nobody has approved it. */
  @Test
  void aProposalAlteredAfterwardsIsApprovedByNobody() {
    Evidence good = scene.evidence();
    byte[] bytes = good.proposal();
    for (int at = 0; at < bytes.length; at++) {
      byte[] altered = bytes.clone();
      altered[at] ^= 1;
      Throwable error =
          catchThrowable(
              () ->
                  scene
                      .authorization()
                      .run(
                          new Evidence(altered, good.approvals(), good.run()),
                          catalog,
                          Scene.NONCE));
      assertThat(error).as("byte " + at).isInstanceOf(TrefoilException.class);
    }
  }

  /** Each field of a proposal, sound in itself but not what was signed. */
  @Test
  void everyAlteredFieldOfAProposalIsRefused() throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<String, Condition> expected = new TreeMap<>();
    expected.put("analysts", Condition.RECIPIENT_NOT_APPROVED);
    expected.put("owners", Condition.OWNERS_DIFFER);
    expected.put("recipients", Condition.RECIPIENT_NOT_APPROVED);
    expected.put("plan", Condition.PARAMETER_NOT_APPROVED);
    expected.put("parameters", Condition.PARAMETER_NOT_APPROVED);
    expected.put("type", Condition.MALFORMED_STATEMENT);
    // Only an analyst of the proposal may have proposed it.
    expected.put("proposer", Condition.MALFORMED_STATEMENT);
    Map<String, JsonNode> altered = new TreeMap<>();
    ObjectNode good = (ObjectNode) json.readTree(proposal.encode());
    altered.put("type", json.valueToTree("trefoil proposal 2"));
    altered.put("proposer", json.valueToTree("lab"));
    altered.put("analysts", json.valueToTree(List.of("hq", "lab")));
    altered.put("owners", json.valueToTree(List.of("bank")));
    altered.put("recipients", json.valueToTree(List.of("owner:bank")));
    altered.put("purpose", json.valueToTree("Another purpose"));
    altered.put("sql", json.valueToTree("SELECT 1"));
    altered.put("plan", json.valueToTree(Fields.base64(proposal.plan(Scene.month("2026-10-01")))));
    JsonNode later = good.get("parameters").deepCopy();
    ((ObjectNode) later.findParent("first")).put("first", "2026-02-01");
    altered.put("parameters", later);
    altered.put("from", json.valueToTree("2026-11-02T00:00:00Z"));
    altered.put("until", json.valueToTree("2027-01-02T00:00:00Z"));
    altered.put("runs", json.valueToTree(13));
    altered.put("interval", json.valueToTree(3599));
    altered.put("replaces", json.valueToTree("0".repeat(64)));
    altered.put(
        "nonce",
        json.valueToTree(
            Fields.base64(new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
    altered.put("finish", json.valueToTree(List.of("segment", "orders", "revenue + 1")));
    Set<String> names = new TreeSet<>(Set.of("finish", "replaces"));
    good.fieldNames().forEachRemaining(names::add);
    assertThat(altered.keySet()).isEqualTo(names);
    Evidence evidence = scene.evidence();
    altered.forEach(
        (name, value) -> {
          ObjectNode with = good.deepCopy();
          with.set(name, value);
          assertThat(with).as(name).isNotEqualTo(good);
          Evidence forged =
              new Evidence(CanonicalJson.encode(with), evidence.approvals(), evidence.run());
          assertThat(refusal(forged))
              .as(name)
              .isEqualTo(expected.getOrDefault(name, Condition.OTHER_PROPOSAL));
        });
  }

  /** An approval that nobody has asked for is not passed over. */
  @Test
  void anApprovalOfAnOwnerThatHasNoPartIsRefused() {
    List<Roster.Signer> signers = new ArrayList<>(scene.roster.signers());
    SigningKey farm = SigningKey.random();
    signers.add(new Roster.Signer("owner:farm", "farmer", farm.verificationKey()));
    Roster more = new Roster("test", signers, Map.of(), Set.of());
    Evidence good = scene.evidence();
    List<byte[]> extra = new ArrayList<>(good.approvals());
    extra.add(
        SignedStatement.sign(
                farm,
                new Approval(
                    "farm",
                    proposal.id(),
                    scene.approval("bank", proposal).binding(),
                    Scene.NOW,
                    proposal.until()))
            .encode());
    assertThat(
            refusal(
                Scene.authorization(more, Scene.SOFTWARE, Scene.NOW),
                new Evidence(good.proposal(), extra, good.run()),
                catalog,
                Scene.NONCE))
        .isEqualTo(Condition.OWNERS_DIFFER);
  }

  @Test
  void withdrawalsAndFreezesAreOfThisPlaceAndOfOwners() {
    Authorization authorization = scene.authorization();
    Withdrawal good = new Withdrawal("shop", proposal.id(), "no more", "test", Scene.NOW);
    assertThat(authorization.withdrawal(scene.signed(good), proposal)).isEqualTo(good);
    Freeze freeze = new Freeze("owner:bank", "incident", "test", Scene.NOW);
    assertThat(authorization.freeze(scene.signed(freeze)).stops("bank")).isTrue();
    assertThat(freeze.stops("shop")).isFalse();
    assertThat(new Freeze("party-0", "incident", "test", Scene.NOW).stops("shop")).isTrue();
    assertThat(
            ((TrefoilException)
                    catchThrowable(
                        () ->
                            authorization.withdrawal(
                                scene.signed(
                                    new Withdrawal("shop", proposal.id(), "no", "prod", Scene.NOW)),
                                proposal)))
                .condition())
        .isEqualTo(Condition.OTHER_CLUSTER);
    assertThat(
            ((TrefoilException)
                    catchThrowable(
                        () ->
                            authorization.withdrawal(
                                scene.signed(
                                    new Withdrawal(
                                        "shop", "0".repeat(64), "no", "test", Scene.NOW)),
                                proposal)))
                .condition())
        .isEqualTo(Condition.OTHER_PROPOSAL);
    byte[] byAnalyst =
        SignedStatement.sign(
                scene.keys.get("analyst:hq"),
                new Freeze("analyst:hq", "incident", "test", Scene.NOW))
            .encode();
    assertThat(
            ((TrefoilException) catchThrowable(() -> authorization.freeze(byAnalyst))).condition())
        .isEqualTo(Condition.MALFORMED_STATEMENT);
  }
}

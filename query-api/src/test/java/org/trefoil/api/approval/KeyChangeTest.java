package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

class KeyChangeTest {
  private final SigningKey alice = SigningKey.random();
  private final SigningKey bob = SigningKey.random();
  private final SigningKey shop = SigningKey.random();
  private final SigningKey next = SigningKey.random();
  private final Roster roster =
      new Roster(
          "test",
          List.of(
              new Roster.Signer("owner:bank", "alice", alice.verificationKey()),
              new Roster.Signer("owner:bank", "bob", bob.verificationKey()),
              new Roster.Signer("owner:shop", "carol", shop.verificationKey())),
          Map.of("owner:bank", 2),
          Set.of());

  private static String id(SigningKey key) {
    return key.verificationKey().id();
  }

  private static KeyChange change(String role, SigningKey brings, SigningKey... ends) {
    KeyChange change =
        new KeyChange(
            role,
            Optional.ofNullable(brings).map(SigningKey::verificationKey),
            java.util.Arrays.stream(ends).map(KeyChangeTest::id).sorted().toList(),
            "a test",
            "test",
            Scene.NOW);
    return brings == null ? change : change.provenBy(brings);
  }

  private static KeyChange with(KeyChange change, Optional<String> proof) {
    return new KeyChange(
        change.role(),
        change.key(),
        change.revoked(),
        change.reason(),
        change.cluster(),
        change.signed(),
        proof);
  }

  /** Alice cannot take a key that she does not hold, such as one she has read in another roster. */
  @Test
  void theNewKeySignsThisVeryChange() {
    KeyChange change = change("owner:bank", next, alice);
    byte[] bare = signed(alice, with(change, Optional.empty()));
    assertThat(refusal(bare)).isEqualTo(Condition.SIGNATURE_MISSING);
    assertThat(refusal(signed(alice, change.provenBy(alice))))
        .isEqualTo(Condition.SIGNATURE_INVALID);
    KeyChange earlier =
        new KeyChange(
            change.role(), change.key(), change.revoked(), "another", "test", change.signed());
    Optional<String> replayed = earlier.provenBy(next).proof();
    assertThat(refusal(signed(alice, with(change, replayed))))
        .isEqualTo(Condition.SIGNATURE_INVALID);
    KeyChange revokes = change("owner:bank", null, alice);
    assertThat(refusal(signed(alice, with(revokes, change.proof()))))
        .isEqualTo(Condition.MALFORMED_STATEMENT);
    // One that an earlier version has taken in: the old key stays revoked, the new one is for the
    // file.
    Roster after = roster.changed(List.of(bare));
    assertThat(after.revoked()).containsExactly(id(alice));
    assertThat(after.signers()).hasSize(3);
  }

  private static byte[] signed(SigningKey by, KeyChange change) {
    return SignedStatement.sign(by, change).encode();
  }

  private Condition refusal(byte[] signed) {
    Throwable error = catchThrowable(() -> roster.changed(signed));
    assertThat(error).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) error).condition();
  }

  @Test
  void aPersonReplacesTheOwnKeyAndTheOldOneCountsNoLonger() {
    byte[] rotation = signed(alice, change("owner:bank", next, alice));
    Roster after = roster.changed(rotation);
    assertThat(after.keys(List.of("owner:bank")).get("owner:bank"))
        .contains(id(next))
        .contains(id(bob))
        .doesNotContain(id(alice));
    assertThat(after.people("owner:bank")).containsExactlyInAnyOrder("alice", "bob");
    assertThat(after.quorum("owner:bank")).isEqualTo(2);
    // What the old key signed stays signed in a log, and counts for nothing else.
    assertThat(after.signers()).hasSize(4);
    assertThat(((TrefoilException) catchThrowable(() -> after.changed(rotation))).condition())
        .isEqualTo(Condition.SIGNER_REVOKED);
  }

  @Test
  void anybodyOfARoleRevokesAndNobodyElse() {
    Roster after = roster.changed(signed(bob, change("owner:bank", null, alice)));
    assertThat(after.people("owner:bank")).containsExactly("bob");
    assertThat(refusal(signed(shop, change("owner:bank", null, alice))))
        .isEqualTo(Condition.SIGNER_UNKNOWN);
    assertThat(refusal(signed(shop, change("owner:shop", null, alice))))
        .isEqualTo(Condition.OTHER_KEYS);
  }

  @Test
  void nobodyTakesAnothersPlace() {
    assertThat(refusal(signed(bob, change("owner:bank", next, alice))))
        .isEqualTo(Condition.OTHER_KEYS);
    assertThat(refusal(signed(alice, change("owner:bank", bob, alice))))
        .isEqualTo(Condition.OTHER_KEYS);
    assertThat(refusal(signed(alice, change("owner:bank", shop, alice))))
        .isEqualTo(Condition.OTHER_KEYS);
    assertThat(refusal(signed(next, change("owner:bank", next, alice))))
        .isEqualTo(Condition.SIGNER_UNKNOWN);
    KeyChange elsewhere =
        new KeyChange(
            "owner:bank", Optional.empty(), List.of(id(alice)), "a test", "prod", Scene.NOW);
    assertThat(refusal(signed(alice, elsewhere))).isEqualTo(Condition.OTHER_CLUSTER);
    assertThat(refusal(signed(alice, change("owner:bank", next))))
        .isEqualTo(Condition.MALFORMED_STATEMENT);
  }

  @Test
  void aChainCountsInAnyOrderAndTheFileOverrulesIt() {
    SigningKey third = SigningKey.random();
    byte[] first = signed(alice, change("owner:bank", next, alice));
    byte[] second = signed(next, change("owner:bank", third, next));
    byte[] stranger = signed(shop, change("owner:bank", null, bob));
    for (List<byte[]> order : List.of(List.of(first, second), List.of(second, stranger, first))) {
      assertThat(roster.changed(order).people("owner:bank"))
          .containsExactlyInAnyOrder("alice", "bob");
      assertThat(roster.changed(order).revoked()).containsExactlyInAnyOrder(id(alice), id(next));
    }
    // Alice's key was stolen, and the thief has replaced it: the roster's file ends that.
    Roster file = new Roster("test", roster.signers(), Map.of(), Set.of(id(alice)));
    assertThat(file.changed(new ArrayList<>(List.of(first, second))).signers()).hasSize(3);
  }

  @Test
  void aChangeSurvivesItsEncoding() {
    KeyChange change = change("owner:bank", next, alice);
    assertThat(KeyChange.decode(change.encode())).isEqualTo(change);
  }
}

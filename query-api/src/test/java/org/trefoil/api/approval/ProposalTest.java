package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.SubstraitPlans;

class ProposalTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final byte[] good = Scene.proposal().encode();

  private static Condition refusal(byte[] bytes) {
    Throwable error = catchThrowable(() -> Proposal.decode(bytes));
    assertThat(error).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) error).condition();
  }

  @Test
  void survivesItsEncoding() {
    Proposal proposal = Proposal.decode(good);
    assertThat(proposal.encode()).isEqualTo(good);
    assertThat(proposal.id()).isEqualTo(Proposal.id(good)).hasSize(64);
    proposal.check(Scene.catalog(3));
  }

  @Test
  void everyFlippedBitIsRefusedOrIsAnotherProposal() {
    String id = Proposal.id(good);
    for (int at = 0; at < good.length; at++) {
      byte[] bytes = good.clone();
      bytes[at] ^= (byte) (1 << (at % 8));
      Throwable error = catchThrowable(() -> Proposal.decode(bytes));
      if (error == null) {
        assertThat(Proposal.decode(bytes).encode()).as("byte " + at).isEqualTo(bytes);
        assertThat(Proposal.id(bytes)).as("byte " + at).isNotEqualTo(id);
      } else {
        assertThat(((TrefoilException) error).condition())
            .as("byte " + at)
            .isEqualTo(Condition.MALFORMED_STATEMENT);
      }
    }
  }

  @Test
  void otherSpellingsOfTheSameAreRefused() throws IOException {
    String text = new String(good, StandardCharsets.UTF_8);
    for (String other :
        List.of(
            " " + text,
            text + "\n",
            text.replace("\":", "\" :"),
            text.replace("\"runs\":12", "\"runs\":12.0"),
            text.replace("\"runs\":12", "\"runs\":1.2e1"),
            text.replace("\"hq\"", "\"\\u0068q\""),
            text.replace("\"runs\":12", "\"runs\":12,\"runs\":12"),
            text.replace(
                "\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAA\"", "\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAB\""),
            text.replace("2027-01-01T00:00:00Z", "2027-01-01T00:00:00.0Z"),
            text.replace("2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00"))) {
      assertThat(other).isNotEqualTo(text);
      assertThat(refusal(other.getBytes(StandardCharsets.UTF_8)))
          .as(other)
          .isEqualTo(Condition.MALFORMED_STATEMENT);
    }
    ObjectNode reordered = JSON.createObjectNode();
    JsonNode tree = JSON.readTree(good);
    List<String> names = new ArrayList<>();
    tree.fieldNames().forEachRemaining(names::add);
    for (int i = names.size() - 1; i >= 0; i--) {
      reordered.set(names.get(i), tree.get(names.get(i)));
    }
    assertThat(refusal(JSON.writeValueAsBytes(reordered))).isEqualTo(Condition.MALFORMED_STATEMENT);
  }

  @Test
  void everyFieldIsRequiredHasAFormAndIsNamed() throws IOException {
    ObjectNode tree = (ObjectNode) JSON.readTree(good);
    List<String> names = new ArrayList<>();
    tree.fieldNames().forEachRemaining(names::add);
    assertThat(names).hasSize(14);
    for (String name : names) {
      ObjectNode without = tree.deepCopy();
      without.remove(name);
      assertThatThrownBy(() -> Proposal.decode(CanonicalJson.encode(without)))
          .hasMessageContaining("field " + name)
          .hasMessageContaining("missing");
      for (JsonNode wrong :
          List.of(new TextNode("\u0000"), new IntNode(-1), JSON.createObjectNode())) {
        ObjectNode with = tree.deepCopy();
        with.set(name, wrong);
        assertThatThrownBy(() -> Proposal.decode(CanonicalJson.encode(with)))
            .as(name + " " + wrong)
            .isInstanceOf(TrefoilException.class);
      }
    }
    ObjectNode more = tree.deepCopy();
    more.put("recipient", "analyst:eve");
    assertThatThrownBy(() -> Proposal.decode(CanonicalJson.encode(more)))
        .hasMessageContaining("a field that this version does not know, recipient");
  }

  @Test
  void fieldsThatContradictEachOtherAreRefused() throws IOException {
    ObjectNode tree = (ObjectNode) JSON.readTree(good);
    Map<String, JsonNode> wrong = new TreeMap<>();
    wrong.put("until", new TextNode("2026-11-01T00:00:00Z"));
    wrong.put("from", new TextNode("2026-09-01T00:00:00Z"));
    wrong.put("analysts", JSON.createArrayNode().add("lab"));
    wrong.put("owners", JSON.createArrayNode());
    wrong.put("runs", new IntNode(0));
    wrong.forEach(
        (name, value) -> {
          ObjectNode with = tree.deepCopy();
          with.set(name, value);
          assertThat(refusal(CanonicalJson.encode(with)))
              .as(name)
              .isEqualTo(Condition.MALFORMED_STATEMENT);
        });
  }

  @Test
  void ownersAreThoseOfThePlan() throws IOException {
    ObjectNode tree = (ObjectNode) JSON.readTree(good);
    tree.set("owners", JSON.createArrayNode().add("bank"));
    Proposal fewer = Proposal.decode(CanonicalJson.encode(tree));
    assertThatThrownBy(() -> fewer.check(Scene.catalog(3)))
        .hasMessageContaining(Condition.OWNERS_DIFFER.label());
  }

  @Test
  void recipientsAreThoseOfThePlan() throws IOException {
    ObjectNode tree = (ObjectNode) JSON.readTree(good);
    // None at all is what a proposal says whose plan keeps the result for nobody.
    for (List<String> others : List.of(List.of("analyst:hq", "owner:bank"), List.<String>of())) {
      tree.set("recipients", JSON.valueToTree(others));
      Proposal other = Proposal.decode(CanonicalJson.encode(tree));
      assertThatThrownBy(() -> other.check(Scene.catalog(3)))
          .hasMessageContaining(Condition.RECIPIENT_NOT_APPROVED.label());
    }
  }

  @Test
  void parametersTakeWholePeriodsOnly() {
    Proposal proposal = Scene.proposal();
    Plan october = SubstraitPlans.decode(proposal.plan(Scene.month("2026-10-01")));
    assertThat(PlanLiterals.of(october).stream().map(l -> l.value().toString()))
        .containsExactly("20727", "20758");
    assertThat(proposal.plan(Scene.month("2026-01-01"))).isEqualTo(proposal.plan());
    assertThat(proposal.parameters().get(0).count()).isEqualTo(12);
    for (Map<String, String> wrong :
        List.of(
            Map.of("month", "2026-10-02"),
            Map.of("month", "2025-12-01"),
            Map.of("month", "2027-01-01"),
            Map.of("month", "October"),
            Map.<String, String>of(),
            Map.of("month", "2026-10-01", "year", "2026"))) {
      assertThatThrownBy(() -> proposal.plan(wrong))
          .as(wrong.toString())
          .hasMessageContaining(Condition.PARAMETER_NOT_APPROVED.label());
    }
  }
}

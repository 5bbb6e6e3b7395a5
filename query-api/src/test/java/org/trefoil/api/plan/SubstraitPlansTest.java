package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.substrait.proto.Expression;
import io.substrait.proto.JoinRel;
import io.substrait.proto.PlanRel;
import io.substrait.proto.ReadRel;
import io.substrait.proto.Rel.RelTypeCase;
import io.substrait.proto.RelRoot;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

class SubstraitPlansTest {
  private final Catalog catalog = Tpch.catalog(1);

  @Test
  void keepsTheTpchPlans() {
    for (Plan plan :
        List.of(
            Tpch.q3(catalog),
            Tpch.q5(catalog),
            Tpch.q12(catalog),
            Tpch.q14(catalog),
            Tpch.q19(catalog))) {
      assertThat(SubstraitPlans.decode(SubstraitPlans.encode(plan))).isEqualTo(plan);
    }
  }

  @Property
  void decodesWhatItEncodes(@ForAll("plans") Plan plan) {
    byte[] bytes = SubstraitPlans.encode(plan);
    Plan decoded = SubstraitPlans.decode(bytes);
    assertThat(decoded).isEqualTo(Profile.checked(plan));
    assertThat(SubstraitPlans.encode(decoded)).isEqualTo(bytes);
  }

  @Property
  void acceptsNoOtherBytes(
      @ForAll("plans") Plan plan, @ForAll int position, @ForAll byte replacement) {
    byte[] bytes = SubstraitPlans.encode(plan);
    byte[] changed = bytes.clone();
    changed[Math.floorMod(position, bytes.length)] = replacement;
    try {
      Plan decoded = SubstraitPlans.decode(changed);
      assertThat(SubstraitPlans.encode(decoded)).isEqualTo(changed);
      assertThat(decoded.equals(Profile.checked(plan))).isEqualTo(Arrays.equals(bytes, changed));
    } catch (TrefoilException refused) {
      assertThat(changed).isNotEqualTo(bytes);
    }
  }

  @Provide
  Arbitrary<Plan> plans() {
    return Arbitraries.longs().map(RandomPlans::of);
  }

  @Test
  void refusesForeignBytes() {
    refused(new byte[] {1, 2, 3}, "MALFORMED_PLAN", "no Substrait plan");
    refused(new byte[0], "MALFORMED_PLAN", "root");
    byte[] twice = SubstraitPlans.encode(Tpch.q14(catalog));
    byte[] appended = Arrays.copyOf(twice, twice.length + 2);
    appended[twice.length] = (byte) 0xf8; // field 127, a varint
    appended[twice.length + 1] = 7;
    refused(appended, "MALFORMED_PLAN", "");
  }

  @Test
  void refusesUnknownFieldsAnywhere() {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(999, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    refused(b -> b.setUnknownFields(unknown), "MALFORMED_PLAN", "unknown field in plan");
    refusedRoot(r -> r.setUnknownFields(unknown), "MALFORMED_PLAN", "plan.relations.root");
    refusedScan(
        r -> r.getNamedTableBuilder().setUnknownFields(unknown),
        "MALFORMED_PLAN",
        "read.named_table");
  }

  @Test
  void namesWhatIsOutsideTheProfile() {
    refusedScan(
        r -> r.setFilter(Expression.newBuilder().setLiteral(bool())),
        "MALFORMED_PLAN",
        "read.filter");
    refusedScan(r -> r.getNamedTableBuilder().addNames("x"), "UNSUPPORTED_OPERATION", "named");
    refusedScan(
        r -> r.getBaseSchemaBuilder().getStructBuilder().getTypesBuilder(0).getBinaryBuilder(),
        "UNSUPPORTED_TYPE",
        "binary");
    refusedRoot(r -> r.addNames("x"), "MALFORMED_PLAN", "plan.relations[0].root.names");
    refusedRoot(r -> r.getInputBuilder().getCrossBuilder(), "UNSUPPORTED_OPERATION", "cross");
    refused(b -> b.getVersionBuilder().setProducer("other"), "MALFORMED_PLAN", "version.producer");
    refused(
        b -> b.getExtensionsBuilder(0).getExtensionFunctionBuilder().setName("exfiltrate"),
        "UNSUPPORTED_FUNCTION",
        "exfiltrate");
    refused(
        b -> b.getAdvancedExtensionsBuilder().getEnhancementBuilder().setValue(ByteString.EMPTY),
        "MALFORMED_PLAN",
        "time zone");
    refused(b -> b.addExpectedTypeUrls("x"), "MALFORMED_PLAN", "expected_type_urls");
  }

  @Test
  void refusesOtherJoins() throws Exception {
    Rows c = Tpch.scan(catalog, "customer", "c_nationkey");
    Rows n = Tpch.scan(catalog, "nation", "n_nationkey");
    Plan plan =
        c.join(n, r -> Rows.eq(r.col("c_nationkey"), r.col("n_nationkey")))
            .group(List.of(), Rows.count())
            .plan();
    io.substrait.proto.Plan.Builder b =
        io.substrait.proto.Plan.parseFrom(SubstraitPlans.encode(plan)).toBuilder();
    b.getRelationsBuilder(0)
        .getRootBuilder()
        .getInputBuilder()
        .getAggregateBuilder()
        .getInputBuilder()
        .getJoinBuilder()
        .setType(JoinRel.JoinType.JOIN_TYPE_LEFT_SINGLE);
    refused(b.build().toByteArray(), "UNSUPPORTED_JOIN", "JOIN_TYPE_LEFT_SINGLE");
  }

  @Test
  void saysWhichSideOfAnOuterJoinMayBeNull() {
    Field a = new Field("a", DataType.INT, false);
    Field b = new Field("b", DataType.INT, false);
    Rel left = new Rel.Scan("x", "t", List.of(a));
    Rel right = new Rel.Scan("y", "u", List.of(b));
    for (Rel.Join.Kind kind : Rel.Join.Kind.values()) {
      Expr matches =
          Rows.test(
              Function.EQUAL,
              new Expr.FieldRef(0, DataType.INT, false),
              new Expr.FieldRef(1, DataType.INT, false));
      Rel.Join join = new Rel.Join(kind, left, right, matches);
      Rel.Join decoded = (Rel.Join) SubstraitPlans.decode(SubstraitPlans.encode(plan(join))).root();
      assertThat(decoded).isEqualTo(join);
      assertThat(decoded.condition().nullable()).isFalse();
      assertThat(decoded.fields().stream().map(f -> f.name() + (f.nullable() ? "?" : "")))
          .isEqualTo(
              switch (kind) {
                case INNER -> List.of("a", "b");
                case LEFT -> List.of("a", "b?");
                case RIGHT -> List.of("a?", "b");
                case FULL -> List.of("a?", "b?");
                case LEFT_SEMI, LEFT_ANTI -> List.of("a");
                case EXISTENCE -> List.of("a", "exists");
              });
    }
  }

  @Test
  void keepsAggregatesAnywhere() {
    Rows n = Tpch.scan(catalog, "nation", "n_regionkey", "n_nationkey");
    Rows perRegion = n.group(List.of(n.col("n_regionkey")), Rows.count());
    Rel all = perRegion.group(List.of(), Rows.count()).plan().root();
    Plan plan =
        plan(
            new Rel.Join(
                Rel.Join.Kind.INNER,
                perRegion.plan().root(),
                all,
                new Expr.Literal(DataType.BOOLEAN, true)));
    assertThat(SubstraitPlans.decode(SubstraitPlans.encode(plan))).isEqualTo(plan);
  }

  @Test
  void neverTrustsTypesOrIndexes() {
    Rel scan =
        new Rel.Scan(
            "a",
            "t",
            List.of(new Field("x", DataType.INT, true), new Field("s", DataType.string(5), false)));
    Expr x = new Expr.FieldRef(0, DataType.INT, false);
    Expr s = new Expr.FieldRef(1, DataType.string(5), false);
    Plan claims = plan(new Rel.Filter(scan, Rows.test(Function.LESS, x, Rows.integer(3))));
    Rel.Filter decoded = (Rel.Filter) SubstraitPlans.decode(SubstraitPlans.encode(claims)).root();
    assertThat(decoded.condition().nullable()).isTrue();

    illTyped(new Rel.Filter(scan, x), "a condition is BOOLEAN");
    illTyped(new Rel.Filter(scan, Rows.test(Function.LESS, x, s)), "no less of (INT, STRING)");
    illTyped(new Rel.Filter(scan, new Expr.FieldRef(2, DataType.BOOLEAN, true)), "column 2 of 2");
    illTyped(
        new Rel.Project(scan, List.of(new Expr.Literal(DataType.TINYINT, 300L)), List.of("a")),
        "constant is not of its type TINYINT");
    illTyped(new Rel.Project(scan, List.of(x), List.of()), "one name");
    illTyped(
        new Rel.Aggregate(
            scan,
            List.of(),
            List.of(new AggregateCall(AggregateCall.Kind.SUM, Optional.of(s), s.type())),
            List.of("a")),
        "no SUM of STRING");
    illTyped(
        new Rel.Union(List.of(scan, new Rel.Project(scan, List.of(s, s), List.of("a", "b")))),
        "same types");
    Expr there = new Expr.Call(Function.IS_NOT_NULL, List.of(s), DataType.BOOLEAN, false);
    illTyped(
        new Rel.Project(
            scan,
            List.of(new Expr.Call(Function.CASE, List.of(there, s), s.type(), true)),
            List.of("a")),
        "no case of");
    illTyped(new Rel.Limit(scan, -1, 3), "not negative");
    illTyped(new Rel.Input(0, List.of()), "split plan");
    assertThatThrownBy(() -> SubstraitPlans.encode(new Plan(scan, true, "Mars/Olympus")))
        .hasMessageContaining("time zone");
  }

  private static Plan plan(Rel rel) {
    return new Plan(rel, true, "UTC");
  }

  private static void illTyped(Rel rel, String words) {
    assertThatThrownBy(() -> SubstraitPlans.encode(plan(rel)))
        .hasMessageContaining("TREFOIL_MALFORMED_PLAN")
        .hasMessageContaining(words);
  }

  private static Expression.Literal bool() {
    return Expression.Literal.newBuilder().setBoolean(true).build();
  }

  private void refusedScan(Consumer<ReadRel.Builder> change, String condition, String words) {
    refusedRoot(
        r -> {
          io.substrait.proto.Rel.Builder rel =
              r.getInputBuilder().getAggregateBuilder().getInputBuilder();
          assertThat(rel.getRelTypeCase()).isEqualTo(RelTypeCase.READ);
          change.accept(rel.getReadBuilder());
        },
        condition,
        words);
  }

  private void refusedRoot(Consumer<RelRoot.Builder> change, String condition, String words) {
    refused(
        b -> {
          PlanRel.Builder relation = b.getRelationsBuilder(0);
          change.accept(relation.getRootBuilder());
        },
        condition,
        words);
  }

  /** Changes a valid plan: a count over one table. */
  private void refused(
      Consumer<io.substrait.proto.Plan.Builder> change, String condition, String words) {
    Rows n = Tpch.scan(catalog, "nation", "n_name");
    byte[] good = SubstraitPlans.encode(n.group(List.of(n.col("n_name")), Rows.count()).plan());
    assertThat(SubstraitPlans.decode(good)).isNotNull();
    io.substrait.proto.Plan.Builder b;
    try {
      b = io.substrait.proto.Plan.parseFrom(good).toBuilder();
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    change.accept(b);
    refused(b.build().toByteArray(), condition, words);
  }

  private static void refused(byte[] bytes, String condition, String words) {
    assertThatThrownBy(() -> SubstraitPlans.decode(bytes))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining(condition)
        .hasMessageContaining(words);
  }
}

package org.trefoil.spark.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.metrics.source.CodegenMetrics;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.Range;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.SchemaText;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

class FragmentFrameTest {
  private static final String SCHEMA =
      "id INT NOT NULL, city VARCHAR(10), amount DECIMAL(6,2), person VARCHAR(5)";
  private static final Field ID = new Field("id", DataType.INT, false);
  private static final Field CITY = new Field("city", DataType.string(10), true);
  private static final Field AMOUNT = new Field("amount", DataType.decimal(6, 2), true);

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("t.csv");
    rows("1,Zürich,1.50,ann", "2,,-2.25,bob", "3,Aarau,7.00,", "4,Zürich,,ann", "5,,9.99,eve");
  }

  @Test
  void aFragmentFiltersAndComputesInTheClear() {
    Expr amount = new Expr.FieldRef(2, AMOUNT.type(), true);
    Expr positive =
        new Expr.Call(
            Function.GREATER,
            List.of(amount, new Expr.Literal(AMOUNT.type(), new BigDecimal("0.00"))),
            DataType.BOOLEAN,
            true);
    Expr doubled =
        new Expr.Call(Function.ADD, List.of(amount, amount), DataType.decimal(7, 2), true);
    Rel local = new Rel.Project(new Rel.Filter(scan(), positive), List.of(doubled), List.of("d"));
    FragmentFrame frame = frame(local, List.of());
    assertThat(frame.filtered()).isTrue();
    assertThat(frame.named(local.fields()))
        .containsExactly(
            new Field("north.t.amount (in an expression)", local.fields().get(0).type(), true));
    assertThat(frame(scan(), List.of()).named(scan().fields()).get(1).name())
        .isEqualTo("north.t.city");
    assertThat(frame.rows().collectAsList().stream().map(r -> r.getDecimal(0).toString()))
        .containsExactlyInAnyOrder("3.00", "14.00", "19.98");
  }

  @Test
  void codeThatSparkGeneratesServesTheNextQueryToo() {
    compiled();
    assertThat(compiled()).isZero();
  }

  /** Classes that Spark compiles for one query. */
  private long compiled() {
    long before = CodegenMetrics.METRIC_COMPILATION_TIME().getCount();
    try (FragmentFrame frame = frame(scan(), List.of())) {
      SourceCheck.of(frame);
      frame.rows().groupBy("c1").count().collectAsList();
    }
    return CodegenMetrics.METRIC_COMPILATION_TIME().getCount() - before;
  }

  @Test
  void aFragmentAggregatesInTheClear() {
    Expr city = new Expr.FieldRef(1, CITY.type(), true);
    Expr amount = new Expr.FieldRef(2, AMOUNT.type(), true);
    Rel.Aggregate sums =
        new Rel.Aggregate(
            scan(),
            List.of(city),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM, Optional.of(amount), DataType.decimal(16, 2)),
                new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("city", "sum", "count"));
    Expr.FieldRef sum = new Expr.FieldRef(1, DataType.decimal(16, 2), true);
    Rel local =
        new Rel.Project(
            new Rel.Filter(
                sums,
                new Expr.Call(
                    Function.GREATER,
                    List.of(sum, new Expr.Literal(sum.type(), new BigDecimal("5.00"))),
                    DataType.BOOLEAN,
                    true)),
            List.of(sum, new Expr.FieldRef(0, CITY.type(), true)),
            List.of("s", "c"));
    FragmentFrame frame = frame(local, List.of("person"));
    assertThat(frame.filtered()).isTrue();
    assertThat(frame.rows().collectAsList().stream().map(Row::toString))
        .containsExactlyInAnyOrder("[7.74,null]", "[7.00,Aarau]");
    Rel cities = new Rel.Aggregate(scan(), List.of(city), List.of(), List.of("city"));
    assertThat(frame(cities, List.of()).rows().collectAsList().stream().map(Row::toString))
        .containsExactlyInAnyOrder("[null]", "[Aarau]", "[Zürich]");
    Rel overall =
        new Rel.Aggregate(scan(), List.of(), List.of(sums.calls().get(1)), List.of("count"));
    assertThat(frame(overall, List.of()).rows().collectAsList().stream().map(Row::toString))
        .containsExactly("[5]");
    assertThat(new Fragment(0, 0, "north", "t", overall).isOneRow()).isTrue();
  }

  @Test
  void aPlanWithOtherTypesThanTheOwnersSparkIsRefused() {
    Expr amount = new Expr.FieldRef(2, AMOUNT.type(), true);
    Expr doubled =
        new Expr.Call(Function.ADD, List.of(amount, amount), DataType.decimal(9, 1), true);
    Rel local = new Rel.Project(scan(), List.of(doubled), List.of("d"));
    assertThatThrownBy(() -> frame(local, List.of()).rows())
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("TREFOIL_MALFORMED_PLAN")
        .hasMessageContaining("DECIMAL(9,1)");
  }

  @Test
  void ranksAreDenseWithNullsFirstAndEntitiesCountFromOne() {
    FragmentFrame frame = frame(scan(), List.of("person"));
    List<InputColumn> columns =
        List.of(
            new InputColumn(Form.RANK, List.of(1), List.of(), 3),
            new InputColumn(Form.ENTITY, List.of(), List.of(), 3));
    Map<Integer, List<Long>> byId = new HashMap<>();
    for (Row row : new FragmentRows(frame, scan()).ranked(columns).collectAsList()) {
      byId.put(row.getInt(0), Arrays.asList(row.getLong(3), row.getLong(4)));
    }
    assertThat(byId)
        .isEqualTo(
            Map.of(
                1, List.of(2L, 1L),
                2, List.of(0L, 2L),
                3, List.of(1L, 0L),
                4, List.of(2L, 1L),
                5, List.of(0L, 3L)));
  }

  @Test
  void aDeclaredKeyThatIsNotUniqueIsNamedAndItsValuesAreNot() throws IOException {
    InputColumn key = new InputColumn(Form.KEY, List.of(0), List.of(), 33);
    InputColumn other = new InputColumn(Form.KEY, List.of(1), List.of(), 33);
    new FragmentRows(frame(scan(), List.of()), scan()).requireUniqueKeys(List.of(key, other));
    rows("41,a,1.00,x", "41,b,2.00,y");
    FragmentRows broken = new FragmentRows(frame(scan(), List.of()), scan());
    assertThatThrownBy(() -> broken.requireUniqueKeys(List.of(key)))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("TREFOIL_KEY_NOT_UNIQUE")
        .hasMessageContaining("north.t")
        .hasMessageContaining("(id)")
        .hasMessageNotContaining("41");
  }

  @Test
  void theSourceIsCheckedAgainstItsDeclarations() throws IOException {
    SourceCheck first = SourceCheck.of(frame(scan(), List.of()));
    assertThat(first.rows()).isEqualTo(5);
    rows("5,,9.99,eve", "1,Zürich,1.50,ann", "3,Aarau,7.00,", "4,Zürich,,ann", "2,,-2.25,bob");
    first.verifySame(SourceCheck.of(frame(scan(), List.of())), "north.t");
    rows("1,Zürich,1.50,ann", "2,,-2.25,bob", "3,Aarau,7.01,", "4,Zürich,,ann", "5,,9.99,eve");
    SourceCheck later = SourceCheck.of(frame(scan(), List.of()));
    assertThatThrownBy(() -> first.verifySame(later, "north.t"))
        .hasMessageContaining("TREFOIL_SOURCE_CHANGED");
    rows("1,Zürich,1000.01,ann");
    assertThatThrownBy(() -> SourceCheck.of(frame(scan(), List.of())))
        .hasMessageContaining("TREFOIL_VALUE_OUT_OF_RANGE")
        .hasMessageContaining("north.t.amount")
        .hasMessageNotContaining("1000.01");
    rows(",Zürich,1.01,ann");
    assertThatThrownBy(
            () -> SourceCheck.of(frame(new Rel.Scan("north", "t", List.of(CITY)), List.of())))
        .hasMessageContaining("TREFOIL_NULL_VALUE")
        .hasMessageContaining("id");
  }

  @Test
  void aTableIsReadOnceForAllThatIsAskedOfIt() throws IOException {
    int kept = persistent();
    try (FragmentFrame frame = frame(scan(), List.of())) {
      SourceCheck first = SourceCheck.of(frame);
      rows("1,Zürich,1.51,ann", "2,,-2.25,bob", "3,Aarau,7.00,", "4,Zürich,,ann", "5,,9.99,eve");
      assertThat(frame.rows().filter("c0 = 1").head().getDecimal(2)).isEqualTo("1.50");
      new FragmentRows(frame, scan())
          .requireUniqueKeys(List.of(new InputColumn(Form.KEY, List.of(0), List.of(), 33)));
      first.verifySame(SourceCheck.of(frame), "north.t");
      assertThat(persistent()).isEqualTo(kept + 1);
    }
    assertThat(persistent()).isEqualTo(kept);
  }

  @Test
  void rowsThatWereLostAndReadAgainDifferentAreNoticed() throws IOException {
    try (FragmentFrame frame = frame(scan(), List.of())) {
      SourceCheck first = SourceCheck.of(frame);
      rows("1,Zürich,1.51,ann", "2,,-2.25,bob", "3,Aarau,7.00,", "4,Zürich,,ann", "5,,9.99,eve");
      LocalSpark.session()
          .sparkContext()
          .getPersistentRDDs()
          .values()
          .foreach(rdd -> rdd.unpersist(true));
      assertThatThrownBy(() -> first.verifySame(SourceCheck.of(frame), "north.t"))
          .hasMessageContaining("TREFOIL_SOURCE_CHANGED");
    }
  }

  @Test
  void ofABoundedNumberOfGroupsOnlyTheyAreKept() throws IOException {
    Rel total =
        new Rel.Aggregate(
            scan(),
            List.of(),
            List.of(
                new AggregateCall(
                    AggregateCall.Kind.SUM,
                    Optional.of(new Expr.FieldRef(2, AMOUNT.type(), true)),
                    DataType.decimal(16, 2))),
            List.of("total"));
    try (FragmentFrame frame = frame(total, List.of())) {
      SourceCheck first = SourceCheck.of(frame);
      assertThat(first.rows()).isEqualTo(1);
      rows("1,Zürich,1.51,ann", "2,,-2.25,bob", "3,Aarau,7.00,", "4,Zürich,,ann", "5,,9.99,eve");
      assertThat(frame.rows().head().getDecimal(0)).isEqualTo("16.24");
      first.verifySame(SourceCheck.of(frame), "north.t");
    }
    rows("1,Zürich,1.51,ann", ",Zürich,1.01,ann");
    try (FragmentFrame frame = frame(total, List.of())) {
      assertThatThrownBy(() -> SourceCheck.of(frame))
          .satisfies(
              e ->
                  assertThat(TrefoilException.in(e))
                      .hasValueSatisfying(
                          t -> assertThat(t.condition()).isEqualTo(Condition.NULL_VALUE)));
    }
  }

  @Test
  void underPrivacyValuesStayInTheirRangeAndEntitiesHaveTheirRows() throws IOException {
    rows("1,a,5.00,ann", "2,b,99.00,ann", "3,c,-7.00,ann", "4,d,,bob", "5,e,1.00,", "6,f,2.00,eve");
    TablePolicy policy =
        policy(List.of("person"), Padding.FULL, false)
            .change()
            .minGroupSize(2)
            .columns(
                Map.of(
                    "amount",
                    new ColumnPolicy(
                        Set.of(Verb.AGGREGATE),
                        Optional.of(new Range(new BigDecimal("-5"), new BigDecimal("10.009"))),
                        OptionalInt.empty(),
                        OptionalLong.empty())))
            .privacy(Optional.of(new PrivacyRule(1_000_000, 1_000_000, 2)))
            .build();
    Map<Integer, String> amounts = new HashMap<>();
    try (FragmentFrame frame = frame(scan(), policy)) {
      assertThat(frame.filtered()).isTrue();
      // No error, which would tell of the value.
      assertThat(SourceCheck.of(frame).rows()).isEqualTo(6);
      for (Row row : frame.rows().collectAsList()) {
        amounts.put(row.getInt(0), String.valueOf(row.getDecimal(2)));
      }
    }
    // Ann has two of her three, whoever has no name has none; which two does not depend on others.
    assertThat(amounts).hasSize(4).containsEntry(4, "null").containsEntry(6, "2.00");
    assertThat(amounts).doesNotContainKey(5);
    assertThat(Map.of(1, "5.00", 2, "10.00", 3, "-5.00"))
        .containsAllEntriesOf(
            amounts.entrySet().stream()
                .filter(e -> e.getKey() <= 3)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    rows("3,c,-7.00,ann", "1,a,5.00,ann", "2,b,99.00,ann");
    try (FragmentFrame frame = frame(scan(), policy)) {
      assertThat(frame.rows().collectAsList().stream().map(r -> r.getInt(0)))
          .containsExactlyInAnyOrderElementsOf(
              amounts.keySet().stream().filter(i -> i < 4).toList());
    }
  }

  @Test
  void underPrivacyDatesStayInTheirRange() {
    Field day = new Field("day", DataType.DATE, false);
    ColumnPolicy ranged =
        new ColumnPolicy(
            Set.of(Verb.GROUP),
            Optional.of(new Range(new BigDecimal("10"), new BigDecimal("20"))),
            OptionalInt.empty(),
            OptionalLong.empty());
    Bounded bounded =
        new Bounded(
            new TableDescriptor(
                "north",
                "t",
                List.of(day),
                List.of(),
                3,
                TablePolicy.builder(2)
                    .columns(Map.of("day", ranged))
                    .privacy(Optional.of(new PrivacyRule(1, 1, 1)))
                    .build()));
    var days =
        LocalSpark.session()
            .sql("SELECT date_add(DATE'1970-01-01', d) AS day FROM VALUES (5), (15), (99) t(d)");
    assertThat(
            days.select(bounded.value(day, days.col("day"))).collectAsList().stream()
                .map(r -> r.get(0).toString()))
        .containsExactlyInAnyOrder("1970-01-11", "1970-01-16", "1970-01-21");
  }

  private static int persistent() {
    return LocalSpark.session().sparkContext().getPersistentRDDs().size();
  }

  @Test
  void aSizeThatAFilterLeavesIsPaddedToTheTableUnlessThePolicySaysOtherwise() {
    for (Padding padding : Padding.values()) {
      assertThat(PaddedSize.countsFragment(policy(padding, false), true)).isFalse();
    }
    assertThat(PaddedSize.countsFragment(policy(Padding.FULL, true), true)).isFalse();
    assertThat(PaddedSize.countsFragment(policy(Padding.POW2, true), true)).isTrue();
    assertThat(PaddedSize.of(policy(Padding.POW2, true), 5)).isEqualTo(8);
    assertThat(PaddedSize.of(policy(Padding.POW2, true), 8)).isEqualTo(8);
    assertThat(PaddedSize.of(policy(Padding.EXACT, true), 5)).isEqualTo(5);
    assertThat(PaddedSize.of(policy(Padding.FULL, true), 0)).isEqualTo(1);
  }

  private void rows(String... lines) throws IOException {
    Files.writeString(file, "id,city,amount,person\n" + String.join("\n", lines) + "\n");
  }

  private static Rel.Scan scan() {
    return new Rel.Scan("north", "t", List.of(ID, CITY, AMOUNT));
  }

  private FragmentFrame frame(Rel local, List<String> entity) {
    return frame(local, policy(entity, Padding.FULL, false));
  }

  private FragmentFrame frame(Rel local, TablePolicy policy) {
    OwnedTable table =
        new OwnedTable(
            "north",
            "t",
            "csv",
            Optional.of(file.toString()),
            Map.of("header", "true"),
            Optional.of(SCHEMA),
            Optional.of(SchemaText.parse(SCHEMA).fields()),
            Map.of(),
            List.of(List.of("id")),
            policy,
            Optional.empty());
    TableDescriptor descriptor = table.descriptor(table.declared().orElseThrow(), 5);
    return new FragmentFrame(
        LocalSpark.session(),
        new TableSource(table),
        descriptor,
        new Fragment(0, 0, "north", "t", local),
        new Plan(local, true, "UTC"));
  }

  private static TablePolicy policy(Padding padding, boolean filteredSizePublic) {
    return policy(List.of(), padding, filteredSizePublic);
  }

  private static TablePolicy policy(
      List<String> entity, Padding padding, boolean filteredSizePublic) {
    ColumnPolicy amount =
        new ColumnPolicy(
            Set.of(Verb.AGGREGATE),
            Optional.of(new Range(new BigDecimal("-5"), new BigDecimal("1000"))),
            OptionalInt.empty(),
            OptionalLong.empty());
    return TablePolicy.builder(1)
        .entity(entity)
        .padding(padding)
        .columns(Map.of("amount", amount))
        .filteredSizePublic(filteredSizePublic)
        .absencePublic(false)
        .build();
  }
}

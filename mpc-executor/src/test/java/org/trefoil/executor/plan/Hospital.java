package org.trefoil.executor.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.random.Prg;

/** Tables of several owners, random rows for them, and plans over them. */
final class Hospital {
  static final DataType AMOUNT = DataType.decimal(10, 2);
  static final DataType CITY = DataType.string(6);

  private static final List<Field> PATIENTS =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("city", CITY, true),
          new Field("vip", DataType.BOOLEAN, true));
  private static final List<Field> STAYS =
      List.of(
          new Field("stay", DataType.INT, false),
          new Field("patient", DataType.BIGINT, true),
          new Field("amount", AMOUNT, true),
          new Field("day", DataType.DATE, false),
          new Field("nights", DataType.INT, false));
  private static final List<Field> FEES =
      List.of(
          new Field("stay", DataType.INT, true),
          new Field("fee", DataType.INT, true),
          new Field("kind", DataType.TINYINT, false));
  private static final List<Field> VISITS =
      List.of(
          new Field("person", DataType.INT, true),
          new Field("site", CITY, true),
          new Field("score", DataType.SMALLINT, true));

  private Hospital() {}

  static Catalog catalog(int k) {
    return Catalog.of(
        List.of(
            table("clinic", "patients", PATIENTS, k, List.of("id")),
            table("insurer", "stays", STAYS, k, List.of("stay")),
            table("bank", "fees", FEES, k, null),
            visits("north", k),
            visits("south", k)));
  }

  /** As {@link #catalog}, where a group needs rows of so many owners. */
  static Catalog ofOwners(int k, int minOwners) {
    return changed(catalog(k), policy -> policy.change().minOwners(minOwners).build());
  }

  /** As {@link #catalog}, where every owner lets the number of groups held back be told. */
  static Catalog telling(int k) {
    return changed(catalog(k), policy -> policy.change().tellSuppressed(true).build());
  }

  private static Catalog changed(Catalog catalog, UnaryOperator<TablePolicy> change) {
    return (owner, name) -> {
      TableDescriptor table = catalog.table(owner, name);
      return new TableDescriptor(
          table.owner(),
          table.table(),
          table.fields(),
          table.keys(),
          table.rows(),
          change.apply(table.policy()));
    };
  }

  private static TableDescriptor table(
      String owner, String name, List<Field> fields, int k, List<String> key) {
    return new TableDescriptor(
        owner,
        name,
        fields,
        key == null ? List.of() : List.of(key),
        10,
        policy(k, List.of(), false));
  }

  private static TableDescriptor visits(String owner, int k) {
    return new TableDescriptor(
        owner,
        "visits",
        VISITS,
        List.of(),
        10,
        policy(k, List.of("person"), owner.equals("north")));
  }

  private static TablePolicy policy(int k, List<String> entity, boolean absencePublic) {
    return TablePolicy.builder(k)
        .entity(entity)
        .other(ColumnPolicy.of(Verb.values()))
        .absencePublic(absencePublic)
        .build();
  }

  /** Random rows; {@code sizes} of patients, stays, fees and each table of visits. */
  static Map<String, List<List<Object>>> tables(Prg random, int... sizes) {
    return Map.of(
        "clinic.patients",
        rows(
            sizes[0],
            r ->
                Arrays.asList(
                    100L + 3 * r,
                    nullable(random, 5, () -> city(random)),
                    nullable(random, 4, () -> random.below(2) == 0))),
        "insurer.stays",
        rows(
            sizes[1],
            r ->
                Arrays.asList(
                    (long) r - 3,
                    nullable(random, 8, () -> 100L + random.below(3 * sizes[0] + 6)),
                    nullable(
                        random, 6, () -> BigDecimal.valueOf(random.below(200_000) - 90_000, 2)),
                    (long) random.below(40) - 5,
                    (long) random.below(9))),
        "bank.fees",
        rows(
            sizes[2],
            r ->
                Arrays.asList(
                    nullable(random, 9, () -> (long) random.below(sizes[1] + 3) - 3),
                    nullable(random, 5, () -> (long) random.below(10) - 2),
                    (long) random.below(3))),
        "north.visits",
        rows(sizes[3], r -> visit(random)),
        "south.visits",
        rows(sizes[3], r -> visit(random)));
  }

  /** Tables that differ in every value and whose rows, groups and sums have the same order. */
  static Map<String, List<List<Object>>> alike(Map<String, List<List<Object>>> tables) {
    Map<String, List<List<Object>>> other = new HashMap<>();
    tables.forEach(
        (name, rows) ->
            other.put(
                name, rows.stream().map(row -> row.stream().map(v -> alike(v)).toList()).toList()));
    return other;
  }

  private static Object alike(Object value) {
    if (value instanceof Boolean bit) {
      return !bit;
    }
    if (value instanceof BigDecimal amount) {
      return amount.multiply(BigDecimal.valueOf(2));
    }
    if (value instanceof String city) {
      return city.isEmpty() ? city : city.equals("Århus") ? "Östa" : "C" + city;
    }
    return value == null ? null : (Object) (2 * (Long) value);
  }

  private static List<Object> visit(Prg random) {
    return Arrays.asList(
        nullable(random, 9, () -> (long) random.below(12)),
        nullable(random, 9, () -> city(random)),
        nullable(random, 4, () -> (long) random.below(100) - 50));
  }

  private static String city(Prg random) {
    return List.of("Århus", "Bonn", "", "Bo", "Rom").get(random.below(5));
  }

  private static Object nullable(Prg random, int oneIn, Supplier<Object> value) {
    Object found = value.get();
    return random.below(oneIn) == 0 ? null : found;
  }

  private static List<List<Object>> rows(int count, IntFunction<List<Object>> row) {
    List<List<Object>> rows = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      rows.add(row.apply(r));
    }
    return rows;
  }

  // ---- plans

  static Rel patients() {
    return new Rel.Scan("clinic", "patients", PATIENTS);
  }

  static Rel stays() {
    return new Rel.Scan("insurer", "stays", STAYS);
  }

  static Rel fees() {
    return new Rel.Scan("bank", "fees", FEES);
  }

  static Rel allVisits() {
    return new Rel.Union(
        List.of(new Rel.Scan("north", "visits", VISITS), new Rel.Scan("south", "visits", VISITS)));
  }

  /** patients (0 id, 1 city, 2 vip), stays (3 stay, 4 patient, 5 amount, 6 day, 7 nights). */
  static Rel patientsStays() {
    return new Rel.Join(
        Rel.Join.Kind.INNER,
        patients(),
        stays(),
        test(
            Function.EQUAL,
            new Expr.FieldRef(0, DataType.BIGINT, false),
            new Expr.FieldRef(4, DataType.BIGINT, true)));
  }

  /** patients, stays, then fees (8 stay, 9 fee, 10 kind). */
  static Rel allThree() {
    return new Rel.Join(
        Rel.Join.Kind.INNER,
        patientsStays(),
        fees(),
        test(
            Function.EQUAL,
            new Expr.FieldRef(3, DataType.INT, false),
            new Expr.FieldRef(8, DataType.INT, true)));
  }

  static Expr.FieldRef ref(Rel rel, int column) {
    Field field = rel.fields().get(column);
    return new Expr.FieldRef(column, field.type(), field.nullable());
  }

  static Expr test(Function function, Expr... arguments) {
    boolean nullable =
        function != Function.IS_NULL
            && function != Function.IS_NOT_NULL
            && Arrays.stream(arguments).anyMatch(Expr::nullable);
    return new Expr.Call(function, Arrays.asList(arguments), DataType.BOOLEAN, nullable);
  }

  static Expr call(Function function, DataType type, Expr... arguments) {
    return new Expr.Call(
        function,
        Arrays.asList(arguments),
        type,
        Arrays.stream(arguments).anyMatch(Expr::nullable));
  }

  static Expr number(DataType type, long value) {
    return new Expr.Literal(type, value);
  }

  static AggregateCall sum(Expr argument) {
    DataType type =
        argument.type().kind() == DataType.Kind.DECIMAL
            ? DataType.decimal(argument.type().precision() + 10, argument.type().scale())
            : DataType.BIGINT;
    return new AggregateCall(AggregateCall.Kind.SUM, Optional.of(argument), type);
  }

  static AggregateCall count(Expr... argument) {
    return new AggregateCall(
        AggregateCall.Kind.COUNT, Arrays.stream(argument).findFirst(), DataType.BIGINT);
  }

  static AggregateCall min(Expr argument) {
    return new AggregateCall(AggregateCall.Kind.MIN, Optional.of(argument), argument.type());
  }

  static AggregateCall max(Expr argument) {
    return new AggregateCall(AggregateCall.Kind.MAX, Optional.of(argument), argument.type());
  }

  static Rel group(Rel input, List<Expr> groups, AggregateCall... calls) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < groups.size() + calls.length; i++) {
      names.add("c" + i);
    }
    return new Rel.Aggregate(input, groups, List.of(calls), names);
  }

  static Plan plan(Rel root) {
    return new Plan(root, true, "UTC");
  }
}

package org.trefoil.executor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trefoil.executor.plan.Hospital.count;
import static org.trefoil.executor.plan.Hospital.group;
import static org.trefoil.executor.plan.Hospital.number;
import static org.trefoil.executor.plan.Hospital.plan;
import static org.trefoil.executor.plan.Hospital.ref;
import static org.trefoil.executor.plan.Hospital.sum;
import static org.trefoil.executor.plan.Hospital.test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/**
 * An attacker with linear algebra over 1,000 random results of one group: sums and counts with
 * conditions of all kinds, side by side. Whatever is added and subtracted of what is shown, what is
 * left is of no row or of k. Where differences are public, the same attacker finds fewer.
 */
class DifferenceAttackTest {
  private static final int RESULTS = 1_000;

  /** Of these so many are computed on shares, too. */
  private static final int SHARED = 6;

  private static final int K = 3;
  private static final long PRIME = 1_000_003;
  private static final List<Field> PEOPLE =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("a", DataType.INT, true),
          new Field("b", DataType.INT, false),
          new Field("x", DataType.INT, false),
          new Field("y", DataType.INT, true));
  private static final Rel SCAN = new Rel.Scan("clinic", "people", PEOPLE);

  private static Catalog catalog(boolean differencesPublic) {
    return Catalog.of(
        List.of(
            new TableDescriptor(
                "clinic",
                "people",
                PEOPLE,
                List.of(List.of("id")),
                100,
                TablePolicy.builder(K)
                    .other(ColumnPolicy.of(Verb.values()))
                    .differencesPublic(differencesPublic)
                    .build())));
  }

  /**
   * A value of a result.
   *
   * @param column what is added up of the rows; -1: one
   */
  private record Value(AggregateCall call, int column, Expr condition) {
    boolean takes(List<Object> row) {
      return (column < 0 || row.get(column) != null)
          && (condition == null || holds(condition, row));
    }
  }

  @Test
  void whatIsLeftIsOfNobodyOrOfEnough() {
    Prg random = TestWorld.fresh().data("differences");
    int shown = 0;
    int withheld = 0;
    int found = 0;
    for (int round = 0; round < RESULTS; round++) {
      List<List<Object>> people = people(random);
      List<Value> values = new ArrayList<>();
      for (int i = 2 + random.below(3); i > 0; i--) {
        values.add(value(random));
      }
      Rel root =
          group(SCAN, List.of(), values.stream().map(Value::call).toArray(AggregateCall[]::new));
      Map<String, List<List<Object>>> tables = Map.of("clinic.people", people);
      List<Value> kept = List.of();
      try {
        Trial trial = new Trial(catalog(false), tables, plan(root));
        List<List<Object>> result = trial.clear();
        if (round < SHARED) {
          assertThat(Trial.text(trial.opened(trial.run(TestWorld.fresh())), false))
              .isEqualTo(Trial.text(result, false));
        }
        kept = shown(values, result);
      } catch (TrefoilException e) {
        assertThat(e.condition()).isEqualTo(Condition.UNSUPPORTED_FUNCTION);
      }
      assertThat(isolates(kept, people)).as("%s of %s", kept, people).isFalse();
      List<Value> all = shown(values, new Trial(catalog(true), tables, plan(root)).clear());
      shown += kept.size();
      withheld += all.size() - kept.size();
      found += isolates(all, people) ? 1 : 0;
    }
    assertThat(shown).as("values shown").isGreaterThan(RESULTS / 2);
    assertThat(withheld).isPositive();
    assertThat(found).as("results of which fewer are found").isGreaterThan(RESULTS / 50);
  }

  /** Both columns are cut by b = 1, one of them by b = 2 as well. */
  @Test
  void countsAPieceOfUnrelatedValuesOnce() {
    Rel root =
        group(
            SCAN,
            List.of(),
            sum(ref(SCAN, 3)),
            sum(where(1, ref(SCAN, 3))),
            sum(ref(SCAN, 0)),
            sum(where(1, ref(SCAN, 0))),
            sum(where(2, ref(SCAN, 0))));
    TestWorld world = TestWorld.fresh();
    Map<String, List<List<Object>>> tables = Map.of("clinic.people", people(world.data("pieces")));
    Trial trial = new Trial(catalog(false), tables, plan(root));
    assertThat(Trial.text(trial.opened(trial.run(world)), false))
        .isEqualTo(Trial.text(trial.clear(), false));
  }

  private static Expr where(int b, Expr value) {
    Expr equal = test(Function.EQUAL, ref(SCAN, 2), number(DataType.INT, b));
    Expr none = number(value.type(), 0);
    return new Expr.Call(Function.CASE, List.of(equal, value, none), value.type(), false);
  }

  private static List<Value> shown(List<Value> values, List<List<Object>> result) {
    List<Value> shown = new ArrayList<>();
    for (int i = 0; i < values.size() && !result.isEmpty(); i++) {
      if (result.get(0).get(i) != null) {
        shown.add(values.get(i));
      }
    }
    return shown;
  }

  // ---- the attack

  /** Whether a linear combination of values of one column rests on fewer than k rows, but some. */
  private static boolean isolates(List<Value> values, List<List<Object>> people) {
    for (int column = -1; column < PEOPLE.size(); column++) {
      int of = column;
      List<Value> alike = values.stream().filter(v -> v.column() == of).toList();
      Map<List<Long>, Integer> rows = new LinkedHashMap<>();
      for (List<Object> row : people) {
        rows.merge(alike.stream().map(v -> v.takes(row) ? 1L : 0L).toList(), 1, Integer::sum);
      }
      List<List<Long>> kinds = List.copyOf(rows.keySet());
      int rank = rank(kinds);
      for (int i = 0; i < kinds.size(); i++) {
        for (int j = i; j < kinds.size(); j++) {
          int few = rows.get(kinds.get(i)) + (i == j ? 0 : rows.get(kinds.get(j)));
          List<List<Long>> others = new ArrayList<>(kinds);
          others.removeAll(List.of(kinds.get(i), kinds.get(j)));
          if (few < K && rank(others) < rank) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The rank of few small vectors, by elimination modulo a prime. */
  private static int rank(List<List<Long>> vectors) {
    List<long[]> left = new ArrayList<>();
    vectors.forEach(v -> left.add(v.stream().mapToLong(Long::longValue).toArray()));
    int rank = 0;
    int width = vectors.isEmpty() ? 0 : vectors.get(0).size();
    for (int c = 0; c < width; c++) {
      int column = c;
      long[] pivot = left.stream().filter(v -> v[column] != 0).findFirst().orElse(null);
      if (pivot == null) {
        continue;
      }
      left.remove(pivot);
      rank++;
      for (long[] v : left) {
        long times = v[c];
        for (int i = 0; i < width && times != 0; i++) {
          v[i] = Math.floorMod(v[i] * pivot[c] - pivot[i] * times, PRIME);
        }
      }
    }
    return rank;
  }

  // ---- results

  private static List<List<Object>> people(Prg random) {
    List<List<Object>> people = new ArrayList<>();
    int few = random.below(4);
    for (int id = 8 + random.below(8); id > 0; id--) {
      people.add(
          Arrays.asList(
              (long) id,
              random.below(8) < few ? null : (Object) (long) random.below(3),
              (long) random.below(3),
              (long) (1 + random.below(50)),
              random.below(8) < few ? null : (Object) (long) (1 + random.below(50))));
    }
    return people;
  }

  private static Value value(Prg random) {
    Expr condition = random.below(3) == 0 ? null : condition(random, 1);
    int column = random.below(2) == 0 ? 3 : random.below(2) == 0 ? 4 : -1;
    if (column < 0) {
      return condition == null
          ? new Value(count(), -1, null)
          : new Value(count(chosen(condition, number(DataType.INT, 1), random)), -1, condition);
    }
    Expr value = ref(SCAN, column);
    return new Value(
        sum(condition == null ? value : chosen(condition, value, random)), column, condition);
  }

  private static Expr chosen(Expr condition, Expr value, Prg random) {
    List<Expr> arguments = new ArrayList<>(List.of(condition, value));
    if (!(value instanceof Expr.Literal) && random.below(2) == 0) {
      arguments.add(number(DataType.INT, 0));
      return new Expr.Call(Function.CASE, arguments, DataType.INT, value.nullable());
    }
    arguments.add(new Expr.Literal(DataType.INT, null));
    return new Expr.Call(Function.CASE, arguments, DataType.INT, true);
  }

  private static Expr condition(Prg random, int depth) {
    int column = 1 + random.below(2);
    Expr constant = number(DataType.INT, random.below(3));
    return switch (random.below(depth == 0 ? 4 : 6)) {
      case 0 -> test(Function.EQUAL, ref(SCAN, column), constant);
      case 1 -> test(Function.LESS, ref(SCAN, column), constant);
      case 2 -> test(Function.GREATER_OR_EQUAL, ref(SCAN, column), constant);
      case 3 -> test(Function.LESS, ref(SCAN, 0), number(DataType.BIGINT, 1 + random.below(15)));
      case 4 -> test(Function.NOT, condition(random, 0));
      default -> test(Function.AND, condition(random, 0), condition(random, 0));
    };
  }

  private static boolean holds(Expr expr, List<Object> row) {
    return Boolean.TRUE.equals(truth(expr, row));
  }

  /** NULL: unknown. */
  private static Boolean truth(Expr expr, List<Object> row) {
    Expr.Call call = (Expr.Call) expr;
    Expr first = call.arguments().get(0);
    if (call.function() == Function.NOT) {
      Boolean of = truth(first, row);
      return of == null ? null : (Boolean) !of;
    }
    if (call.function() == Function.AND) {
      Boolean left = truth(first, row);
      Boolean right = truth(call.arguments().get(1), row);
      if (Boolean.FALSE.equals(left) || Boolean.FALSE.equals(right)) {
        return false;
      }
      return (left == null || right == null) ? null : (Boolean) true;
    }
    Long value = (Long) row.get(((Expr.FieldRef) first).index());
    long constant = (Long) ((Expr.Literal) call.arguments().get(1)).value();
    if (value == null) {
      return null;
    }
    return switch (call.function()) {
      case EQUAL -> value == constant;
      case LESS -> value < constant;
      default -> value >= constant;
    };
  }
}

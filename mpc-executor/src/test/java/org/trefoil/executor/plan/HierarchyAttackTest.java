package org.trefoil.executor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trefoil.executor.plan.Hospital.count;
import static org.trefoil.executor.plan.Hospital.group;
import static org.trefoil.executor.plan.Hospital.max;
import static org.trefoil.executor.plan.Hospital.number;
import static org.trefoil.executor.plan.Hospital.plan;
import static org.trefoil.executor.plan.Hospital.ref;
import static org.trefoil.executor.plan.Hospital.sum;
import static org.trefoil.executor.plan.Hospital.test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.math3.optim.MaxIter;
import org.apache.commons.math3.optim.linear.LinearConstraint;
import org.apache.commons.math3.optim.linear.LinearConstraintSet;
import org.apache.commons.math3.optim.linear.LinearObjectiveFunction;
import org.apache.commons.math3.optim.linear.NonNegativeConstraint;
import org.apache.commons.math3.optim.linear.Relationship;
import org.apache.commons.math3.optim.linear.SimplexSolver;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.junit.jupiter.api.Test;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.random.Prg;

/**
 * An attacker with linear programs over 10,000 results of random tables: groups, totals beside
 * groups, ROLLUP, CUBE, unions of totals, totals that come by a join or an inner aggregate. Of what
 * the policy lets pass it learns of no group that is held back how many rows it has, within 0 and
 * k-1, and what they add up to. The same attacker does learn it from most of what is refused.
 */
class HierarchyAttackTest {
  private static final int TABLES = 10_000;

  /** Of those that are refused so many are attacked, to see that the attack is one. */
  private static final int CONTROLS = 150;

  private static final int SIDE = 3;
  private static final int CELLS = SIDE * SIDE;
  private static final int MOST = 1000;

  /** Stands in a column that a level of a hierarchy leaves out. */
  private static final long ALL = -1;

  private static final List<Field> PEOPLE =
      List.of(
          new Field("id", DataType.BIGINT, false),
          new Field("region", DataType.INT, false),
          new Field("kind", DataType.INT, false),
          new Field("value", DataType.INT, false));

  private static Catalog catalog(int k) {
    return Catalog.of(List.of(people("clinic", k), people("free", 1)));
  }

  private static TableDescriptor people(String owner, int k) {
    return new TableDescriptor(
        owner,
        "people",
        PEOPLE,
        List.of(List.of("id")),
        100,
        TablePolicy.builder(k).other(ColumnPolicy.of(Verb.values())).build());
  }

  private static Rel scan(String owner) {
    return new Rel.Scan(owner, "people", PEOPLE);
  }

  // ---- results: (region or ALL, kind or ALL, rows, sum), where there is one of a cell's values

  /** A way to ask for some of the levels; a level is which of region and kind it groups by. */
  private enum Shape {
    /** GROUP BY, or a total. */
    ONE,
    /** As Spark plans GROUPING SETS. */
    EXPAND,
    /** UNION ALL of aggregates. */
    UNION,
    /** A total joined with groups. */
    CROSS,
    /** A total by an inner aggregate whose value is shown. */
    INNER,
    /** Levels in what the table is joined with. */
    LEVELS;

    /** Whether it is about the first level, whatever comes beside it. */
    boolean oneLevel() {
      return this == ONE || this == CROSS || this == INNER;
    }

    Rel query(List<Integer> levels) {
      Rel clinic = scan("clinic");
      return switch (this) {
        case ONE -> grouped(clinic, levels.get(0));
        case EXPAND -> {
          Rel all = new Rel.Union(levels.stream().map(level -> levelled("clinic", level)).toList());
          yield group(all, List.of(ref(all, 1), ref(all, 2)), count(), sum(ref(all, 3)));
        }
        case UNION -> new Rel.Union(levels.stream().map(level -> grouped(clinic, level)).toList());
        case CROSS -> {
          Rel groups = grouped(clinic, levels.get(0));
          Rel total = group(clinic, List.of(), count(), sum(ref(clinic, 3)));
          yield new Rel.Join(
              Rel.Join.Kind.INNER, groups, total, new Expr.Literal(DataType.BOOLEAN, true));
        }
        case INNER -> {
          Rel total = group(clinic, List.of(), count(), sum(ref(clinic, 3)));
          Rel both =
              new Rel.Join(
                  Rel.Join.Kind.INNER, clinic, total, new Expr.Literal(DataType.BOOLEAN, true));
          yield group(
              both,
              groups(both, levels.get(0)),
              count(),
              sum(ref(both, 3)),
              max(ref(both, 4)),
              max(ref(both, 5)));
        }
        case LEVELS -> {
          Rel all = new Rel.Union(levels.stream().map(level -> levelled("free", level)).toList());
          Rel both =
              new Rel.Join(
                  Rel.Join.Kind.INNER,
                  clinic,
                  all,
                  test(
                      Function.EQUAL,
                      ref(clinic, 0),
                      new Expr.FieldRef(4, DataType.BIGINT, false)));
          yield group(both, List.of(ref(both, 5), ref(both, 6)), count(), sum(ref(both, 3)));
        }
      };
    }

    private static Rel levelled(String owner, int level) {
      Rel people = scan(owner);
      return new Rel.Project(
          people,
          List.of(
              ref(people, 0),
              (level & 1) != 0 ? ref(people, 1) : number(DataType.INT, ALL),
              (level & 2) != 0 ? ref(people, 2) : number(DataType.INT, ALL),
              ref(people, 3)),
          List.of("id", "region", "kind", "value"));
    }

    private static List<Expr> groups(Rel rel, int level) {
      List<Expr> groups = new ArrayList<>();
      for (int column = 0; column < 2; column++) {
        if ((level >> column & 1) != 0) {
          groups.add(ref(rel, 1 + column));
        }
      }
      return groups;
    }

    /** One level, its columns where they are in all levels. */
    private static Rel grouped(Rel people, int level) {
      List<Expr> by = groups(people, level);
      Rel groups = group(people, by, count(), sum(ref(people, 3)));
      List<Expr> columns = new ArrayList<>();
      int next = 0;
      for (int column = 0; column < 2; column++) {
        columns.add((level >> column & 1) != 0 ? ref(groups, next++) : number(DataType.INT, ALL));
      }
      columns.add(ref(groups, next));
      columns.add(ref(groups, next + 1));
      return new Rel.Project(groups, columns, List.of("region", "kind", "n", "s"));
    }

    /** The groups that a row of the result shows. */
    List<Shown> read(List<Object> row, int level) {
      if (this != INNER) {
        Shown first = new Shown(cells(row.get(0), row.get(1)), row.get(2), row.get(3));
        return this == CROSS
            ? List.of(first, new Shown((1 << CELLS) - 1, row.get(4), row.get(5)))
            : List.of(first);
      }
      int columns = Integer.bitCount(level);
      Object region = (level & 1) != 0 ? row.get(0) : (Object) ALL;
      Object kind = (level & 2) != 0 ? row.get(columns - 1) : (Object) ALL;
      return List.of(
          new Shown(cells(region, kind), row.get(columns), row.get(columns + 1)),
          new Shown((1 << CELLS) - 1, row.get(columns + 2), row.get(columns + 3)));
    }
  }

  /** The cells of a group, as bits. */
  private static int cells(Object region, Object kind) {
    int cells = 0;
    for (int cell = 0; cell < CELLS; cell++) {
      boolean in = (Long) region == ALL || (Long) region == cell / SIDE;
      if (in && ((Long) kind == ALL || (Long) kind == cell % SIDE)) {
        cells |= 1 << cell;
      }
    }
    return cells;
  }

  /** A group of a result, which is of some cells. */
  private record Shown(int cells, Object rows, Object sum) {}

  /** The groups that a result may have. */
  private static Set<Integer> asked(Shape shape, List<Integer> levels) {
    Set<Integer> groups = new LinkedHashSet<>();
    for (int level : shape.oneLevel() ? levels.subList(0, 1) : levels) {
      for (int cell = 0; cell < CELLS; cell++) {
        groups.add(
            cells(
                (level & 1) != 0 ? (long) (cell / SIDE) : ALL,
                (level & 2) != 0 ? (long) (cell % SIDE) : ALL));
      }
    }
    return groups;
  }

  // ---- the attack

  /**
   * What follows from a result: of each cell how many rows, then what they add up to.
   *
   * @param held groups that are held back: they have less than k rows
   */
  private static LinearConstraintSet knowledge(List<Shown> shown, Set<Integer> held, int k) {
    List<LinearConstraint> known = new ArrayList<>();
    for (Shown group : shown) {
      known.add(equal(indicator(group.cells(), 0), (Long) group.rows()));
      if (group.sum() != null) {
        known.add(equal(indicator(group.cells(), CELLS), (Long) group.sum()));
      }
    }
    for (int group : held) {
      known.add(new LinearConstraint(indicator(group, 0), Relationship.LEQ, k - 1));
    }
    for (int cell = 0; cell < CELLS; cell++) {
      double[] most = indicator(1 << cell, CELLS);
      most[cell] = -MOST;
      known.add(new LinearConstraint(most, Relationship.LEQ, 0));
    }
    return new LinearConstraintSet(known);
  }

  private static LinearConstraint equal(double[] of, long value) {
    return new LinearConstraint(of, Relationship.EQ, value);
  }

  private static double[] indicator(int cells, int from) {
    double[] indicator = new double[2 * CELLS];
    for (int cell = 0; cell < CELLS; cell++) {
      indicator[from + cell] = cells >> cell & 1;
    }
    return indicator;
  }

  private static double extreme(double[] of, LinearConstraintSet known, GoalType goal) {
    return new SimplexSolver()
        .optimize(
            new MaxIter(2000),
            new LinearObjectiveFunction(of, 0),
            known,
            goal,
            new NonNegativeConstraint(true))
        .getValue();
  }

  /** Whether more is known of some group that is held back than that it is. */
  private static boolean succeeds(List<Shown> shown, Set<Integer> held, int k) {
    LinearConstraintSet known = knowledge(shown, held, k);
    for (int group : held) {
      double most = extreme(indicator(group, 0), known, GoalType.MAXIMIZE);
      double least = extreme(indicator(group, 0), known, GoalType.MINIMIZE);
      double greatest = extreme(indicator(group, CELLS), known, GoalType.MAXIMIZE);
      double smallest = extreme(indicator(group, CELLS), known, GoalType.MINIMIZE);
      if (most < k - 1 - 1e-6
          || least > 1e-6
          || greatest < (k - 1) * (double) MOST - 1e-6
          || smallest > 1e-6) {
        return true;
      }
    }
    return false;
  }

  @Test
  void learnsNothingOfWhatIsHeldBack() {
    Prg random = TestWorld.fresh().data("hierarchies");
    int attacked = 0;
    int controls = 0;
    int successes = 0;
    for (int t = 0; t < TABLES; t++) {
      int k = 2 + random.below(4);
      Shape shape = Shape.values()[random.below(Shape.values().length)];
      List<Integer> levels = levels(random);
      Trial trial;
      boolean refused = refused(shape, levels, k);
      if (refused && controls >= CONTROLS) {
        continue;
      }
      try {
        trial = new Trial(catalog(k), rows(k, random), plan(shape.query(levels)));
      } catch (TrefoilException e) {
        // Not among what can be computed, refused or not.
        assertThat(e.condition().name()).startsWith("UNSUPPORTED");
        continue;
      }
      List<Shown> shown = new ArrayList<>();
      for (List<Object> row : trial.clear()) {
        shown.addAll(shape.read(row, levels.get(0)));
      }
      Set<Integer> held = asked(shape, levels);
      shown.forEach(group -> held.remove(group.cells()));
      if (held.isEmpty()) {
        continue;
      }
      boolean success = succeeds(shown, held, k);
      if (refused) {
        controls++;
        successes += success ? 1 : 0;
      } else {
        attacked++;
        assertThat(success).as("%s %s, k %s: %s shown", shape, levels, k, shown).isFalse();
      }
    }
    assertThat(attacked).isGreaterThan(500);
    assertThat(controls).isEqualTo(CONTROLS);
    assertThat(successes).isGreaterThan(CONTROLS / 3);
  }

  private static boolean refused(Shape shape, List<Integer> levels, int k) {
    try {
      PolicyCheck.check(plan(shape.query(levels)), catalog(k), "hq");
      return false;
    } catch (TrefoilException e) {
      assertThat(e.condition()).isEqualTo(Condition.POLICY_VIOLATION);
      assertThat(e.getMessage()).contains("a total less the groups that are shown");
      return true;
    }
  }

  private static List<Integer> levels(Prg random) {
    return switch (random.below(5)) {
      case 0 -> List.of(3, 1, 0);
      case 1 -> List.of(3, 1, 2, 0);
      case 2 -> List.of(1, 0);
      case 3 -> List.of(3, 2);
      default -> {
        int first = random.below(4);
        yield List.of(first, (first + 1 + random.below(3)) % 4);
      }
    };
  }

  /** Cells have none, few, k-1, k or more rows; both tables have the same people. */
  private static Map<String, List<List<Object>>> rows(int k, Prg random) {
    List<List<Object>> rows = new ArrayList<>();
    for (int cell = 0; cell < CELLS; cell++) {
      int count =
          switch (random.below(4)) {
            case 0 -> 0;
            case 1 -> random.below(k);
            default -> k + random.below(3);
          };
      for (int r = 0; r < count; r++) {
        rows.add(
            Arrays.asList(
                (long) rows.size(),
                (long) (cell / SIDE),
                (long) (cell % SIDE),
                (long) random.below(MOST + 1)));
      }
    }
    return Map.of("clinic.people", rows, "free.people", rows);
  }
}

package org.trefoil.executor.clear;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.WindowCall;

/**
 * The cross-owner remainder of a plan, suppression included, computed in the clear a row at a time:
 * the oracle that the oblivious operators are compared with. It keeps no secret and is used in
 * tests only.
 */
public final class ClearBackend {
  /**
   * A row that a fragment delivers.
   *
   * @param entity whom it is about, null where an entity column is NULL; the row itself where the
   *     policy names no entity
   */
  public record ClearRow(int branch, List<Object> values, Object entity) {}

  /** A row within the remainder and what it was made from. */
  private record Row(List<Object> values, Map<Origin, Object> origins) {}

  private record Origin(int source, int branch) {}

  private final Split split;
  private final ToIntFunction<Fragment> minGroupSize;
  private final ToIntFunction<Fragment> minOwners;
  private final ToIntFunction<Fragment> dominance;
  private final ToIntFunction<Fragment> ownerDominance;
  private final Predicate<Fragment> absencePublic;
  private final List<List<ClearRow>> sources;
  private final Function<Rel.Scan, List<List<Object>>> tables;

  /** Whether an aggregate above is being evaluated: only revealed groups are held back. */
  private boolean within;

  private ClearBackend(
      Split split,
      ToIntFunction<Fragment> minGroupSize,
      ToIntFunction<Fragment> minOwners,
      ToIntFunction<Fragment> dominance,
      ToIntFunction<Fragment> ownerDominance,
      Predicate<Fragment> absencePublic,
      List<List<ClearRow>> sources,
      Function<Rel.Scan, List<List<Object>>> tables) {
    this.tables = tables;
    this.split = split;
    this.minGroupSize = minGroupSize;
    this.minOwners = minOwners;
    this.dominance = dominance;
    this.ownerDominance = ownerDominance;
    this.absencePublic = absencePublic;
    this.sources = sources;
  }

  /**
   * The revealed rows.
   *
   * @param minGroupSize k of a fragment's table
   * @param minOwners how many owners other than recipients that table asks for
   * @param dominance p of that table, 0 for none
   * @param ownerDominance the same for the owners of a union
   * @param absencePublic whether the policy of a fragment's table says so
   * @param sources the real rows of every source
   */
  public static List<List<Object>> run(
      Split split,
      ToIntFunction<Fragment> minGroupSize,
      ToIntFunction<Fragment> minOwners,
      ToIntFunction<Fragment> dominance,
      ToIntFunction<Fragment> ownerDominance,
      Predicate<Fragment> absencePublic,
      List<List<ClearRow>> sources) {
    return new ClearBackend(
            split,
            minGroupSize,
            minOwners,
            dominance,
            ownerDominance,
            absencePublic,
            sources,
            scan -> List.of())
        .evaluate(split.remainder()).stream().map(Row::values).toList();
  }

  /** The rows of a relation over tables, without suppression: a fragment, or a whole plan. */
  public static List<List<Object>> rows(Rel rel, Function<Rel.Scan, List<List<Object>>> tables) {
    return new ClearBackend(
            new Split(List.of(), rel),
            fragment -> 1,
            fragment -> 1,
            fragment -> 0,
            fragment -> 0,
            fragment -> false,
            List.of(),
            tables)
        .evaluate(rel).stream().map(Row::values).toList();
  }

  /** For every row of a fragment, which row of its table it was made from. */
  public static List<Integer> origins(Rel local, Function<Rel.Scan, List<List<Object>>> tables) {
    return new ClearBackend(
            new Split(List.of(), local),
            fragment -> 1,
            fragment -> 1,
            fragment -> 0,
            fragment -> 0,
            fragment -> false,
            List.of(),
            tables)
        .evaluate(local).stream()
            .map(row -> (Integer) row.origins().get(new Origin(0, 0)))
            .toList();
  }

  private List<Row> evaluate(Rel rel) {
    if (rel instanceof Rel.Input input) {
      return sources.get(input.source()).stream()
          .map(
              row ->
                  new Row(
                      row.values(),
                      Map.of(
                          new Origin(input.source(), row.branch()),
                          row.entity() == null ? Absent.ENTITY : row.entity())))
          .toList();
    }
    if (rel instanceof Rel.Scan scan) {
      List<Row> rows = new ArrayList<>();
      for (List<Object> values : tables.apply(scan)) {
        rows.add(new Row(values, Map.of(new Origin(0, 0), rows.size())));
      }
      return rows;
    }
    if (rel instanceof Rel.Union union) {
      return union.inputs().stream().flatMap(in -> evaluate(in).stream()).toList();
    }
    if (rel instanceof Rel.Filter filter) {
      return evaluate(filter.input()).stream()
          .filter(
              row ->
                  Boolean.TRUE.equals(ClearExpressions.evaluate(filter.condition(), row.values())))
          .toList();
    }
    if (rel instanceof Rel.Project project) {
      return evaluate(project.input()).stream()
          .map(row -> new Row(values(project.expressions(), row), row.origins()))
          .toList();
    }
    if (rel instanceof Rel.Join join) {
      return join(join);
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return aggregate(aggregate);
    }
    if (rel instanceof Rel.Window window) {
      return window(window);
    }
    if (rel instanceof Rel.Sort sort) {
      return evaluate(sort.input()).stream().sorted(order(sort.keys())).toList();
    }
    if (rel instanceof Rel.Limit limit) {
      return evaluate(limit.input()).stream().skip(limit.offset()).limit(limit.count()).toList();
    }
    throw new TrefoilException(
        Condition.UNSUPPORTED_OPERATION,
        "Cannot evaluate " + rel.getClass().getSimpleName() + " over tables of several owners");
  }

  private List<Row> join(Rel.Join join) {
    List<Row> left = evaluate(join.left());
    List<Row> right = evaluate(join.right());
    List<Row> rows = new ArrayList<>();
    Set<Row> matched = Collections.newSetFromMap(new IdentityHashMap<>());
    Row noLeft = nulls(join.left());
    Row noRight = nulls(join.right());
    Rel.Join.Kind kind = join.kind();
    for (Row l : left) {
      boolean any = false;
      for (Row r : right) {
        Row pair = beside(l, r);
        if (Boolean.TRUE.equals(ClearExpressions.evaluate(join.condition(), pair.values()))) {
          any = true;
          matched.add(r);
          if (kind.returnsRight()) {
            rows.add(pair);
          }
        }
      }
      switch (kind) {
        case LEFT, FULL -> rows.addAll(any ? List.of() : List.of(beside(l, noRight)));
        case LEFT_SEMI -> rows.addAll(any ? List.of(l) : List.of());
        case LEFT_ANTI -> rows.addAll(any ? List.of() : List.of(l));
        case EXISTENCE -> rows.add(beside(l, new Row(List.of(any), Map.of())));
        default -> {}
      }
    }
    if (kind == Rel.Join.Kind.RIGHT || kind == Rel.Join.Kind.FULL) {
      right.stream().filter(r -> !matched.contains(r)).forEach(r -> rows.add(beside(noLeft, r)));
    }
    return rows;
  }

  private static Row nulls(Rel rel) {
    return new Row(Arrays.asList(new Object[rel.fields().size()]), Map.of());
  }

  private static Row beside(Row left, Row right) {
    List<Object> values = new ArrayList<>(left.values());
    values.addAll(right.values());
    Map<Origin, Object> origins = new HashMap<>(left.origins());
    origins.putAll(right.origins());
    return new Row(values, origins);
  }

  private List<Row> aggregate(Rel.Aggregate aggregate) {
    Map<List<Object>, List<Row>> groups = new LinkedHashMap<>();
    if (aggregate.groups().isEmpty()) {
      groups.put(List.of(), new ArrayList<>());
    }
    boolean inner = within;
    within = true;
    List<Row> input = evaluate(aggregate.input());
    within = inner;
    for (Row row : input) {
      groups.computeIfAbsent(values(aggregate.groups(), row), k -> new ArrayList<>()).add(row);
    }
    List<Row> released = new ArrayList<>();
    groups.forEach(
        (key, rows) -> {
          if (inner || released(aggregate, rows)) {
            List<Object> values = new ArrayList<>(key);
            boolean shown = true;
            for (AggregateCall call : aggregate.calls()) {
              boolean stands = stands(aggregate, call, rows);
              shown &= stands || call.nullable();
              values.add(stands ? rounded(call, call(call, rows)) : null);
            }
            if (shown) {
              released.add(new Row(values, Map.of()));
            }
          }
        });
    return released;
  }

  /** Whether enough rows weigh in every part of an aggregate. */
  private boolean stands(Rel.Aggregate aggregate, AggregateCall call, List<Row> rows) {
    return call.weighing().stream()
            .allMatch(part -> released(aggregate, of(part, rows), !rows.isEmpty()))
        && call.apart().stream().allMatch(piece -> noneOrReleased(aggregate, of(piece, rows)))
        && call.magnitudes().stream().noneMatch(term -> dominated(aggregate, term, rows));
  }

  /**
   * Whether a table's greatest entity, or a union's greatest owner, is too much of a sum's term.
   */
  private boolean dominated(Rel.Aggregate aggregate, Expr term, List<Row> rows) {
    for (int source : inputs(aggregate)) {
      int ofOwners = 0;
      Map<Object, BigDecimal> owners = new HashMap<>();
      for (Fragment fragment : split.sources().get(source).branches()) {
        ofOwners = Math.max(ofOwners, ownerDominance.applyAsInt(fragment));
        Map<Object, BigDecimal> entities = new HashMap<>();
        for (Row row : rows) {
          Object entity = row.origins().get(new Origin(source, fragment.branch()));
          if (entity != null) {
            BigDecimal weight =
                ClearExpressions.number(ClearExpressions.evaluate(term, row.values()));
            owners.merge(fragment.owner(), weight, BigDecimal::add);
            if (entity != Absent.ENTITY) {
              entities.merge(entity, weight, BigDecimal::add);
            }
          }
        }
        if (dominates(entities, dominance.applyAsInt(fragment))) {
          return true;
        }
      }
      if (dominates(owners, ofOwners)) {
        return true;
      }
    }
    return false;
  }

  private static boolean dominates(Map<Object, BigDecimal> weights, int percent) {
    List<BigDecimal> greatest =
        weights.values().stream().sorted(Comparator.reverseOrder()).toList();
    BigDecimal others = greatest.stream().skip(2).reduce(BigDecimal.ZERO, BigDecimal::add);
    return !greatest.isEmpty()
        && others
                .multiply(BigDecimal.valueOf(100))
                .compareTo(greatest.get(0).multiply(BigDecimal.valueOf(percent)))
            < 0;
  }

  private static List<Row> of(Expr condition, List<Row> rows) {
    return rows.stream()
        .filter(r -> Boolean.TRUE.equals(ClearExpressions.evaluate(condition, r.values())))
        .toList();
  }

  /** As {@link #released}, but a table that has no entity among the rows has enough. */
  private boolean noneOrReleased(Rel.Aggregate aggregate, List<Row> rows) {
    if (!rows.isEmpty() && !enoughOwners(aggregate, rows)) {
      return false;
    }
    for (int source : inputs(aggregate)) {
      for (Fragment fragment : split.sources().get(source).branches()) {
        Set<Object> distinct = new HashSet<>();
        rows.forEach(r -> distinct.add(r.origins().get(new Origin(source, fragment.branch()))));
        distinct.remove(null);
        distinct.remove(Absent.ENTITY);
        if (!distinct.isEmpty() && distinct.size() < minGroupSize.applyAsInt(fragment)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean released(Rel.Aggregate aggregate, List<Row> rows) {
    return released(aggregate, rows, !rows.isEmpty());
  }

  /**
   * Whether every table with k above 1 has k among the rows, or none where that may show.
   *
   * @param some whether the group has rows at all
   */
  private boolean released(Rel.Aggregate aggregate, List<Row> rows, boolean some) {
    if (!enoughOwners(aggregate, rows)) {
      return false;
    }
    for (int source : inputs(aggregate)) {
      List<Fragment> branches = split.sources().get(source).branches();
      for (Fragment fragment : branches) {
        int k = minGroupSize.applyAsInt(fragment);
        if (k <= 1) {
          continue;
        }
        Set<Object> distinct = new HashSet<>();
        boolean contributes = false;
        for (Row row : rows) {
          Object entity = row.origins().get(new Origin(source, fragment.branch()));
          contributes |= entity != null;
          if (entity != null && entity != Absent.ENTITY) {
            distinct.add(entity);
          }
        }
        boolean mayBeAbsent =
            branches.size() > 1 && absencePublic.test(fragment) && some && !contributes;
        if (distinct.size() < k && !mayBeAbsent) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean enoughOwners(Rel.Aggregate aggregate, List<Row> rows) {
    int least =
        inputs(aggregate).stream()
            .flatMap(source -> split.sources().get(source).branches().stream())
            .mapToInt(minOwners)
            .max()
            .orElse(1);
    if (least <= 1) {
      return true;
    }
    Set<String> owners = new HashSet<>();
    for (Row row : rows) {
      for (Origin of : row.origins().keySet()) {
        owners.add(split.sources().get(of.source()).branches().get(of.branch()).owner());
      }
    }
    split.release().recipients().forEach(r -> owners.remove(r.replaceFirst(".*:", "")));
    return owners.size() >= least;
  }

  private static Set<Integer> inputs(Rel rel) {
    Set<Integer> found = new HashSet<>();
    if (rel instanceof Rel.Input input) {
      found.add(input.source());
    }
    rel.inputs().forEach(in -> found.addAll(inputs(in)));
    return found;
  }

  private static Object rounded(AggregateCall call, Object exact) {
    if (exact == null || call.rounding() == 1) {
      return exact;
    }
    BigDecimal unit = BigDecimal.valueOf(call.rounding());
    return ClearExpressions.convert(
        ClearExpressions.number(exact).divide(unit, 0, RoundingMode.HALF_UP).multiply(unit),
        call.type());
  }

  private static Object call(AggregateCall call, List<Row> rows) {
    if (call.argument().isEmpty()) {
      return (long) rows.size();
    }
    List<Object> values =
        rows.stream()
            .map(row -> ClearExpressions.evaluate(call.argument().orElseThrow(), row.values()))
            .filter(v -> v != null)
            .toList();
    return switch (call.kind()) {
      case COUNT -> (long) values.size();
      case SUM ->
          values.isEmpty()
              ? null
              : ClearExpressions.convert(
                  values.stream()
                      .map(ClearExpressions::number)
                      .reduce(BigDecimal.ZERO, BigDecimal::add),
                  call.type());
      case MIN -> values.stream().min(ClearExpressions::compare).orElse(null);
      case MAX -> values.stream().max(ClearExpressions::compare).orElse(null);
      case QUANTILE -> {
        List<Object> sorted = values.stream().sorted(ClearExpressions::compare).toList();
        yield sorted.isEmpty()
            ? null
            : sorted.get((int) call.position().orElseThrow().of(sorted.size()));
      }
    };
  }

  private List<Row> window(Rel.Window window) {
    Comparator<Row> order = order(window.keys());
    Map<List<Object>, List<Row>> partitions = new LinkedHashMap<>();
    for (Row row : evaluate(window.input())) {
      partitions.computeIfAbsent(values(window.partitions(), row), k -> new ArrayList<>()).add(row);
    }
    List<Row> all = new ArrayList<>();
    for (List<Row> partition : partitions.values()) {
      List<Row> sorted = partition.stream().sorted(order).toList();
      for (int r = 0; r < sorted.size(); r++) {
        List<Object> values = new ArrayList<>(sorted.get(r).values());
        for (WindowCall call : window.calls()) {
          values.add(called(call, sorted, r, order));
        }
        all.add(new Row(values, sorted.get(r).origins()));
      }
    }
    return all;
  }

  private static Object called(WindowCall call, List<Row> sorted, int r, Comparator<Row> order) {
    Row row = sorted.get(r);
    long before = sorted.stream().filter(o -> order.compare(o, row) < 0).count();
    List<Row> upTo =
        call.ofPeers()
            ? sorted.stream().filter(o -> order.compare(o, row) <= 0).toList()
            : sorted.subList(0, r + 1);
    return switch (call.kind()) {
      case ROW_NUMBER -> r + 1L;
      case RANK -> before + 1;
      case DENSE_RANK -> {
        long keys = 1;
        for (int o = 1; o <= r; o++) {
          keys += order.compare(sorted.get(o - 1), sorted.get(o)) == 0 ? 0 : 1;
        }
        yield keys;
      }
      case SUM, SUM_OF_PEERS ->
          call(new AggregateCall(AggregateCall.Kind.SUM, call.argument(), call.type()), upTo);
      case COUNT, COUNT_OF_PEERS ->
          call(new AggregateCall(AggregateCall.Kind.COUNT, call.argument(), call.type()), upTo);
      case LAG -> {
        int other = r - call.offset();
        yield other < 0 || other >= sorted.size()
            ? null
            : ClearExpressions.evaluate(call.argument().orElseThrow(), sorted.get(other).values());
      }
    };
  }

  private static Comparator<Row> order(List<Rel.Sort.Key> keys) {
    return (a, b) -> {
      for (Rel.Sort.Key key : keys) {
        Object left = ClearExpressions.evaluate(key.expression(), a.values());
        Object right = ClearExpressions.evaluate(key.expression(), b.values());
        int sign;
        if (left == null || right == null) {
          sign = left == right ? 0 : (left == null) == key.nullsFirst() ? -1 : 1;
        } else {
          sign = ClearExpressions.compare(left, right) * (key.ascending() ? 1 : -1);
        }
        if (sign != 0) {
          return sign;
        }
      }
      return 0;
    };
  }

  private static List<Object> values(List<Expr> expressions, Row row) {
    List<Object> values = new ArrayList<>();
    expressions.forEach(e -> values.add(ClearExpressions.evaluate(e, row.values())));
    return values;
  }

  /** Stands for an entity that is NULL and so is not counted. */
  private enum Absent {
    ENTITY
  }
}

package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.aggregate.Mode;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.WindowCall;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * MODE: rows are counted by group and value, numbered within the group from the most frequent value
 * on, and the first is kept. How often it occurs is not revealed. NULLs count as none, so that
 * their number comes last. Of equally frequent values the least is taken where Spark takes any.
 *
 * @param once whether every value counts once
 * @param least whether the least of equally frequent values is taken, else the greatest
 */
record MostFrequent(Expr value, boolean once, boolean least) {
  /** Whether {@code mode} takes the least of equally frequent values. */
  static boolean least(Mode mode) {
    return mode.reverseOpt().isEmpty() || (Boolean) mode.reverseOpt().get();
  }

  /** The groups of {@code input}, each with the value. */
  Rel rel(Rel input, List<Expr> groups, List<String> names) {
    List<Expr> pair = new ArrayList<>(groups);
    pair.add(value);
    AggregateCall times =
        new AggregateCall(
            AggregateCall.Kind.COUNT, Optional.of(value).filter(Expr::nullable), DataType.BIGINT);
    List<String> pairNames = new ArrayList<>(names);
    pairNames.add("mode_value");
    pairNames.add("mode_times");
    Rel pairs = new Rel.Aggregate(input, pair, List.of(times), pairNames);
    List<Expr> same = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      same.add(ref(pairs, i));
    }
    Expr picked = ref(pairs, groups.size());
    List<Rel.Sort.Key> order = new ArrayList<>();
    if (!once) {
      order.add(new Rel.Sort.Key(ref(pairs, groups.size() + 1), false, false));
    }
    order.add(new Rel.Sort.Key(picked, least, false));
    Rel numbered =
        new Rel.Window(
            pairs,
            same,
            order,
            List.of(new WindowCall(WindowCall.Kind.ROW_NUMBER, Optional.empty(), DataType.INT, 0)),
            List.of("mode_place"));
    Expr first =
        new Expr.Call(
            Function.EQUAL,
            List.of(ref(numbered, groups.size() + 2), new Expr.Literal(DataType.INT, 1L)),
            DataType.BOOLEAN,
            false);
    List<String> all = new ArrayList<>(names);
    all.add("mode");
    return new Rel.Aggregate(
        new Rel.Filter(numbered, first),
        same,
        List.of(new AggregateCall(AggregateCall.Kind.MIN, Optional.of(picked), value.type())),
        all);
  }

  private static Expr ref(Rel rel, int index) {
    Field field = rel.fields().get(index);
    return new Expr.FieldRef(index, field.type(), field.nullable());
  }
}

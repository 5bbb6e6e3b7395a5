package org.trefoil.api.policy;

import java.util.List;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.WindowCall;

/**
 * Holds a plan to the columns' {@code aggregates}. An AVG is its sum and its count. A SUM is a sum
 * of a column where the column is added up with others, negated, chosen by CASE or multiplied by a
 * constant; where it is multiplied or divided by a column, its own square included, or goes through
 * another function, it is one of its moments. What is only compared is no aggregate of it: that
 * needs {@code filter}.
 */
final class AggregateCheck {
  private final NormalForm form;

  private AggregateCheck(NormalForm form) {
    this.form = form;
  }

  /**
   * @throws TrefoilException POLICY_VIOLATION naming column, table and aggregate
   */
  static void check(NormalForm form) {
    AggregateCheck check = new AggregateCheck(form);
    for (NormalForm.Item item : form.items()) {
      if (item instanceof NormalForm.Grouped grouped && grouped.written()) {
        for (AggregateCall call : grouped.calls()) {
          call.argument().ifPresent(argument -> check.walk(argument, word(call.kind())));
        }
      } else if (item instanceof NormalForm.Windowed windowed) {
        for (WindowCall call : windowed.calls()) {
          if (call.isSum() || call.isCount()) {
            Aggregated word = call.isSum() ? Aggregated.SUM : Aggregated.COUNT;
            call.argument().ifPresent(argument -> check.walk(argument, word));
          }
        }
      }
    }
  }

  private static Aggregated word(AggregateCall.Kind kind) {
    return switch (kind) {
      case COUNT -> Aggregated.COUNT;
      case SUM -> Aggregated.SUM;
      case MIN -> Aggregated.MIN;
      case MAX -> Aggregated.MAX;
      case QUANTILE -> Aggregated.PERCENTILE;
    };
  }

  /** Over the columns of all items. */
  private void walk(Expr expr, Aggregated word) {
    if (expr instanceof Expr.FieldRef ref) {
      if (form.item(ref.index()) instanceof NormalForm.Leaf leaf) {
        for (NormalForm.Branch branch : leaf.branches()) {
          local(branch.outputs().get(ref.index() - leaf.offset()), branch, word);
        }
      } else if (form.item(ref.index()) instanceof NormalForm.Windowed windowed
          && windowed.call(ref.index()).isPresent()) {
        WindowCall call = windowed.call(ref.index()).get();
        call.argument().filter(a -> !call.isPlace()).ifPresent(a -> walk(a, word));
      } else if (!isCount(ref.index())) {
        form.behind(ref.index()).forEach(e -> walk(e, word));
      }
    } else if (expr instanceof Expr.Call call) {
      for (int i = 0; i < call.arguments().size(); i++) {
        if (delivers(call, i)) {
          walk(call.arguments().get(i), word(call, i, word));
        }
      }
    }
  }

  /** A count of rows within the query shows no value of what it counts. */
  private boolean isCount(int column) {
    if (!(form.item(column) instanceof NormalForm.Grouped grouped)) {
      return false;
    }
    int call = column - grouped.offset() - grouped.groups().size();
    return call >= 0 && grouped.calls().get(call).kind() == AggregateCall.Kind.COUNT;
  }

  private static void local(Expr expr, NormalForm.Branch branch, Aggregated word) {
    if (expr instanceof Expr.FieldRef ref) {
      require(branch.table(), branch.rel().fields().get(ref.index()).name(), word);
    } else if (expr instanceof Expr.Call call) {
      for (int i = 0; i < call.arguments().size(); i++) {
        if (delivers(call, i)) {
          local(call.arguments().get(i), branch, word(call, i, word));
        }
      }
    }
  }

  private static boolean delivers(Expr.Call call, int argument) {
    return PolicyCheck.delivers(call, argument);
  }

  /** What an aggregate of a call is for its argument {@code i}. */
  private static Aggregated word(Expr.Call call, int i, Aggregated word) {
    if (word != Aggregated.SUM) {
      return word;
    }
    boolean linear =
        switch (call.function()) {
          case ADD, SUBTRACT, NEGATE, CAST, CASE, COALESCE -> true;
          case MULTIPLY -> Expressions.refs(call.arguments().get(1 - i)).isEmpty();
          case DIVIDE -> i == 0 && Expressions.refs(call.arguments().get(1)).isEmpty();
          default -> false;
        };
    return linear ? word : Aggregated.MOMENTS;
  }

  private static void require(TableDescriptor table, String column, Aggregated word) {
    var allowed = table.policy().column(column).aggregates();
    if (allowed.isEmpty() || allowed.get().contains(word)) {
      return;
    }
    List<String> words = allowed.get().stream().map(Aggregated::word).sorted().toList();
    throw new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot compute \""
            + word.word()
            + "\" of column "
            + column
            + " of table "
            + table.name()
            + ": its policy lists under aggregates "
            + (words.isEmpty() ? "nothing" : "only " + String.join(", ", words))
            + ". Use one of these, or ask owner "
            + table.owner()
            + " to list it.");
  }
}

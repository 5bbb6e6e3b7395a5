package org.trefoil.spark.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Walks over Catalyst's trees from Java. */
final class Trees {
  private Trees() {}

  static <T> List<T> list(scala.collection.Seq<T> seq) {
    return List.copyOf(CollectionConverters.asJava(seq));
  }

  static <T> Seq<T> seq(List<? extends T> list) {
    return CollectionConverters.<T>asScala(new ArrayList<T>(list)).toList();
  }

  /** Replaces, from the top down, what {@code replacement} has an answer for. */
  static Expression replace(
      Expression expression, Function<Expression, Optional<Expression>> replacement) {
    Optional<Expression> found = replacement.apply(expression);
    if (found.isPresent()) {
      return found.get();
    }
    List<Expression> children = list(expression.children());
    List<Expression> replaced = new ArrayList<>();
    boolean changed = false;
    for (Expression child : children) {
      Expression now = replace(child, replacement);
      changed |= now != child;
      replaced.add(now);
    }
    return changed ? expression.withNewChildren(seq(replaced)) : expression;
  }

  /** Applies {@code change} to the children of {@code plan}. */
  static LogicalPlan withChildren(LogicalPlan plan, UnaryOperator<LogicalPlan> change) {
    List<LogicalPlan> children = list(plan.children());
    List<LogicalPlan> changed = children.stream().map(change).toList();
    for (int i = 0; i < children.size(); i++) {
      if (children.get(i) != changed.get(i)) {
        return plan.withNewChildren(seq(changed));
      }
    }
    return plan;
  }

  /** The condition that all of {@code conjuncts}, at least one, make. */
  static Expression conjunction(List<Expression> conjuncts) {
    Expression all = conjuncts.get(0);
    for (Expression conjunct : conjuncts.subList(1, conjuncts.size())) {
      all = new And(all, conjunct);
    }
    return all;
  }

  /** {@code value} under a name and an identity. */
  static Alias alias(Expression value, String name, ExprId id) {
    return new Alias(value, name, id, seq(List.of()), scala.Option.empty(), seq(List.of()));
  }

  /** {@code value} under a name, with an identity of its own. */
  static Alias alias(Expression value, String name) {
    return alias(value, name, NamedExpression.newExprId());
  }

  /** The conjuncts of a condition. */
  static List<Expression> conjuncts(Expression condition) {
    if (condition instanceof And and) {
      List<Expression> all = new ArrayList<>(conjuncts(and.left()));
      all.addAll(conjuncts(and.right()));
      return all;
    }
    return List.of(condition);
  }

  /** {@code outputs} with others in place of some attributes. */
  static Map<ExprId, Expression> replaced(
      Map<ExprId, Expression> outputs, Map<ExprId, Expression> others) {
    Map<ExprId, Expression> changed = new HashMap<>();
    outputs.forEach(
        (id, value) ->
            changed.put(
                id,
                replace(
                    value,
                    e ->
                        e instanceof Attribute a
                            ? Optional.ofNullable(others.get(a.exprId()))
                            : Optional.empty())));
    return changed;
  }
}

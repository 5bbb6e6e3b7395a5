package org.trefoil.api.plan;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Finds in which ring columns and expressions are computed: what meets has one ring. */
final class Rings {
  /** An expression over columns that are made at {@code scope}. */
  private record Site(List<Origin> scope, Expr expr) {}

  private final ValueBounds bounds;
  private final Classes<Object> members = new Classes<>();
  private final Map<Object, Integer> bits = new LinkedHashMap<>();

  Rings(ValueBounds bounds) {
    this.bounds = bounds;
  }

  void add(Origin column) {
    members.add(column);
  }

  /** Both are computed in one ring. */
  void unite(Object a, Object b) {
    members.unite(a, b);
  }

  /** The member needs a ring of at least so many bits. */
  void require(Object member, int needed) {
    members.add(member);
    bits.merge(member, needed, Math::max);
  }

  /** Puts an expression and what it is computed from into one ring; its member. */
  Object site(List<Origin> scope, Expr expr) {
    Object site = member(scope, expr);
    members.add(site);
    bits.merge(site, bounds.of(scope, expr).signedBits(), Math::max);
    parts(scope, expr, site);
    return site;
  }

  private static Object member(List<Origin> scope, Expr expr) {
    Map<Integer, Integer> places = new HashMap<>();
    List<Origin> used = Expressions.refs(expr).stream().map(scope::get).distinct().toList();
    Expressions.refs(expr).forEach(ref -> places.put(ref, used.indexOf(scope.get(ref))));
    return new Site(
        used,
        Expressions.plain(
            Expressions.replaceRefs(
                expr, ref -> new Expr.FieldRef(places.get(ref.index()), ref.type(), true))));
  }

  private void parts(List<Origin> scope, Expr expr, Object site) {
    if (expr instanceof Expr.FieldRef ref) {
      if (expr.type().isSummable()) {
        Origin column = scope.get(ref.index());
        members.unite(site, column);
        bits.merge(column, bounds.of(column).signedBits(), Math::max);
      }
    } else if (expr instanceof Expr.Call call) {
      // Every intermediate value has to fit as well.
      bits.merge(site, bounds.of(scope, expr).signedBits(), Math::max);
      if (call.function() == Function.DIVIDE) {
        bits.merge(site, dividend(scope, call).signedBits(), Math::max);
      }
      for (int i = 0; i < call.arguments().size(); i++) {
        boolean condition =
            call.function() == Function.CASE && i % 2 == 0 && i + 1 < call.arguments().size();
        if (!condition && call.arguments().get(i).type().isSummable()) {
          parts(scope, call.arguments().get(i), site);
        }
      }
    }
  }

  /** What a division halves to round its quotient: twice the dividend and once the divisor. */
  private Bounds dividend(List<Origin> scope, Expr.Call call) {
    Expr a = call.arguments().get(0);
    Expr b = call.arguments().get(1);
    int digits = call.type().scale() - a.type().scale() + b.type().scale();
    Bounds dividend = bounds.of(scope, a).rescaled(digits);
    Bounds divisor = bounds.of(scope, b);
    BigInteger most = greatest(dividend).shiftLeft(1).add(greatest(divisor));
    return new Bounds(most.negate(), most);
  }

  private static BigInteger greatest(Bounds bounds) {
    return bounds.least().abs().max(bounds.greatest().abs());
  }

  /** 64 or 128. */
  int ring(List<Origin> scope, Expr expr) {
    Object site = member(scope, expr);
    if (members.contains(site)) {
      return of(site);
    }
    for (int ref : Expressions.refs(expr)) {
      if (members.contains(scope.get(ref))) {
        return of(scope.get(ref));
      }
    }
    return bounds.of(scope, expr).signedBits() <= 64 ? 64 : 128;
  }

  /** 64 or 128. */
  int ring(Origin column) {
    return of(column);
  }

  private int of(Object member) {
    int needed = 0;
    for (Object m : members.members(member)) {
      needed = Math.max(needed, bits.getOrDefault(m, 0));
    }
    if (needed > 128) {
      throw new TrefoilException(
          Condition.UNBOUNDED_VALUE,
          "Cannot compute with values that may need "
              + needed
              + " bits: there are 128. Declare ranges for the columns.");
    }
    return needed <= 64 ? 64 : 128;
  }
}

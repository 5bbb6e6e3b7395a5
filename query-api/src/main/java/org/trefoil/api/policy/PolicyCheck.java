package org.trefoil.api.policy;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.AggregateCall;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.Plan;

/**
 * Checks a plan against the policies of the tables that it reads: by each executor, and by each
 * owner before it shares a row.
 *
 * <p>The verb that a column needs follows from its place, on the plan's {@link NormalForm}:
 *
 * <ul>
 *   <li>both sides of an equality between two tables: {@code join};
 *   <li>every other condition, what is compared or tested inside any expression, divisors, and
 *       conditions of CASE: {@code filter};
 *   <li>every column of a group expression: {@code group}, besides {@code filter} where it is also
 *       compared in it;
 *   <li>SUM and COUNT of a column: {@code aggregate}; MIN and MAX: {@code rank}; COUNT(*) needs
 *       nothing.
 * </ul>
 *
 * HAVING, ORDER BY and LIMIT read only what is revealed anyway. What Spark's optimizer infers, IS
 * NOT NULL of join keys and conditions copied to the other side of a join, needs nothing.
 */
public final class PolicyCheck {
  private final NormalForm form;
  private final Use use;

  private PolicyCheck(NormalForm form, Use use) {
    this.form = form;
    this.use = use;
  }

  /** Is told of every use of a column. */
  private interface Use {
    void of(TableDescriptor table, String column, Verb verb, String place);
  }

  /**
   * Returns if every policy allows {@code analyst} to run {@code plan}.
   *
   * @throws TrefoilException ROW_LEVEL_ACCESS; ANALYST_NOT_ALLOWED; POLICY_VIOLATION naming the
   *     column, the table and the verb that its policy lacks; TABLE_NOT_FOUND, COLUMN_NOT_FOUND;
   *     UNSUPPORTED_* as {@code Fragments.split}
   */
  public static void check(Plan plan, Catalog catalog, String analyst) {
    PolicyCheck check = new PolicyCheck(NormalForm.of(plan, catalog), PolicyCheck::require);
    check.analyst(analyst);
    check.columns();
  }

  /**
   * What {@code plan} uses each column for, by {@code owner.table} and column: the verbs that
   * {@link #check} asks the policies for. Columns that are only read and never used are absent.
   */
  public static SortedMap<String, SortedMap<String, Set<Verb>>> uses(Plan plan, Catalog catalog) {
    SortedMap<String, SortedMap<String, Set<Verb>>> uses = new TreeMap<>();
    new PolicyCheck(
            NormalForm.of(plan, catalog),
            (table, column, verb, place) ->
                uses.computeIfAbsent(table.name(), name -> new TreeMap<>())
                    .computeIfAbsent(column, name -> EnumSet.noneOf(Verb.class))
                    .add(verb))
        .columns();
    return uses;
  }

  private void analyst(String analyst) {
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (NormalForm.Branch branch : leaf.branches()) {
        Optional<List<String>> analysts = branch.table().policy().analysts();
        if (analysts.isPresent() && !analysts.get().contains(analyst)) {
          throw new TrefoilException(
              Condition.ANALYST_NOT_ALLOWED,
              "Cannot let analyst "
                  + analyst
                  + " query table "
                  + branch.table().name()
                  + ": its policy does not list them. Ask owner "
                  + branch.table().owner()
                  + " to add them under analysts.");
        }
      }
    }
  }

  private void columns() {
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (NormalForm.Branch branch : leaf.branches()) {
        branch.conditions().forEach(c -> local(c, branch, Verb.FILTER, "a condition"));
      }
    }
    form.conditions().forEach(c -> walk(c, Verb.FILTER, "a condition"));
    for (NormalForm.Equality e : form.equalities()) {
      walk(e.left(), Verb.JOIN, "a join");
      walk(e.right(), Verb.JOIN, "a join");
    }
    form.groups().forEach(g -> walk(g, Verb.GROUP, "GROUP BY or DISTINCT"));
    for (AggregateCall call : form.calls()) {
      Verb verb =
          switch (call.kind()) {
            case SUM, COUNT -> Verb.AGGREGATE;
            case MIN, MAX -> Verb.RANK;
          };
      call.argument().ifPresent(a -> walk(a, verb, call.kind().name()));
    }
  }

  /** Checks an expression over the columns of all leaves. */
  private void walk(Expr expr, Verb verb, String place) {
    if (expr instanceof Expr.FieldRef ref) {
      NormalForm.Leaf leaf = form.leaves().get(form.leafOf(ref.index()));
      for (NormalForm.Branch branch : leaf.branches()) {
        local(branch.outputs().get(ref.index() - leaf.offset()), branch, verb, place);
      }
    } else if (expr instanceof Expr.Call call) {
      for (int i = 0; i < call.arguments().size(); i++) {
        for (Verb needed : verbs(call, i, verb)) {
          walk(call.arguments().get(i), needed, place);
        }
      }
    }
  }

  /** Checks an expression over the columns of a branch's table. */
  private void local(Expr expr, NormalForm.Branch branch, Verb verb, String place) {
    if (expr instanceof Expr.FieldRef ref) {
      use.of(branch.table(), branch.scan().fields().get(ref.index()).name(), verb, place);
    } else if (expr instanceof Expr.Call call) {
      for (int i = 0; i < call.arguments().size(); i++) {
        for (Verb needed : verbs(call, i, verb)) {
          local(call.arguments().get(i), branch, needed, place);
        }
      }
    }
  }

  /** The verbs for argument {@code index} of a call that itself needs {@code verb}. */
  private static Set<Verb> verbs(Expr.Call call, int index, Verb verb) {
    boolean tested =
        switch (call.function()) {
          case CASE -> index % 2 == 0 && index + 1 < call.arguments().size();
          case AND, OR, NOT, NULLIF, LEAST, GREATEST -> true;
          case EQUAL, NULL_SAFE_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> true;
          // Whether a quotient is NULL, or an error, tells whether the divisor is zero.
          case DIVIDE, INTEGRAL_DIVIDE, REMAINDER -> index == 1;
          case IS_NULL, IS_NOT_NULL, IN, LIKE, RLIKE, STARTS_WITH, ENDS_WITH, CONTAINS -> true;
          default -> false;
        };
    boolean delivered =
        switch (call.function()) {
          case LEAST, GREATEST, DIVIDE, INTEGRAL_DIVIDE, REMAINDER -> true;
          case NULLIF -> index == 0;
          default -> !tested;
        };
    Set<Verb> verbs = EnumSet.noneOf(Verb.class);
    if (tested) {
      verbs.add(Verb.FILTER);
    }
    if (delivered || verb == Verb.GROUP) {
      verbs.add(verb);
    }
    return verbs;
  }

  private static void require(TableDescriptor table, String column, Verb verb, String place) {
    if (table.policy().column(column).use().contains(verb)) {
      return;
    }
    String needed = verb.name().toLowerCase(Locale.ROOT);
    List<String> allowed =
        table.policy().column(column).use().stream()
            .map(v -> v.name().toLowerCase(Locale.ROOT))
            .sorted()
            .toList();
    throw new TrefoilException(
        Condition.POLICY_VIOLATION,
        "Cannot use column "
            + column
            + " of table "
            + table.name()
            + " in "
            + place
            + ": its policy does not allow \""
            + needed
            + "\" (it allows "
            + (allowed.isEmpty() ? "nothing" : String.join(", ", allowed))
            + "). Leave it out, or ask owner "
            + table.owner()
            + " to allow it.");
  }
}

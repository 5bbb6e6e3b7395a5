package org.trefoil.api.policy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
import org.trefoil.api.plan.Expressions;
import org.trefoil.api.plan.Function;
import org.trefoil.api.plan.NormalForm;
import org.trefoil.api.plan.OwnKeys;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Release;
import org.trefoil.api.plan.WindowCall;

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
 *       compared in it; a column by which only rows within the query are grouped: {@code group} or
 *       {@code join}; a column of single rows that are joined with groups and revealed: {@code
 *       group};
 *   <li>what orders a window: {@code filter}; places in that order that are grouped by or looked
 *       for by MIN and MAX: what orders them needs {@code group} or {@code rank};
 *   <li>SUM and COUNT of a column: {@code aggregate}; MIN and MAX: {@code rank}; COUNT(*) needs
 *       nothing.
 * </ul>
 *
 * <p>In a result for own keys, columns of other owners that are looked up need {@code own-keys}
 * besides, unless they are only joined by.
 *
 * <p>Besides, {@link AggregateCheck}, {@link EntityCheck}, {@link FactorCheck}, {@link
 * HierarchyCheck}, {@link WindowCheck}, {@link FailureCheck}, {@link OwnersCheck}, {@link
 * DominanceCheck}, {@link RoundingCheck} and {@link PrivacyCheck} look for what no verb says.
 *
 * <p>Every recipient needs the word of every table's policy, but for an owner's own.
 *
 * <p>What is done with an inner aggregate is done with its argument, unless it is a count: it needs
 * that verb too. HAVING, ORDER BY and LIMIT of what is revealed read only what is revealed anyway.
 * What Spark's optimizer infers, IS NOT NULL of join keys and conditions copied to the other side
 * of a join, needs nothing.
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
   * @throws TrefoilException the first thing that is wrong, what else is wrong as suppressed
   *     errors: ROW_LEVEL_ACCESS; ANALYST_NOT_ALLOWED; POLICY_VIOLATION naming the column, the
   *     table and the verb that its policy lacks; TABLE_NOT_FOUND, COLUMN_NOT_FOUND; UNSUPPORTED_*
   *     as {@code Fragments.split}
   */
  public static void check(Plan plan, Catalog catalog, String analyst) {
    List<TrefoilException> faults = faults(plan, catalog, analyst);
    if (!faults.isEmpty()) {
      faults.subList(1, faults.size()).forEach(faults.get(0)::addSuppressed);
      throw faults.get(0);
    }
  }

  /** All that {@link #check} finds wrong, in its order; what makes it stop looking comes last. */
  static List<TrefoilException> faults(Plan plan, Catalog catalog, String analyst) {
    List<TrefoilException> faults = new ArrayList<>();
    NormalForm form;
    try {
      form = NormalForm.of(plan, catalog);
    } catch (TrefoilException e) {
      return List.of(e);
    }
    PolicyCheck check =
        new PolicyCheck(
            form,
            lookingUp(
                plan.release(),
                (table, column, verb, place) ->
                    collect(faults, () -> require(table, column, verb, place))));
    collect(faults, () -> check.analyst(analyst));
    collect(faults, () -> check.recipients(plan.release(), analyst));
    if (plan.release().ownKeys()) {
      collect(
          faults,
          () -> {
            Optional<OwnKeys> unused = OwnKeys.of(plan, catalog);
          });
    }
    collect(faults, check::columns);
    collect(faults, () -> AggregateCheck.check(form));
    collect(faults, () -> EntityCheck.check(form, plan, analyst));
    collect(faults, () -> FactorCheck.check(form, plan, analyst));
    collect(faults, () -> HierarchyCheck.check(form));
    collect(faults, () -> WindowCheck.check(form));
    if (plan.ansi()) {
      collect(faults, () -> FailureCheck.check(form));
    }
    collect(faults, () -> OwnersCheck.check(form, plan.release()));
    collect(faults, () -> DominanceCheck.check(form));
    collect(faults, () -> RoundingCheck.check(form));
    collect(faults, () -> PrivacyCheck.check(form, plan));
    collect(faults, () -> KeptCheck.check(form, catalog));
    if (plan.release().kept().isPresent()) {
      collect(faults, () -> KeptTable.requireNames(plan));
    }
    return faults;
  }

  private static void collect(List<TrefoilException> faults, Runnable check) {
    try {
      check.run();
    } catch (TrefoilException e) {
      if (faults.stream().noneMatch(known -> known.getMessage().equals(e.getMessage()))) {
        faults.add(e);
      }
    }
  }

  /**
   * What {@code plan} uses each column for, by {@code owner.table} and column: the verbs that
   * {@link #check} asks the policies for. Columns that are only read and never used are absent.
   */
  public static SortedMap<String, SortedMap<String, Set<Verb>>> uses(Plan plan, Catalog catalog) {
    SortedMap<String, SortedMap<String, Set<Verb>>> uses = new TreeMap<>();
    new PolicyCheck(
            NormalForm.of(plan, catalog),
            lookingUp(
                plan.release(),
                (table, column, verb, place) ->
                    uses.computeIfAbsent(table.name(), name -> new TreeMap<>())
                        .computeIfAbsent(column, name -> EnumSet.noneOf(Verb.class))
                        .add(verb)))
        .columns();
    return uses;
  }

  /** What is done with single rows that are looked up, but for finding them, needs a word more. */
  private static Use lookingUp(Release release, Use use) {
    return (table, column, verb, place) -> {
      use.of(table, column, verb, place);
      boolean ofOthers = !release.onlyOwner().filter(table.owner()::equals).isPresent();
      if (release.waives(table) && ofOthers && verb != Verb.JOIN) {
        use.of(table, column, Verb.OWN_KEYS, "a result for own keys");
      }
    };
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

  /** An owner may have what is computed with its own table, as far as that table goes. */
  private void recipients(Release release, String analyst) {
    List<String> owners =
        form.leaves().stream()
            .flatMap(leaf -> leaf.branches().stream())
            .map(branch -> "owner:" + branch.table().owner())
            .toList();
    for (NormalForm.Leaf leaf : form.leaves()) {
      for (NormalForm.Branch branch : leaf.branches()) {
        TableDescriptor table = branch.table();
        List<String> allowed = table.policy().recipients().orElse(List.of(Release.ANALYST));
        for (String recipient : release.recipients()) {
          boolean may =
              allowed.contains(recipient)
                  || (release.kept().isPresent() && allowed.contains(Release.NONE))
                  || recipient.equals("owner:" + table.owner())
                  || (allowed.contains(Release.OWNERS) && owners.contains(recipient))
                  || (recipient.equals(Release.ANALYST) && allowed.contains("analyst:" + analyst))
                  || (recipient.equals("analyst:" + analyst) && allowed.contains(Release.ANALYST));
          if (!may) {
            throw new TrefoilException(
                Condition.POLICY_VIOLATION,
                "Cannot give a result over table "
                    + table.name()
                    + " to "
                    + release.kept().map(name -> Release.NONE + ":" + name).orElse(recipient)
                    + ": its policy allows "
                    + String.join(", ", allowed)
                    + ". Name other recipients, or ask owner "
                    + table.owner()
                    + " to list them under recipients.");
          }
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
    block(form.root(), true);
    form.top().columns().forEach(this::revealed);
    form.top().sort().forEach(k -> revealed(k.expression()));
  }

  /**
   * @param root whether the rows of the block are revealed
   */
  private void block(NormalForm.Block block, boolean root) {
    for (NormalForm.Item item : block.items()) {
      if (item instanceof NormalForm.Grouped grouped) {
        block(grouped.input(), false);
        if (grouped.written()) {
          grouped.groups().forEach(g -> group(g, root));
          grouped.calls().forEach(this::call);
        }
      } else if (item instanceof NormalForm.Outer outer) {
        block(outer.left(), root);
        block(outer.right(), root);
        outer.on().forEach(c -> condition(c, root));
      } else if (item instanceof NormalForm.United united) {
        united.inputs().forEach(input -> block(input, root));
      } else if (item instanceof NormalForm.Windowed windowed) {
        window(windowed, root);
      }
    }
    block.conditions().forEach(c -> condition(c, root));
    for (NormalForm.Equality e : block.equalities()) {
      walk(e.left(), Verb.JOIN, "a join", root);
      walk(e.right(), Verb.JOIN, "a join", root);
    }
  }

  /** Rows are compared by what orders them; those of a partition agree in it. */
  private void window(NormalForm.Windowed windowed, boolean root) {
    block(windowed.input(), root);
    windowed.partitions().forEach(p -> group(p, root));
    windowed.keys().forEach(k -> walk(k.expression(), Verb.FILTER, "a window's ORDER BY", root));
    for (WindowCall call : windowed.calls()) {
      if (!call.isPlace() || call.isCount()) {
        Verb verb = call.kind() == WindowCall.Kind.LAG ? Verb.FILTER : Verb.AGGREGATE;
        call.argument().ifPresent(a -> walk(a, verb, call.kind().name(), root));
      }
    }
  }

  /** The condition of an outer join may equate. */
  private void condition(Expr condition, boolean root) {
    boolean join =
        condition instanceof Expr.Call call
            && call.function() == Function.EQUAL
            && call.arguments().stream().allMatch(a -> form.itemsOf(a).size() == 1)
            && form.itemsOf(condition).size() == 2;
    if (join) {
      ((Expr.Call) condition).arguments().forEach(a -> walk(a, Verb.JOIN, "a join", root));
    } else {
      walk(condition, Verb.FILTER, "a condition", root);
    }
  }

  /** Values by which inner rows are grouped do not appear: what is joined by may be grouped by. */
  private void group(Expr group, boolean root) {
    boolean joins = !root && group instanceof Expr.FieldRef && allows(group, Verb.JOIN);
    walk(group, joins ? Verb.JOIN : Verb.GROUP, "GROUP BY or DISTINCT", false);
  }

  private boolean allows(Expr expr, Verb verb) {
    boolean[] all = {true};
    new PolicyCheck(
            form,
            (table, column, needed, place) ->
                all[0] &= table.policy().column(column).use().contains(needed))
        .walk(expr, verb, "", false);
    return all[0];
  }

  private void call(AggregateCall call) {
    Verb verb =
        switch (call.kind()) {
          case SUM, COUNT -> Verb.AGGREGATE;
          case MIN, MAX, QUANTILE -> Verb.RANK;
        };
    call.argument().ifPresent(a -> walk(a, verb, call.kind().name(), false));
  }

  /** Single rows that are joined with groups appear in the result. */
  private void revealed(Expr expr) {
    for (int ref : Expressions.refs(expr)) {
      NormalForm.Item item = form.item(ref);
      boolean ofRows = item instanceof NormalForm.Windowed windowed && windowed.call(ref).isEmpty();
      if (item instanceof NormalForm.Outer || item instanceof NormalForm.United || ofRows) {
        form.behind(ref).forEach(this::revealed);
      } else if (item instanceof NormalForm.Leaf leaf) {
        column(leaf, ref, Verb.GROUP, "a result");
      }
    }
  }

  /**
   * Checks an expression over the columns of all items.
   *
   * @param root whether groups are those that are revealed, of which nothing more is learned
   */
  private void walk(Expr expr, Verb verb, String place, boolean root) {
    if (expr instanceof Expr.FieldRef ref) {
      NormalForm.Item item = form.item(ref.index());
      if (item instanceof NormalForm.Leaf leaf) {
        column(leaf, ref.index(), verb, place);
      } else if (item instanceof NormalForm.Grouped grouped) {
        int call = ref.index() - item.offset() - grouped.groups().size();
        // A count shows no value.
        boolean shows =
            call < 0
                ? !root || verb == Verb.JOIN
                : !root && grouped.calls().get(call).kind() != AggregateCall.Kind.COUNT;
        Verb needed = call >= 0 && verb == Verb.JOIN ? Verb.FILTER : verb;
        if (shows) {
          form.behind(ref.index()).forEach(e -> walk(e, needed, place, false));
        }
      } else if (item instanceof NormalForm.Windowed windowed
          && windowed.call(ref.index()).isPresent()) {
        called(windowed, windowed.call(ref.index()).get(), verb, place, root);
      } else {
        form.behind(ref.index()).forEach(e -> walk(e, verb, place, root));
      }
    } else if (expr instanceof Expr.Call call) {
      for (int i = 0; i < call.arguments().size(); i++) {
        for (Verb needed : verbs(call, i, verb)) {
          walk(call.arguments().get(i), needed, place, root);
        }
      }
    }
  }

  /**
   * What a window computes: what is done with a sum or another row's value is done with its
   * argument. A place among the rows shows no value where it is compared or added up; where it
   * appears, as a group or by itself, it tells of single rows what they are ordered by.
   */
  private void called(
      NormalForm.Windowed windowed, WindowCall call, Verb verb, String place, boolean root) {
    if (!call.isPlace()) {
      Verb needed = verb == Verb.JOIN ? Verb.FILTER : verb;
      call.argument().ifPresent(a -> walk(a, needed, place, root));
    }
    if (verb == Verb.GROUP || verb == Verb.RANK || verb == Verb.JOIN) {
      Verb needed = verb == Verb.JOIN ? Verb.GROUP : verb;
      windowed.ordering().forEach(e -> walk(e, needed, place, root));
    }
  }

  private void column(NormalForm.Leaf leaf, int index, Verb verb, String place) {
    for (NormalForm.Branch branch : leaf.branches()) {
      local(branch.outputs().get(index - leaf.offset()), branch, verb, place);
    }
  }

  /** Checks an expression over the columns of a branch's table. */
  private void local(Expr expr, NormalForm.Branch branch, Verb verb, String place) {
    if (expr instanceof Expr.FieldRef ref) {
      use.of(branch.table(), branch.rel().fields().get(ref.index()).name(), verb, place);
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

  /** Whether the value of argument {@code index} of a call goes into the call's value. */
  static boolean delivers(Expr.Call call, int index) {
    return verbs(call, index, Verb.AGGREGATE).contains(Verb.AGGREGATE);
  }

  private static void require(TableDescriptor table, String column, Verb verb, String place) {
    if (table.policy().column(column).use().contains(verb)) {
      return;
    }
    String needed = verb.word();
    List<String> allowed =
        table.policy().column(column).use().stream().map(Verb::word).sorted().toList();
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

package org.trefoil.api.plan;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.trefoil.api.descriptor.ContributorsRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * A fragment whose rows contributors share, each alone and without a query engine: they know
 * neither each other's rows nor their place among them. Contributor {@code s} has the rows {@code
 * [s * rows, (s + 1) * rows)}; its ENTITY is {@code s + 1}, and the executors write it, not the
 * contributor.
 */
public record Contributed(Fragment fragment, ContributorsRule rule) {
  private static final Set<Form> FORMS =
      Set.of(Form.VALID, Form.BIT, Form.ARITHMETIC, Form.ORDERED, Form.HASHED, Form.ENTITY);

  /** The contributed fragment of a source, if it has one. */
  public static Optional<Contributed> of(Source source, Catalog catalog) {
    for (Fragment fragment : source.branches()) {
      TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
      if (table.isContributed()) {
        return Optional.of(new Contributed(fragment, table.policy().contributors().orElseThrow()));
      }
    }
    return Optional.empty();
  }

  /**
   * Requires that contributors can share what the plan asks of every contributed table.
   *
   * @throws TrefoilException UNSUPPORTED_OPERATION naming the table
   */
  static void check(Split split, Catalog catalog) {
    for (Source source : split.sources()) {
      of(source, catalog).ifPresent(c -> c.check(source));
    }
  }

  /** As {@link #check(Split, Catalog)}, of the layout. */
  void check(List<InputColumn> columns) {
    for (InputColumn column : columns) {
      if (!FORMS.contains(column.form())) {
        throw unsupported(
            Condition.UNSUPPORTED_JOIN,
            "it is joined, and contributors cannot prepare that",
            "Aggregate it alone");
      }
    }
  }

  private void check(Source source) {
    if (source.branches().size() > 1) {
      throw unsupported(
          Condition.UNSUPPORTED_OPERATION,
          "it is united with other tables",
          "Let those contribute to it, too");
    }
    Rel rel = fragment.local();
    boolean plain =
        rel instanceof Rel.Scan
            || (rel instanceof Rel.Project project
                && project.input() instanceof Rel.Scan
                && project.expressions().stream().allMatch(Expr.FieldRef.class::isInstance));
    if (!plain) {
      throw unsupported(
          Condition.UNSUPPORTED_OPERATION,
          "the query filters its rows or computes with single ones, and contributors share columns"
              + " as they are",
          "Group by, count and compare whole columns");
    }
  }

  /** The outputs of a contributor's row, as positions among the table's columns. */
  public List<Integer> columns() {
    if (fragment.local() instanceof Rel.Project project) {
      return project.expressions().stream().map(e -> ((Expr.FieldRef) e).index()).toList();
    }
    return IntStream.range(0, fragment.local().fields().size()).boxed().toList();
  }

  private TrefoilException unsupported(Condition condition, String reason, String way) {
    return new TrefoilException(
        condition,
        "Cannot collect contributions to "
            + fragment.owner()
            + "."
            + fragment.table()
            + ": "
            + reason
            + ". "
            + way
            + ".");
  }
}

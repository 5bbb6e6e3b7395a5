package org.trefoil.api.plan;

import java.util.OptionalLong;
import org.trefoil.api.descriptor.TableDescriptor;

/**
 * The part of a query that one owner runs in the clear over one of its tables before it shares.
 *
 * @param source the source that it belongs to
 * @param branch its position among the branches of the source
 * @param local projections, filters and aggregates over one {@link Rel.Scan}
 */
public record Fragment(int source, int branch, String owner, String table, Rel local) {
  /**
   * A public bound on the number of its rows other than the size of the table: one row of a table
   * that is declared to have one, or of an aggregate of all rows; or as many groups as the policy's
   * {@code max-groups} of the columns that it groups by allow.
   */
  public OptionalLong mostRows(TableDescriptor descriptor) {
    return mostRows(local, descriptor);
  }

  static OptionalLong mostRows(Rel local, TableDescriptor descriptor) {
    Rel rel = local;
    while (rel instanceof Rel.Project || rel instanceof Rel.Filter) {
      rel = rel.inputs().get(0);
    }
    if (!(rel instanceof Rel.Aggregate aggregate)) {
      return descriptor.isOneRow() ? OptionalLong.of(1) : OptionalLong.empty();
    }
    Rel scan = aggregate.input() instanceof Rel.Filter f ? f.input() : aggregate.input();
    long most = 1;
    for (Expr group : aggregate.groups()) {
      if (group instanceof Expr.Literal) {
        continue;
      }
      if (!(scan instanceof Rel.Scan) || !(group instanceof Expr.FieldRef column)) {
        return OptionalLong.empty();
      }
      OptionalLong declared =
          descriptor.policy().column(scan.fields().get(column.index()).name()).maxGroups();
      if (declared.isEmpty()) {
        return OptionalLong.empty();
      }
      long values = declared.getAsLong() + (column.nullable() ? 1 : 0);
      most = Math.min(Integer.MAX_VALUE, most * Math.min(Integer.MAX_VALUE, values));
    }
    return OptionalLong.of(most);
  }

  /** Whether it publicly delivers one row at most, which is not padded. */
  public boolean isOneRow() {
    Rel rel = local;
    while (rel instanceof Rel.Project || rel instanceof Rel.Filter) {
      rel = rel.inputs().get(0);
    }
    return rel instanceof Rel.Aggregate aggregate && aggregate.groups().isEmpty();
  }

  /** Whether the number of its rows depends on what the rows of its table are. */
  public boolean isFiltered() {
    for (Rel rel = local; !(rel instanceof Rel.Scan); rel = rel.inputs().get(0)) {
      if (rel instanceof Rel.Filter || rel instanceof Rel.Aggregate) {
        return true;
      }
    }
    return false;
  }
}

package org.trefoil.api.plan;

import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** Refuses plans in which the rows that a table contributes to a result row cannot be counted. */
final class Countable {
  private final Split split;
  private final Catalog catalog;

  private Countable(Split split, Catalog catalog) {
    this.split = split;
    this.catalog = catalog;
  }

  /**
   * @throws TrefoilException UNSUPPORTED_OPERATION naming the table
   */
  static void require(Split split, Catalog catalog) {
    new Countable(split, catalog).rel(split.remainder(), false, "");
  }

  /**
   * @param inner whether an aggregate is above
   * @param place where rows cannot be counted; empty where they can
   */
  private void rel(Rel rel, boolean inner, String place) {
    if (rel instanceof Rel.Input input) {
      for (Fragment fragment : split.sources().get(input.source()).branches()) {
        TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
        if (!place.isEmpty() && table.policy().holdsBack()) {
          throw new TrefoilException(
              Condition.UNSUPPORTED_OPERATION,
              "Cannot hold back groups with few rows of "
                  + table.name()
                  + ", whose "
                  + table.policy().minimum()
                  + " is above 1, "
                  + place
                  + ": how many of its rows contribute to a row of the result is not counted"
                  + " there. Write the query with one aggregate over inner joins.");
        }
      }
    } else if (rel instanceof Rel.Aggregate aggregate) {
      rel(aggregate.input(), true, inner ? "below a nested aggregate" : place);
    } else if (rel instanceof Rel.Join join && join.kind() != Rel.Join.Kind.INNER) {
      boolean right = join.kind() == Rel.Join.Kind.LEFT || join.kind() == Rel.Join.Kind.FULL;
      boolean left = join.kind() == Rel.Join.Kind.RIGHT || join.kind() == Rel.Join.Kind.FULL;
      String outer = "on the side of an outer join, or of NOT EXISTS, that may have no match";
      rel(join.left(), inner, left ? outer : place);
      rel(join.right(), inner, right ? outer : place);
    } else if (rel instanceof Rel.Window) {
      rel.inputs().forEach(in -> rel(in, inner, "in a window with an order"));
    } else if (rel instanceof Rel.Union) {
      rel.inputs().forEach(in -> rel(in, inner, "in a union of joins or of aggregates"));
    } else {
      rel.inputs().forEach(in -> rel(in, inner, place));
    }
  }
}

package org.trefoil.api.plan;

import java.util.List;
import org.trefoil.api.type.Field;

/**
 * A leaf of the cross-owner remainder: the rows of its branches, one after another (several where
 * the query unites tables of several owners).
 *
 * @param fields the columns that every branch delivers
 */
public record Source(int id, List<Fragment> branches, List<Field> fields) {
  public Source {
    branches = List.copyOf(branches);
    fields = List.copyOf(fields);
  }
}

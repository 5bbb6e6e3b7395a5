package org.trefoil.executor.operator;

import java.util.Optional;
import org.trefoil.api.plan.Slot;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;

/** The columns of a relation, each in the forms in which it happens to be shared. */
public interface Fields {
  /** A column in the order of its values; 0 where it is NULL. */
  record Ordered(Words words, Slot slot) {}

  int rows();

  /** A BOOLEAN column; 0 where it is NULL. */
  Bits bit(int field);

  /** 1 where the column is not NULL; empty where NULL cannot occur. */
  Optional<Bits> present(int field);

  Optional<Ordered> ordered(int field);

  /** The unscaled values; 0 where the column is NULL. */
  Optional<Sums> sums(int field);
}

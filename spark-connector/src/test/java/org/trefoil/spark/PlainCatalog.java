package org.trefoil.spark;

import org.trefoil.spark.result.QueryExecution;

/** A catalog before {@link PlainExecution} instead of executors. */
public final class PlainCatalog extends TrefoilCatalog {
  @Override
  protected QueryExecution connect(TrefoilOptions options) {
    return PlainExecution.INSTANCE;
  }
}

package org.trefoil.spark.plan;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import scala.runtime.BoxedUnit;

/**
 * Puts the rule and the guard into every Spark session that has the jar; found by ServiceLoader.
 */
public final class TrefoilExtensions implements SparkSessionExtensionsProvider {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectPreCBORule(session -> new AbsorbAggregates());
    extensions.injectPlannerStrategy(session -> new RowLevelGuard());
    return BoxedUnit.UNIT;
  }
}

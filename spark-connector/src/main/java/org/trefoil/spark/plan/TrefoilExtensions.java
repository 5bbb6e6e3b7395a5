package org.trefoil.spark.plan;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import scala.runtime.BoxedUnit;

/**
 * Puts the rule, the guard and {@code EXPLAIN POLICY} into every Spark session that has the jar;
 * found by ServiceLoader.
 */
public final class TrefoilExtensions implements SparkSessionExtensionsProvider {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectParser(PolicyStatements::new);
    extensions.injectPreCBORule(session -> new AbsorbAggregates());
    extensions.injectPlannerStrategy(session -> new RowLevelGuard());
    return BoxedUnit.UNIT;
  }
}

package org.trefoil.spark;

import org.apache.spark.sql.AnalysisException;
import org.trefoil.api.error.TrefoilException;
import scala.Option;

/**
 * An error of Trefoil as users of Spark see it, PySpark and Spark Connect included: {@code
 * getCondition} is {@code TREFOIL_...}, {@code getSqlState} its SQLSTATE. The cause is the {@link
 * TrefoilException} that it stands for.
 */
public final class TrefoilSparkException extends AnalysisException {
  private static final long serialVersionUID = 1L;

  public TrefoilSparkException(TrefoilException error) {
    super(
        error.condition().label(),
        error.condition().sqlState(),
        error.getMessage(),
        scala.collection.immutable.Map$.MODULE$.empty(),
        Option.apply(error),
        Option.apply(error.getMessage()));
  }

  /**
   * Throws the error as Spark shows it. AnalysisException is a checked exception that the
   * signatures of Spark's extension points do not list.
   *
   * @return nothing; lets callers write {@code throw TrefoilSparkException.raise(e)}
   */
  public static RuntimeException raise(TrefoilException error) {
    throw TrefoilSparkException.<RuntimeException>unchecked(new TrefoilSparkException(error));
  }

  /** Throws a checked exception through a signature that does not list it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <E extends Throwable> E unchecked(Throwable error) throws E {
    throw (E) error;
  }
}

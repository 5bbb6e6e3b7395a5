package org.trefoil.executor.governance;

/** Permits for tests of protocols and operators. */
public final class TestPermits {
  private TestPermits() {}

  public static RevealPermit fresh() {
    return new RevealPermit("test", java.util.List.of("analyst:test"), () -> {});
  }
}

package org.trefoil.share.column;

/**
 * One party's view of a secret-shared column: party i holds components i ({@code first}) and i+1
 * mod 3 ({@code second}) of x = x0 ^ x1 ^ x2 ({@link Bits}, {@link Words}) or x = x0 + x1 + x2 mod
 * 2^64 or 2^128 ({@link Sums}); Araki et al., CCS 2016. No {@code toString} prints a share.
 */
public sealed interface SharedColumn permits Bits, Words, Sums {
  int rows();

  /**
   * Bits of secret per row: 1 for {@link Bits}, the width of {@link Words}, 64 or 128 of {@link
   * Sums}.
   */
  int width();
}

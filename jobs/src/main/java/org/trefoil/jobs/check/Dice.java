package org.trefoil.jobs.check;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Choices that follow from a seed. For test data only: nothing secret is drawn here. */
final class Dice {
  private final SplittableRandom random;

  Dice(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** The dice of part {@code number} of what {@code seed} makes. */
  static Dice of(long seed, String part, long number) {
    long mixed = seed * 0x9E3779B97F4A7C15L + part.hashCode();
    return new Dice(mixed * 0xBF58476D1CE4E5B9L + number * 0x94D049BB133111EBL);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  <T> T one(List<T> choices) {
    return choices.get(below(choices.size()));
  }

  @SafeVarargs
  final <T> T oneOf(Supplier<T>... choices) {
    return choices[below(choices.length)].get();
  }
}

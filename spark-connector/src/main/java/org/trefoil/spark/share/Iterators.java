package org.trefoil.spark.share;

import java.util.Iterator;
import java.util.function.Function;

/** Iterators of tasks. */
final class Iterators {
  private Iterators() {}

  /** The images of {@code source}, computed one at a time as they are asked for. */
  static <A, B> Iterator<B> map(Iterator<A> source, Function<? super A, ? extends B> function) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return source.hasNext();
      }

      @Override
      public B next() {
        return function.apply(source.next());
      }
    };
  }
}

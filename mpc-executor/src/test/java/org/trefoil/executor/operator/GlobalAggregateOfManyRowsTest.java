package org.trefoil.executor.operator;

import org.trefoil.executor.protocol.Link;

/** Global aggregates where bytes cost more than rounds: ones are counted by a circuit. */
class GlobalAggregateOfManyRowsTest extends GlobalAggregateTest {
  @Override
  Link link() {
    return new Link(0, 1);
  }
}

package org.trefoil.share.recipient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.owner.ShareBatches;
import org.trefoil.share.owner.Sharing;

class ReconstructionTest {
  private static final int ROWS = 70;

  private static List<List<SharedColumn>> shared() {
    List<ClearColumn> columns =
        List.of(
            ClearColumn.zero(ColumnShape.BIT, ROWS),
            ClearColumn.zero(ColumnShape.words(70), ROWS),
            ClearColumn.zero(ColumnShape.sums(128), ROWS));
    return Arrays.stream(Sharing.share(columns, new SecureRandom()))
        .map(ShareBatches::expand)
        .toList();
  }

  private static long[] last(SharedColumn column, boolean first) {
    if (column instanceof Bits bits) {
      return first ? bits.first() : bits.second();
    }
    if (column instanceof Words words) {
      return (first ? words.first() : words.second())[1];
    }
    Sums sums = (Sums) column;
    return (first ? sums.first() : sums.second())[1];
  }

  /** One flipped bit, wherever it is, names its column and the two executors. */
  @Test
  void anAlteredShareIsCaughtAndNamed() {
    for (int party = 0; party < 3; party++) {
      for (int column = 0; column < 3; column++) {
        for (boolean first : new boolean[] {true, false}) {
          List<List<SharedColumn>> parties = shared();
          last(parties.get(party).get(column), first)[1] ^= 2;
          int component = first ? party : (party + 1) % 3;
          int other = first ? (party + 2) % 3 : (party + 1) % 3;
          assertThatThrownBy(() -> Reconstruction.openAll(parties))
              .isInstanceOfSatisfying(
                  TrefoilException.class,
                  e -> assertThat(e.condition()).isEqualTo(Condition.SHARES_DIFFER))
              .hasMessageContaining("column " + column)
              .hasMessageContaining(
                  "executors " + Math.min(party, other) + " and " + Math.max(party, other))
              .hasMessageContaining("component " + component);
        }
      }
    }
  }

  @Test
  void bitsPastTheLastRowDoNotMatter() {
    List<List<SharedColumn>> parties = shared();
    last(parties.get(1).get(0), true)[1] ^= 1L << 40;
    assertThat(Reconstruction.openAll(parties).get(0).limbs()[0]).isEqualTo(new long[2]);
  }

  @Test
  void differentShapesAreRefused() {
    List<List<SharedColumn>> parties = new ArrayList<>(shared());
    parties.set(2, List.of(Bits.zero(ROWS), Words.zero(69, ROWS), Sums.zero(128, ROWS)));
    malformed(parties);
    parties.set(2, List.of(Bits.zero(ROWS - 1), Words.zero(70, ROWS), Sums.zero(128, ROWS)));
    malformed(parties);
    parties.set(2, List.of(Bits.zero(ROWS), Words.zero(70, ROWS)));
    malformed(parties);
    assertThatThrownBy(() -> Reconstruction.open(List.of(Bits.zero(1), Bits.zero(1))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void malformed(List<List<SharedColumn>> parties) {
    assertThatThrownBy(() -> Reconstruction.openAll(parties))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.MALFORMED_SHARES));
  }
}

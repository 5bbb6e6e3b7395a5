package org.trefoil.api.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.TrefoilException;

class DataTypeTest {
  @Test
  void refusesMoreDigitsThanSparkHas() {
    assertThatThrownBy(() -> DataType.decimal(39, 2))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("DECIMAL(39,2)");
  }

  @Property
  void printsDecimalsAsSparkDoes(
      @ForAll @IntRange(min = 1, max = 38) int precision,
      @ForAll @IntRange(min = 0, max = 38) int scale) {
    if (scale <= precision) {
      assertThat(DataType.decimal(precision, scale).sql())
          .isEqualTo("DECIMAL(" + precision + "," + scale + ")");
    }
  }
}

package org.trefoil.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.apache.spark.sql.internal.SQLConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.TrefoilException;

class TrefoilOptionsTest {
  private static final String SESSION = "spark.trefoil.timeout";

  @AfterEach
  void forget() {
    SQLConf.get().unsetConf(SESSION);
  }

  @Test
  void readOptionComesBeforeSessionBeforeCatalogBeforeDefault() {
    TrefoilOptions none = TrefoilOptions.ofCatalog("trefoil", Map.of());
    assertThat(none.timeout()).isEqualTo(Duration.ofHours(1));
    TrefoilOptions catalog = TrefoilOptions.ofCatalog("trefoil", Map.of("timeout", "3min"));
    assertThat(catalog.timeout()).isEqualTo(Duration.ofMinutes(3));
    SQLConf.get().setConfString(SESSION, "20s");
    assertThat(catalog.timeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(catalog.withReadOptions(Map.of("TimeOut", "7")).timeout())
        .isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void whoTheCatalogTalksToIsNotOverridden() {
    TrefoilOptions options =
        TrefoilOptions.ofCatalog("trefoil", Map.of("executors", "a:1, b:2,c:3", "identity", "/i"));
    assertThat(options.withReadOptions(Map.of("executors", "x:1,y:2,z:3")).executors())
        .containsExactly("a:1", "b:2", "c:3");
    assertThat(options.embedded()).isFalse();
    assertThat(options.identity()).hasToString("Optional[/i]");
  }

  @Test
  void namesTheKeyThatIsWrong() {
    assertThatThrownBy(() -> TrefoilOptions.ofCatalog("t", Map.of("executor", "embedded")))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("spark.sql.catalog.t.executor: there is no such key");
    TrefoilOptions two = TrefoilOptions.ofCatalog("t", Map.of("executors", "a:1,b:2"));
    assertThatThrownBy(two::executors).hasMessageContaining("three host:port are needed");
    TrefoilOptions unset = TrefoilOptions.ofCatalog("t", Map.of());
    assertThatThrownBy(unset::embedded).hasMessageContaining("spark.sql.catalog.t.executors");
    TrefoilOptions never = TrefoilOptions.ofCatalog("t", Map.of("timeout", "never"));
    assertThatThrownBy(never::timeout).hasMessageContaining("spark.sql.catalog.t.timeout = never");
  }
}

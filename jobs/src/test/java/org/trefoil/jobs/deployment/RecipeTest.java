package org.trefoil.jobs.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;

class RecipeTest {
  @ParameterizedTest
  @MethodSource("org.trefoil.jobs.deployment.DeploymentsTest#names")
  void everyDeploymentIsCompleteAndExplained(String name, @TempDir Path folder) throws IOException {
    Deployment deployment = Deployments.named(name).orElseThrow();
    deployment.generate(folder, 20);
    Recipe.copy(deployment, folder);
    for (OwnedTable table : OwnersFile.read(folder.resolve("OWNERS.yaml")).tables()) {
      assertThat(Path.of(table.path().orElseThrow())).isNotEmptyFile();
    }
    Recipe recipe = Recipe.of(deployment, Map.of());
    for (String query : deployment.queries()) {
      assertThat(recipe.sql(query)).doesNotContain("${", "--clear").contains("trefoil.");
      assertThat(Recipe.proposed(deployment, query)).doesNotContain("--clear");
    }
    assertThat(Path.of("../docs/deployments", name + ".md")).content().startsWith("# " + name);
    assertThat(Path.of("../docs/deployments.md")).content().contains("deployments/" + name + ".md");
    assertThat(folder.resolve("README.md")).content().contains("bin/trefoil job " + name);
  }

  @Test
  void generatesTheSameDataAgain(@TempDir Path one, @TempDir Path other) throws IOException {
    new Overlap().generate(one, 50);
    new Overlap().generate(other, 50);
    assertThat(other.resolve("buyers.csv")).hasSameTextualContentAs(one.resolve("buyers.csv"));
    assertThat(Files.readAllLines(one.resolve("buyers.csv"))).hasSize(51);
  }

  @Test
  void putsParametersInAsValuesAndNothingElse() {
    GroupReport report = new GroupReport();
    assertThat(Recipe.of(report, Map.of("month", "2026-12-01")).sql("group-report"))
        .contains("day >= DATE '2026-12-01' AND day < DATE '2027-01-01'");
    for (String month : new String[] {"2026-12-02", "2026-13-01", "' OR 1 = 1"}) {
      assertThatThrownBy(() -> Recipe.of(report, Map.of("month", month)).sql("group-report"))
          .hasMessageContaining("month is not the first day of a month");
    }
    assertThat(Recipe.of(new FarmCredit(), Map.of("good", "1 OR 1 = 1")).sql("farm-credit"))
        .contains("score >= '1 OR 1 = 1'");
    SectorBenchmark benchmark = new SectorBenchmark();
    assertThat(Recipe.of(benchmark, Map.of("member", "elm")).sql("standing"))
        .contains("trefoil.elm.figures");
    assertThatThrownBy(
            () -> Recipe.of(benchmark, Map.of("member", "elm.figures; --")).sql("standing"))
        .hasMessageContaining("member is not an owner's name");
  }
}

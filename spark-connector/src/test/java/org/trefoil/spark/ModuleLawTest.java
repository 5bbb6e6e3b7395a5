package org.trefoil.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may see whom in the connector. */
@AnalyzeClasses(packages = "org.trefoil", importOptions = DoNotIncludeTests.class)
class ModuleLawTest {
  @ArchTest
  static final ArchRule NO_PROTOCOL_CODE =
      noClasses().should().dependOnClassesThat().resideInAPackage("org.trefoil.executor..");

  @ArchTest
  static final ArchRule CATALYST_STAYS_IN_ONE_PACKAGE_AND_ONE_TABLE =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.trefoil.spark.plan..")
          .and()
          .doNotHaveSimpleName("QueryTable")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark.sql.catalyst.plans.logical..",
              "org.apache.spark.sql.catalyst.rules..");
}

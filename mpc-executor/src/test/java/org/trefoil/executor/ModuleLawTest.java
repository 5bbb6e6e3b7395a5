package org.trefoil.executor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may see whom in the executor. */
@AnalyzeClasses(packages = "org.trefoil", importOptions = DoNotIncludeTests.class)
class ModuleLawTest {
  private static final String ROOT = "org.trefoil.executor.";

  @ArchTest
  static final ArchRule NO_SPARK =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.trefoil.spark..", "scala..");

  @ArchTest
  static final ArchRule TRANSPORT_IS_BELOW_PROTOCOL =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "transport..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ROOT + "protocol..", ROOT + "operator..", ROOT + "plan..", ROOT + "server..");

  @ArchTest
  static final ArchRule PROTOCOL_IS_BELOW_OPERATOR =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "protocol..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + "operator..", ROOT + "plan..", ROOT + "server..");

  @ArchTest
  static final ArchRule OPERATOR_IS_BELOW_PLAN_AND_SERVER =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "operator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + "plan..", ROOT + "server..");

  @ArchTest
  static final ArchRule GOVERNANCE_TOUCHES_NO_SHARE =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "governance..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.trefoil.share.column..", ROOT + "protocol..", ROOT + "operator..");

  @ArchTest
  static final ArchRule THE_API_STANDS_ALONE =
      noClasses()
          .that()
          .resideInAPackage("org.trefoil.api..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.trefoil.share..", "org.trefoil.arrow..", "org.trefoil.executor..");

  @ArchTest
  static final ArchRule SHARES_KNOW_NO_WIRE =
      noClasses()
          .that()
          .resideInAPackage("org.trefoil.share..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.trefoil.arrow..", "org.apache.arrow..", "io.netty..");
}

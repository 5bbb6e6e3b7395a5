package org.trefoil.executor;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.trefoil.executor.governance.RevealPermit;
import org.trefoil.executor.operator.Keep;
import org.trefoil.executor.operator.Reveal;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Open;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RandomStreams;
import org.trefoil.executor.protocol.RandomWords;
import org.trefoil.executor.protocol.Workers;

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

  /** A new opening is a new leak: whoever adds a class here says under Reveals why it is none. */
  @ArchTest
  static final ArchRule FEW_OPEN_ANYTHING =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "protocol..")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.Compaction")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.ComparisonOrder")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.JoinOwnerKeys")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.JoinPkFk")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.MarkedRows")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.Overflow")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "operator.Reveal")
          .should()
          .callMethodWhere(target(owner(assignableTo(Open.class))).and(not(target(name("cost")))));

  @ArchTest
  static final ArchRule ONLY_REVEAL_KEEP_AND_OPEN_SPEND_A_PERMIT =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Open.class, Reveal.class, Keep.class)
          .should()
          .callMethod(RevealPermit.class, "spend");

  /** The server begins runs and moves messages; it computes nothing on shares. */
  @ArchTest
  static final ArchRule SERVER_KNOWS_NO_PROTOCOL =
      noClasses()
          .that()
          .resideInAPackage(ROOT + "server..")
          .and()
          .doNotHaveFullyQualifiedName(ROOT + "server.PlannedComputation")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + "protocol..", ROOT + "operator..");

  @ArchTest
  static final ArchRule A_COMPUTATION_IS_BEGUN_WITH_A_PARTY_AND_NOTHING_ELSE =
      noClasses()
          .that()
          .haveFullyQualifiedName(ROOT + "server.PlannedComputation")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(ROOT + "protocol..", ROOT + "operator..")
                  .and(
                      not(
                          belongToAnyOf(
                              Party.class,
                              Workers.class,
                              RandomStreams.class,
                              RandomWords.class,
                              Link.class))));

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

package org.trefoil.arrow.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.trefoil.arrow.cluster.Role;

class EnrolmentTest {
  @Test
  void anAuthorityForContributorsMakesNobodyElse() throws Exception {
    DevelopmentAuthority consortium = DevelopmentAuthority.create();
    DevelopmentAuthority enrolment = DevelopmentAuthority.forContributors();
    RoleTrust trust =
        RoleTrust.of(List.of(consortium.certificate(), enrolment.certificate()), Optional.empty());
    for (Role role : List.of(Role.party(1), Role.owner("north"), Role.contributor("acme"))) {
      assertThatCode(() -> check(trust, consortium.issue(role))).doesNotThrowAnyException();
    }
    assertThatCode(() -> check(trust, enrolment.issue(Role.contributor("acme"))))
        .doesNotThrowAnyException();
    for (Identity more :
        List.of(
            enrolment.issue(Role.party(1)),
            enrolment.issue(Role.analyst("hq")),
            enrolment.issue(Role.contributor("acme"), Role.owner("north")))) {
      assertThatThrownBy(() -> check(trust, more)).hasMessageContaining("enrols contributors");
    }
    Identity stranger = DevelopmentAuthority.forContributors().issue(Role.contributor("acme"));
    assertThatThrownBy(() -> check(trust, stranger)).isInstanceOf(Exception.class);
  }

  private static void check(RoleTrust trust, Identity peer) throws Exception {
    trust.checkClientTrusted(new X509Certificate[] {peer.certificate()}, "EC");
  }
}

package org.trefoil.arrow.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.Role;

final class TlsContextsTest {
  private static final DevelopmentAuthority AUTHORITY = DevelopmentAuthority.create();
  private static final Identity PARTY_0 = AUTHORITY.issue(Role.party(0));
  private static final Identity PARTY_1 = AUTHORITY.issue(Role.party(1));

  @Test
  void selfTestPassesOnThisMachine() {
    TlsContexts.selfTest(PARTY_0);
  }

  @Test
  void selfTestNamesAnIdentityThatDoesNotBelongTogether() {
    Identity mixed =
        new Identity(
            PARTY_0.key(),
            PARTY_0.certificate(),
            DevelopmentAuthority.create().issue(Role.party(0)).authorities());
    assertThatThrownBy(() -> TlsContexts.selfTest(mixed))
        .isInstanceOfSatisfying(
            TrefoilException.class,
            e -> assertThat(e.condition()).isEqualTo(Condition.INVALID_CONFIGURATION))
        .hasMessageContaining("does not connect to itself");
  }

  @Test
  void peersWithTheExpectedRolesConnect() {
    assertThat(
            TlsContexts.handshake(
                TlsContexts.peerClient(PARTY_1, Role.party(0)),
                TlsContexts.peerServer(PARTY_0, Role.party(1))))
        .isTrue();
  }

  @Test
  void classicalClientIsRefused() {
    SslContext old =
        TlsContexts.client(PARTY_1, Optional.of(Role.party(0)), TlsContexts.CLASSICAL, false);
    assertThat(TlsContexts.handshake(old, TlsContexts.peerServer(PARTY_0, Role.party(1))))
        .isFalse();
  }

  @Test
  void classicalServerIsRefused() {
    SslContext old =
        TlsContexts.server(
            PARTY_0, Optional.empty(), ClientAuth.REQUIRE, TlsContexts.CLASSICAL, false);
    assertThat(TlsContexts.handshake(TlsContexts.peerClient(PARTY_1, Role.party(0)), old))
        .isFalse();
  }

  @Test
  void serverRefusesAnotherRole() {
    SslContext server = TlsContexts.peerServer(PARTY_0, Role.party(2));
    assertThat(TlsContexts.handshake(TlsContexts.peerClient(PARTY_1, Role.party(0)), server))
        .isFalse();
  }

  @Test
  void clientRefusesAnotherRole() {
    SslContext client = TlsContexts.peerClient(PARTY_1, Role.party(2));
    assertThat(TlsContexts.handshake(client, TlsContexts.peerServer(PARTY_0, Role.party(1))))
        .isFalse();
  }

  @Test
  void anotherAuthorityIsRefused() {
    Identity stranger = DevelopmentAuthority.create().issue(Role.party(1));
    Identity trusting = new Identity(stranger.key(), stranger.certificate(), PARTY_0.authorities());
    assertThat(
            TlsContexts.handshake(
                TlsContexts.peerClient(trusting, Role.party(0)),
                TlsContexts.peerServer(PARTY_0, Role.party(1))))
        .isFalse();
  }

  @Test
  void aCertificateIsOptionalForFlightOnly() {
    SslContext task = TlsContexts.flightTaskClient(PARTY_0.authorities(), Role.party(0));
    assertThat(TlsContexts.handshake(task, TlsContexts.flightServer(PARTY_0))).isTrue();
    assertThat(TlsContexts.handshake(task, TlsContexts.peerServer(PARTY_0, Role.party(1))))
        .isFalse();
  }

  @Test
  void identitySurvivesItsFolder(@TempDir Path folder) throws Exception {
    Identity made = AUTHORITY.issue(Role.owner("Åre: nord"), Role.analyst("hq"));
    made.write(folder);
    Identity read = Identity.load(folder);
    assertThat(read).isEqualTo(made);
    assertThat(read.principal())
        .isEqualTo(Principal.of(Role.owner("Åre: nord"), Role.analyst("hq")));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("key.pem"))))
        .isEqualTo("rw-------");
  }

  @Test
  void authoritySurvivesItsFolder(@TempDir Path folder) throws Exception {
    Identity early = DevelopmentAuthority.open(folder).issue(Role.party(0));
    Identity late = DevelopmentAuthority.open(folder).issue(Role.party(1));
    assertThat(
            TlsContexts.handshake(
                TlsContexts.peerClient(early, Role.party(1)),
                TlsContexts.peerServer(late, Role.party(0))))
        .isTrue();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("ca-key.pem"))))
        .isEqualTo("rw-------");
  }

  @Test
  void missingFileIsNamed(@TempDir Path folder) {
    assertThatThrownBy(() -> Identity.load(folder))
        .isInstanceOf(TrefoilException.class)
        .hasMessageContaining("cert.pem")
        .hasMessageContaining("INVALID_CONFIGURATION");
  }

  private static void identity(Path folder, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "../deploy/identity.sh"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("log"))).isZero();
  }

  /** As docs/deployment.md tells organisations that have no authority in common. */
  @Test
  void organisationsThatPinEachOthersCertificatesConnect(@TempDir Path folder) throws Exception {
    for (String role : List.of("party-0", "party-1", "party-2")) {
      identity(folder, "new", folder.resolve(role).toString(), role);
    }
    // Party 2 is not in the list of the two others.
    String[] both = {folder + "/party-0/cert.pem", folder + "/party-1/cert.pem"};
    for (String role : List.of("party-0", "party-1")) {
      identity(folder, "trust", folder.resolve(role).toString(), both[0], both[1]);
    }
    identity(folder, "trust", folder + "/party-2", folder + "/party-2/cert.pem", both[0], both[1]);
    Identity zero = Identity.load(folder.resolve("party-0"));
    Identity one = Identity.load(folder.resolve("party-1"));
    Identity two = Identity.load(folder.resolve("party-2"));
    assertThat(one.principal()).isEqualTo(Principal.of(Role.party(1)));
    TlsContexts.selfTest(zero);
    SslContext client = TlsContexts.peerClient(one, Role.party(0));
    assertThat(TlsContexts.handshake(client, TlsContexts.peerServer(zero, Role.party(1)))).isTrue();
    assertThat(
            TlsContexts.handshake(
                TlsContexts.peerClient(two, Role.party(0)),
                TlsContexts.peerServer(zero, Role.party(2))))
        .isFalse();
    // A pinned certificate is nobody's authority: what its holder signs counts for nothing.
    Path forged = folder.resolve("forged");
    identity(folder, "request", forged.toString(), "party-1");
    Process sign =
        new ProcessBuilder(
                ("openssl x509 -req -in %1$s/request.pem -CA %2$s/party-0/cert.pem -CAkey"
                        + " %2$s/party-0/key.pem -CAcreateserial -days 9 -copy_extensions copy -out"
                        + " %1$s/cert.pem")
                    .formatted(forged, folder)
                    .split(" "))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    assertThat(sign.waitFor()).as(Files.readString(folder.resolve("log"))).isZero();
    identity(folder, "trust", forged.toString(), both[0], both[1]);
    Identity forger = Identity.load(forged);
    assertThat(forger.principal()).isEqualTo(Principal.of(Role.party(1)));
    assertThat(
            TlsContexts.handshake(
                TlsContexts.peerClient(forger, Role.party(0)),
                TlsContexts.peerServer(zero, Role.party(1))))
        .isFalse();
  }
}

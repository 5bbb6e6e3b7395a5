package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A person signs with a key in a PKCS#11 token, SoftHSM2 (Debian: {@code softhsm2}). Without it,
 * nothing is tested and a line says so; {@code TREFOIL_SOFTHSM} names where it is unpacked.
 */
@Timeout(180)
final class TokenTest {
  private static final String PIN = "471100";
  private static final String STATEMENT = "{\"approved\":true}";

  @TempDir private Path folder;

  private static Optional<Path> first(String... places) {
    String prefix = Optional.ofNullable(System.getenv("TREFOIL_SOFTHSM")).orElse("");
    return Stream.of(places).map(p -> Path.of(prefix + p)).filter(Files::exists).findFirst();
  }

  private String run(String pin, List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SOFTHSM2_CONF", folder.resolve("softhsm2.conf").toString());
    builder.environment().put("TREFOIL_PIN", pin);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static String java(String tool) {
    return Path.of(System.getProperty("java.home"), "bin", tool).toString();
  }

  private List<String> signing(Path configuration, String file) {
    return List.of(
        java("java"),
        "-cp",
        System.getProperty("java.class.path"),
        TokenMain.class.getName(),
        configuration.toString(),
        "sign",
        folder.resolve(file).toString(),
        STATEMENT);
  }

  @Test
  void aKeyThatNeverLeavesItsTokenSigns() throws Exception {
    Optional<Path> library =
        first(
            "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib64/softhsm/libsofthsm2.so",
            "/usr/local/lib/softhsm/libsofthsm2.so",
            "/opt/homebrew/lib/softhsm/libsofthsm2.so");
    Optional<Path> tool =
        first(
            "/usr/bin/softhsm2-util",
            "/usr/local/bin/softhsm2-util",
            "/opt/homebrew/bin/softhsm2-util");
    if (library.isEmpty() || tool.isEmpty()) {
      System.out.println(
          "TokenTest: skipped, no PKCS#11 token here; apt-get install softhsm2, or set"
              + " TREFOIL_SOFTHSM to where it is unpacked");
    }
    assumeTrue(library.isPresent() && tool.isPresent(), "no SoftHSM2 here");
    Path tokens = Files.createDirectory(folder.resolve("tokens"));
    Files.writeString(
        folder.resolve("softhsm2.conf"),
        "directories.tokendir = " + tokens + "\nobjectstore.backend = file\nlog.level = ERROR\n");
    Path configuration = folder.resolve("token.cfg");
    Files.writeString(
        configuration, "name = SoftHSM\nlibrary = " + library.get() + "\nslotListIndex = 0\n");
    String module = library.get().toString();
    run(
        PIN,
        List.of(
            tool.get().toString(),
            "--module",
            module,
            "--init-token",
            "--free",
            "--label",
            "test",
            "--pin",
            PIN,
            "--so-pin",
            PIN));
    run(
        PIN,
        List.of(
            java("keytool"),
            "-genkeypair",
            "-keyalg",
            "EC",
            "-groupname",
            "secp384r1",
            "-alias",
            "sign",
            "-dname",
            "CN=alice",
            "-keystore",
            "NONE",
            "-storetype",
            "PKCS11",
            "-storepass",
            PIN,
            "-providerClass",
            "sun.security.pkcs11.SunPKCS11",
            "-providerArg",
            configuration.toString()));

    List<String> said = run(PIN, signing(configuration, "sign.key")).lines().toList();
    assertThat(said).hasSize(2).noneMatch(line -> line.contains("Cannot"));
    VerificationKey key = VerificationKey.of(Base64.getUrlDecoder().decode(said.get(0)));
    assertThat(key.classical()).isEqualTo(Classical.ES384);
    SignedStatement signed =
        SignedStatement.parse("approval", Base64.getUrlDecoder().decode(said.get(1)));
    signed.verify(key);
    assertThat(signed.payload()).asString(StandardCharsets.UTF_8).isEqualTo(STATEMENT);
    assertThat(Files.readString(folder.resolve("sign.key")))
        .contains("PKCS11", configuration.toString())
        .doesNotContain(PIN);

    assertThat(run("000000", signing(configuration, "other.key")))
        .contains("TREFOIL_INVALID_CONFIGURATION")
        .doesNotContain("000000");
  }
}

package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

class SignedStatementTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final byte[] PAYLOAD = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

  private final SigningKey key = SigningKey.random();
  private final byte[] good = SignedStatement.sign(key, "approval", PAYLOAD).encode();

  private static void verify(byte[] bytes, VerificationKey key) {
    SignedStatement statement = SignedStatement.parse("approval", bytes);
    statement.verify(key);
    assertThat(statement.payload()).isEqualTo(PAYLOAD);
  }

  private static Condition refusal(byte[] bytes, VerificationKey key) {
    Throwable error = catchThrowable(() -> verify(bytes, key));
    assertThat(error).isInstanceOf(TrefoilException.class);
    return ((TrefoilException) error).condition();
  }

  @Test
  void bothSignaturesVerifyAndTheEncodingIsTheSameAgain() {
    verify(good, key.verificationKey());
    assertThat(SignedStatement.parse("approval", good).encode()).isEqualTo(good);
  }

  @Test
  void everyFlippedBitIsRefused() {
    VerificationKey verification = key.verificationKey();
    for (int at = 0; at < good.length; at++) {
      byte[] bytes = good.clone();
      bytes[at] ^= (byte) (1 << (at % 8));
      assertThat(refusal(bytes, verification))
          .as("byte " + at)
          .isIn(
              Condition.MALFORMED_STATEMENT,
              Condition.SIGNATURE_INVALID,
              Condition.SIGNATURE_MISSING,
              Condition.OTHER_STATEMENT);
    }
  }

  @Test
  void oneSignatureOrThreeOrTwoOfOneKindAreTooFew() throws IOException {
    VerificationKey k = key.verificationKey();
    assertThat(refusal(edited(a -> a.remove(1)), k)).isEqualTo(Condition.SIGNATURE_MISSING);
    assertThat(refusal(edited(a -> a.remove(0)), k)).isEqualTo(Condition.SIGNATURE_MISSING);
    assertThat(refusal(edited(ArrayNode::removeAll), k)).isEqualTo(Condition.SIGNATURE_MISSING);
    assertThat(refusal(edited(a -> a.add(a.get(0).deepCopy())), k))
        .isEqualTo(Condition.SIGNATURE_MISSING);
    assertThat(refusal(edited(a -> a.set(1, a.get(0).deepCopy())), k))
        .isEqualTo(Condition.SIGNATURE_MISSING);
    assertThat(refusal(edited(a -> a.set(0, a.get(1).deepCopy())), k))
        .isEqualTo(Condition.SIGNATURE_MISSING);
  }

  private byte[] edited(Consumer<ArrayNode> edit) throws IOException {
    ObjectNode jws = (ObjectNode) JSON.readTree(good);
    edit.accept((ArrayNode) jws.get("signatures"));
    return CanonicalJson.encode(jws);
  }

  @Test
  void neitherAlgorithmCountsAloneWhenTheOtherIsForged() throws IOException {
    byte[] forged = SignedStatement.sign(SigningKey.random(), "approval", PAYLOAD).encode();
    for (int which = 0; which < 2; which++) {
      int at = which;
      String other = JSON.readTree(forged).get("signatures").get(at).get("signature").asText();
      byte[] half = edited(a -> ((ObjectNode) a.get(at)).put("signature", other));
      assertThat(refusal(half, key.verificationKey())).isEqualTo(Condition.SIGNATURE_INVALID);
    }
  }

  /** A P-384 key in a key store in the place of Ed25519, as a token has it. */
  @Test
  void aKeyInAKeyStoreSignsWithP384(@TempDir Path folder) throws Exception {
    Path store = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
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
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "123456")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    System.setProperty("TREFOIL_PIN", "123456");
    try {
      SigningKey token = SigningKey.inKeyStore("PKCS12", store, "sign");
      Path file = folder.resolve("sign.key");
      token.write(file);
      assertThat(Files.readString(file)).doesNotContain("123456");
      SigningKey again = SigningKey.read(file);
      VerificationKey known = VerificationKey.of(token.verificationKey().bytes());
      assertThat(again.verificationKey()).isEqualTo(known);
      for (int i = 0; i < 20; i++) {
        verify(SignedStatement.sign(again, "approval", PAYLOAD).encode(), known);
      }
      byte[] signed = SignedStatement.sign(again, "approval", PAYLOAD).encode();
      assertThat(
              new String(
                  Base64.getUrlDecoder()
                      .decode(
                          JSON.readTree(signed).get("signatures").get(0).get("protected").asText()),
                  StandardCharsets.UTF_8))
          .contains("\"alg\":\"ES384\"")
          .contains("\"algs\":[\"ES384\",\"ML-DSA-65\"]");
      for (int at = 0; at < signed.length; at += 61) {
        byte[] bytes = signed.clone();
        bytes[at] ^= (byte) (1 << (at % 8));
        assertThat(refusal(bytes, known)).as("byte " + at).isNotNull();
      }
      // One algorithm does not stand for the other, and neither half for both.
      assertThat(refusal(signed, key.verificationKey())).isEqualTo(Condition.SIGNATURE_INVALID);
      assertThat(refusal(good, known)).isEqualTo(Condition.SIGNATURE_INVALID);
      byte[] highS = highS(signed);
      assertThat(refusal(highS, known)).isEqualTo(Condition.SIGNATURE_INVALID);
    } finally {
      System.clearProperty("TREFOIL_PIN");
    }
  }

  /** The same signature with the other s that satisfies the equation. */
  private static byte[] highS(byte[] signed) throws IOException {
    ObjectNode jws = (ObjectNode) JSON.readTree(signed);
    ObjectNode first = (ObjectNode) jws.get("signatures").get(0);
    byte[] rs = Base64.getUrlDecoder().decode(first.get("signature").asText());
    BigInteger n =
        new BigInteger(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
                + "581a0db248b0a77aecec196accc52973",
            16);
    byte[] high = n.subtract(new BigInteger(1, Arrays.copyOfRange(rs, 48, 96))).toByteArray();
    System.arraycopy(high, high.length - 48, rs, 48, 48);
    first.put("signature", Fields.base64(rs));
    return CanonicalJson.encode(jws);
  }

  @Test
  void aStatementOfOneKindIsNoneOfAnother() {
    byte[] run = SignedStatement.sign(key, "run", PAYLOAD).encode();
    assertThat(refusal(run, key.verificationKey())).isEqualTo(Condition.OTHER_STATEMENT);
  }

  @Test
  void anotherKeyIsRefused() {
    assertThat(refusal(good, SigningKey.random().verificationKey()))
        .isEqualTo(Condition.SIGNATURE_INVALID);
  }

  @Test
  void aKeySurvivesItsFileWhichNobodyElseReadsAndNothingOverwrites(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("sign.key");
    key.write(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(SigningKey.read(file).verificationKey()).isEqualTo(key.verificationKey());
    verify(
        SignedStatement.sign(SigningKey.read(file), "approval", PAYLOAD).encode(),
        key.verificationKey());
    assertThatThrownBy(() -> SigningKey.random().write(file)).hasMessageContaining("already");
    assertThat(key.toString()).doesNotContain(Files.readAllLines(file).get(1));
  }
}

package org.trefoil.api.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/** What is sealed to a person opens with that person's key, as what it was sealed, and not else. */
final class OpeningKeyTest {
  private static final byte[] PLAIN = "shares".getBytes(StandardCharsets.UTF_8);
  private final SigningKey key = SigningKey.random();

  private static RunRequest request(Optional<Retry> retry) {
    TreeMap<String, String> values = new TreeMap<>();
    values.put("month", "2026-10-01");
    return new RunRequest("hq", "0".repeat(64), values, Scene.NONCE, "test", Scene.NOW, retry);
  }

  private RunRequest request(String name) {
    return request(Optional.of(new Retry(name, key.openingKey().recipientKey())));
  }

  @Test
  void opensWithTheKeyOfTheSameFileOnly(@TempDir Path folder) {
    byte[] context = Retry.context("test", 1, Scene.NONCE, request("october"));
    byte[] sealed = key.openingKey().recipientKey().seal(context, PLAIN);
    assertThat(key.openingKey().open(context, sealed)).isEqualTo(PLAIN);
    key.write(folder.resolve("sign.key"));
    OpeningKey read = SigningKey.read(folder.resolve("sign.key")).openingKey();
    assertThat(read.recipientKey()).isEqualTo(key.openingKey().recipientKey());
    assertThat(read.open(context, sealed)).isEqualTo(PLAIN);
    // Twice the same is sealed differently.
    assertThat(key.openingKey().recipientKey().seal(context, PLAIN)).isNotEqualTo(sealed);
    assertThat(catchClosed(SigningKey.random().openingKey(), context, sealed))
        .isEqualTo(Condition.OTHER_KEYS);
  }

  private static Condition catchClosed(OpeningKey with, byte[] context, byte[] sealed) {
    return catchThrowableOfType(TrefoilException.class, () -> with.open(context, sealed))
        .condition();
  }

  @Test
  void opensAsWhatItWasSealedAndUnalteredOnly() {
    byte[] context = Retry.context("test", 1, Scene.NONCE, request("october"));
    byte[] sealed = key.openingKey().recipientKey().seal(context, PLAIN);
    for (byte[] other :
        new byte[][] {
          Retry.context("prod", 1, Scene.NONCE, request("october")),
          Retry.context("test", 2, Scene.NONCE, request("october")),
          Retry.context("test", 1, "1".repeat(32), request("october")),
          Retry.context("test", 1, Scene.NONCE, request("november"))
        }) {
      assertThat(catchClosed(key.openingKey(), other, sealed)).isEqualTo(Condition.OTHER_KEYS);
    }
    for (int at = 0; at < sealed.length; at += 7) {
      byte[] altered = sealed.clone();
      altered[at] ^= 1;
      assertThat(catchClosed(key.openingKey(), context, altered))
          .as("byte %s", at)
          .isEqualTo(Condition.OTHER_KEYS);
    }
    assertThat(catchClosed(key.openingKey(), context, new byte[100]))
        .isEqualTo(Condition.OTHER_KEYS);
  }

  @Test
  void aRequestThatMayBeAskedForAgainSurvivesItsEncoding() {
    RunRequest request = request("october");
    assertThat(RunRequest.decode(request.encode())).isEqualTo(request);
    assertThat(RunRequest.decode(request(Optional.empty()).encode()).retry()).isEmpty();
    String text = new String(request.encode(), StandardCharsets.UTF_8);
    String half = text.replaceFirst("\"retry\":\"october\",", "");
    assertThat(half).isNotEqualTo(text);
    assertThatThrownBy(() -> RunRequest.decode(half.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("its field retry");
    String short_ = text.replaceFirst("\"recipient\":\"[^\"]{4}", "\"recipient\":\"");
    assertThatThrownBy(() -> RunRequest.decode(short_.getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("its field recipient");
  }
}

package org.trefoil.api.approval;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.trefoil.api.error.TrefoilException;

/**
 * Signs with a token, in a process of its own: the token's library reads the environment. Prints
 * the public key and the signed statement, or the condition of what is wrong.
 */
final class TokenMain {
  private TokenMain() {}

  public static void main(String[] arguments) {
    Path file = Path.of(arguments[2]);
    try {
      SigningKey.inKeyStore("PKCS11", Path.of(arguments[0]), arguments[1]).write(file);
      // As every command does: from the file, which names the token.
      SigningKey key = SigningKey.read(file);
      byte[] text = arguments[3].getBytes(StandardCharsets.UTF_8);
      System.out.println(Fields.base64(key.verificationKey().bytes()));
      System.out.println(Fields.base64(SignedStatement.sign(key, "approval", text).encode()));
    } catch (TrefoilException e) {
      System.out.println(e.getMessage());
    }
  }
}

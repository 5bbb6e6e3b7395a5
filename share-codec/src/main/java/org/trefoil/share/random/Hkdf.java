package org.trefoil.share.random;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;

/** HKDF with SHA-256 (RFC 5869) to 32 bytes, and an unambiguous way to write its inputs. */
final class Hkdf {
  private Hkdf() {}

  static byte[] derive(byte[] secret, byte[] salt, byte[] info) {
    return run(new HKDFParameters(secret, salt, info));
  }

  /** The expand half only: {@code key} is already uniform. */
  static byte[] expand(byte[] key, byte[] info) {
    return run(HKDFParameters.skipExtractParameters(key, info));
  }

  /** Each part preceded by its length in 4 bytes, most significant first. */
  static byte[] parts(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(ByteBuffer.allocate(4).putInt(part.length).array());
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] run(HKDFParameters parameters) {
    HKDFBytesGenerator generator = new HKDFBytesGenerator(new SHA256Digest());
    generator.init(parameters);
    byte[] out = new byte[Prg.KEY_BYTES];
    generator.generateBytes(out, 0, out.length);
    return out;
  }
}

package org.trefoil.executor.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.trefoil.api.approval.Software;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.share.column.Bits;

/**
 * The software that is installed here, as approvals bind it: the version, and the digest of all
 * classes of Trefoil that an executor consists of and of the libraries that lie beside them.
 *
 * <p>Not guaranteed: that an executor which lies about its digest runs what it names. It keeps
 * honest operators from running what nobody has approved.
 */
final class Installed {
  /** The version, a plus sign, and 64 hexadecimal digits. */
  static final String SOFTWARE = Version.SOFTWARE + "+" + digest();

  private static final int BUFFER = 1 << 16;

  private Installed() {}

  private static String digest() {
    TreeMap<String, Path> libraries = new TreeMap<>();
    TreeMap<String, byte[]> parts = new TreeMap<>();
    try {
      for (Class<?> one : List.of(Installed.class, Software.class, QueryId.class, Bits.class)) {
        Path at = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (Files.isDirectory(at)) {
          classes(at, parts);
        } else {
          entries(at, parts);
          beside(at, libraries);
        }
      }
      MessageDigest all = MessageDigest.getInstance("SHA-256");
      parts.forEach((name, digest) -> add(all, name, digest));
      for (var library : libraries.entrySet()) {
        try (InputStream in = Files.newInputStream(library.getValue())) {
          add(all, library.getKey(), of(in));
        }
      }
      return HexFormat.of().formatHex(all.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(MessageDigest all, String name, byte[] digest) {
    all.update(name.getBytes(StandardCharsets.UTF_8));
    all.update((byte) 0);
    all.update(digest);
  }

  private static boolean own(String name) {
    return name.startsWith("org/trefoil/");
  }

  private static void classes(Path folder, TreeMap<String, byte[]> parts)
      throws IOException, NoSuchAlgorithmException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(file).toString().replace('\\', '/');
        if (own(name)) {
          try (InputStream in = Files.newInputStream(file)) {
            parts.put(name, of(in));
          }
        }
      }
    }
  }

  /** By content: a jar that is packed again from the same classes is the same software. */
  private static void entries(Path jar, TreeMap<String, byte[]> parts)
      throws IOException, NoSuchAlgorithmException {
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
        if (own(entry.getName()) && !entry.isDirectory()) {
          try (InputStream in = file.getInputStream(entry)) {
            parts.put(entry.getName(), of(in));
          }
        }
      }
    }
  }

  /** The other jars of the folder; those with classes of Trefoil count by their content. */
  private static void beside(Path jar, TreeMap<String, Path> libraries) throws IOException {
    TreeSet<String> own = new TreeSet<>(List.of("query-api", "share-codec", "arrow-io"));
    own.add("mpc-executor");
    try (Stream<Path> files = Files.list(jar.getParent())) {
      files
          .filter(f -> f.getFileName().toString().endsWith(".jar") && !f.equals(jar))
          .filter(f -> own.stream().noneMatch(f.getFileName().toString()::startsWith))
          .forEach(f -> libraries.put(f.getFileName().toString(), f));
    }
  }

  private static byte[] of(InputStream in) throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (DigestInputStream digesting = new DigestInputStream(in, digest)) {
      byte[] buffer = new byte[BUFFER];
      while (digesting.read(buffer) >= 0) {
        continue;
      }
    }
    return digest.digest();
  }
}

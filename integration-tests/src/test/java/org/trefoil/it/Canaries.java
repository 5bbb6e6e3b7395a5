package org.trefoil.it;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Texts and numbers that occur nowhere but in somebody's data, in each form in which they could
 * come out: UTF-8, both UTF-16, and numbers as eight bytes in both orders too.
 */
final class Canaries {
  private static final int BUFFER = 1 << 20;

  /** What is looked for, by its first two bytes. */
  private final List<Map.Entry<String, byte[]>>[] byStart;

  private int longest;

  @SuppressWarnings("unchecked")
  private Canaries() {
    byStart = new List[1 << 16];
  }

  static Canaries of(List<String> texts, List<Long> numbers) {
    Canaries canaries = new Canaries();
    Map<String, byte[]> forms = new LinkedHashMap<>();
    List<String> all = new ArrayList<>(texts);
    numbers.forEach(n -> all.add(Long.toString(n)));
    for (String text : all) {
      for (Charset charset :
          List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
        forms.put(text + " in " + charset, text.getBytes(charset));
      }
    }
    for (long number : numbers) {
      for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
        forms.put(
            number + " in " + order,
            ByteBuffer.allocate(Long.BYTES).order(order).putLong(number).array());
      }
    }
    forms.entrySet().forEach(canaries::add);
    return canaries;
  }

  private void add(Map.Entry<String, byte[]> form) {
    int start = (form.getValue()[0] & 255) << 8 | (form.getValue()[1] & 255);
    if (byStart[start] == null) {
      byStart[start] = new ArrayList<>();
    }
    byStart[start].add(form);
    longest = Math.max(longest, form.getValue().length);
  }

  /** Those that occur in a text. */
  Set<String> in(String text) {
    return in(text.getBytes(StandardCharsets.UTF_8));
  }

  Set<String> in(byte[] bytes) {
    Set<String> found = new TreeSet<>();
    look(bytes, bytes.length, found);
    return found;
  }

  /** Those that occur in a file, or in any file of a folder. */
  Set<String> in(Path path) throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Set<String> here = new TreeSet<>();
        read(file, here);
        here.forEach(what -> found.add(file + ": " + what));
      }
    }
    return found;
  }

  private void read(Path file, Set<String> found) throws IOException {
    byte[] bytes = new byte[BUFFER];
    int kept = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int n = in.readNBytes(bytes, 0, BUFFER); n > 0; ) {
        look(bytes, kept + n, found);
        int keep = Math.min(longest - 1, kept + n);
        System.arraycopy(bytes, kept + n - keep, bytes, 0, keep);
        kept = keep;
        n = in.readNBytes(bytes, kept, BUFFER - kept);
      }
    }
  }

  private void look(byte[] bytes, int length, Set<String> found) {
    for (int at = 0; at + 1 < length; at++) {
      List<Map.Entry<String, byte[]>> candidates =
          byStart[(bytes[at] & 255) << 8 | (bytes[at + 1] & 255)];
      if (candidates != null) {
        for (Map.Entry<String, byte[]> form : candidates) {
          if (begins(bytes, at, length, form.getValue())) {
            found.add(form.getKey());
          }
        }
      }
    }
  }

  private static boolean begins(byte[] bytes, int at, int length, byte[] with) {
    if (at + with.length > length) {
      return false;
    }
    for (int i = 0; i < with.length; i++) {
      if (bytes[at + i] != with[i]) {
        return false;
      }
    }
    return true;
  }
}

package org.trefoil.executor.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.ResultColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.Field;
import org.trefoil.arrow.flight.DescriptorBytes;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;

/**
 * The results that one executor keeps: its shares of them, sealed with AES-256-GCM under a key of
 * its own, in files that survive a restart or, without a folder, in memory. Each component is
 * sealed by itself, bound to table, proposal, party, component and version and to the public head
 * of the file, so that a file that is altered, swapped with another or an older one of another name
 * does not open. Thread-safe.
 *
 * <p>Not hidden from who reads the disk: that there is such a table, its columns, its padded size.
 * Not prevented: that an operator puts back an older file of the same version. The key lies beside
 * the files, readable by the executor's user only: a copy of one folder without it tells nothing,
 * and one of both nothing without a second executor's.
 */
public final class KeptResults {
  private static final Logger LOG = LoggerFactory.getLogger(KeptResults.class);
  private static final String MAGIC = "trefoil kept 1";
  private static final String SUFFIX = ".kept";
  private static final int KEY = 32;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  /** A result as it lies here; {@code sealed} is null where a file holds it. */
  private record Entry(TableDescriptor table, String version, Instant until, byte[] sealed) {}

  private final int party;
  private final Optional<Path> folder;
  private final byte[] key;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Entry> entries = new TreeMap<>();

  private KeptResults(int party, Optional<Path> folder, byte[] key) {
    this.party = party;
    this.folder = folder;
    this.key = key;
  }

  /**
   * What executor {@code party} keeps.
   *
   * @param folder absent: in memory
   * @throws TrefoilException LEDGER_FAILED if the folder or its key cannot be used
   */
  public static KeptResults open(int party, Optional<Path> folder) {
    try {
      byte[] key = new byte[KEY];
      if (folder.isEmpty()) {
        new SecureRandom().nextBytes(key);
        return new KeptResults(party, folder, key);
      }
      Files.createDirectories(folder.get());
      Path file = folder.get().resolve("key");
      if (Files.exists(file)) {
        key = Files.readAllBytes(file);
      } else {
        new SecureRandom().nextBytes(key);
        replace(file, key);
      }
      KeptResults kept = new KeptResults(party, folder, key);
      kept.load(folder.get());
      return kept;
    } catch (IOException e) {
      throw failed("open the kept results", e);
    }
  }

  private void load(Path in) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList()) {
        try {
          byte[] sealed = Files.readAllBytes(file);
          KeptResult read = opened(sealed);
          entries.put(
              name(read.table().table()),
              new Entry(read.table(), read.version(), read.until(), null));
        } catch (TrefoilException e) {
          LOG.warn("{} is no result of this executor and version: {}", file, e.getMessage());
        }
      }
    }
  }

  /** Keeps a result, in the place of one of the same name; on disk when this returns. */
  public synchronized void put(KeptResult result) {
    byte[] sealed = sealed(result);
    String name = name(result.table().table());
    if (folder.isPresent()) {
      try {
        replace(folder.get().resolve(file(name)), sealed);
      } catch (IOException e) {
        throw failed("keep " + result.table().name(), e);
      }
    }
    entries.put(
        name,
        new Entry(
            result.table(), result.version(), result.until(), folder.isPresent() ? null : sealed));
  }

  /** The tables that are here now. */
  public synchronized List<TableDescriptor> tables() {
    return entries.values().stream().map(Entry::table).toList();
  }

  /**
   * The result of this name.
   *
   * @throws TrefoilException TABLE_NOT_FOUND; LEDGER_FAILED if it does not open
   */
  public synchronized KeptResult get(String table) {
    Entry entry = entries.get(name(table));
    if (entry == null) {
      throw new TrefoilException(
          Condition.TABLE_NOT_FOUND,
          "Cannot find kept result "
              + table
              + " at executor "
              + party
              + ": it is not here any more.");
    }
    try {
      byte[] sealed =
          entry.sealed() != null
              ? entry.sealed()
              : Files.readAllBytes(folder.orElseThrow().resolve(file(name(table))));
      KeptResult read = opened(sealed);
      if (!read.version().equals(entry.version()) || !read.table().equals(entry.table())) {
        throw broken();
      }
      return read;
    } catch (IOException e) {
      throw failed("read kept result " + table, e);
    }
  }

  /**
   * Destroys what has expired and what was made under a proposal that may not go on.
   *
   * @param mayGoOn of a proposal's id
   */
  public synchronized void prune(Instant now, Predicate<String> mayGoOn) {
    for (Map.Entry<String, Entry> entry : List.copyOf(entries.entrySet())) {
      Entry of = entry.getValue();
      String proposal = of.table().kept().orElseThrow().proposal();
      if (now.isBefore(of.until()) && mayGoOn.test(proposal)) {
        continue;
      }
      entries.remove(entry.getKey());
      try {
        if (folder.isPresent()) {
          Path file = folder.get().resolve(file(entry.getKey()));
          // Where the file system writes in place, nothing is left of it.
          try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            writeAll(out, new byte[Math.toIntExact(out.size())]);
          }
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        throw failed("destroy " + of.table().name(), e);
      }
      LOG.info("kept result {} is destroyed", of.table().name());
    }
  }

  // ---- sealing

  private byte[] sealed(KeptResult result) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      byte[] head = head(result);
      out.writeInt(head.length);
      out.write(head);
      for (int component = 0; component < 2; component++) {
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        byte[] text =
            cipher(Cipher.ENCRYPT_MODE, nonce, bound(result, component, head))
                .doFinal(bytes(result.limbs(component == 0)));
        out.write(nonce);
        out.writeInt(text.length);
        out.write(text);
      }
      return bytes.toByteArray();
    } catch (IOException | GeneralSecurityException e) {
      throw failed("seal " + result.table().name(), e);
    }
  }

  private byte[] head(KeptResult result) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeUTF(MAGIC);
    out.writeInt(party);
    out.writeUTF(result.version());
    out.writeLong(result.until().getEpochSecond());
    out.writeInt(result.valid().rows());
    byte[] table = DescriptorBytes.encode(result.table());
    out.writeInt(table.length);
    out.write(table);
    for (ResultColumn column : result.encoding()) {
      out.writeUTF(column.form().name());
      out.writeInt(column.width());
      out.writeInt(column.slot() == null ? -1 : column.slot().width());
      out.writeUTF(column.slot() == null ? "0" : column.slot().least().toString());
    }
    return bytes.toByteArray();
  }

  private KeptResult opened(byte[] sealed) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(sealed))) {
      byte[] head = part(in);
      KeptResult shape = head(head);
      List<List<long[]>> components = new ArrayList<>();
      for (int component = 0; component < 2; component++) {
        byte[] nonce = in.readNBytes(NONCE);
        byte[] text = part(in);
        byte[] plain =
            cipher(Cipher.DECRYPT_MODE, nonce, bound(shape, component, head)).doFinal(text);
        components.add(limbs(plain, shape.shapes(), shape.table().rows()));
      }
      if (in.available() > 0) {
        throw new IOException("something follows");
      }
      List<SharedColumn> columns =
          columns(components.get(0), components.get(1), shape.shapes(), (int) shape.table().rows());
      return new KeptResult(
          shape.table(),
          shape.version(),
          shape.until(),
          shape.encoding(),
          (Bits) columns.get(0),
          columns.subList(1, columns.size()));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw broken();
    }
  }

  /** A length and so many bytes. */
  private static byte[] part(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("no such length");
    }
    return in.readNBytes(length);
  }

  /** What the head says, without shares. */
  private KeptResult head(byte[] head) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(head))) {
      if (!in.readUTF().equals(MAGIC) || in.readInt() != party) {
        throw new IOException("another form or party");
      }
      String version = in.readUTF();
      Instant until = Instant.ofEpochSecond(in.readLong());
      int rows = in.readInt();
      TableDescriptor table = DescriptorBytes.decode(part(in));
      List<ResultColumn> encoding = new ArrayList<>();
      for (Field field : table.fields()) {
        Form form = Form.valueOf(in.readUTF());
        int width = in.readInt();
        int slot = in.readInt();
        BigInteger least = new BigInteger(in.readUTF());
        encoding.add(new ResultColumn(field, form, slot < 0 ? null : new Slot(least, slot), width));
      }
      if (rows != table.rows()) {
        throw new IOException("another number of rows");
      }
      return new KeptResult(table, version, until, encoding, Bits.zero(0), List.of());
    }
  }

  private byte[] bound(KeptResult result, int component, byte[] head)
      throws GeneralSecurityException {
    return String.join(
            "|",
            MAGIC,
            result.table().name(),
            result.proposal(),
            "party " + party,
            "component " + (party + component) % 3,
            result.version(),
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(head)))
        .getBytes(StandardCharsets.UTF_8);
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] bound) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(bound);
    return cipher;
  }

  static byte[] bytes(List<long[]> limbs) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * limbs.stream().mapToInt(l -> l.length).sum());
    limbs.forEach(
        limb -> {
          for (long word : limb) {
            bytes.putLong(word);
          }
        });
    return bytes.array();
  }

  private static List<long[]> limbs(byte[] plain, List<ColumnShape> shapes, long rows) {
    ByteBuffer bytes = ByteBuffer.wrap(plain);
    List<long[]> limbs = new ArrayList<>();
    for (ColumnShape shape : shapes) {
      for (int l = 0; l < shape.limbs(); l++) {
        long[] limb = new long[shape.longsPerLimb((int) rows)];
        for (int i = 0; i < limb.length; i++) {
          limb[i] = bytes.getLong();
        }
        limbs.add(limb);
      }
    }
    return limbs;
  }

  private static List<SharedColumn> columns(
      List<long[]> first, List<long[]> second, List<ColumnShape> shapes, int rows) {
    List<SharedColumn> columns = new ArrayList<>();
    int at = 0;
    for (ColumnShape shape : shapes) {
      int to = at + shape.limbs();
      long[][] a = first.subList(at, to).toArray(long[][]::new);
      long[][] b = second.subList(at, to).toArray(long[][]::new);
      columns.add(shape.column(rows, a, b));
      at = to;
    }
    return columns;
  }

  // ---- files

  private static String name(String table) {
    return table.toLowerCase(Locale.ROOT);
  }

  private static String file(String name) {
    return HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8)) + SUFFIX;
  }

  /** The file holds all of these bytes or what it held before; its user only may read it. */
  private static void replace(Path file, byte[] bytes) throws IOException {
    Path written = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(written);
    Files.createFile(
        written,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel out = FileChannel.open(written, StandardOpenOption.WRITE)) {
      writeAll(out, bytes);
    }
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel in = FileChannel.open(file.toAbsolutePath().getParent())) {
      in.force(true);
    }
  }

  private static void writeAll(FileChannel out, byte[] bytes) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(bytes);
    while (all.hasRemaining()) {
      out.write(all);
    }
    out.force(true);
  }

  private static TrefoilException broken() {
    return new TrefoilException(
        Condition.LEDGER_FAILED,
        "Cannot open a kept result: it was altered, or sealed elsewhere. Make it again.");
  }

  private static TrefoilException failed(String what, Exception cause) {
    return new TrefoilException(
        Condition.LEDGER_FAILED,
        "Cannot " + what + ": " + cause.getClass().getSimpleName() + ". Check the ledger's folder.",
        cause);
  }
}

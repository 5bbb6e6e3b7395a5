package org.trefoil.api.descriptor;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.trefoil.api.type.Field;

/**
 * SHA-256 of all that a plan's meaning depends on in a descriptor: fields, keys and policy. The
 * number of rows when it was registered is an estimate and not part of it.
 */
public final class DescriptorDigest {
  private DescriptorDigest() {}

  /** The digest in hexadecimal digits, as signed documents name it. */
  public static String hex(TableDescriptor table) {
    return HexFormat.of().formatHex(of(table));
  }

  public static byte[] of(TableDescriptor table) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      text(out, "trefoil descriptor 7");
      text(out, table.owner());
      text(out, table.table());
      out.writeInt(table.fields().size());
      for (Field field : table.fields()) {
        text(out, field.name());
        text(out, field.type().kind().name());
        out.writeInt(field.type().precision());
        out.writeInt(field.type().scale());
        out.writeBoolean(field.nullable());
      }
      out.writeInt(table.keys().size());
      for (List<String> key : table.keys()) {
        texts(out, key);
      }
      policy(out, table.policy());
      out.writeBoolean(table.kept().isPresent());
      if (table.kept().isPresent()) {
        text(out, table.kept().get().proposal());
        for (var source : table.kept().get().sources().entrySet()) {
          text(out, source.getKey());
          text(out, source.getValue());
        }
      }
      return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void policy(DataOutputStream out, TablePolicy policy) throws IOException {
    out.writeInt(policy.minGroupSize());
    out.writeInt(policy.minOwners());
    out.writeInt(policy.dominance());
    out.writeInt(policy.ownerDominance());
    out.writeInt(policy.rounding());
    texts(out, policy.entity());
    text(out, policy.padding().name());
    TreeMap<String, ColumnPolicy> columns = new TreeMap<>(policy.columns());
    out.writeInt(columns.size());
    for (var column : columns.entrySet()) {
      text(out, column.getKey());
      column(out, column.getValue());
    }
    column(out, policy.other());
    out.writeBoolean(policy.analysts().isPresent());
    texts(out, policy.analysts().orElse(List.of()).stream().sorted().toList());
    out.writeBoolean(policy.recipients().isPresent());
    texts(out, policy.recipients().orElse(List.of()).stream().sorted().toList());
    out.writeBoolean(policy.ownKeys().isPresent());
    if (policy.ownKeys().isPresent()) {
      OwnKeysRule rule = policy.ownKeys().get();
      texts(out, rule.to().stream().sorted().toList());
      out.writeLong(rule.maxKeys());
      out.writeInt(rule.runsPerDay().orElse(-1));
    }
    out.writeBoolean(policy.tellSuppressed());
    out.writeBoolean(policy.filteredSizePublic());
    out.writeBoolean(policy.absencePublic());
    out.writeBoolean(policy.differencesPublic());
    out.writeBoolean(policy.rerunsChecked());
    out.writeBoolean(policy.approvalNeeded());
    out.writeBoolean(policy.contributors().isPresent());
    if (policy.contributors().isPresent()) {
      ContributorsRule rule = policy.contributors().get();
      out.writeInt(rule.most());
      out.writeInt(rule.rows());
      out.writeLong(rule.within().toSeconds());
    }
    out.writeBoolean(policy.privacy().isPresent());
    if (policy.privacy().isPresent()) {
      PrivacyRule rule = policy.privacy().get();
      out.writeLong(rule.budget());
      out.writeLong(rule.perRun());
      out.writeInt(rule.rows());
    }
  }

  private static void column(DataOutputStream out, ColumnPolicy column) throws IOException {
    texts(out, column.use().stream().map(Verb::word).sorted().toList());
    text(
        out,
        column
            .range()
            .map(r -> r.least().toPlainString() + " " + r.greatest().toPlainString())
            .orElse(""));
    out.writeInt(column.scale().orElse(-1));
    out.writeLong(column.maxGroups().orElse(-1));
    out.writeBoolean(column.aggregates().isPresent());
    texts(
        out, column.aggregates().orElse(Set.of()).stream().map(Aggregated::word).sorted().toList());
  }

  private static void texts(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      text(out, text);
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}

package org.trefoil.api.owners;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.trefoil.api.descriptor.Aggregated;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.Padding;
import org.trefoil.api.descriptor.PrivacyRule;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.descriptor.Verb;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/**
 * Writes an {@code OWNERS.yaml} from descriptors: {@link OwnersFile#read} finds tables with the
 * same columns, keys and policies in it, but for columns that no query can use.
 */
public final class OwnersText {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .build());

  private OwnersText() {}

  /**
   * The file's text.
   *
   * @param paths of the tables' CSV files with a header, by the tables' names, in the order in
   *     which they are written
   */
  public static String of(Collection<TableDescriptor> tables, Map<String, String> paths) {
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    ObjectNode owners = file.putObject("owners");
    for (TableDescriptor table : tables) {
      owners
          .withObjectProperty(table.owner())
          .withObjectProperty("tables")
          .set(table.table(), table(table, paths.get(table.name())));
    }
    try {
      return YAML.writeValueAsString(file);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode table(TableDescriptor table, String path) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    if (!table.isContributed()) {
      ObjectNode source = out.putObject("source").put("format", "csv").put("path", path);
      source.putObject("options").put("header", "true");
    }
    if (table.policy().rerunsChecked()) {
      out.put("history", "history/" + table.name());
    }
    out.put(
        "schema", table.fields().stream().map(OwnersText::ddl).collect(Collectors.joining(", ")));
    if (!table.keys().isEmpty()) {
      ArrayNode keys = out.putArray("keys");
      table.keys().forEach(key -> texts(keys.addArray(), key));
    }
    policy(out.putObject("policy"), table.policy(), table.others().keySet());
    return out;
  }

  private static String ddl(Field field) {
    DataType type = field.type();
    int bytes = type.precision();
    String text =
        type.kind() == DataType.Kind.BINARY
            ? "BINARY(" + bytes + ")"
            : type.kind() != DataType.Kind.STRING || bytes == DataType.DEFAULT_STRING_BYTES
                ? type.sql()
                : "VARCHAR("
                    + (bytes < DataType.DEFAULT_STRING_BYTES ? (bytes + 3) / 4 : bytes)
                    + ")";
    return "`"
        + field.name().replace("`", "``")
        + "` "
        + text
        + (field.nullable() ? "" : " NOT NULL");
  }

  private static void policy(ObjectNode out, TablePolicy policy, Set<String> others) {
    out.put("min-group-size", policy.minGroupSize());
    if (policy.minOwners() > 1) {
      out.put("min-owners", policy.minOwners());
    }
    if (policy.dominance() > 0) {
      out.put("dominance", policy.dominance());
    }
    if (policy.ownerDominance() > 0) {
      out.put("owner-dominance", policy.ownerDominance());
    }
    if (policy.rounding() > 1) {
      out.put("rounding", policy.rounding());
    }
    if (!policy.entity().isEmpty()) {
      texts(out.putArray("entity"), policy.entity());
    }
    if (policy.padding() != Padding.FULL) {
      out.put("padding", policy.padding().name().toLowerCase(Locale.ROOT));
    }
    if (policy.approvalNeeded()) {
      out.put("approval", "each");
    }
    if (policy.filteredSizePublic()) {
      out.put("filtered-size", "public");
    }
    if (!policy.absencePublic()) {
      out.put("absence", "secret");
    }
    if (policy.differencesPublic()) {
      out.put("differences", "public");
    }
    if (policy.rerunsChecked()) {
      out.put("reruns", "checked");
    }
    if (policy.tellSuppressed()) {
      out.put("tell-suppressed", true);
    }
    Map<String, ColumnPolicy> columns = new TreeMap<>(policy.columns());
    columns.keySet().removeAll(others);
    if (!columns.isEmpty()) {
      ObjectNode map = out.putObject("columns");
      columns.forEach((name, column) -> column(map.putObject(name), column));
    }
    column(out.putObject("default"), policy.other());
    policy.analysts().ifPresent(names -> texts(out.putArray("analysts"), names));
    policy.recipients().ifPresent(names -> texts(out.putArray("recipients"), names));
    policy
        .ownKeys()
        .ifPresent(
            rule -> {
              ObjectNode keys = out.putObject("own-keys");
              texts(keys.putArray("to"), rule.to());
              keys.put("max-keys", rule.maxKeys());
              rule.runsPerDay().ifPresent(runs -> keys.put("runs-per-day", runs));
            });
    policy
        .contributors()
        .ifPresent(
            rule ->
                out.putObject("contributors")
                    .put("most", rule.most())
                    .put("rows", rule.rows())
                    .put("within-seconds", rule.within().toSeconds()));
    policy.privacy().ifPresent(rule -> privacy(out.putObject("privacy"), rule));
  }

  private static void privacy(ObjectNode out, PrivacyRule rule) {
    out.put("epsilon", BigDecimal.valueOf(rule.budget(), 6).stripTrailingZeros())
        .put("per-run", BigDecimal.valueOf(rule.perRun(), 6).stripTrailingZeros())
        .put("rows", rule.rows());
  }

  private static void column(ObjectNode out, ColumnPolicy column) {
    texts(out.putArray("use"), column.use().stream().sorted().map(Verb::word).toList());
    column
        .range()
        .ifPresent(range -> out.putArray("range").add(range.least()).add(range.greatest()));
    column.scale().ifPresent(scale -> out.put("scale", scale));
    column.maxGroups().ifPresent(groups -> out.put("max-groups", groups));
    column
        .aggregates()
        .ifPresent(
            allowed ->
                texts(
                    out.putArray("aggregates"),
                    allowed.stream().sorted().map(Aggregated::word).toList()));
  }

  private static void texts(ArrayNode out, List<String> texts) {
    texts.forEach(out::add);
  }
}

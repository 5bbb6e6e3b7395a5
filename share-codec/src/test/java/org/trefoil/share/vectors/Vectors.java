package org.trefoil.share.vectors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.ShareBatches;
import org.trefoil.share.owner.Sharing;
import org.trefoil.share.random.Prg;
import org.trefoil.share.random.StreamKeys;
import org.trefoil.share.recipient.Reconstruction;

/**
 * Computes what the test vectors state. Columns are written as one hexadecimal number per row,
 * bytes in hexadecimal, values as text.
 */
final class Vectors {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Vectors() {}

  static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  static JsonNode compute(JsonNode input) {
    try {
      return switch (input.get("op").asText()) {
        case "streams" -> streams(input);
        case "below" -> below(input);
        case "permutation" -> permutation(input);
        case "share" -> share(input);
        case "reconstruct" -> reconstruct(input);
        case "encode" -> encode(input);
        default -> throw new IllegalStateException("unknown op");
      };
    } catch (TrefoilException e) {
      return NODES.objectNode().put("error", e.condition().name());
    } catch (IllegalArgumentException e) {
      return NODES.objectNode().put("error", "ILLEGAL_ARGUMENT");
    }
  }

  private static JsonNode streams(JsonNode input) {
    List<byte[]> nonces = items(input.get("nonces")).map(Vectors::bytes).toList();
    StreamKeys keys =
        new StreamKeys(bytes(input.get("secret")), nonces, bytes(input.get("digest")));
    ArrayNode streams = NODES.arrayNode();
    for (JsonNode asked : input.get("ask")) {
      Prg prg = keys.stream(asked.get(0).asText(), asked.get(1).asText());
      ArrayNode words = streams.addArray();
      for (int i = 0; i < input.get("words").asInt(); i++) {
        words.add(Long.toHexString(prg.next()));
      }
    }
    return streams;
  }

  private static JsonNode below(JsonNode input) {
    Prg prg = new Prg(bytes(input.get("key")));
    ArrayNode drawn = NODES.arrayNode();
    for (int i = 0; i < input.get("count").asInt(); i++) {
      drawn.add(prg.below(input.get("bound").asInt()));
    }
    return drawn;
  }

  private static JsonNode permutation(JsonNode input) {
    ArrayNode order = NODES.arrayNode();
    for (int i : new Prg(bytes(input.get("key"))).permutation(input.get("n").asInt())) {
      order.add(i);
    }
    return order;
  }

  private static JsonNode share(JsonNode input) {
    List<ClearColumn> columns = new ArrayList<>();
    for (JsonNode column : input.get("columns")) {
      columns.add(column(shape(column), column.get("values")));
    }
    ShareBatch[] batches =
        Sharing.share(columns, new Seeds(bytes(input.get("seed0")), bytes(input.get("seed1"))));
    ObjectNode shared = NODES.objectNode();
    ArrayNode third = shared.putArray("third");
    for (int c = 0; c < columns.size(); c++) {
      ClearColumn column = columns.get(c);
      third.add(values(new ClearColumn(column.shape(), column.rows(), batches[1].third().get(c))));
    }
    ArrayNode digests = shared.putArray("digests");
    for (int component = 0; component < 3; component++) {
      digests.add(HexFormat.of().formatHex(ShareBatches.digest(batches[component], component)));
    }
    return shared;
  }

  private static JsonNode reconstruct(JsonNode input) {
    List<SharedColumn> views = new ArrayList<>();
    for (JsonNode view : input.get("views")) {
      ColumnShape shape = shape(view.has("kind") ? view : input);
      ClearColumn first = column(shape, view.get("first"));
      ClearColumn second = column(shape, view.get("second"));
      views.add(shared(shape, first, second));
    }
    return values(Reconstruction.open(views));
  }

  private static JsonNode encode(JsonNode input) {
    List<Field> fields = items(input.get("fields")).map(Vectors::field).toList();
    List<Bounds> bounds = new ArrayList<>();
    for (JsonNode field : input.get("fields")) {
      JsonNode bound = field.get("bounds");
      bounds.add(bound == null ? null : new Bounds(number(bound.get(0)), number(bound.get(1))));
    }
    JsonNode c = input.get("column");
    InputColumn column =
        new InputColumn(
            Form.valueOf(c.get("form").asText()),
            items(c.get("outputs")).map(JsonNode::asInt).toList(),
            items(c.path("slots")).map(Vectors::slot).toList(),
            c.get("width").asInt());
    RowEncoder encoder =
        new RowEncoder(
            fields,
            bounds,
            List.of(column),
            input.path("branch").asInt(),
            input.path("firstRow").asLong(),
            bytes(input.get("hashKey")));
    encoder.begin(input.path("first").asLong(), input.get("rows").size());
    for (int r = 0; r < input.get("rows").size(); r++) {
      encoder.put(r, row(fields, input.get("rows").get(r)));
    }
    return values(encoder.finish().get(1));
  }

  private static Object[] row(List<Field> fields, JsonNode cells) {
    if (cells.isNull()) {
      return null;
    }
    Object[] row = new Object[cells.size()];
    for (int i = 0; i < row.length; i++) {
      DataType.Kind kind = i < fields.size() ? fields.get(i).type().kind() : DataType.Kind.BIGINT;
      row[i] = cells.get(i).isNull() ? null : value(kind, cells.get(i).asText());
    }
    return row;
  }

  private static Object value(DataType.Kind kind, String text) {
    return switch (kind) {
      case BOOLEAN -> Boolean.valueOf(text);
      case DECIMAL -> new BigDecimal(text);
      case DOUBLE -> Double.valueOf(text);
      case STRING -> text;
      default -> Long.valueOf(text);
    };
  }

  private static Field field(JsonNode field) {
    DataType type =
        new DataType(
            DataType.Kind.valueOf(field.get("type").asText()),
            field.path("precision").asInt(),
            field.path("scale").asInt());
    return new Field("c", type, field.path("nullable").asBoolean());
  }

  private static Slot slot(JsonNode slot) {
    return new Slot(number(slot.get(0)), slot.get(1).asInt());
  }

  private static BigInteger number(JsonNode number) {
    return new BigInteger(number.asText());
  }

  private static ColumnShape shape(JsonNode node) {
    return new ColumnShape(
        ColumnShape.Kind.valueOf(node.get("kind").asText()), node.get("width").asInt());
  }

  private static byte[] bytes(JsonNode hex) {
    return hex == null ? null : HexFormat.of().parseHex(hex.asText());
  }

  private static Stream<JsonNode> items(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static ClearColumn column(ColumnShape shape, JsonNode hex) {
    ClearColumn column = ClearColumn.zero(shape, hex.size());
    for (int r = 0; r < hex.size(); r++) {
      BigInteger number = new BigInteger(hex.get(r).asText(), 16);
      if (shape.kind() == ColumnShape.Kind.BITS) {
        column.limbs()[0][r >>> 6] |= number.longValue() << r;
      } else {
        for (int k = 0; k < shape.limbs(); k++) {
          column.limbs()[k][r] = number.shiftRight(64 * k).longValue();
        }
      }
    }
    return column;
  }

  private static ArrayNode values(ClearColumn column) {
    ArrayNode values = NODES.arrayNode();
    for (int r = 0; r < column.rows(); r++) {
      BigInteger number = BigInteger.ZERO;
      if (column.shape().kind() == ColumnShape.Kind.BITS) {
        number = BigInteger.valueOf(column.limbs()[0][r >>> 6] >>> r & 1);
      } else {
        for (int k = column.limbs().length - 1; k >= 0; k--) {
          BigInteger limb = new BigInteger(Long.toUnsignedString(column.limbs()[k][r]));
          number = number.shiftLeft(64).or(limb);
        }
      }
      values.add(number.toString(16));
    }
    return values;
  }

  private static SharedColumn shared(ColumnShape shape, ClearColumn first, ClearColumn second) {
    return shape.column(first.rows(), first.limbs(), second.limbs());
  }

  /** Gives out the seeds of a vector in the order in which sharing asks for them. */
  private static final class Seeds extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient List<byte[]> seeds;
    private int at;

    Seeds(byte[]... seeds) {
      this.seeds = Arrays.asList(seeds);
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seeds.get(at++), 0, bytes, 0, bytes.length);
    }
  }
}

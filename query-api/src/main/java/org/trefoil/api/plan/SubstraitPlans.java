package org.trefoil.api.plan;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;

/**
 * Plans as Substrait bytes: one encoding per plan, the same everywhere, so that its digest names
 * the plan.
 *
 * <p>The profile: ReadRel of a table named {@code [owner, table]} with its schema; FilterRel;
 * ProjectRel that emits its expressions only; JoinRel INNER, LEFT, RIGHT, OUTER, LEFT_SEMI,
 * LEFT_ANTI and LEFT_MARK; AggregateRel with one grouping; SortRel; FetchRel; SetRel UNION_ALL.
 * Expressions are references, literals and scalar functions of {@link SubstraitWriter#URN}, named
 * as {@link Function#wireName}. STRING is {@code varchar} with its length in bytes, TIMESTAMP is
 * {@code precision_timestamp_tz} in microseconds, DOUBLE is {@code fp64}, FLOAT {@code fp32}, with
 * type variation {@code fixed_point_<scale>}, intervals are {@code interval_day} in microseconds
 * and {@code interval_year} in months, BINARY is {@code binary} with {@code bytes_<length>}. ANSI
 * mode and time zone are the plan's enhancement.
 */
public final class SubstraitPlans {
  /** Nested messages of a plan; an expression takes three. */
  private static final int DEPTH = 1000;

  private SubstraitPlans() {}

  /**
   * The canonical bytes of {@code plan}. References get the type and nullability of the column they
   * name, and calls are nullable at least where their arguments make them so: {@link #decode} shows
   * the plan as everybody understands it.
   *
   * @throws TrefoilException MALFORMED_PLAN if the plan is not well typed
   */
  public static byte[] encode(Plan plan) {
    return bytes(new SubstraitWriter().plan(Profile.checked(plan)));
  }

  /**
   * The plan of {@code bytes}, every type, index and nullability checked.
   *
   * @throws TrefoilException MALFORMED_PLAN for bytes that {@link #encode} would not write, naming
   *     the first difference; UNSUPPORTED_* naming what is outside the profile
   */
  public static Plan decode(byte[] bytes) {
    io.substrait.proto.Plan message;
    try {
      CodedInputStream in = CodedInputStream.newInstance(bytes);
      in.setRecursionLimit(DEPTH);
      message = io.substrait.proto.Plan.parseFrom(in);
    } catch (InvalidProtocolBufferException e) {
      throw Profile.malformed("it is no Substrait plan");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    unknownField(message, "plan")
        .ifPresent(
            place -> {
              throw Profile.malformed("there is an unknown field in " + place);
            });
    Plan plan = Profile.checked(new SubstraitReader().plan(message));
    io.substrait.proto.Plan canonical = new SubstraitWriter().plan(plan);
    if (!Arrays.equals(bytes, bytes(canonical))) {
      throw new TrefoilException(
          Condition.MALFORMED_PLAN,
          "Cannot accept the plan: "
              + difference(message, canonical, "plan").orElse("its encoding")
              + " is outside the profile, or not as this version writes it. Plan the query again"
              + " with this version.");
    }
    return plan;
  }

  static byte[] bytes(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.checkNoSpaceLeft();
    return bytes;
  }

  /** The place of a message with fields that Substrait does not have. */
  private static Optional<String> unknownField(Message message, String place) {
    if (!message.getUnknownFields().asMap().isEmpty()) {
      return Optional.of(place);
    }
    for (var field : message.getAllFields().entrySet()) {
      if (field.getKey().getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
        continue;
      }
      List<?> values = field.getValue() instanceof List<?> l ? l : List.of(field.getValue());
      for (Object value : values) {
        Optional<String> found =
            unknownField((Message) value, place + "." + field.getKey().getName());
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** The place of the first field in which two messages of one type differ. */
  private static Optional<String> difference(Message a, Message b, String place) {
    TreeSet<FieldDescriptor> fields = new TreeSet<>(a.getAllFields().keySet());
    fields.addAll(b.getAllFields().keySet());
    for (FieldDescriptor field : fields) {
      String at = place + "." + field.getName();
      Object x = a.getField(field);
      Object y = b.getField(field);
      if (x.equals(y) && (field.isRepeated() || a.hasField(field) == b.hasField(field))) {
        continue;
      }
      if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
        return Optional.of(at);
      }
      if (!field.isRepeated()) {
        return a.hasField(field) && b.hasField(field)
            ? difference((Message) x, (Message) y, at)
            : Optional.of(at);
      }
      List<?> xs = (List<?>) x;
      List<?> ys = (List<?>) y;
      for (int i = 0; i < xs.size() && i < ys.size(); i++) {
        if (!xs.get(i).equals(ys.get(i))) {
          return difference((Message) xs.get(i), (Message) ys.get(i), at + "[" + i + "]");
        }
      }
      return Optional.of(at);
    }
    return Optional.empty();
  }
}

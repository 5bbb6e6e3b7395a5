package org.trefoil.contributor;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Source;
import org.trefoil.api.type.DataType;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.Sharing;

/**
 * The rows of one contributor, encoded as the query asks for them, padded to what every contributor
 * has, and shared. Only complete at all three executors is it confirmed to any: then it counts, and
 * it is this contributor's only one.
 */
final class Contribution {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Contribution() {}

  /** Shares {@code rows}, in the order of the table's columns. */
  static void share(Executors executors, Invitation invitation, List<Object[]> rows) {
    Fragment fragment = invitation.contributed().fragment();
    ShareBatch[] batches = batches(executors, invitation, rows);
    UUID attempt = UUID.randomUUID();
    for (ExecutorConnection executor : executors.all()) {
      try (ShareUpload upload =
          executor.upload(
              executor.ticket(invitation.query(), fragment.source(), fragment.branch()),
              0,
              attempt)) {
        upload.send(batches[executor.party()]);
        upload.complete();
      }
    }
    executors
        .all()
        .forEach(
            executor ->
                executor.commit(
                    invitation.query(), fragment.source(), fragment.branch(), List.of(attempt)));
  }

  static ShareBatch[] batches(Executors executors, Invitation invitation, List<Object[]> rows) {
    return Sharing.share(encoded(executors, invitation, rows), RANDOM);
  }

  private static List<ClearColumn> encoded(
      Executors executors, Invitation invitation, List<Object[]> rows) {
    QueryStatus inputs = invitation.inputs(executors);
    InputLayout layout = invitation.layout(inputs);
    Source source = invitation.source();
    List<Bounds> bounds = new ArrayList<>();
    for (int output = 0; output < source.fields().size(); output++) {
      DataType type = source.fields().get(output).type();
      boolean bound = !type.isBytes() && type.kind() != DataType.Kind.BOOLEAN;
      bounds.add(bound ? layout.bounds(source.id(), output) : null);
    }
    RowEncoder encoder =
        new RowEncoder(
            source.fields(),
            bounds,
            layout.columns(source.id()),
            invitation.contributed().fragment().branch(),
            0,
            inputs.hashKey());
    List<Integer> columns = invitation.contributed().columns();
    int padded = invitation.contributed().rule().rows();
    encoder.begin(0, padded);
    for (int r = 0; r < padded; r++) {
      Object[] row = null;
      if (r < rows.size()) {
        Object[] all = rows.get(r);
        row = columns.stream().map(c -> all[c]).toArray();
        // The executors write the contributor's number, whatever is sent.
        int outputs = row.length;
        row = Arrays.copyOf(row, outputs + encoder.ranks().size());
        Arrays.fill(row, outputs, row.length, 1L);
      }
      encoder.put(r, row);
    }
    return encoder.finish();
  }
}

package org.trefoil.spark.share;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.Sharing;
import scala.Tuple2;

/**
 * Shares one chunk of a fragment: encodes its rows, adds dummies, splits them into shares and
 * uploads these to the three executors.
 *
 * <p>Every run of the task, whatever Spark calls it, is an attempt of its own: a fresh random name
 * and fresh seeds, drawn inside the task. What it uploads counts only if the driver receives this
 * run's receipt and commits its name.
 */
final class ChunkTask
    implements Function2<Integer, Iterator<Tuple2<Long, UnsafeRow>>, Iterator<ChunkReceipt>> {
  private static final long serialVersionUID = 1L;

  private final String table;
  private final RowReader reader;
  private final FragmentEncoder encoder;
  private final UploadRoute route;
  private final long rows;
  private final long paddedRows;
  private final Broadcast<Arrangement> arranged;

  /**
   * @param rows real rows of the whole branch
   * @param paddedRows rows of the whole branch, dummies included
   * @param arranged where rows lie, if not in their order with the dummies last; else null
   */
  ChunkTask(
      String table,
      RowReader reader,
      FragmentEncoder encoder,
      UploadRoute route,
      long rows,
      long paddedRows,
      Broadcast<Arrangement> arranged) {
    this.table = table;
    this.reader = reader;
    this.encoder = encoder;
    this.route = route;
    this.rows = rows;
    this.paddedRows = paddedRows;
    this.arranged = arranged;
  }

  @Override
  public Iterator<ChunkReceipt> call(Integer chunk, Iterator<Tuple2<Long, UnsafeRow>> input) {
    long first = Chunks.first(chunk);
    Object[][] values = new Object[Chunks.rows(paddedRows, chunk)][];
    int real = 0;
    long digest = 0;
    while (input.hasNext()) {
      Tuple2<Long, UnsafeRow> row = input.next();
      int at = (int) (row._1() - first);
      if (values[at] != null) {
        throw SourceCheck.changed(table);
      }
      values[at] = reader.read(row._2());
      digest += RowDigest.of(row._2());
      real++;
    }
    if (!encoder.binned() && real != Math.max(0, Math.min(values.length, rows - first))) {
      throw SourceCheck.changed(table);
    }
    UUID attempt = UUID.randomUUID();
    ShareBatch[] batches = Sharing.share(encode(first, values), new SecureRandom());
    upload(chunk, attempt, batches);
    return List.of(new ChunkReceipt(chunk, attempt, real, digest, sent(batches))).iterator();
  }

  private List<ClearColumn> encode(long first, Object[][] values) {
    RowEncoder columns = encoder.encoder();
    columns.begin(first, values.length);
    if (arranged != null) {
      columns.places(arranged.value().places(first, values.length), first);
    }
    for (int r = 0; r < values.length; r++) {
      if (arranged != null && values[r] != null) {
        arranged.value().verify(table, columns, encoder, values[r], first + r);
      }
      columns.put(r, values[r]);
    }
    return columns.finish();
  }

  private void upload(int chunk, UUID attempt, ShareBatch[] batches) {
    List<ShareUpload> uploads = new ArrayList<>();
    try {
      for (int party = 0; party < 3; party++) {
        ShareUpload upload = route.open(party, chunk, attempt);
        uploads.add(upload);
        upload.send(batches[party]);
      }
      uploads.forEach(ShareUpload::complete);
    } finally {
      uploads.forEach(ShareUpload::close);
    }
  }

  private static List<Long> sent(ShareBatch[] batches) {
    List<Long> sent = new ArrayList<>();
    for (ShareBatch batch : batches) {
      long bytes = 0;
      bytes += batch.seed0() == null ? 0 : batch.seed0().length;
      bytes += batch.seed1() == null ? 0 : batch.seed1().length;
      for (ColumnShape shape : batch.third() == null ? List.<ColumnShape>of() : batch.shapes()) {
        bytes += 8L * shape.limbs() * shape.longsPerLimb(batch.rows());
      }
      sent.add(bytes);
    }
    return sent;
  }
}

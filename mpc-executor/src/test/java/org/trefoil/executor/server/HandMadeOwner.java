package org.trefoil.executor.server;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.UUID;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Expr;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.api.plan.SubstraitPlans;
import org.trefoil.api.type.DataType;
import org.trefoil.arrow.cluster.ExecutorConnection;
import org.trefoil.arrow.cluster.OwnerTask;
import org.trefoil.arrow.cluster.QueryState;
import org.trefoil.arrow.cluster.QueryStatus;
import org.trefoil.arrow.cluster.ShareUpload;
import org.trefoil.executor.clear.ClearExpressions;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.Sharing;

/** An owner of one table without Spark: runs its fragments row by row and shares them. */
record HandMadeOwner(String name, String table, List<List<Object>> rows) {
  /** Shares this owner's fragments of a query; the other owners must do theirs at the same time. */
  void share(List<ExecutorConnection> executors, OwnerTask task) {
    Catalog catalog = Catalog.of(executors.get(0).descriptors());
    Split split = Fragments.split(SubstraitPlans.decode(task.plan()), catalog);
    List<Fragment> own =
        split.sources().stream()
            .flatMap(source -> source.branches().stream())
            .filter(fragment -> fragment.owner().equals(name) && fragment.table().equals(table))
            .toList();
    for (Fragment f : own) {
      executors.forEach(e -> e.announce(task.query(), f.source(), f.branch(), rows.size()));
    }
    QueryStatus inputs = null;
    for (ExecutorConnection executor : executors) {
      inputs = TestCluster.await(executor, task.query(), QueryState.INPUTS);
    }
    InputLayout layout = InputLayout.of(split, catalog, inputs.rows());
    for (Fragment fragment : own) {
      Source source = split.sources().get(fragment.source());
      List<Object[]> delivered = delivered(fragment, layout);
      RowEncoder encoder = encoder(layout, source, fragment.branch(), inputs.hashKey());
      rank(delivered, encoder.ranks());
      List<UUID> attempts = new ArrayList<>();
      for (int chunk = 0; chunk < Chunks.count(rows.size()); chunk++) {
        attempts.add(upload(executors, task, fragment, encoder, delivered, chunk));
      }
      executors.forEach(
          e -> e.commit(task.query(), fragment.source(), fragment.branch(), attempts));
    }
  }

  private static RowEncoder encoder(InputLayout layout, Source source, int branch, byte[] hashKey) {
    List<Bounds> bounds = new ArrayList<>();
    for (int output = 0; output < source.fields().size(); output++) {
      DataType.Kind kind = source.fields().get(output).type().kind();
      boolean bound = kind != DataType.Kind.STRING && kind != DataType.Kind.BOOLEAN;
      bounds.add(bound ? layout.bounds(source.id(), output) : null);
    }
    long firstRow = 0;
    for (int b = 0; b < branch; b++) {
      firstRow += layout.rows(source.id(), b);
    }
    return new RowEncoder(
        source.fields(), bounds, layout.columns(source.id()), branch, firstRow, hashKey);
  }

  private UUID upload(
      List<ExecutorConnection> executors,
      OwnerTask task,
      Fragment fragment,
      RowEncoder encoder,
      List<Object[]> delivered,
      int chunk) {
    int first = (int) Chunks.first(chunk);
    int count = Chunks.rows(rows.size(), chunk);
    encoder.begin(first, count);
    for (int r = 0; r < count; r++) {
      encoder.put(r, first + r < delivered.size() ? delivered.get(first + r) : null);
    }
    ShareBatch[] batches = Sharing.share(encoder.finish(), new SecureRandom());
    UUID attempt = UUID.randomUUID();
    for (ExecutorConnection executor : executors) {
      try (ShareUpload upload =
          executor.upload(
              executor.ticket(task.query(), fragment.source(), fragment.branch()),
              chunk,
              attempt)) {
        upload.send(batches[executor.party()]);
        upload.complete();
      }
    }
    return attempt;
  }

  /** The real rows in the order in which the layout wants them. */
  private List<Object[]> delivered(Fragment fragment, InputLayout layout) {
    List<Object[]> delivered = new ArrayList<>();
    evaluate(fragment.local()).forEach(row -> delivered.add(row.toArray()));
    OptionalInt sortedBy = layout.sortedBy(fragment.source());
    if (sortedBy.isPresent()) {
      InputColumn key = layout.columns(fragment.source()).get(sortedBy.getAsInt());
      delivered.sort(order(key.outputs()));
    }
    return delivered;
  }

  private List<List<Object>> evaluate(Rel rel) {
    List<List<Object>> out = new ArrayList<>();
    if (rel instanceof Rel.Scan scan) {
      for (List<Object> row : rows) {
        out.add(new ArrayList<>(row.subList(0, scan.fields().size())));
      }
    } else if (rel instanceof Rel.Filter filter) {
      for (List<Object> row : evaluate(filter.input())) {
        if (Boolean.TRUE.equals(ClearExpressions.evaluate(filter.condition(), row))) {
          out.add(row);
        }
      }
    } else if (rel instanceof Rel.Project project) {
      for (List<Object> row : evaluate(project.input())) {
        List<Object> values = new ArrayList<>();
        for (Expr expression : project.expressions()) {
          values.add(ClearExpressions.evaluate(expression, row));
        }
        out.add(values);
      }
    } else {
      throw new IllegalArgumentException(rel.toString());
    }
    return out;
  }

  /** Appends the ranks that the layout asks for; entities are not supported here. */
  private static void rank(List<Object[]> delivered, List<InputColumn> ranks) {
    for (InputColumn rank : ranks) {
      if (rank.form() != Form.RANK) {
        throw new IllegalArgumentException(rank.toString());
      }
      Comparator<Object[]> order = order(rank.outputs());
      TreeSet<Object[]> distinct = new TreeSet<>(order);
      distinct.addAll(delivered);
      for (int r = 0; r < delivered.size(); r++) {
        Object[] row = delivered.get(r);
        Object[] longer = Arrays.copyOf(row, row.length + 1);
        longer[row.length] = (long) distinct.headSet(row).size();
        delivered.set(r, longer);
      }
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Comparator<Object[]> order(List<Integer> outputs) {
    Comparator<Comparable> values = Comparator.nullsFirst(Comparator.naturalOrder());
    Comparator<Object[]> order = Comparator.comparing(row -> 0);
    for (int output : outputs) {
      order = order.thenComparing(row -> (Comparable) row[output], values);
    }
    return order;
  }
}

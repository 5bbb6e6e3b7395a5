package org.trefoil.executor.plan;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.Fragment;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.OwnerKeys;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;
import org.trefoil.executor.clear.ClearBackend;
import org.trefoil.executor.clear.ClearBackend.ClearRow;
import org.trefoil.executor.governance.TestPermits;
import org.trefoil.executor.protocol.Local;
import org.trefoil.executor.protocol.TestWorld;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.encode.ResultDecoder;
import org.trefoil.share.encode.RowEncoder;
import org.trefoil.share.owner.Chunks;
import org.trefoil.share.owner.KeyTable;
import org.trefoil.share.owner.ShareBatch;
import org.trefoil.share.owner.ShareBatches;
import org.trefoil.share.owner.Sharing;
import org.trefoil.share.recipient.Reconstruction;

/** A plan over tables in the clear: what owners share of them, and the run on three parties. */
final class Trial {
  private final Catalog catalog;
  private final Map<String, List<List<Object>>> tables;
  private final Plan plan;
  final Split split;
  final InputLayout layout;
  private final List<List<List<List<Object>>>> delivered = new ArrayList<>();
  private IntUnaryOperator claimed = IntUnaryOperator.identity();

  /**
   * @param tables rows by {@code owner.table}, in the order of the descriptor's fields
   */
  Trial(Catalog catalog, Map<String, List<List<Object>>> tables, Plan plan) {
    this.catalog = catalog;
    this.tables = tables;
    this.plan = plan;
    split = Fragments.split(plan, catalog);
    List<List<Long>> sizes = new ArrayList<>();
    for (Source source : split.sources()) {
      List<Long> branches = new ArrayList<>();
      List<List<List<Object>>> rows = new ArrayList<>();
      for (Fragment fragment : source.branches()) {
        long all = tables.get(fragment.owner() + "." + fragment.table()).size();
        branches.add(fragment.mostRows(table(fragment)).orElse(all));
        rows.add(ClearBackend.rows(fragment.local(), this::scan));
      }
      sizes.add(branches);
      delivered.add(rows);
    }
    layout = InputLayout.of(split, catalog, sizes);
  }

  /** Lets every branch's owner say that its rows are those of branch {@code claim(branch)}. */
  Trial claiming(IntUnaryOperator claim) {
    claimed = claim;
    return this;
  }

  private TableDescriptor table(Fragment fragment) {
    return catalog.table(fragment.owner(), fragment.table());
  }

  private List<List<Object>> scan(Rel.Scan scan) {
    List<String> names =
        catalog.table(scan.owner(), scan.table()).fields().stream().map(Field::name).toList();
    int[] columns = scan.fields().stream().mapToInt(f -> names.indexOf(f.name())).toArray();
    List<List<Object>> rows = new ArrayList<>();
    for (List<Object> row : tables.get(scan.owner() + "." + scan.table())) {
      List<Object> values = new ArrayList<>();
      for (int c : columns) {
        values.add(row.get(c));
      }
      rows.add(values);
    }
    return rows;
  }

  /** The plan in the clear, without suppression and without any of the split. */
  List<List<Object>> unsuppressed() {
    return ClearBackend.rows(plan.root(), this::scan);
  }

  /** The remainder in the clear, with suppression. */
  List<List<Object>> clear() {
    List<List<ClearRow>> sources = new ArrayList<>();
    for (Source source : split.sources()) {
      List<ClearRow> rows = new ArrayList<>();
      for (Fragment fragment : source.branches()) {
        List<List<Object>> branch = delivered.get(source.id()).get(fragment.branch());
        List<Object> entities = entities(fragment);
        for (int r = 0; r < branch.size(); r++) {
          rows.add(new ClearRow(fragment.branch(), branch.get(r), entities.get(r)));
        }
      }
      sources.add(rows);
    }
    return ClearBackend.run(
        split,
        f -> table(f).policy().minGroupSize(),
        f -> table(f).policy().minOwners(),
        f -> table(f).policy().dominance(),
        f -> table(f).policy().ownerDominance(),
        f -> table(f).policy().absencePublic(),
        sources);
  }

  /**
   * By delivered row: the entity, null where one is NULL; the row itself without a policy for it.
   */
  private List<Object> entities(Fragment fragment) {
    List<String> entity = table(fragment).policy().entity();
    List<Integer> origins = ClearBackend.origins(fragment.local(), this::scan);
    if (entity.isEmpty() || origins.contains(null)) {
      // Of rows that the owner has aggregated nobody is counted.
      return new ArrayList<>(origins);
    }
    TableDescriptor table = table(fragment);
    List<String> names = table.fields().stream().map(Field::name).toList();
    List<Object> found = new ArrayList<>();
    for (int origin : origins) {
      List<Object> row = tables.get(table.name()).get(origin);
      List<Object> values = entity.stream().map(e -> row.get(names.indexOf(e))).toList();
      found.add(values.stream().anyMatch(v -> v == null) ? null : values);
    }
    return found;
  }

  /** Every party's shares of every source. */
  private List<List<SourceShares>> shares() {
    List<List<SourceShares>> parties =
        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Source source : split.sources()) {
      List<List<SharedColumn>> columns = new ArrayList<>(Arrays.asList(null, null, null));
      for (Fragment fragment : source.branches()) {
        for (List<ClearColumn> chunk : encoded(source, fragment)) {
          ShareBatch[] batches = Sharing.share(chunk, new SecureRandom());
          for (int p = 0; p < 3; p++) {
            List<SharedColumn> mine = ShareBatches.expand(batches[p]);
            columns.set(p, columns.get(p) == null ? mine : stacked(columns.get(p), mine));
          }
        }
      }
      for (int p = 0; p < 3; p++) {
        List<SharedColumn> all = columns.get(p);
        parties.get(p).add(new SourceShares((Bits) all.get(0), all.subList(1, all.size())));
      }
    }
    return parties;
  }

  private static List<SharedColumn> stacked(List<SharedColumn> top, List<SharedColumn> bottom) {
    List<SharedColumn> all = new ArrayList<>();
    for (int c = 0; c < top.size(); c++) {
      all.add(Local.concat(top.get(c), bottom.get(c)));
    }
    return all;
  }

  private List<List<ClearColumn>> encoded(Source source, Fragment fragment) {
    RowEncoder encoder = encoder(source, fragment.branch());
    List<List<Object>> rows = delivered.get(source.id()).get(fragment.branch());
    List<Object> entities = entities(fragment);
    List<Object[]> extended = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      Object[] row = rows.get(r).toArray();
      extended.add(Arrays.copyOf(row, row.length + encoder.ranks().size()));
    }
    int at = source.fields().size();
    for (InputColumn column : encoder.ranks()) {
      List<Object> values = new ArrayList<>();
      for (int r = 0; r < rows.size(); r++) {
        List<Object> row = rows.get(r);
        values.add(
            column.form() == Form.ENTITY
                ? entities.get(r)
                : column.outputs().stream()
                    .map(o -> String.valueOf(row.get(o)))
                    .toList()
                    .toString());
      }
      long[] ranks = ranks(values, column.form() == Form.ENTITY);
      for (int r = 0; r < rows.size(); r++) {
        extended.get(r)[at] = ranks[r];
      }
      at++;
    }
    if (layout.sortedBy(source.id()).isPresent()) {
      int key = layout.sortedBy(source.id()).getAsInt();
      extended.sort((a, b) -> Arrays.compareUnsigned(encoder.key(key, a), encoder.key(key, b)));
    }
    int padded = layout.rows(source.id(), fragment.branch());
    Object[][] lying = new Object[padded][];
    int[] bins = layout.binnedBy(source.id()).isPresent() ? bins(encoder, source, extended) : null;
    for (int r = 0; r < extended.size(); r++) {
      lying[bins == null ? r : bins[r]] = extended.get(r);
    }
    encoder.places(places(encoder, source, lying), 0);
    List<List<ClearColumn>> chunks = new ArrayList<>();
    for (int from = 0; from < padded; from += Chunks.CHUNK_ROWS) {
      int count = Math.min(Chunks.CHUNK_ROWS, padded - from);
      encoder.begin(from, count);
      for (int r = 0; r < count; r++) {
        encoder.put(r, lying[from + r]);
      }
      chunks.add(encoder.finish());
    }
    return chunks;
  }

  private int[] bins(RowEncoder encoder, Source source, List<Object[]> rows) {
    int[] probes = new int[3 * rows.size()];
    for (int r = 0; r < rows.size(); r++) {
      int key = layout.binnedBy(source.id()).getAsInt();
      encoder.bins(key, rows.get(r), layout.rows(source.id()), probes, 3 * r);
    }
    return KeyTable.fill(probes, layout.rows(source.id()));
  }

  /** What the PLACE columns hold. */
  private int[][] places(RowEncoder encoder, Source source, Object[][] rows) {
    List<int[]> columns = new ArrayList<>();
    for (OwnerKeys keys : layout.lookups(source.id())) {
      int[] probes = new int[3 * rows.length];
      for (int r = 0; r < rows.length; r++) {
        if (rows[r] == null) {
          probes[3 * r + 1] = 1;
          probes[3 * r + 2] = 2;
        } else {
          encoder.bins(keys.key(), rows[r], keys.bins(), probes, 3 * r);
        }
      }
      int[] places = KeyTable.places(probes, keys.bins());
      columns.addAll(Arrays.asList(KeyTable.columns(places, keys.bins(), rows.length)));
    }
    return columns.toArray(int[][]::new);
  }

  private RowEncoder encoder(Source source, int branch) {
    long firstRow = 0;
    for (int b = 0; b < branch; b++) {
      firstRow += layout.rows(source.id(), b);
    }
    List<Bounds> bounds = new ArrayList<>();
    for (int output = 0; output < source.fields().size(); output++) {
      boolean text = source.fields().get(output).type().kind() == DataType.Kind.STRING;
      bounds.add(text ? null : layout.bounds(source.id(), output));
    }
    return new RowEncoder(
        source.fields(),
        bounds,
        layout.columns(source.id()),
        claimed.applyAsInt(branch),
        firstRow,
        new byte[32]);
  }

  private static long[] ranks(List<Object> values, boolean entity) {
    // In order of appearance: equal exactly where the values are, which is all that is asked here.
    Map<String, Long> numbered = new HashMap<>();
    values.stream()
        .filter(v -> v != null)
        .forEach(v -> numbered.putIfAbsent(String.valueOf(v), (long) numbered.size()));
    return values.stream()
        .mapToLong(v -> v == null ? 0 : numbered.get(String.valueOf(v)) + (entity ? 1 : 0))
        .toArray();
  }

  TestWorld.Run<RevealedShares> run(TestWorld world) {
    List<List<SourceShares>> shares = shares();
    return world.run(
        (party, step) ->
            PhysicalPlanner.run(
                party,
                step,
                split,
                layout,
                shares.get(party.id()),
                TestPermits.fresh(),
                Progress.NONE));
  }

  /** The revealed rows. */
  List<List<Object>> opened(TestWorld.Run<RevealedShares> run) {
    List<ClearColumn> columns =
        Reconstruction.openAll(run.results.stream().map(RevealedShares::columns).toList());
    List<List<Object>> rows = new ArrayList<>();
    for (Object[] row : new ResultDecoder(layout.result()).rows(columns)) {
      rows.add(Arrays.asList(row));
    }
    return rows;
  }

  /** Rows as text, in an order of their own where the plan does not fix one. */
  static List<String> text(List<List<Object>> rows, boolean ordered) {
    List<String> text = new ArrayList<>(rows.stream().map(String::valueOf).toList());
    if (!ordered) {
      text.sort(Comparator.naturalOrder());
    }
    return text;
  }
}

package org.trefoil.executor.server;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.api.plan.Contributed;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.Fragments;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.InputLayout;
import org.trefoil.api.plan.OwnKeys;
import org.trefoil.api.plan.Plan;
import org.trefoil.api.plan.Rel;
import org.trefoil.api.plan.Source;
import org.trefoil.api.plan.Split;
import org.trefoil.api.policy.KeptTable;
import org.trefoil.api.policy.PolicyCheck;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.executor.governance.Admission;
import org.trefoil.executor.plan.Estimate;
import org.trefoil.executor.plan.KeptRows;
import org.trefoil.executor.plan.PhysicalPlanner;
import org.trefoil.executor.plan.Progress;
import org.trefoil.executor.plan.RevealedShares;
import org.trefoil.executor.plan.SourceShares;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RandomStreams;
import org.trefoil.executor.protocol.Workers;
import org.trefoil.executor.store.KeptResult;
import org.trefoil.executor.store.ShareStore.SourceShape;
import org.trefoil.executor.transport.LinkSpeed;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.random.StreamKeys;

/** The computation that a Substrait plan describes. */
final class PlannedComputation implements Computation {
  private final QueryId query;
  private final Plan plan;
  private final Catalog catalog;
  private final String analyst;
  private final List<Rel.Scan> scans;
  private final int slice;
  private Admission admission;
  private InputLayout layout;
  private Link link;
  private byte[] layoutDigest;
  private Map<Integer, KeptResult> read = Map.of();

  private PlannedComputation(QueryId query, Plan plan, Catalog catalog, String analyst, int slice) {
    this.slice = slice;
    this.query = query;
    this.plan = plan;
    this.catalog = catalog;
    this.analyst = analyst;
    this.scans = Admission.scans(plan);
  }

  static Computation decode(QueryId query, byte[] plan, Catalog catalog, String analyst) {
    return slicing(Workers.LEAST).decode(query, plan, catalog, analyst);
  }

  /** Computations that hand slices of so many rows to other threads; the same at all executors. */
  static Computation.Decoder slicing(int rows) {
    return (query, plan, catalog, analyst) ->
        new PlannedComputation(query, Admission.decode(plan), catalog, analyst, rows);
  }

  @Override
  public CostEstimate estimate(Optional<LinkSpeed> speed) {
    PolicyCheck.check(plan, catalog, analyst);
    Split split = Fragments.split(plan, catalog);
    List<List<Long>> rows =
        split.sources().stream()
            .map(
                source ->
                    source.branches().stream()
                        .map(b -> Math.max(1, catalog.table(b.owner(), b.table()).rows()))
                        .toList())
            .toList();
    Link slowest = speed.map(Link::of).orElse(Link.LAN);
    Estimate estimate = Estimate.of(split, InputLayout.of(split, catalog, rows), slowest);
    return new CostEstimate(
        estimate.rounds(),
        estimate.bytes(),
        estimate.shuffledSorts(),
        estimate.seconds(),
        speed.isPresent());
  }

  @Override
  public List<String> recipients() {
    return plan.release().roles(analyst);
  }

  @Override
  public List<String> tables() {
    return scans.stream().map(scan -> scan.owner() + "." + scan.table()).toList();
  }

  @Override
  public List<byte[]> tableDigests() {
    return scans.stream().map(this::digest).toList();
  }

  private byte[] digest(Rel.Scan scan) {
    try {
      return DescriptorDigest.of(catalog.table(scan.owner(), scan.table()));
    } catch (TrefoilException e) {
      if (e.condition() != Condition.TABLE_NOT_FOUND) {
        throw e;
      }
      return new byte[32];
    }
  }

  @Override
  public List<List<Branch>> admit(Runnable beforeReveal) {
    admission = Admission.of(query, plan, catalog, analyst, beforeReveal);
    return admission.split().sources().stream()
        .map(
            source ->
                source.branches().stream()
                    .map(
                        b ->
                            new Branch(
                                b.owner(),
                                b.table(),
                                catalog.table(b.owner(), b.table()).policy().contributors()))
                    .toList())
        .toList();
  }

  @Override
  public List<SourceShape> layout(List<List<Long>> rows, LinkSpeed speed) {
    OwnKeys.of(plan, catalog).ifPresent(own -> own.requireSizes(admission.split(), rows));
    link = Link.of(speed);
    layout = InputLayout.of(admission.split(), catalog, rows);
    List<SourceShape> shapes = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Source source : admission.split().sources()) {
      List<InputColumn> columns = layout.columns(source.id());
      shapes.add(shape(source, columns, padded(source)));
      text.append(source.id()).append(columns).append(layout.sortedBy(source.id()));
      text.append(layout.binnedBy(source.id())).append(layout.lookups(source.id())).append('\n');
    }
    text.append(layout.hashWidth())
        .append(layout.groupKeys())
        .append(layout.contributions())
        .append(layout.owners());
    text.append(layout.result()).append(admission.split().remainder());
    text.append(link); // and with that every choice that the operators make by it
    layoutDigest = Admission.digest(text.toString().getBytes(StandardCharsets.UTF_8));
    return shapes;
  }

  private List<Long> padded(Source source) {
    return source.branches().stream()
        .map(b -> (long) layout.rows(source.id(), b.branch()))
        .toList();
  }

  private SourceShape shape(Source source, List<InputColumn> columns, List<Long> rows) {
    List<String> names = new ArrayList<>(List.of("valid"));
    List<ColumnShape> shapes = new ArrayList<>(List.of(ColumnShape.BIT));
    for (InputColumn column : columns) {
      names.add(name(source, column));
      shapes.add(
          switch (column.form()) {
            case VALID, BIT, BRANCH -> ColumnShape.BIT;
            case ARITHMETIC -> ColumnShape.sums(column.width());
            default -> ColumnShape.words(column.width());
          });
    }
    List<String> tables = source.branches().stream().map(b -> b.owner() + "." + b.table()).toList();
    int entity = 1 + columns.stream().map(InputColumn::form).toList().indexOf(Form.ENTITY);
    return new SourceShape(
        tables,
        rows,
        names,
        shapes,
        Contributed.of(source, catalog).map(Contributed::rule),
        entity == 0 ? Optional.empty() : Optional.of(entity));
  }

  /** Such as {@code KEY of id, day}. */
  private static String name(Source source, InputColumn column) {
    return switch (column.form()) {
      case BRANCH, ROW_ID, ENTITY, PLACE -> column.form().name();
      default ->
          column.form()
              + " of "
              + String.join(
                  ", ", column.outputs().stream().map(o -> source.fields().get(o).name()).toList());
    };
  }

  @Override
  public void read(Map<Integer, KeptResult> kept) {
    read = Map.copyOf(kept);
  }

  @Override
  public Optional<KeptResult> kept(RevealedShares result, String proposal, Instant until) {
    return plan.release()
        .kept()
        .map(
            name ->
                new KeptResult(
                    KeptTable.of(plan, catalog, proposal, result.rows()),
                    query.hex(),
                    until.truncatedTo(ChronoUnit.SECONDS),
                    layout.result(),
                    (Bits) result.columns().get(0),
                    result.columns().subList(1, result.columns().size())));
  }

  @Override
  public byte[] layoutDigest() {
    return layoutDigest;
  }

  @Override
  public RevealedShares run(
      Transport transport,
      KeyAgreement.Pairs keys,
      List<List<SharedColumn>> inputs,
      Progress progress) {
    try (Workers workers = new Workers(transport.beside(), slice)) {
      return run(transport, keys, inputs, progress, workers);
    }
  }

  private RevealedShares run(
      Transport transport,
      KeyAgreement.Pairs keys,
      List<List<SharedColumn>> inputs,
      Progress progress,
      Workers workers) {
    Party party =
        new Party(
                transport,
                RandomStreams.of(keys.next()),
                RandomStreams.of(keys.previous()),
                RandomStreams.of(StreamKeys.own(new SecureRandom())),
                link)
            .with(workers);
    Step root = Step.root("run");
    List<SourceShares> sources = new ArrayList<>();
    for (int s = 0; s < inputs.size(); s++) {
      List<SharedColumn> columns = inputs.get(s);
      KeptResult from = read.get(s);
      sources.add(
          from == null
              ? new SourceShares((Bits) columns.get(0), columns.subList(1, columns.size()))
              : KeptRows.of(
                  party,
                  root.child("kept" + s),
                  layout,
                  admission.split().sources().get(s),
                  from.encoding(),
                  from.valid(),
                  from.columns()));
    }
    return PhysicalPlanner.run(
        party, root, admission.split(), layout, sources, admission.permit(), progress);
  }
}

package org.trefoil.executor.server;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.CostEstimate;
import org.trefoil.arrow.cluster.QueryId;
import org.trefoil.executor.plan.Progress;
import org.trefoil.executor.plan.RevealedShares;
import org.trefoil.executor.protocol.And;
import org.trefoil.executor.protocol.Link;
import org.trefoil.executor.protocol.Party;
import org.trefoil.executor.protocol.RandomStreams;
import org.trefoil.executor.protocol.Workers;
import org.trefoil.executor.store.ShareStore.SourceShape;
import org.trefoil.executor.transport.LinkSpeed;
import org.trefoil.executor.transport.Step;
import org.trefoil.executor.transport.Transport;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.StreamKeys;

/**
 * A computation for tests of a query's life: the sum of one column over all branches of each
 * source. Its plan is text such as {@code north.orders+south.orders,east.people|fail@1}: sources
 * are separated by commas, branches by plus signs, and the behaviour follows the bar, such as
 * {@code to=owner:north+owner:south}.
 */
final class ToyComputation implements Computation {
  static final List<ColumnShape> SHAPES = List.of(ColumnShape.BIT, ColumnShape.sums(64));

  private final Catalog catalog;
  private final String analyst;
  private final int party;
  private final List<List<Branch>> sources = new ArrayList<>();
  private final String behaviour;

  private ToyComputation(byte[] plan, Catalog catalog, String analyst, int party) {
    String text = new String(plan, StandardCharsets.UTF_8);
    int bar = text.indexOf('|');
    if (bar < 0) {
      throw new TrefoilException(Condition.MALFORMED_PLAN, "Cannot decode plan: no bar");
    }
    this.catalog = catalog;
    this.analyst = analyst;
    this.party = party;
    this.behaviour = text.substring(bar + 1);
    for (String source : text.substring(0, bar).split(",")) {
      sources.add(
          Arrays.stream(source.split("\\+"))
              .map(name -> name.split("\\."))
              .map(name -> new Branch(name[0], name[1]))
              .toList());
    }
  }

  static Decoder at(int party) {
    return (QueryId query, byte[] plan, Catalog catalog, String analyst) ->
        new ToyComputation(plan, catalog, analyst, party);
  }

  static byte[] plan(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public CostEstimate estimate(Optional<LinkSpeed> speed) {
    return new CostEstimate(1, 8, false, 0.1, speed.isPresent());
  }

  @Override
  public List<String> recipients() {
    return behaviour.startsWith("to=")
        ? List.of(behaviour.substring(3).split("\\+"))
        : List.of("analyst:" + analyst);
  }

  @Override
  public List<String> tables() {
    return sources.stream().flatMap(List::stream).map(Branch::name).toList();
  }

  @Override
  public List<byte[]> tableDigests() {
    return sources.stream()
        .flatMap(List::stream)
        .map(b -> DescriptorDigest.of(catalog.table(b.owner(), b.table())))
        .toList();
  }

  @Override
  public List<List<Branch>> admit(Runnable beforeReveal) {
    if (behaviour.equals("refuse")) {
      throw new TrefoilException(Condition.POLICY_VIOLATION, "Cannot use column amount: refused");
    }
    return sources;
  }

  @Override
  public List<SourceShape> layout(List<List<Long>> rows, LinkSpeed speed) {
    List<SourceShape> shapes = new ArrayList<>();
    for (int s = 0; s < sources.size(); s++) {
      List<String> tables = sources.get(s).stream().map(Branch::name).toList();
      shapes.add(new SourceShape(tables, rows.get(s), List.of("valid", "SUM of amount"), SHAPES));
    }
    return shapes;
  }

  @Override
  public byte[] layoutDigest() {
    byte[] digest = new byte[32];
    digest[0] = (byte) (behaviour.equals("layout@" + party) ? 1 : 0);
    return digest;
  }

  @Override
  public RevealedShares run(
      Transport transport,
      KeyAgreement.Pairs keys,
      List<List<SharedColumn>> inputs,
      Progress progress) {
    int next = (party + 1) % 3;
    int previous = (party + 2) % 3;
    Step step = Step.root("toy");
    long[] word = new long[1];
    transport.send(previous, step.child("hello"), word, 0, 1);
    transport.flush();
    transport.receive(next, Step.root("toy").child("hello"), word, 0, 1);
    if (behaviour.equals("fail@" + party)) {
      throw new TrefoilException(Condition.ARITHMETIC_OVERFLOW, "Cannot add: overflow at " + party);
    }
    if (behaviour.equals("crash@" + party)) {
      throw new IllegalStateException("a bug");
    }
    if (behaviour.equals("hang")) {
      // Nobody sends this.
      transport.receive(next, step.child("never"), word, 0, 1);
    }
    if (behaviour.startsWith("worker-")) {
      divide(transport, keys, step.child("and"));
    }
    List<SharedColumn> columns = new ArrayList<>();
    for (List<SharedColumn> source : inputs) {
      Sums amounts = (Sums) source.get(1);
      columns.add(
          new Sums(
              1,
              new long[][] {{Arrays.stream(amounts.first()[0]).sum()}},
              new long[][] {{Arrays.stream(amounts.second()[0]).sum()}}));
    }
    return new RevealedShares(1, columns, false, Optional.empty());
  }

  /** A product on three threads, of which the last one fails, or never says anything. */
  private void divide(Transport transport, KeyAgreement.Pairs keys, Step step) {
    List<Transport> links = new ArrayList<>(transport.beside());
    links.set(
        1,
        new FaultyTransport(
            links.get(1),
            () -> {
              if (behaviour.equals("worker-fails@" + party)) {
                throw new TrefoilException(
                    Condition.ARITHMETIC_OVERFLOW, "Cannot add: overflow at " + party);
              }
              return !behaviour.equals("worker-hangs");
            }));
    Words zero = Words.zero(64, 1000);
    try (Workers workers = new Workers(links, 1)) {
      Party self =
          new Party(
                  transport,
                  RandomStreams.of(keys.next()),
                  RandomStreams.of(keys.previous()),
                  RandomStreams.of(StreamKeys.own(new SecureRandom())),
                  Link.LAN)
              .with(workers);
      And.words(self, step, zero, zero);
    }
  }
}

package org.trefoil.api.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.descriptor.TablePolicy;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Collects which forms of which columns a remainder needs, and how wide they are. */
final class LayoutBuilder {
  /** Columns of a node in one form. */
  record Need(int node, Form form, List<Integer> outputs) {}

  /** Columns by which a join compares; {@code rows} are told apart where they are dummies. */
  private record KeySide(List<Origin> columns, long rows, boolean composed) {}

  private static final int MOST_KEY_BITS = 4096;

  private enum Use {
    BIT,
    ORDERED,
    ARITHMETIC,
    VALID
  }

  final Split split;
  final Nodes nodes;
  final List<List<Long>> rows;
  final ValueBounds bounds;
  final Rings rings;
  final Set<Need> needs = new LinkedHashSet<>();
  final Map<Integer, Need> sorted = new HashMap<>();

  /** By source whose rows lie in bins its KEY. */
  final Map<Integer, Need> binned = new LinkedHashMap<>();

  private final Map<Rel.Join, Integer> tables = new HashMap<>();
  private final Map<Rel.Join, Need> lookups = new LinkedHashMap<>();
  final Map<Integer, List<GroupKey>> groupKeys = new LinkedHashMap<>();
  final Map<Integer, List<Contribution>> contributions = new LinkedHashMap<>();
  final Map<Integer, OwnersCounted> owners = new LinkedHashMap<>();
  final Map<Integer, List<OwnersMeasured>> measured = new LinkedHashMap<>();

  /** By aggregate the RANK by which the owner of its rows delivers them group by group, if so. */
  final Map<Integer, Need> ownerGroups = new HashMap<>();

  private final Catalog catalog;
  private final Dependencies dependencies;

  /** Whether what is shown has noise. */
  boolean noisy;

  /** Columns whose values are compared with each other. */
  private final Classes<Origin> compared = new Classes<>();

  /** Join keys that are compared with each other. */
  private final Classes<KeySide> keys = new Classes<>();

  private final Map<Rel.Join, KeySide> joins = new HashMap<>();
  private final Map<Origin, Bounds> literals = new HashMap<>();
  private final Map<Origin, Integer> literalBytes = new HashMap<>();

  LayoutBuilder(Split split, Catalog catalog, List<List<Long>> rows) {
    this.split = split;
    this.catalog = catalog;
    this.rows = new ArrayList<>(rows);
    requireRows();
    this.nodes = new Nodes(split);
    ownerKeys(split.remainder());
    this.dependencies = new Dependencies(split, catalog, nodes);
    List<Long> bySource = new ArrayList<>();
    split.sources().forEach(s -> bySource.add((long) rows(s.id())));
    this.bounds = new ValueBounds(split, nodes, catalog, bySource);
    this.rings = new Rings(bounds);
    relation(split.remainder());
    nodes.of(split.remainder()).forEach(column -> value(column));
    aggregates(split.remainder(), true);
    rings();
  }

  /** A number that is compared is computed in a ring that holds its slot, which others widen. */
  private void rings() {
    for (Need need : needs) {
      if (need.form() != Form.ORDERED) {
        continue;
      }
      Origin column = new Origin(need.node(), need.outputs().get(0));
      boolean computed =
          !nodes.isSource(column)
              && (nodes.rel(column.node()) instanceof Rel.Project
                  || nodes.rel(column.node()) instanceof Rel.Window);
      if (computed && type(column).isNumeric()) {
        rings.require(column, slot(column).width());
      }
    }
  }

  // ---- sizes

  private void requireRows() {
    boolean fits = rows.size() == split.sources().size();
    for (int i = 0; fits && i < rows.size(); i++) {
      long sum = 0;
      for (long n : rows.get(i)) {
        fits &= n >= 0 && n <= Integer.MAX_VALUE;
        sum += n;
      }
      fits &=
          sum <= Integer.MAX_VALUE
              && rows.get(i).size() == split.sources().get(i).branches().size();
    }
    if (!fits) {
      throw new TrefoilException(
          Condition.INTERNAL,
          "Cannot lay out the inputs: the announced row counts "
              + rows
              + " do not fit the plan's sources.");
    }
  }

  int rows(int source) {
    return (int) rows.get(source).stream().mapToLong(n -> n).sum();
  }

  private long largestBranch(int source) {
    return rows.get(source).stream().mapToLong(n -> n).max().orElse(0);
  }

  /** Bits that hold {@code greatest}; at least 1. */
  static int bits(long greatest) {
    return Math.max(1, 64 - Long.numberOfLeadingZeros(Math.max(0, greatest)));
  }

  int hashWidth() {
    int most = 0;
    for (int i = 0; i < rows.size(); i++) {
      most = Math.max(most, bits(rows(i) - 1L));
    }
    // Exact keys of up to 64 bits are worth more than the bits that a hash would save.
    return Math.max(64, 40 + 2 * most);
  }

  /** Whether a source is a result that is kept on shares: only its columns as such are there. */
  private boolean isKept(int source) {
    Fragment first =
        source < 0 || source >= split.sources().size()
            ? null
            : split.sources().get(source).branches().get(0);
    return first != null && catalog.table(first.owner(), first.table()).kept().isPresent();
  }

  // ---- joins without a sort

  /**
   * Finds the joins on keys that both owners know: each side's rows lie where the owner of its key
   * put them, and on the side of the unique keys no other table has been joined, so that whatever
   * the owners of the two share is about their own rows.
   */
  private void ownerKeys(Rel rel) {
    rel.inputs().forEach(this::ownerKeys);
    if (!(rel instanceof Rel.Join join)
        || join.kind() != Rel.Join.Kind.INNER
        || JoinKeys.of(join).left().isEmpty()) {
      return;
    }
    List<Origin> left = columns(join.left(), JoinKeys.of(join).left());
    List<Origin> right = columns(join.right(), JoinKeys.of(join).right());
    int table = left.get(0).node();
    int refers = right.get(0).node();
    boolean known =
        isKnown(left, join.left())
            && isKnown(right, join.right())
            && isAlone(join.left())
            && !binned.containsKey(table)
            && OwnerKeys.pays(rows(table), rows(refers));
    if (known) {
      binned.put(table, new Need(table, Form.KEY, outputs(left)));
      lookups.put(join, new Need(refers, Form.KEY, outputs(right)));
      tables.put(join, table);
      rows.set(table, List.of((long) OwnerKeys.bins(rows(table))));
    }
  }

  /** Whether one owner knows the columns and has put the rows where they lie. */
  private boolean isKnown(List<Origin> columns, Rel rel) {
    int source = columns.get(0).node();
    return nodes.isSource(columns.get(0))
        && !isKept(source)
        && isOneOwners(source)
        && Nodes.lying(rel) == source
        && columns.stream().allMatch(c -> c.node() == source && !nodes.field(c).nullable());
  }

  /** Whether one owner knows all rows of a source, and their places. */
  private boolean isOneOwners(int source) {
    Source of = split.sources().get(source);
    return of.branches().size() == 1 && Contributed.of(of, catalog).isEmpty();
  }

  private static boolean isAlone(Rel rel) {
    return rel instanceof Rel.Input || (rel.inputs().size() == 1 && isAlone(rel.inputs().get(0)));
  }

  private int places(Rel.Join join) {
    int rows = rows(lookups.get(join).node());
    return 3 + (rows(tables.get(join)) + rows - 1) / rows;
  }

  /** How a join runs without a sort, if it does. */
  Optional<OwnerKeys> ownerKeys(Rel.Join join, ToIntFunction<Need> position) {
    Need key = lookups.get(join);
    return key == null
        ? Optional.empty()
        : Optional.of(
            new OwnerKeys(
                tables.get(join),
                key.node(),
                position.applyAsInt(key),
                rows(tables.get(join)),
                places(join)));
  }

  Set<Rel.Join> ownerKeyJoins() {
    return lookups.keySet();
  }

  // ---- relations

  private void relation(Rel rel) {
    rel.inputs().forEach(this::relation);
    if (rel instanceof Rel.Filter filter) {
      use(nodes.of(filter.input()), filter.condition(), Use.BIT);
    } else if (rel instanceof Rel.Join join) {
      join(join);
    } else if (rel instanceof Rel.Aggregate aggregate) {
      calls(aggregate);
    } else if (rel instanceof Rel.Window window) {
      window(window);
    } else if (rel instanceof Rel.Sort sort) {
      List<Origin> scope = nodes.of(sort.input());
      for (Rel.Sort.Key key : sort.keys()) {
        if (key.expression() instanceof Expr.FieldRef ref) {
          value(scope.get(ref.index()));
        } else {
          boolean bit = key.expression().type().kind() == DataType.Kind.BOOLEAN;
          use(scope, key.expression(), bit ? Use.BIT : Use.ARITHMETIC);
          if (!bit) {
            rings.site(scope, key.expression());
          }
        }
      }
    }
  }

  private void window(Rel.Window window) {
    List<Origin> scope = nodes.of(window.input());
    window.partitions().forEach(p -> value(scope.get(((Expr.FieldRef) p).index())));
    window.keys().forEach(k -> value(scope.get(((Expr.FieldRef) k.expression()).index())));
    for (int i = 0; i < window.calls().size(); i++) {
      WindowCall call = window.calls().get(i);
      Origin member = new Origin(nodes.node(window), scope.size() + i);
      if (call.isSum()) {
        Expr argument = call.argument().orElseThrow();
        use(scope, argument, Use.ARITHMETIC);
        rings.add(member);
        rings.unite(rings.site(scope, argument), member);
      } else if (call.isCount()) {
        call.argument().ifPresent(a -> use(scope, a, Use.VALID));
      }
      if (call.kind() != WindowCall.Kind.LAG) {
        rings.require(member, bounds.of(member).signedBits());
      }
    }
  }

  private void join(Rel.Join join) {
    JoinKeys equal = JoinKeys.of(join);
    List<Origin> left = columns(join.left(), equal.left());
    List<Origin> right = columns(join.right(), equal.right());
    if (!left.isEmpty()) {
      for (int i = 0; i < left.size(); i++) {
        compared.unite(left.get(i), right.get(i));
      }
      KeySide unique = side(left, bounds.rows(join.left()));
      keys.unite(unique, side(right, 0));
      joins.put(join, unique);
      // Joined rows lie where those of the FK side lay: the order in which they were shared lasts.
      int source = left.get(0).node();
      boolean nulls = left.stream().anyMatch(c -> nodes.field(c).nullable());
      if (lookups.containsKey(join)) {
        for (int i = 0; i < places(join); i++) {
          need(lookups.get(join).node(), Form.PLACE, List.of(source, i));
        }
      } else if (!unique.composed
          && !nulls
          && Nodes.lying(join.left()) == source
          && !binned.containsKey(source)) {
        sorted.put(source, new Need(source, Form.KEY, outputs(left)));
      }
    }
    if (join.kind() != Rel.Join.Kind.INNER) {
      for (Origin key : left) {
        present(key);
      }
      right.forEach(this::present);
    }
    List<Origin> scope = nodes.joined(join);
    equal.residual().forEach(e -> use(scope, e, Use.BIT));
  }

  private List<Origin> columns(Rel rel, List<Integer> places) {
    List<Origin> of = nodes.of(rel);
    return places.stream().map(of::get).toList();
  }

  /** What is compared in a join: a KEY of its source, or put together on shares. */
  private KeySide side(List<Origin> columns, long relationRows) {
    int node = columns.get(0).node();
    boolean composed =
        !nodes.isSource(columns.get(0))
            || isKept(node)
            || columns.stream().anyMatch(c -> c.node() != node);
    KeySide side = new KeySide(columns, relationRows, composed);
    keys.add(side);
    if (composed) {
      columns.forEach(
          c -> need(c, type(c).kind() == DataType.Kind.BOOLEAN ? Form.BIT : Form.ORDERED));
    } else {
      keys.unite(side, keyOf(need(node, Form.KEY, outputs(columns))));
    }
    return side;
  }

  private KeySide keyOf(Need key) {
    return new KeySide(
        key.outputs().stream().map(o -> new Origin(key.node(), o)).toList(),
        rows(key.node()),
        false);
  }

  private static List<Integer> outputs(List<Origin> columns) {
    return columns.stream().map(Origin::output).toList();
  }

  /** The KEY column of a source by which a side of a join is compared; absent: composed. */
  Optional<Need> key(Rel.Join join, boolean ofLeft) {
    JoinKeys equal = JoinKeys.of(join);
    List<Origin> columns =
        ofLeft ? columns(join.left(), equal.left()) : columns(join.right(), equal.right());
    Need need = new Need(columns.get(0).node(), Form.KEY, outputs(columns));
    boolean one = columns.stream().allMatch(c -> c.node() == need.node());
    return one && nodes.isSource(columns.get(0)) && !isKept(need.node())
        ? Optional.of(need)
        : Optional.empty();
  }

  int keyWidth(Rel.Join join) {
    return keyWidth(joins.get(join));
  }

  /** A key that is put together on shares is compared as it is; others by their hash if shorter. */
  private int keyWidth(KeySide of) {
    int width = 0;
    int whole = 0;
    boolean composed = false;
    for (KeySide member : keys.members(of)) {
      int values = member.columns().stream().mapToInt(this::slotWidth).sum();
      composed |= member.composed();
      whole = Math.max(whole, values);
      width = Math.max(width, Math.min(values, hashWidth()));
      width = Math.max(width, bits(member.rows() - 1L));
    }
    if (composed && whole > MOST_KEY_BITS) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_JOIN,
          "Cannot join on aggregated values or on columns of several tables that are wider than "
              + MOST_KEY_BITS
              + " bits together. Join on shorter strings, or on a column of one table.");
    }
    return 1 + (composed ? Math.max(width, whole) : width);
  }

  private int slotWidth(Origin column) {
    return type(column).kind() == DataType.Kind.BOOLEAN && !nodes.isSource(column)
        ? 1
        : slot(column).width();
  }

  // ---- aggregates

  private void calls(Rel.Aggregate aggregate) {
    List<Origin> scope = nodes.of(aggregate.input());
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      Origin member = call(aggregate, i);
      call.conditions().forEach(w -> use(scope, w, Use.BIT));
      if (bounds.noised(aggregate).isPresent()) {
        noisy = true;
        requireInType(bounds.of(member), call);
        rings.require(member, bounds.of(member).signedBits());
      }
      if (call.rounding() > 1) {
        // A division doubles the number, and adds the unit.
        Bounds rounded = bounds.of(member);
        rings.require(member, rounded.plus(rounded).signedBits());
      }
      for (Expr magnitude : call.magnitudes()) {
        use(scope, magnitude, Use.ARITHMETIC);
        rings.require(
            rings.site(scope, magnitude),
            summedBits(aggregate, scope, magnitude, Magnitudes.MARGIN));
      }
      switch (call.kind()) {
        case COUNT -> {
          call.argument().ifPresent(a -> use(scope, a, Use.VALID));
          rings.require(member, Bounds.of(0, bounds.rows(aggregate.input())).signedBits());
        }
        case SUM -> {
          Expr argument = call.argument().orElseThrow();
          use(scope, argument, Use.ARITHMETIC);
          rings.add(member);
          rings.unite(rings.site(scope, argument), member);
          rings.require(member, summedBits(aggregate, scope, argument, 1));
        }
        case MIN, MAX, QUANTILE -> {
          boolean bit = call.type().kind() == DataType.Kind.BOOLEAN;
          Expr argument = call.argument().orElseThrow();
          use(scope, argument, bit ? Use.BIT : Use.ORDERED);
          if (!bit) {
            compared.unite(member, scope.get(((Expr.FieldRef) argument).index()));
          }
        }
      }
    }
  }

  /** A flag that tells of an overflow would tell of exact sums. */
  private static void requireInType(Bounds values, AggregateCall call) {
    if (!values.within(Bounds.ofType(call.type()))) {
      throw new TrefoilException(
          Condition.UNBOUNDED_VALUE,
          "Cannot compute a "
              + call.kind()
              + " with noise: with so many rows it may leave "
              + call.type().sql()
              + ". Declare a range for the columns that are summed, or cast them to DECIMAL(38, s).");
    }
  }

  private Origin call(Rel.Aggregate aggregate, int index) {
    return new Origin(nodes.node(aggregate), aggregate.groups().size() + index);
  }

  /**
   * Bits of so many times the sum of {@code argument}; lowers the bounds of its columns where it
   * has too many.
   */
  private int summedBits(Rel.Aggregate aggregate, List<Origin> scope, Expr argument, int margin) {
    long summed = bounds.rows(aggregate.input()) * margin;
    int needed = bounds.of(scope, argument).summed(summed).signedBits();
    if (needed <= 128) {
      return needed;
    }
    BigInteger limit =
        BigInteger.ONE
            .shiftLeft(127)
            .subtract(BigInteger.ONE)
            .divide(BigInteger.valueOf(Math.max(1, summed)));
    Expressions.visit(
        argument,
        e -> {
          boolean chosen =
              e instanceof Expr.Literal
                  || (e instanceof Expr.FieldRef ref && nodes.isSource(scope.get(ref.index())))
                  || e.type().kind() == DataType.Kind.BOOLEAN
                  || (e instanceof Expr.Call c
                      && (c.function() == Function.CASE || c.function() == Function.COALESCE));
          if (!chosen) {
            throw new TrefoilException(
                Condition.UNBOUNDED_VALUE,
                "Cannot sum up to "
                    + summed
                    + " values of a computed expression: the sum may need "
                    + needed
                    + " bits and there are 128. Declare a range for its columns.");
          }
        });
    for (int ref : Expressions.refs(argument)) {
      Origin column = scope.get(ref);
      if (type(column).isSummable()) {
        bounds.narrow(column, limit);
      }
    }
    return bounds.of(scope, argument).summed(summed).signedBits();
  }

  boolean tellsHeldBack() {
    return (contributions.values().stream().anyMatch(c -> !c.isEmpty())
            || owners.values().stream().anyMatch(OwnersCounted::asks))
        && split.sources().stream()
            .flatMap(source -> source.branches().stream())
            .map(fragment -> catalog.table(fragment.owner(), fragment.table()).policy())
            .allMatch(TablePolicy::tellSuppressed);
  }

  /** Group keys of all aggregates; suppression of those whose rows are revealed. */
  private void aggregates(Rel rel, boolean revealed) {
    if (rel instanceof Rel.Aggregate aggregate) {
      int node = nodes.node(aggregate);
      groupKeys.put(node, new ArrayList<>());
      groups(aggregate);
      contributions.put(node, revealed ? suppression(aggregate) : List.of());
      owners.put(node, revealed ? owners(aggregate) : OwnersCounted.NONE);
      measured.put(node, revealed ? measured(aggregate) : List.of());
      ownerGroups(aggregate);
    }
    for (Rel input : rel.inputs()) {
      aggregates(input, revealed && !(rel instanceof Rel.Aggregate));
    }
  }

  private void groups(Rel.Aggregate aggregate) {
    List<Origin> scope = nodes.of(aggregate.input());
    List<Origin> columns = new ArrayList<>();
    for (Expr group : aggregate.groups()) {
      Origin column = scope.get(((Expr.FieldRef) group).index());
      if (!columns.contains(column)) {
        columns.add(column);
      }
    }
    // The widest column that follows from the others goes first.
    List<Origin> widest = new ArrayList<>(columns);
    widest.sort(
        Comparator.comparingInt((Origin c) -> -groupWidth(c)).thenComparing(columns::indexOf));
    List<List<Origin>> checked =
        needs.stream()
            .filter(n -> n.form() == Form.KEY)
            .map(n -> n.outputs().stream().map(o -> new Origin(n.node(), o)).toList())
            .toList();
    for (Origin column : widest) {
      Set<Origin> others = new LinkedHashSet<>(columns);
      others.remove(column);
      if (dependencies
          .determined(aggregate.input(), others, dependencies.believedFor(column.node()), checked)
          .contains(column)) {
        columns.remove(column);
      }
    }
    Map<Integer, List<Integer>> byNode = new LinkedHashMap<>();
    for (Origin column : columns) {
      byNode.computeIfAbsent(column.node(), k -> new ArrayList<>()).add(column.output());
    }
    byNode.forEach((of, outputs) -> groupKey(groupKeys.get(nodes.node(aggregate)), of, outputs));
  }

  private void groupKey(List<GroupKey> all, int node, List<Integer> outputs) {
    int width = outputs.stream().mapToInt(o -> groupWidth(new Origin(node, o))).sum();
    Form form = Form.ORDERED;
    if (node < nodes.sources() && !isKept(node)) {
      boolean single = isOneOwners(node);
      if (single && width > bits(rows(node) - 1L)) {
        form = Form.RANK;
      } else if (!single && width > hashWidth()) {
        form = Form.HASHED;
      }
    }
    all.add(new GroupKey(node, form, outputs));
    if (form == Form.ORDERED) {
      for (int output : outputs) {
        Origin column = new Origin(node, output);
        boolean bit = type(column).kind() == DataType.Kind.BOOLEAN;
        need(column, bit ? Form.BIT : Form.ORDERED);
        present(column);
      }
    } else {
      need(node, form, outputs);
    }
  }

  /**
   * Where the rows of an aggregate lie where one table's owner put them, and it knows the groups,
   * it delivers its rows group by group, and they need no sort. Not where a call or suppression
   * needs an order within the groups.
   */
  private void ownerGroups(Rel.Aggregate aggregate) {
    List<GroupKey> groups = groupKeys.get(nodes.node(aggregate));
    int source = Nodes.lying(aggregate.input());
    boolean ranked =
        aggregate.calls().stream().anyMatch(c -> isOneValue(c) || !c.magnitudes().isEmpty())
            || contributions.get(nodes.node(aggregate)).stream()
                .anyMatch(c -> !c.once() || c.form() != Form.ROW_ID);
    if (ranked
        || isKept(source)
        || groups.size() != 1
        || groups.get(0).node() != source
        || !isOneOwners(source)
        || sorted.containsKey(source)
        || binned.containsKey(source)
        || !oneValuePerGroup(aggregate, source, groups.get(0).outputs())) {
      return;
    }
    Need rank = need(source, Form.RANK, groups.get(0).outputs());
    sorted.put(source, rank);
    ownerGroups.put(nodes.node(aggregate), rank);
  }

  /**
   * Whether every group column has one value on all rows that {@code source} delivers for a group,
   * valid or not: it is a column of the source that tells groups apart or follows from its declared
   * key, or one of a PK side that is joined by such columns.
   */
  private boolean oneValuePerGroup(Rel.Aggregate aggregate, int source, List<Integer> outputs) {
    Set<Origin> known = new LinkedHashSet<>();
    outputs.forEach(o -> known.add(new Origin(source, o)));
    int size;
    do {
      size = known.size();
      for (Need need : needs) {
        List<Origin> key = need.outputs().stream().map(o -> new Origin(need.node(), o)).toList();
        if (need.form() == Form.KEY
            && need.node() == source
            && known.containsAll(key)
            && dependencies.hasKey(source, key)) {
          for (int i = 0; i < split.sources().get(source).fields().size(); i++) {
            known.add(new Origin(source, i));
          }
        }
      }
      looksUp(aggregate.input(), known);
    } while (known.size() > size);
    List<Origin> scope = nodes.of(aggregate.input());
    return aggregate.groups().stream()
        .allMatch(g -> known.contains(scope.get(((Expr.FieldRef) g).index())));
  }

  /** Adds the columns of PK sides that are found by known columns. */
  private void looksUp(Rel rel, Set<Origin> known) {
    if (rel instanceof Rel.Join join && join.kind() == Rel.Join.Kind.INNER) {
      if (known.containsAll(columns(join.right(), JoinKeys.of(join).right()))) {
        known.addAll(nodes.of(join.left()));
      }
    }
    if (!(rel instanceof Rel.Aggregate)) {
      rel.inputs().forEach(in -> looksUp(in, known));
    }
  }

  private int groupWidth(Origin column) {
    int width = type(column).kind() == DataType.Kind.BOOLEAN ? 1 : slot(column).width();
    return width + (nodes.field(column).nullable() ? 1 : 0);
  }

  private OwnersCounted owners(Rel.Aggregate aggregate) {
    OwnersCounted counted = OwnersCounted.of(aggregate, split, catalog);
    if (!counted.asks()) {
      return OwnersCounted.NONE;
    }
    counted.secret().stream()
        .flatMap(List::stream)
        .forEach(b -> need(b.source(), Form.BRANCH, List.of(b.branch())));
    return counted;
  }

  /** What others repeat a thousand times is counted a thousand times as finely as it is rounded. */
  private void requireOnce(Source source, Set<Integer> once) {
    for (Fragment fragment : source.branches()) {
      TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
      if (table.policy().privacy().isPresent() && !once.contains(source.id())) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot bound what a row of table "
                + table.name()
                + " adds to counts and sums, whose policy asks for privacy: rows of another table"
                + " may repeat it. Join it with tables by their declared keys.");
      }
      if (table.policy().rounding() > 1 && !once.contains(source.id())) {
        throw new TrefoilException(
            Condition.UNSUPPORTED_OPERATION,
            "Cannot round counts and sums over table "
                + table.name()
                + ", whose policy asks for it: rows of another owner's table may repeat its own."
                + " Join it with tables by their declared keys.");
      }
    }
  }

  private List<OwnersMeasured> measured(Rel.Aggregate aggregate) {
    List<OwnersMeasured> all = OwnersMeasured.of(aggregate, split, catalog);
    if (aggregate.calls().stream().allMatch(c -> c.magnitudes().isEmpty())) {
      return List.of();
    }
    all.stream()
        .flatMap(of -> of.owners().stream())
        .flatMap(List::stream)
        .forEach(b -> need(b.source(), Form.BRANCH, List.of(b.branch())));
    return all;
  }

  private List<Contribution> suppression(Rel.Aggregate aggregate) {
    List<Contribution> all = new ArrayList<>();
    Set<Integer> once = dependencies.once(aggregate.input());
    for (Source source : split.sources()) {
      if (!Nodes.holds(aggregate, source.id())) {
        continue;
      }
      requireOnce(source, once);
      boolean several = source.branches().size() > 1;
      for (Fragment fragment : source.branches()) {
        TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
        int k = table.policy().minGroupSize();
        if (k <= 1 || table.policy().privacy().isPresent()) {
          continue;
        }
        boolean byRow = table.policy().entity().isEmpty() && !table.isContributed();
        Form form = byRow ? Form.ROW_ID : Form.ENTITY;
        boolean single = once.contains(source.id());
        all.add(
            new Contribution(
                source.id(),
                fragment.branch(),
                k,
                form,
                single,
                several,
                several && table.policy().absencePublic(),
                table.policy().dominance()));
        if (form == Form.ENTITY || !single) {
          need(source.id(), form, List.of());
        }
        if (several) {
          need(source.id(), Form.BRANCH, List.of(fragment.branch()));
        }
      }
    }
    return all;
  }

  // ---- needs

  private DataType type(Origin column) {
    return nodes.field(column).type();
  }

  /** The form in which a column is made, and revealed. */
  Form form(Origin column) {
    if (type(column).kind() == DataType.Kind.BOOLEAN) {
      return Form.BIT;
    }
    if (nodes.isSource(column)) {
      return Form.ORDERED;
    }
    Rel rel = nodes.rel(column.node());
    if (rel instanceof Rel.Join join) {
      return form(nodes.joined(join).get(column.output()));
    }
    if (rel instanceof Rel.Window window) {
      List<Origin> scope = nodes.of(window.input());
      WindowCall call = window.calls().get(column.output() - scope.size());
      return call.kind() == WindowCall.Kind.LAG
          ? form(scope.get(((Expr.FieldRef) call.argument().orElseThrow()).index()))
          : Form.ARITHMETIC;
    }
    if (rel instanceof Rel.Union union) {
      boolean ordered =
          union.inputs().stream()
              .allMatch(in -> form(nodes.of(in).get(column.output())) == Form.ORDERED);
      return ordered ? Form.ORDERED : Form.ARITHMETIC;
    }
    if (type(column).isBytes()) {
      return Form.ORDERED;
    }
    if (rel instanceof Rel.Aggregate aggregate) {
      return isOneValue(aggregate.calls().get(column.output() - aggregate.groups().size()))
          ? Form.ORDERED
          : Form.ARITHMETIC;
    }
    return Form.ARITHMETIC;
  }

  /** Whether an order of the rows of a group finds the result, which is one of its values. */
  private static boolean isOneValue(AggregateCall call) {
    return switch (call.kind()) {
      case MIN, MAX, QUANTILE -> true;
      case SUM, COUNT -> false;
    };
  }

  /** A column as it is revealed, or ordered by. */
  private void value(Origin column) {
    need(column, form(column));
    present(column);
  }

  private void present(Origin column) {
    if (nodes.field(column).nullable()) {
      need(column, Form.VALID);
    }
  }

  private Need need(int node, Form form, List<Integer> outputs) {
    Need need = new Need(node, form, List.copyOf(outputs));
    needs.add(need);
    return need;
  }

  private void need(Origin column, Form form) {
    boolean fresh = needs.add(new Need(column.node(), form, List.of(column.output())));
    if (form == Form.ORDERED) {
      compared.add(column);
    } else if (form == Form.ARITHMETIC) {
      rings.require(column, bounds.of(column).signedBits());
    }
    if (fresh && !nodes.isSource(column)) {
      below(column, form);
    }
  }

  /** What has to be there so that a relation can make its column. */
  private void below(Origin column, Form form) {
    Rel rel = nodes.rel(column.node());
    if (rel instanceof Rel.Join join) {
      Origin of = nodes.joined(join).get(column.output());
      if (form == Form.VALID) {
        present(of);
        return;
      }
      need(of, form);
      if (form == Form.ORDERED) {
        compared.unite(column, of);
      } else if (form == Form.ARITHMETIC) {
        rings.unite(column, of);
      }
    } else if (rel instanceof Rel.Window window) {
      List<Origin> scope = nodes.of(window.input());
      WindowCall call = window.calls().get(column.output() - scope.size());
      if (call.kind() == WindowCall.Kind.LAG) {
        Origin of = scope.get(((Expr.FieldRef) call.argument().orElseThrow()).index());
        present(of);
        if (form == Form.VALID) {
          return;
        }
        need(of, form);
        if (form == Form.ORDERED) {
          compared.unite(column, of);
        } else if (form == Form.ARITHMETIC) {
          rings.unite(column, of);
        }
      }
    } else if (rel instanceof Rel.Union union) {
      for (Rel input : union.inputs()) {
        Origin of = nodes.of(input).get(column.output());
        if (form == Form.VALID) {
          present(of);
          continue;
        }
        need(of, form);
        if (form == Form.ORDERED) {
          compared.unite(column, of);
        } else if (form == Form.ARITHMETIC) {
          rings.unite(column, of);
        }
      }
    } else if (rel instanceof Rel.Project project) {
      List<Origin> scope = nodes.of(project.input());
      Expr expr = project.expressions().get(column.output());
      if (expr.type().isBytes()) {
        // A constant: its length is that of its type.
        return;
      }
      boolean number = form == Form.ARITHMETIC || form == Form.ORDERED;
      use(scope, expr, number ? Use.ARITHMETIC : form == Form.BIT ? Use.BIT : Use.VALID);
      if (number) {
        rings.add(column);
        rings.unite(rings.site(scope, expr), column);
      }
    }
  }

  private void use(List<Origin> scope, Expr expr, Use use) {
    if (expr instanceof Expr.FieldRef ref) {
      Origin column = scope.get(ref.index());
      switch (use) {
        case BIT -> need(column, Form.BIT);
        case ORDERED -> need(column, Form.ORDERED);
        case ARITHMETIC -> need(column, Form.ARITHMETIC);
        case VALID -> {}
      }
      present(column);
      return;
    }
    if (!(expr instanceof Expr.Call call)) {
      return;
    }
    List<Expr> a = call.arguments();
    switch (call.function()) {
      case AND, OR, NOT -> a.forEach(e -> use(scope, e, Use.BIT));
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {
        if (use == Use.VALID) {
          a.forEach(e -> use(scope, e, Use.VALID));
        } else {
          compare(scope, a.get(0), a.get(1));
        }
      }
      case NULL_SAFE_EQUAL -> {
        if (use != Use.VALID) {
          compare(scope, a.get(0), a.get(1));
        }
      }
      case IS_NULL, IS_NOT_NULL -> {
        if (use != Use.VALID) {
          use(scope, a.get(0), Use.VALID);
        }
      }
      case CASE -> {
        for (int i = 0; i < a.size(); i++) {
          use(scope, a.get(i), i % 2 == 0 && i + 1 < a.size() ? Use.BIT : use);
        }
      }
      case COALESCE -> a.forEach(e -> use(scope, e, use));
      case CAST -> {
        boolean bit = a.get(0).type().kind() == DataType.Kind.BOOLEAN;
        use(scope, a.get(0), use == Use.VALID || !bit ? use : Use.BIT);
      }
      default -> a.forEach(e -> use(scope, e, use == Use.VALID ? use : Use.ARITHMETIC));
    }
  }

  private void compare(List<Origin> scope, Expr left, Expr right) {
    if (left.type().kind() == DataType.Kind.BOOLEAN) {
      use(scope, left, Use.BIT);
      use(scope, right, Use.BIT);
      return;
    }
    Optional<Origin> l = orderedColumn(scope, left);
    Optional<Origin> r = orderedColumn(scope, right);
    boolean ordered =
        (l.isPresent() || left instanceof Expr.Literal)
            && (r.isPresent() || right instanceof Expr.Literal)
            && (l.isPresent() || r.isPresent())
            && left.type().kind() == right.type().kind()
            && left.type().scale() == right.type().scale();
    if (ordered) {
      for (Expr side : List.of(left, right)) {
        use(scope, side, Use.ORDERED);
      }
      if (l.isPresent() && r.isPresent()) {
        compared.unite(l.get(), r.get());
      } else {
        literal(l.or(() -> r).orElseThrow(), (Expr.Literal) (l.isPresent() ? right : left));
      }
      return;
    }
    if (!left.type().isSummable() || !right.type().isSummable()) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_TYPE,
          "Cannot compare a computed "
              + left.type().sql()
              + " with a "
              + right.type().sql()
              + " across tables: only columns, or numbers. Compare columns.");
    }
    use(scope, left, Use.ARITHMETIC);
    use(scope, right, Use.ARITHMETIC);
    int scale = Math.max(left.type().scale(), right.type().scale());
    Bounds difference =
        bounds
            .of(scope, left)
            .rescaled(scale - left.type().scale())
            .plus(bounds.of(scope, right).rescaled(scale - right.type().scale()).negated());
    Object a = rings.site(scope, left);
    rings.unite(a, rings.site(scope, right));
    rings.require(a, difference.signedBits());
  }

  /** The column whose ORDERED encoding {@code expr} is. */
  private Optional<Origin> orderedColumn(List<Origin> scope, Expr expr) {
    return expr instanceof Expr.FieldRef ref
        ? Optional.of(scope.get(ref.index())).filter(c -> form(c) == Form.ORDERED)
        : Optional.empty();
  }

  private void literal(Origin column, Expr.Literal literal) {
    if (literal.value() != null && literal.type().isBytes()) {
      literalBytes.merge(column, literal.bytes().length, Math::max);
    } else if (literal.value() != null) {
      literals.merge(column, Bounds.ofValue(Intervals.unscaled(literal)), Bounds::hull);
    }
  }

  // ---- encodings

  /** Where the values of a column lie in an ORDERED or KEY encoding. */
  Slot slot(Origin column) {
    int bytes = 0;
    Bounds hull = null;
    for (Origin member : compared.members(column)) {
      if (type(member).isBytes()) {
        bytes =
            Math.max(
                bytes, Math.max(type(member).precision(), literalBytes.getOrDefault(member, 0)));
      } else {
        hull = hull == null ? bounds.of(member) : hull.hull(bounds.of(member));
        hull = literals.containsKey(member) ? hull.hull(literals.get(member)) : hull;
      }
    }
    return hull == null
        ? new Slot(BigInteger.ZERO, 8 * bytes + bits(bytes))
        : new Slot(hull.least(), hull.width());
  }

  InputColumn column(Need need) {
    List<Slot> slots = List.of();
    int width = 1;
    switch (need.form()) {
      case VALID, BIT, BRANCH -> {}
      case ARITHMETIC -> width = rings.ring(new Origin(need.node(), need.outputs().get(0)));
      case ORDERED -> {
        slots = slots(need);
        width = slots.get(0).width();
      }
      case KEY -> {
        slots = slots(need);
        width = keyWidth(keyOf(need));
      }
      case HASHED -> width = hashWidth();
      case RANK -> width = bits(rows(need.node()) - 1L);
      case ROW_ID -> width = bits(largestBranch(need.node()) - 1);
      case ENTITY -> width = bits(largestBranch(need.node()));
      case PLACE -> width = bits(rows(need.outputs().get(0)) + 3L * rows(need.node()) - 1);
    }
    return new InputColumn(need.form(), need.outputs(), slots, width);
  }

  private List<Slot> slots(Need need) {
    return need.outputs().stream().map(o -> slot(new Origin(need.node(), o))).toList();
  }

  List<ResultColumn> result() {
    List<ResultColumn> result = new ArrayList<>();
    Rel root = split.remainder();
    List<Field> fields = root.fields();
    List<Origin> origins = nodes.of(root);
    for (int i = 0; i < fields.size(); i++) {
      Origin column = origins.get(i);
      result.add(
          switch (form(column)) {
            case BIT -> new ResultColumn(fields.get(i), Form.BIT, null, 1);
            case ORDERED -> {
              Slot slot = slot(column);
              yield new ResultColumn(fields.get(i), Form.ORDERED, slot, slot.width());
            }
            default -> new ResultColumn(fields.get(i), Form.ARITHMETIC, null, rings.ring(column));
          });
    }
    return result;
  }
}

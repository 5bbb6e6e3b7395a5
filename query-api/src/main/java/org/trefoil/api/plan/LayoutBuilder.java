package org.trefoil.api.plan;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.trefoil.api.descriptor.ColumnPolicy;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Origins.Column;
import org.trefoil.api.plan.Origins.Origin;
import org.trefoil.api.type.DataType;
import org.trefoil.api.type.Field;

/** Collects which forms of which columns a remainder needs, and how wide they are. */
final class LayoutBuilder {
  /** A column in one form. */
  record Need(int source, Form form, List<Integer> outputs) {}

  /** An aggregate call as a member of a ring. */
  private record Call(int index) {}

  /** An expression, over {@link #mark}ed columns, as a member of a ring. */
  private record Site(Expr expr) {}

  private enum Use {
    BIT,
    ORDERED,
    ARITHMETIC,
    VALID
  }

  final Split split;
  private final Catalog catalog;
  final List<List<Long>> rows;
  final Rel.Aggregate aggregate;
  final Rel body;
  final long joinedRows;

  private final List<List<Bounds>> bounds = new ArrayList<>();
  final Set<Need> needs = new LinkedHashSet<>();

  /** Columns whose values are compared with each other. */
  private final Classes<Column> compared = new Classes<>();

  /** KEY columns that are compared with each other. */
  private final Classes<Need> keys = new Classes<>();

  private final Map<Column, Bounds> literals = new HashMap<>();
  private final Map<Column, Integer> literalBytes = new HashMap<>();

  /** What is computed in one ring: columns, calls, sites. */
  private final Classes<Object> rings = new Classes<>();

  private final Map<Object, Integer> bits = new LinkedHashMap<>();
  final Map<Integer, Need> sorted = new HashMap<>();
  final List<GroupKey> groupKeys = new ArrayList<>();
  final List<Contribution> contributions = new ArrayList<>();

  LayoutBuilder(Split split, Catalog catalog, List<List<Long>> rows) {
    this.split = split;
    this.catalog = catalog;
    this.rows = rows;
    this.aggregate = Origins.aggregate(split.remainder());
    this.body = aggregate.input();
    requireRows();
    for (Source source : split.sources()) {
      List<Bounds> of = new ArrayList<>();
      for (int i = 0; i < source.fields().size(); i++) {
        of.add(columnBounds(source, i));
      }
      bounds.add(of);
    }
    this.joinedRows = rowsOf(body);
    relation(body);
    calls();
    above();
    groups();
    suppression();
  }

  // ---- sizes ------------------------------------------------------------------------------------

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

  private long rowsOf(Rel rel) {
    if (rel instanceof Rel.Input input) {
      return rows(input.source());
    }
    return rel instanceof Rel.Join join ? rowsOf(join.right()) : rowsOf(rel.inputs().get(0));
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

  // ---- values -----------------------------------------------------------------------------------

  /** Null for strings. */
  private Bounds columnBounds(Source source, int output) {
    if (source.fields().get(output).type().kind() == DataType.Kind.STRING) {
      return null;
    }
    Bounds all = null;
    for (Fragment fragment : source.branches()) {
      Rel.Project project = (Rel.Project) fragment.local();
      TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
      List<Field> fields = project.input().fields();
      Bounds of =
          Intervals.inTheClear(
              project.expressions().get(output), ref -> declared(table, fields.get(ref.index())));
      all = all == null ? of : all.hull(of);
    }
    return all;
  }

  private static Bounds declared(TableDescriptor table, Field field) {
    ColumnPolicy policy = table.policy().column(field.name());
    return policy
        .range()
        .map(r -> Bounds.ofRange(r, field.type()))
        .orElseGet(() -> Bounds.ofType(field.type()));
  }

  Bounds bounds(Column column) {
    Bounds found = bounds.get(column.source()).get(column.output());
    if (found == null) {
      throw new TrefoilException(
          Condition.INTERNAL, "Cannot bound the values of a STRING column: it has none.");
    }
    return found;
  }

  Bounds bounds(Rel input, Expr expr) {
    return Intervals.onShares(expr, ref -> bounds(Origins.of(input, ref.index())));
  }

  private Bounds bounds(Origin origin) {
    if (origin.column().isPresent()) {
      return bounds(origin.column().get());
    }
    AggregateCall call = aggregate.calls().get(origin.call());
    return switch (call.kind()) {
      case COUNT -> Bounds.of(0, joinedRows);
      case SUM -> bounds(body, call.argument().orElseThrow()).summed(joinedRows);
      case MIN, MAX -> bounds(Origins.column(body, call.argument().orElseThrow()));
    };
  }

  private DataType type(Column column) {
    return field(column).type();
  }

  private Field field(Column column) {
    return split.sources().get(column.source()).fields().get(column.output());
  }

  // ---- needs ------------------------------------------------------------------------------------

  private void relation(Rel rel) {
    if (rel instanceof Rel.Filter filter) {
      use(filter.input(), filter.condition(), Use.BIT);
    } else if (rel instanceof Rel.Join join) {
      List<Column[]> pairs = Origins.keys(join);
      List<Integer> left = new ArrayList<>();
      List<Integer> right = new ArrayList<>();
      for (Column[] pair : pairs) {
        left.add(pair[0].output());
        right.add(pair[1].output());
        compared.unite(pair[0], pair[1]);
      }
      Need leftKey = need(pairs.get(0)[0].source(), Form.KEY, left);
      Need rightKey = need(pairs.get(0)[1].source(), Form.KEY, right);
      keys.unite(leftKey, rightKey);
      // Joined rows lie where those of the FK side lay: the order in which they were shared lasts.
      if (lying(join.left()) == leftKey.source()) {
        sorted.put(leftKey.source(), leftKey);
      }
    }
    rel.inputs().forEach(this::relation);
  }

  /** The source at whose positions the rows of {@code rel} lie. */
  private static int lying(Rel rel) {
    if (rel instanceof Rel.Input input) {
      return input.source();
    }
    return rel instanceof Rel.Join join ? lying(join.right()) : lying(rel.inputs().get(0));
  }

  private void calls() {
    for (int i = 0; i < aggregate.calls().size(); i++) {
      AggregateCall call = aggregate.calls().get(i);
      Call member = new Call(i);
      rings.add(member);
      call.weighing().forEach(w -> use(body, w, Use.BIT));
      switch (call.kind()) {
        case COUNT -> {
          call.argument().ifPresent(a -> use(body, a, Use.VALID));
          bits.merge(member, Bounds.of(0, joinedRows).signedBits(), Math::max);
        }
        case SUM -> {
          Expr argument = call.argument().orElseThrow();
          use(body, argument, Use.ARITHMETIC);
          site(body, argument, member);
          bits.merge(member, summedBits(argument), Math::max);
        }
        case MIN, MAX -> {
          boolean bit = call.type().kind() == DataType.Kind.BOOLEAN;
          use(body, call.argument().orElseThrow(), bit ? Use.BIT : Use.ORDERED);
        }
      }
    }
  }

  /**
   * Bits of the sum of {@code argument}; lowers the bounds of its columns where it has too many.
   */
  private int summedBits(Expr argument) {
    int needed = bounds(body, argument).summed(joinedRows).signedBits();
    if (needed <= 128) {
      return needed;
    }
    BigInteger limit =
        BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE).divide(rowsForLimit());
    Expressions.visit(
        argument,
        e -> {
          boolean chosen =
              e instanceof Expr.Literal
                  || e instanceof Expr.FieldRef
                  || e.type().kind() == DataType.Kind.BOOLEAN
                  || (e instanceof Expr.Call c
                      && (c.function() == Function.CASE || c.function() == Function.COALESCE));
          if (!chosen) {
            throw new TrefoilException(
                Condition.UNBOUNDED_VALUE,
                "Cannot sum up to "
                    + joinedRows
                    + " values of a computed expression: the sum may need "
                    + needed
                    + " bits and there are 128. Declare a range for its columns.");
          }
        });
    for (int ref : Expressions.refs(argument)) {
      Column column = Origins.of(body, ref).column().orElseThrow();
      if (type(column).isNumeric()) {
        Bounds old = bounds(column);
        bounds
            .get(column.source())
            .set(
                column.output(),
                new Bounds(
                    old.least().max(limit.negate()).min(limit),
                    old.greatest().min(limit).max(limit.negate())));
      }
    }
    return bounds(body, argument).summed(joinedRows).signedBits();
  }

  private BigInteger rowsForLimit() {
    return BigInteger.valueOf(Math.max(1, joinedRows));
  }

  /** What HAVING, ORDER BY and the revealed columns need. */
  private void above() {
    Set<Integer> used = new HashSet<>();
    Rel rel = split.remainder();
    if (!(rel instanceof Rel.Project)) {
      for (int i = 0; i < aggregate.groups().size(); i++) {
        used.add(i);
      }
    }
    while (rel != aggregate) {
      Rel input = rel.inputs().get(0);
      if (rel instanceof Rel.Project project) {
        project.expressions().forEach(e -> used.addAll(Expressions.refs(e)));
      } else if (rel instanceof Rel.Filter filter) {
        used.addAll(Expressions.refs(filter.condition()));
        use(input, filter.condition(), Use.BIT);
      } else if (rel instanceof Rel.Sort sort) {
        for (Rel.Sort.Key key : sort.keys()) {
          used.addAll(Expressions.refs(key.expression()));
          if (!(key.expression() instanceof Expr.FieldRef)) {
            boolean bit = key.expression().type().kind() == DataType.Kind.BOOLEAN;
            use(input, key.expression(), bit ? Use.BIT : Use.ARITHMETIC);
            site(input, key.expression(), null);
          }
        }
      }
      rel = input;
    }
    for (int i = 0; i < aggregate.groups().size(); i++) {
      if (used.contains(i)) {
        Column column = Origins.column(body, aggregate.groups().get(i));
        value(column);
      }
    }
  }

  /** A column as it is revealed. */
  private void value(Column column) {
    boolean bit = type(column).kind() == DataType.Kind.BOOLEAN;
    need(column, bit ? Form.BIT : Form.ORDERED);
    if (field(column).nullable()) {
      need(column, Form.VALID);
    }
  }

  private void use(Rel input, Expr expr, Use use) {
    if (expr instanceof Expr.FieldRef ref) {
      Origin origin = Origins.of(input, ref.index());
      if (origin.column().isPresent()) {
        Column column = origin.column().get();
        switch (use) {
          case BIT -> need(column, Form.BIT);
          case ORDERED -> need(column, Form.ORDERED);
          case ARITHMETIC -> {
            need(column, Form.ARITHMETIC);
            rings.add(column);
          }
          case VALID -> {}
        }
        if (field(column).nullable()) {
          need(column, Form.VALID);
        }
      }
      return;
    }
    if (!(expr instanceof Expr.Call call)) {
      return;
    }
    List<Expr> a = call.arguments();
    switch (call.function()) {
      case AND, OR, NOT -> a.forEach(e -> use(input, e, Use.BIT));
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {
        if (use == Use.VALID) {
          a.forEach(e -> use(input, e, Use.VALID));
        } else {
          compare(input, a.get(0), a.get(1));
        }
      }
      case NULL_SAFE_EQUAL -> {
        if (use != Use.VALID) {
          compare(input, a.get(0), a.get(1));
        }
      }
      case IS_NULL, IS_NOT_NULL -> {
        if (use != Use.VALID) {
          use(input, a.get(0), Use.VALID);
        }
      }
      case CASE -> {
        for (int i = 0; i < a.size(); i++) {
          use(input, a.get(i), i % 2 == 0 && i + 1 < a.size() ? Use.BIT : use);
        }
      }
      case COALESCE -> a.forEach(e -> use(input, e, use));
      case CAST -> {
        boolean bit = a.get(0).type().kind() == DataType.Kind.BOOLEAN;
        use(input, a.get(0), use == Use.VALID || !bit ? use : Use.BIT);
      }
      default -> a.forEach(e -> use(input, e, use == Use.VALID ? use : Use.ARITHMETIC));
    }
  }

  private void compare(Rel input, Expr left, Expr right) {
    if (left.type().kind() == DataType.Kind.BOOLEAN) {
      use(input, left, Use.BIT);
      use(input, right, Use.BIT);
      return;
    }
    Optional<Column> l = orderedColumn(input, left);
    Optional<Column> r = orderedColumn(input, right);
    boolean ordered =
        (l.isPresent() || left instanceof Expr.Literal)
            && (r.isPresent() || right instanceof Expr.Literal)
            && (l.isPresent() || r.isPresent())
            && left.type().kind() == right.type().kind()
            && left.type().scale() == right.type().scale();
    if (ordered) {
      for (Expr side : List.of(left, right)) {
        use(input, side, Use.ORDERED);
      }
      if (l.isPresent() && r.isPresent()) {
        compared.unite(l.get(), r.get());
      } else {
        literal(l.or(() -> r).orElseThrow(), (Expr.Literal) (l.isPresent() ? right : left));
      }
      return;
    }
    if (!left.type().isNumeric() || !right.type().isNumeric()) {
      throw new TrefoilException(
          Condition.UNSUPPORTED_TYPE,
          "Cannot compare a computed "
              + left.type().sql()
              + " with a "
              + right.type().sql()
              + " across tables: only columns, or numbers. Compare columns.");
    }
    use(input, left, Use.ARITHMETIC);
    use(input, right, Use.ARITHMETIC);
    int scale = Math.max(left.type().scale(), right.type().scale());
    Bounds difference =
        bounds(input, left)
            .rescaled(scale - left.type().scale())
            .plus(bounds(input, right).rescaled(scale - right.type().scale()).negated());
    Object a = site(input, left, null);
    rings.unite(a, site(input, right, null));
    bits.merge(a, difference.signedBits(), Math::max);
  }

  /** The source column whose ORDERED encoding {@code expr} is. */
  private Optional<Column> orderedColumn(Rel input, Expr expr) {
    if (!(expr instanceof Expr.FieldRef ref)) {
      return Optional.empty();
    }
    Origin origin = Origins.of(input, ref.index());
    if (origin.column().isPresent()) {
      return origin.column();
    }
    AggregateCall call = aggregate.calls().get(origin.call());
    return switch (call.kind()) {
      case MIN, MAX -> Optional.of(Origins.column(body, call.argument().orElseThrow()));
      default -> Optional.empty();
    };
  }

  private void literal(Column column, Expr.Literal literal) {
    if (literal.value() instanceof String text) {
      int length = text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
      literalBytes.merge(column, length, Math::max);
    } else if (literal.value() != null) {
      literals.merge(column, Bounds.ofValue(Intervals.unscaled(literal)), Bounds::hull);
    }
  }

  /** Puts an expression, what it is computed from, and {@code member} into one ring. */
  private Object site(Rel input, Expr expr, Object member) {
    Object site = new Site(mark(input, expr));
    rings.add(site);
    bits.merge(site, bounds(input, expr).signedBits(), Math::max);
    if (member != null) {
      rings.unite(site, member);
    }
    arithmeticMembers(input, expr, site);
    return site;
  }

  private void arithmeticMembers(Rel input, Expr expr, Object site) {
    if (expr instanceof Expr.FieldRef ref) {
      if (expr.type().isNumeric()) {
        Origin origin = Origins.of(input, ref.index());
        Object member =
            origin.column().isPresent() ? origin.column().get() : new Call(origin.call());
        rings.unite(site, member);
        bits.merge(member, bounds(origin).signedBits(), Math::max);
      }
    } else if (expr instanceof Expr.Call call) {
      // Every intermediate value has to fit as well.
      bits.merge(site, bounds(input, expr).signedBits(), Math::max);
      for (int i = 0; i < call.arguments().size(); i++) {
        boolean condition =
            call.function() == Function.CASE && i % 2 == 0 && i + 1 < call.arguments().size();
        if (!condition && call.arguments().get(i).type().isNumeric()) {
          arithmeticMembers(input, call.arguments().get(i), site);
        }
      }
    }
  }

  /** The expression with its references made independent of the relation. */
  private Expr mark(Rel input, Expr expr) {
    return Expressions.plain(
        Expressions.replaceRefs(
            expr,
            ref -> {
              Origin o = Origins.of(input, ref.index());
              int index =
                  o.column().map(c -> c.source() * (1 << 16) + c.output()).orElse(-1 - o.call());
              return new Expr.FieldRef(index, ref.type(), true);
            }));
  }

  /** 64 or 128. */
  int ring(Rel input, Expr expr) {
    Object site = new Site(mark(input, expr));
    if (rings.contains(site)) {
      return ringOf(site);
    }
    for (int ref : Expressions.refs(expr)) {
      Origin o = Origins.of(input, ref);
      Object member = o.column().isPresent() ? o.column().get() : new Call(o.call());
      if (rings.contains(member)) {
        return ringOf(member);
      }
    }
    return bounds(input, expr).signedBits() <= 64 ? 64 : 128;
  }

  int ring(Column column) {
    return ringOf(column);
  }

  int ring(int call) {
    return ringOf(new Call(call));
  }

  private int ringOf(Object member) {
    int needed = 0;
    for (Object m : rings.members(member)) {
      needed = Math.max(needed, bits.getOrDefault(m, 0));
    }
    if (needed > 128) {
      throw new TrefoilException(
          Condition.UNBOUNDED_VALUE,
          "Cannot compute with values that may need "
              + needed
              + " bits: there are 128. Declare ranges for the columns.");
    }
    return needed <= 64 ? 64 : 128;
  }

  private Need need(int source, Form form, List<Integer> outputs) {
    Need need = new Need(source, form, List.copyOf(outputs));
    needs.add(need);
    return need;
  }

  private void need(Column column, Form form) {
    need(column.source(), form, List.of(column.output()));
    if (form == Form.ORDERED) {
      compared.add(column);
    }
  }

  // ---- groups -----------------------------------------------------------------------------------

  private void groups() {
    List<Column> columns = new ArrayList<>();
    for (Expr group : aggregate.groups()) {
      Column column = Origins.column(body, group);
      if (!columns.contains(column)) {
        columns.add(column);
      }
    }
    // The widest column that follows from the others goes first.
    List<Column> widest = new ArrayList<>(columns);
    widest.sort(
        Comparator.comparingInt((Column c) -> -keyWidth(c)).thenComparing(columns::indexOf));
    for (Column column : widest) {
      Set<Column> others = new LinkedHashSet<>(columns);
      others.remove(column);
      if (determined(others, believedFor(column.source())).contains(column)) {
        columns.remove(column);
      }
    }
    Map<Integer, List<Integer>> bySource = new LinkedHashMap<>();
    for (Column column : columns) {
      bySource.computeIfAbsent(column.source(), k -> new ArrayList<>()).add(column.output());
    }
    bySource.forEach(this::groupKey);
  }

  private void groupKey(int source, List<Integer> outputs) {
    int width = outputs.stream().mapToInt(o -> keyWidth(new Column(source, o))).sum();
    boolean single = split.sources().get(source).branches().size() == 1;
    Form form = Form.ORDERED;
    if (single && width > bits(rows(source) - 1L)) {
      form = Form.RANK;
    } else if (!single && width > hashWidth()) {
      form = Form.HASHED;
    }
    groupKeys.add(new GroupKey(source, form, outputs));
    if (form == Form.ORDERED) {
      outputs.forEach(o -> value(new Column(source, o)));
    } else {
      need(source, form, outputs);
    }
  }

  private int keyWidth(Column column) {
    int width = type(column).kind() == DataType.Kind.BOOLEAN ? 1 : slot(column).width();
    return width + (field(column).nullable() ? 1 : 0);
  }

  /**
   * The sources on whose columns a group column of {@code source} may rest. Where a table of it has
   * k above 1, only those of its own owner: another one could share a column that does not agree
   * with its key, and so be shown values of single rows as those of a group.
   */
  private IntPredicate believedFor(int source) {
    boolean counted =
        split.sources().get(source).branches().stream()
            .anyMatch(b -> catalog.table(b.owner(), b.table()).policy().minGroupSize() > 1);
    return other -> !counted || sameOwner(source, other);
  }

  /** Whether one owner holds all tables of both sources. */
  private boolean sameOwner(int source, int other) {
    return Stream.of(source, other)
            .flatMap(s -> split.sources().get(s).branches().stream())
            .map(Fragment::owner)
            .distinct()
            .count()
        == 1;
  }

  /**
   * The columns that have one value wherever those of {@code given} have, as far as this follows
   * from what the owners of {@code believed} sources share.
   */
  private Set<Column> determined(Set<Column> given, IntPredicate believed) {
    Set<Column> known = new LinkedHashSet<>(given);
    known.removeIf(column -> !believed.test(column.source()));
    List<List<Column>> equal = new ArrayList<>();
    equalities(body, equal);
    equal.removeIf(pair -> !pair.stream().allMatch(c -> believed.test(c.source())));
    int size;
    do {
      size = known.size();
      for (List<Column> pair : equal) {
        if (known.contains(pair.get(0)) || known.contains(pair.get(1))) {
          known.addAll(pair);
        }
      }
      keysDetermine(body, known, believed);
      // Only declared keys that a join uses as well: owners check that those are unique.
      for (Need need : needs) {
        if (need.form() == Form.KEY
            && believed.test(need.source())
            && known.containsAll(columns(need))) {
          Source source = split.sources().get(need.source());
          if (hasKey(source, columns(need))) {
            addAll(source, known);
          }
        }
      }
    } while (known.size() > size);
    return known;
  }

  private static void equalities(Rel rel, List<List<Column>> equal) {
    if (rel instanceof Rel.Join join) {
      Origins.keys(join).forEach(pair -> equal.add(List.of(pair)));
    } else if (rel instanceof Rel.Filter filter) {
      for (Expr term : Expressions.terms(Function.AND, filter.condition())) {
        if (term instanceof Expr.Call call
            && call.function() == Function.EQUAL
            && call.arguments().stream().allMatch(Expr.FieldRef.class::isInstance)) {
          equal.add(
              List.of(
                  Origins.column(filter.input(), call.arguments().get(0)),
                  Origins.column(filter.input(), call.arguments().get(1))));
        }
      }
    }
    rel.inputs().forEach(in -> equalities(in, equal));
  }

  private void keysDetermine(Rel rel, Set<Column> known, IntPredicate believed) {
    if (rel instanceof Rel.Join join) {
      List<Column[]> pairs = Origins.keys(join);
      if (believed.test(pairs.get(0)[0].source())
          && pairs.stream().allMatch(pair -> known.contains(pair[0]))) {
        addAll(split.sources().get(pairs.get(0)[0].source()), known);
      }
    }
    rel.inputs().forEach(in -> keysDetermine(in, known, believed));
  }

  private static Set<Column> columns(Need need) {
    Set<Column> columns = new LinkedHashSet<>();
    need.outputs().forEach(o -> columns.add(new Column(need.source(), o)));
    return columns;
  }

  private static void addAll(Source source, Set<Column> known) {
    for (int i = 0; i < source.fields().size(); i++) {
      known.add(new Column(source.id(), i));
    }
  }

  // ---- suppression ------------------------------------------------------------------------------

  private void suppression() {
    Set<Integer> once = once(body);
    for (Source source : split.sources()) {
      boolean several = source.branches().size() > 1;
      for (Fragment fragment : source.branches()) {
        TableDescriptor table = catalog.table(fragment.owner(), fragment.table());
        int k = table.policy().minGroupSize();
        if (k <= 1) {
          continue;
        }
        Form form = table.policy().entity().isEmpty() ? Form.ROW_ID : Form.ENTITY;
        boolean single = once.contains(source.id());
        contributions.add(
            new Contribution(
                source.id(),
                fragment.branch(),
                k,
                form,
                single,
                several,
                several && table.policy().absencePublic()));
        if (form == Form.ENTITY || !single) {
          need(source.id(), form, List.of());
        }
        if (several) {
          need(source.id(), Form.BRANCH, List.of(fragment.branch()));
        }
      }
    }
  }

  /** The sources whose rows occur at most once in {@code rel}. */
  private Set<Integer> once(Rel rel) {
    if (rel instanceof Rel.Input input) {
      return Set.of(input.source());
    }
    if (rel instanceof Rel.Join join) {
      Set<Integer> right = once(join.right());
      int foreign = Origins.keys(join).get(0)[1].source();
      if (!right.contains(foreign) || !isKey(join)) {
        return right;
      }
      Set<Integer> both = new HashSet<>(right);
      // An owner that declares a key and shares duplicates may fool nobody but itself.
      once(join.left()).stream().filter(s -> sameOwner(s, foreign)).forEach(both::add);
      return both;
    }
    return once(rel.inputs().get(0));
  }

  /** Whether the right columns of a join hold a declared key of their table. */
  private boolean isKey(Rel.Join join) {
    Set<Column> right = new HashSet<>();
    Origins.keys(join).forEach(pair -> right.add(pair[1]));
    return hasKey(split.sources().get(Origins.keys(join).get(0)[1].source()), right);
  }

  /** Whether {@code columns} hold a declared key of a source that is one table. */
  private boolean hasKey(Source source, Set<Column> columns) {
    if (source.branches().size() != 1) {
      return false;
    }
    Fragment fragment = source.branches().get(0);
    Rel.Project project = (Rel.Project) fragment.local();
    Set<String> names = new HashSet<>();
    for (Column column : columns) {
      if (column.source() == source.id()
          && !field(column).nullable()
          && project.expressions().get(column.output()) instanceof Expr.FieldRef ref) {
        String name = project.input().fields().get(ref.index()).name();
        names.add(name.toLowerCase(Locale.ROOT));
      }
    }
    return catalog.table(fragment.owner(), fragment.table()).keys().stream()
        .anyMatch(
            key -> names.containsAll(key.stream().map(n -> n.toLowerCase(Locale.ROOT)).toList()));
  }

  // ---- encodings --------------------------------------------------------------------------------

  /** Where the values of a column lie in an ORDERED or KEY encoding. */
  Slot slot(Column column) {
    int bytes = 0;
    Bounds hull = null;
    for (Column member : compared.members(column)) {
      if (type(member).kind() == DataType.Kind.STRING) {
        bytes =
            Math.max(
                bytes, Math.max(type(member).precision(), literalBytes.getOrDefault(member, 0)));
      } else {
        hull = hull == null ? bounds(member) : hull.hull(bounds(member));
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
      case ARITHMETIC -> width = ring(new Column(need.source(), need.outputs().get(0)));
      case ORDERED -> {
        slots = slots(need);
        width = slots.get(0).width();
      }
      case KEY -> {
        slots = slots(need);
        width = keyWidth(need);
      }
      case HASHED -> width = hashWidth();
      case RANK -> width = bits(rows(need.source()) - 1L);
      case ROW_ID -> width = bits(largestBranch(need.source()) - 1);
      case ENTITY -> width = bits(largestBranch(need.source()));
    }
    return new InputColumn(need.form(), need.outputs(), slots, width);
  }

  private List<Slot> slots(Need need) {
    return need.outputs().stream().map(o -> slot(new Column(need.source(), o))).toList();
  }

  private int keyWidth(Need need) {
    int width = 0;
    for (Need member : keys.members(need)) {
      int values = slots(member).stream().mapToInt(Slot::width).sum();
      width = Math.max(width, Math.min(values, hashWidth()));
      width = Math.max(width, bits(rows(member.source()) - 1L));
    }
    return 1 + width;
  }

  List<ResultColumn> result() {
    List<ResultColumn> result = new ArrayList<>();
    Rel root = split.remainder();
    List<Field> fields = root.fields();
    for (int i = 0; i < fields.size(); i++) {
      Origin origin = Origins.of(root, i);
      Field field = fields.get(i);
      if (origin.column().isPresent()) {
        result.add(single(field, origin.column().get()));
        continue;
      }
      AggregateCall call = aggregate.calls().get(origin.call());
      result.add(
          switch (call.kind()) {
            case COUNT, SUM -> new ResultColumn(field, Form.ARITHMETIC, null, ring(origin.call()));
            case MIN, MAX -> single(field, Origins.column(body, call.argument().orElseThrow()));
          });
    }
    return result;
  }

  /** A result column that shows single values of {@code column}. */
  private ResultColumn single(Field field, Column column) {
    if (field.type().kind() == DataType.Kind.BOOLEAN) {
      return new ResultColumn(field, Form.BIT, null, 1);
    }
    Slot slot = slot(column);
    return new ResultColumn(field, Form.ORDERED, slot, slot.width());
  }
}

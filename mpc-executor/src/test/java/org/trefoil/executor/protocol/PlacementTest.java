package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.Bits;
import org.trefoil.share.column.ColumnShape;
import org.trefoil.share.column.SharedColumn;
import org.trefoil.share.column.Sums;
import org.trefoil.share.column.Words;
import org.trefoil.share.random.Prg;

class PlacementTest {
  private static final List<ColumnShape> SHAPES =
      List.of(
          ColumnShape.BIT,
          ColumnShape.words(84),
          ColumnShape.sums(64),
          ColumnShape.words(20),
          ColumnShape.sums(128));

  /** Places as words, which are moved too, then a bit, words and sums. */
  private static Checks.Input rows(String name, int width, int rows) {
    return world -> {
      Prg data = world.data(name);
      long[] places =
          Arrays.stream(world.data("places").permutation(rows)).asLongStream().toArray();
      return List.of(
          world.words(width, places),
          world.bits(TestWorld.flags(data, rows)),
          world.words(84, TestWorld.numbers(data, 84, rows)),
          world.sums(64, TestWorld.numbers(data, 64, rows)),
          world.words(20, TestWorld.numbers(data, 20, rows)),
          world.sums(128, TestWorld.numbers(data, 128, rows)));
    };
  }

  private static List<SharedColumn> placed(Party party, Step at, List<SharedColumn> in) {
    return Placement.of(party, at, in.get(0), in.subList(1, in.size())).columns();
  }

  /** There, and back again. */
  private static List<SharedColumn> thereAndBack(Party party, Step at, List<SharedColumn> in) {
    Placement there = Placement.of(party, at.child("of"), in.get(0), in);
    List<SharedColumn> placed = there.columns();
    List<SharedColumn> all = new ArrayList<>(placed);
    all.addAll(there.back(party, at.child("back"), placed));
    return all;
  }

  @SuppressWarnings("unchecked")
  private static List<String> values(List<? extends SharedColumn> views) {
    if (views.get(0) instanceof Bits) {
      List<String> out = new ArrayList<>();
      for (boolean bit : TestWorld.openBits((List<Bits>) views)) {
        out.add("" + bit);
      }
      return out;
    }
    Object[] values =
        views.get(0) instanceof Words
            ? TestWorld.openWords((List<Words>) views)
            : TestWorld.openSums((List<Sums>) views);
    return Arrays.stream(values).map(Object::toString).toList();
  }

  @Property(tries = 20)
  void matchesPlaintext(
      @ForAll @IntRange(max = 300) int rows, @ForAll @IntRange(max = 2) int rotation) {
    TestWorld world = TestWorld.fresh();
    var in = rows("data", 9, rows).apply(world);
    var run =
        Checks.run(
            world,
            in,
            (p, step, mine) -> {
              for (int k = 0; k < rotation; k++) {
                Shuffle.columns(p, step.child("turn" + k), mine);
              }
              return thereAndBack(p, step.child("move"), mine);
            });
    int[] to = world.data("places").permutation(rows);
    for (int c = 0; c < in.size(); c++) {
      List<String> before = values(in.get(c));
      List<String> after = values(Checks.result(run, c, SharedColumn.class));
      for (int r = 0; r < rows; r++) {
        assertThat(after.get(to[r])).isEqualTo(before.get(r));
      }
      assertThat(values(Checks.result(run, in.size() + c, SharedColumn.class))).isEqualTo(before);
    }
  }

  @Test
  void matchesPlaintextOverManyPieces() {
    int rows = 150_000;
    TestWorld world = TestWorld.fresh();
    int[] to = world.data("places").permutation(rows);
    List<List<? extends SharedColumn>> in =
        List.of(world.words(18, Arrays.stream(to).asLongStream().toArray()));
    var run = Checks.run(world, in, PlacementTest::thereAndBack);
    long[][] there = TestWorld.arrays(Checks.result(run, 0, Words.class).get(0), false);
    var placed = TestWorld.openWords(Checks.result(run, 0, Words.class));
    var back = TestWorld.openWords(Checks.result(run, 1, Words.class));
    assertThat(there[0]).hasSize(rows);
    for (int r = 0; r < rows; r++) {
      assertThat(placed[r].intValueExact()).isEqualTo(r);
      assertThat(back[r].intValueExact()).isEqualTo(to[r]);
    }
  }

  @Test
  void movesOnlyTheRowsThatAreWanted() {
    int rows = 1000;
    TestWorld world = TestWorld.fresh();
    int[] to = world.data("places").permutation(rows);
    List<Sums> places = world.sums(Arrays.stream(to).asLongStream().toArray());
    var in = rows("data", 10, rows).apply(world);
    var run =
        Checks.run(
            world,
            in,
            (p, step, mine) ->
                Placement.of(p, step, places.get(p.id()), mine.subList(1, 6), 300, 450).columns());
    for (int c = 1; c < in.size(); c++) {
      List<String> before = values(in.get(c));
      List<String> after = values(Checks.result(run, c - 1, SharedColumn.class));
      assertThat(after).hasSize(150);
      for (int r = 0; r < rows; r++) {
        if (to[r] >= 300 && to[r] < 450) {
          assertThat(after.get(to[r] - 300)).isEqualTo(before.get(r));
        }
      }
    }
    assertThat(run.cost()).isEqualTo(Placement.cost(rows, 32, SHAPES, 150));
  }

  @Test
  void rowsThatColumnsLackAreZeros() {
    int rows = 20_000;
    int held = 9_000;
    TestWorld world = TestWorld.fresh();
    int[] to = world.data("places").permutation(rows);
    List<Words> places = world.words(15, Arrays.stream(to).asLongStream().toArray());
    var in = rows("data", 15, held).apply(world);
    var run =
        Checks.run(
            world, in, (p, step, mine) -> placed(p, step, withPlaces(places.get(p.id()), mine)));
    for (int c = 1; c < in.size(); c++) {
      List<String> before = values(in.get(c));
      List<String> after = values(Checks.result(run, c - 1, SharedColumn.class));
      String zero = in.get(c).get(0) instanceof Bits ? "false" : "0";
      for (int r = 0; r < rows; r++) {
        assertThat(after.get(to[r])).isEqualTo(r < held ? before.get(r) : zero);
      }
    }
    assertThat(run.cost()).isEqualTo(Placement.cost(rows, 15, SHAPES));
  }

  private static List<SharedColumn> withPlaces(Words places, List<SharedColumn> columns) {
    List<SharedColumn> all = new ArrayList<>(columns);
    all.set(0, places);
    return all;
  }

  @Test
  void messagesDependOnlyOnPublicSizes() {
    Checks.sameMessages(
        PlacementTest::thereAndBack, List.of(rows("one", 9, 300), rows("other", 9, 300)));
  }

  @Test
  void costsWhatItSays() {
    for (int rows : new int[] {1, 1000, 20_000}) {
      TestWorld world = TestWorld.fresh();
      var run = Checks.run(world, rows("data", 17, rows).apply(world), PlacementTest::placed);
      assertThat(run.cost()).isEqualTo(Placement.cost(rows, 17, SHAPES));
    }
    TestWorld world = TestWorld.fresh();
    var run = Checks.run(world, rows("data", 17, 500).apply(world), PlacementTest::thereAndBack);
    List<ColumnShape> moved = new ArrayList<>(SHAPES);
    moved.add(0, ColumnShape.words(17));
    Cost back = Placement.costOfBack(500, moved);
    assertThat(run.cost())
        .isEqualTo(
            Placement.cost(500, 17, moved)
                .then(new Cost(back.bytes2(), back.bytes1(), back.bytes0(), back.rounds())));
    assertThat(Placement.cost(1000, 20, List.of(ColumnShape.sums(64))))
        .isEqualTo(new Cost(12_000, 24_000, 12_000, 3));
  }

  @Test
  void resharesFreshly() {
    Checks.resharesFreshly(
        (p, step, in) -> placed(p, step, List.of(in.get(0), in.get(2), in.get(3))),
        rows("data", 10, 1000),
        "mask",
        "fresh");
    Checks.resharesFreshly(
        (p, step, in) -> thereAndBack(p, step, List.of(in.get(0), in.get(2), in.get(3))),
        rows("data", 10, 1000),
        "mask",
        "fresh");
  }

  @Test
  void masksEveryColumnAtItsFullWidth() {
    int rows = 1 << 16;
    for (SharedColumn column :
        List.of(Words.zero(64, rows), Sums.zero(64, rows), Sums.zero(128, rows))) {
      Checks.masksEveryBit(
          (p, step, mine) -> {
            Placement there = Placement.of(p, step.child("of"), Local.index(p, 16, rows), mine);
            return there.back(p, step.child("back"), there.columns());
          },
          List.of(column));
    }
  }

  @Test
  void opensAFreshOrderAndToTwoPartiesOnly() {
    Set<Object> opened = new HashSet<>();
    for (int seed = 0; seed < 5; seed++) {
      TestWorld world = TestWorld.seeded(seed);
      List<Words> places = world.words(2, 2, 0, 1, 3);
      var run =
          Checks.run(
              world,
              List.of(places, world.words(5, 1, 2, 3, 4)),
              (p, step, mine) -> placed(p, step, mine));
      assertThat(run.opened.get(0)).isEmpty();
      assertThat(run.opened.get(1)).hasSize(1).isEqualTo(run.opened.get(2));
      opened.add(run.opened.get(1));
    }
    assertThat(opened).hasSizeGreaterThan(2);
  }

  @Test
  void placesMustBeAPermutation() {
    TestWorld world = TestWorld.fresh();
    for (long[] bad : new long[][] {{0, 0, 1}, {0, 1, 3}, {-1, 0, 1}}) {
      List<Sums> places = world.sums(bad);
      assertThatThrownBy(
              () ->
                  world.run(
                      (p, step) ->
                          Placement.of(p, step, places.get(p.id()), List.of(places.get(p.id())))))
          .isInstanceOfSatisfying(
              TrefoilException.class,
              e -> assertThat(e.condition()).isEqualTo(Condition.EXECUTORS_DISAGREE));
    }
  }
}

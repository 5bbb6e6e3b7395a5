package org.trefoil.executor.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.trefoil.executor.transport.Step;
import org.trefoil.share.column.SharedColumn;

/** What every protocol's test asks, and proof that each question catches a planted fault. */
public final class Checks {
  private Checks() {}

  /** A protocol over one party's view of its input columns. */
  @FunctionalInterface
  public interface Protocol {
    List<? extends SharedColumn> run(Party party, Step step, List<SharedColumn> mine);
  }

  /** Input columns, each as the three parties' views. */
  public interface Input extends Function<TestWorld, List<List<? extends SharedColumn>>> {}

  public static TestWorld.Run<List<? extends SharedColumn>> run(
      TestWorld world, List<List<? extends SharedColumn>> columns, Protocol protocol) {
    return world.run(
        (party, step) -> {
          List<SharedColumn> mine = new ArrayList<>();
          columns.forEach(views -> mine.add(views.get(party.id())));
          return protocol.run(party, step, mine);
        });
  }

  /** The three parties' views of result {@code k}. */
  public static <C extends SharedColumn> List<C> result(
      TestWorld.Run<List<? extends SharedColumn>> run, int k, Class<C> type) {
    return run.results.stream().map(columns -> type.cast(columns.get(k))).toList();
  }

  /** Inputs that differ in everything secret: the same messages, the same opened values. */
  public static void sameMessages(Protocol protocol, List<Input> inputs) {
    TestWorld.Run<?> first = null;
    for (Input input : inputs) {
      TestWorld world = TestWorld.seeded(11);
      TestWorld.Run<?> run = run(world, input.apply(world), protocol);
      if (first == null) {
        first = run;
        assertThat(run.transcript).isNotEmpty();
      } else {
        assertThat(run.transcript).isEqualTo(first.transcript);
        assertThat(run.opened).isEqualTo(first.opened);
      }
    }
  }

  /**
   * With other keys, the same input shares give other messages and other output components, of
   * which at most one in twenty words agree; and zeros in place of the stream of any of {@code
   * purposes} would be noticed.
   */
  public static void resharesFreshly(Protocol protocol, Input input, String... purposes) {
    fresh(protocol, input, (party, peer, step, purpose, stream) -> stream);
    for (String planted : purposes) {
      TestWorld.StreamFault zeros =
          (party, peer, step, purpose, stream) ->
              purpose.equals(planted)
                  ? (into, from, count) -> Arrays.fill(into, from, from + count, 0)
                  : stream;
      assertThatThrownBy(() -> fresh(protocol, input, zeros))
          .as("zeros instead of the stream for " + planted)
          .isInstanceOf(AssertionError.class);
    }
  }

  /** Under the same permutations: a shuffle's other randomness alone must make it differ. */
  private static void fresh(Protocol protocol, Input input, TestWorld.StreamFault planted) {
    TestWorld.StreamFault fault =
        (party, peer, step, purpose, stream) ->
            purpose.equals("permutation")
                ? (into, from, count) -> Arrays.fill(into, from, from + count, 0x9E3779B97F4A7C15L)
                : planted.replace(party, peer, step, purpose, stream);
    List<List<? extends SharedColumn>> columns = input.apply(TestWorld.seeded(21));
    Map<String, List<long[]>> here = messages();
    Map<String, List<long[]>> there = messages();
    TestWorld.Run<List<? extends SharedColumn>> one =
        run(recording(TestWorld.seeded(22), here).with(fault), columns, protocol);
    TestWorld.Run<List<? extends SharedColumn>> other =
        run(recording(TestWorld.seeded(23), there).with(fault), columns, protocol);
    assertThat(here).isNotEmpty();
    assertThat(here.keySet()).isEqualTo(there.keySet());
    here.forEach((link, words) -> differ(link, join(words), join(there.get(link))));
    for (int p = 0; p < 3; p++) {
      for (int k = 0; k < one.results.get(p).size(); k++) {
        for (boolean second : new boolean[] {false, true}) {
          long[][] x = TestWorld.arrays(one.results.get(p).get(k), second);
          long[][] y = TestWorld.arrays(other.results.get(p).get(k), second);
          for (int limb = 0; limb < x.length; limb++) {
            differ("party " + p + ", column " + k, x[limb], y[limb]);
          }
        }
      }
    }
  }

  private static void differ(String where, long[] x, long[] y) {
    assertThat(x).hasSameSizeAs(y);
    int equal = 0;
    for (int i = 0; i < x.length; i++) {
      equal += x[i] == y[i] ? 1 : 0;
    }
    assertThat(equal)
        .as(where + ": words that two keys have in common")
        .isLessThan(1 + x.length / 20);
  }

  /** Every bit of every message between two parties takes both values when all shares are zero. */
  public static void masksEveryBit(Protocol protocol, List<? extends SharedColumn> zero) {
    everyBit(protocol, zero, (party, peer, step, purpose, stream) -> stream);
    // The low bits, because a borrow would fill high ones.
    TestWorld.StreamFault narrow =
        (party, peer, step, purpose, stream) ->
            purpose.equals("permutation")
                ? stream
                : (into, from, count) -> {
                  stream.next(into, from, count);
                  for (int i = from; i < from + count; i++) {
                    into[i] &= 0xFEFEFEFEFEFEFEFEL;
                  }
                };
    assertThatThrownBy(() -> everyBit(protocol, zero, narrow))
        .as("masks that leave bits out")
        .isInstanceOf(AssertionError.class);
  }

  private static void everyBit(
      Protocol protocol, List<? extends SharedColumn> zero, TestWorld.StreamFault fault) {
    Map<String, List<long[]>> messages = messages();
    List<List<? extends SharedColumn>> columns = new ArrayList<>();
    zero.forEach(column -> columns.add(List.of(column, column, column)));
    run(recording(TestWorld.seeded(31), messages).with(fault), columns, protocol);
    assertThat(messages).isNotEmpty();
    messages.forEach(
        (link, sent) -> {
          for (long[] words : sent) {
            long ones = 0;
            long zeros = 0;
            for (long word : words) {
              ones |= word;
              zeros |= ~word;
            }
            assertThat(ones & zeros).as(link + ": bits that take both values").isEqualTo(-1L);
          }
        });
  }

  private static Map<String, List<long[]>> messages() {
    return Collections.synchronizedMap(new TreeMap<>());
  }

  private static TestWorld recording(TestWorld world, Map<String, List<long[]>> messages) {
    return world.with(
        message -> {
          messages
              .computeIfAbsent(
                  message.from() + " to " + message.to(),
                  link -> Collections.synchronizedList(new ArrayList<>()))
              .add(message.words().clone());
          return message.words();
        });
  }

  private static long[] join(List<long[]> messages) {
    return messages.stream().flatMapToLong(Arrays::stream).toArray();
  }
}

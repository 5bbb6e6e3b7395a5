package org.trefoil.executor.governance;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.trefoil.api.approval.RecipientKey;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.error.Condition;
import org.trefoil.api.error.TrefoilException;
import org.trefoil.api.plan.Catalog;
import org.trefoil.arrow.cluster.Principal;
import org.trefoil.arrow.cluster.QueryId;

/**
 * What the mode of an executor asks for before a query begins and before anything of it is
 * revealed.
 */
public interface Gate extends AutoCloseable {
  /** Asks for nothing: policies are checked, approvals are not. */
  Gate DESIGN = new DesignGate();

  /** {@code design} or {@code authorized}. */
  String mode();

  /** What runs plans here, as approvals name it; empty where there are none. */
  String software();

  /** Returns if this mode may serve these tables; else nothing of them is registered. */
  default void requireServes(List<TableDescriptor> tables) {}

  /** An owner has registered these tables, which replace all that it had. */
  void registered(List<TableDescriptor> tables);

  /**
   * Lets a query begin.
   *
   * @param catalog the tables as the run will see them
   * @throws TrefoilException why not
   */
  Passage begin(QueryId query, byte[] plan, String analyst, Catalog catalog);

  /** Returns if what was made under this proposal may go on; that of mode design always may. */
  default void requireOpen(String proposal) {}

  /** Serves one governance call. */
  List<byte[]> govern(Principal caller, String deed, List<byte[]> arguments);

  @Override
  void close();

  /** Sends a message to both peers; returns everybody's, by party; all are as long. */
  interface Peers {
    byte[][] exchange(String name, byte[] mine);
  }

  /** How an answer is sealed. */
  record Sealing(RecipientKey recipient, byte[] context) {
    public byte[] seal(byte[] plain) {
      return recipient.seal(context, plain);
    }
  }

  /** One query on its way. */
  interface Passage {
    /** The id of the proposal under which it runs; empty if it needs none. */
    default String proposal() {
      return "";
    }

    /** How long a result that nobody gets may be kept. */
    default Instant until() {
      return Instant.now().plus(Duration.ofDays(1));
    }

    /** What has to be the same at all three executors, 32 bytes. */
    byte[] digest();

    /** Called once when the query becomes stopped for reasons of governance; at once if it is. */
    void whenStopped(java.util.function.Consumer<TrefoilException> stop);

    /** Exchanges the word of all three that they go on, before owners share. */
    void admit(Peers peers);

    /**
     * Checks everything again, exchanges the word of all three, and writes it down; nothing is
     * opened before this returns. The second time does nothing.
     */
    void reveal(Peers peers);

    /** Returns if the result may be handed out now. */
    void requireAllowed();

    /** To whom, and as what, the answer is sealed for a later request; absent: to nobody. */
    default Optional<Sealing> sealing() {
      return Optional.empty();
    }

    /** Keeps the sealed answer; only if {@link #sealing} is present, after the reveal. */
    default void keepSealed(byte[] sealed) {}

    /** The run is over; {@code cause} is null if the result was delivered. */
    void ended(TrefoilException cause);
  }

  /** Of the mode {@code design}. */
  final class DesignGate implements Gate, Passage {
    private DesignGate() {}

    @Override
    public String mode() {
      return "design";
    }

    @Override
    public String software() {
      return "";
    }

    @Override
    public void requireServes(List<TableDescriptor> tables) {
      for (TableDescriptor table : tables) {
        if (table.policy() != null && table.policy().approvalNeeded()) {
          throw new TrefoilException(
              Condition.NOT_APPROVED,
              "Cannot register table "
                  + table.name()
                  + ": its policy asks for approvals, and this executor runs in design mode, which"
                  + " has none. Run it in mode authorized, or use dummy data under another policy.");
        }
      }
    }

    @Override
    public void registered(List<TableDescriptor> tables) {}

    @Override
    public Passage begin(QueryId query, byte[] plan, String analyst, Catalog catalog) {
      return this;
    }

    @Override
    public List<byte[]> govern(Principal caller, String deed, List<byte[]> arguments) {
      throw new TrefoilException(
          Condition.INVALID_CONFIGURATION,
          "Cannot serve "
              + (deed.matches("[a-z]{1,20}") ? deed : "this call")
              + ": this executor runs in design mode, which asks for no approvals. Set mode:"
              + " authorized in its configuration.");
    }

    @Override
    public byte[] digest() {
      return new byte[32];
    }

    @Override
    public void whenStopped(java.util.function.Consumer<TrefoilException> stop) {}

    @Override
    public void admit(Peers peers) {}

    @Override
    public void reveal(Peers peers) {}

    @Override
    public void requireAllowed() {}

    @Override
    public void ended(TrefoilException cause) {}

    @Override
    public void close() {}
  }
}

package org.trefoil.executor.transport;

/** Sees every message of an in-memory run, as a network would, and may alter or drop it. */
@FunctionalInterface
public interface Interceptor {
  /** Lets every message pass. */
  Interceptor NONE = message -> message.words();

  /**
   * Called by the sender's thread.
   *
   * @return what arrives: the words, other words, or null to drop the message
   */
  long[] pass(Message message);

  /** A message on its way; {@code words} is the copy that will be delivered. */
  record Message(int from, int to, String step, long[] words) {
    @Override
    public String toString() {
      return "Message[" + from + " to " + to + ", " + step + ", " + words.length + " words]";
    }
  }
}

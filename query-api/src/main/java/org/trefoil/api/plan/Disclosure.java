package org.trefoil.api.plan;

import java.util.List;

/**
 * What a query reveals, to whom, and what leaks, in sentences: the same in EXPLAIN, on the approval
 * card and in the audit.
 */
public record Disclosure(
    List<String> reveals, List<String> recipients, List<String> leaks, List<String> model) {
  public Disclosure {
    reveals = List.copyOf(reveals);
    recipients = List.copyOf(recipients);
    leaks = List.copyOf(leaks);
    model = List.copyOf(model);
  }

  /** The statement for {@code plan}. */
  public static Disclosure of(Plan plan, Split split, Catalog catalog) {
    throw new UnsupportedOperationException("not yet");
  }
}

package org.trefoil.arrow.cluster;

/** A query that waits for fragments of an owner. {@code plan} is the Substrait bytes. */
public record OwnerTask(QueryId query, byte[] plan, String analyst) {}

package org.trefoil.api.plan;

/**
 * The part of a query that one owner runs in the clear over one of its tables before it shares.
 *
 * @param source the source that it belongs to
 * @param branch its position among the branches of the source
 * @param local projections and filters over one {@link Rel.Scan}
 */
public record Fragment(int source, int branch, String owner, String table, Rel local) {}

package org.trefoil.api.plan;

/**
 * Where a column of a remainder's relation is made: column {@code output} of a source, or, where
 * {@code node} is not below the number of sources, of a relation that makes columns of its own: an
 * aggregate, an outer join, a projection that computes.
 */
public record Origin(int node, int output) {}

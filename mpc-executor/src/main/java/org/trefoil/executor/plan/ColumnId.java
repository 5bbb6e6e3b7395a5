package org.trefoil.executor.plan;

/** Column {@code column} of a node, as {@code InputLayout.columns} counts them. */
record ColumnId(int node, int column) {}

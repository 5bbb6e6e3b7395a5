package org.trefoil.executor.plan;

/** Column {@code column} of a source, as {@code InputLayout.columns} counts them. */
record ColumnId(int source, int column) {}

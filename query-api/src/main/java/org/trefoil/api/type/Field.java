package org.trefoil.api.type;

/** A named column of a relation. */
public record Field(String name, DataType type, boolean nullable) {}

package org.trefoil.api.type;

import java.io.Serializable;

/** A named column of a relation. */
public record Field(String name, DataType type, boolean nullable) implements Serializable {}

package org.trefoil.api.plan;

import java.io.Serializable;
import java.math.BigInteger;

/** The least and the greatest unscaled value that an expression can have, both inclusive. */
public record Bounds(BigInteger least, BigInteger greatest) implements Serializable {}

package org.trefoil.api.descriptor;

import java.math.BigDecimal;

/** The declared least and greatest value of a column, both inclusive. */
public record Range(BigDecimal least, BigDecimal greatest) {}

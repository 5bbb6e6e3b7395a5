package org.trefoil.arrow.flight;

import org.trefoil.api.descriptor.TableDescriptor;

/** A table's descriptor as bytes, as the control messages write it. */
public final class DescriptorBytes {
  private DescriptorBytes() {}

  public static byte[] encode(TableDescriptor table) {
    return Wire.write(Wire.Table.of(table));
  }

  /** INTERNAL for bytes that {@link #encode} of this version would not write. */
  public static TableDescriptor decode(byte[] bytes) {
    return Wire.read("table", bytes, Wire.Table.class).descriptor();
  }
}

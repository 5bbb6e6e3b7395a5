package org.trefoil.api.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What an owner has sent for one run: shares only, how many bytes to whom.
 *
 * @param query the run, in hexadecimal
 * @param tables by name, how the columns are encoded that were shared; no value and no literal
 * @param bytes to executors 0, 1 and 2
 */
public record Receipt(
    String owner,
    String query,
    SortedMap<String, String> tables,
    List<Long> bytes,
    String cluster,
    Instant signed)
    implements Statement {
  public static final String KIND = "receipt";

  private static final Pattern QUERY = Pattern.compile("[0-9a-f]{32}");

  /** Names of forms and widths: a log that says no value takes no other words from anybody. */
  private static final Pattern COLUMNS = Pattern.compile("[A-Z0-9_:| ]{0,65535}");

  public Receipt {
    tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    bytes = List.copyOf(bytes);
  }

  /** Reads what {@link #encode} writes; MALFORMED_STATEMENT for anything else. */
  public static Receipt decode(byte[] encoded) {
    Fields in = CanonicalJson.read(KIND, encoded);
    Receipt receipt =
        new Receipt(
            in.text("owner", NAME),
            in.text("query", QUERY),
            tables(in),
            IntStream.range(0, 3)
                .mapToObj(party -> in.number("bytes-" + party, 0, 1L << 50))
                .toList(),
            in.text("cluster", NAME),
            in.time("signed"));
    in.end();
    return receipt;
  }

  private static SortedMap<String, String> tables(Fields in) {
    SortedMap<String, String> tables = in.map("tables");
    tables.forEach(
        (table, columns) -> {
          if (!NAME.matcher(table).matches() || !COLUMNS.matcher(columns).matches()) {
            throw in.invalid("tables", "it says something else than how columns are encoded");
          }
        });
    return tables;
  }

  @Override
  public byte[] encode() {
    ObjectNode out = CanonicalJson.object();
    out.put("owner", owner);
    out.put("query", query);
    ObjectNode map = out.putObject("tables");
    tables.forEach(map::put);
    for (int party = 0; party < bytes.size(); party++) {
      out.put("bytes-" + party, bytes.get(party));
    }
    out.put("cluster", cluster);
    out.put("signed", signed.toString());
    return CanonicalJson.encode(out);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public String signer() {
    return "owner:" + owner;
  }
}

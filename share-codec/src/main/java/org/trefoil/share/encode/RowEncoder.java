package org.trefoil.share.encode;

import java.util.ArrayList;
import java.util.List;
import org.trefoil.api.plan.Bounds;
import org.trefoil.api.plan.Form;
import org.trefoil.api.plan.InputColumn;
import org.trefoil.api.plan.Slot;
import org.trefoil.api.type.Field;
import org.trefoil.share.column.ClearColumn;
import org.trefoil.share.column.ColumnShape;

/**
 * Encodes the rows of one branch of a source, a chunk at a time, in the layout of the plan:
 *
 * <pre>{@code
 * encoder.begin(Chunks.first(chunk), Chunks.rows(padded, chunk));
 * for (int r = 0; r < rows; r++) encoder.put(r, row);   // null: a dummy
 * ShareBatch[] batches = Sharing.share(encoder.finish(), random);
 * }</pre>
 *
 * <p>A row holds one value per column of the source: null, or by type {@code Boolean}; any integer
 * class for integers, DATE (days) and TIMESTAMP (microseconds); for DECIMAL {@code BigDecimal}, or
 * {@code Long} or {@code BigInteger} for the <em>unscaled</em> value; {@code byte[]} (UTF-8) or
 * {@code String}; {@code Double}. After them comes one {@code Long} for each of {@link #ranks}.
 *
 * <p>A value outside its type, bounds or length is {@code VALUE_OUT_OF_RANGE} or {@code
 * VALUE_TOO_LONG}, a NULL where none may be {@code NULL_VALUE}; each names the column. Not
 * thread-safe; meant to be made inside the task that uses it.
 */
public final class RowEncoder {
  private final List<InputColumn> columns;
  private final List<InputColumn> ranks = new ArrayList<>();
  private final List<PlaceEncoder> places = new ArrayList<>();
  private final ColumnEncoder[] encoders;
  private KeyedHash bins;
  private final byte[] hashKey;
  private ClearColumn[] chunk;
  private long first;
  private int rows;
  private int done;

  /**
   * @param fields of the source
   * @param bounds of the unscaled values by field; null for strings and where the type alone binds
   * @param columns as the layout lists them, without the valid bit
   * @param branch of the source
   * @param firstRow padded rows of the branches before it
   * @param hashKey the executors' joint key of the run; may be null if nothing is hashed
   */
  public RowEncoder(
      List<Field> fields,
      List<Bounds> bounds,
      List<InputColumn> columns,
      int branch,
      long firstRow,
      byte[] hashKey) {
    this.columns = List.copyOf(columns);
    encoders = new ColumnEncoder[columns.size() + 1];
    encoders[0] = FlagEncoder.constant(true);
    this.hashKey = hashKey;
    Factory factory = new Factory(fields, bounds, branch, firstRow, hashKey);
    for (int c = 0; c < columns.size(); c++) {
      encoders[c + 1] = factory.encoder(columns.get(c));
    }
  }

  /**
   * The RANK and ENTITY columns in layout order. The caller ranks, and appends their numbers to
   * each row: for RANK from 0, for ENTITY from 1, and 0 for no entity.
   */
  public List<InputColumn> ranks() {
    return List.copyOf(ranks);
  }

  /** The shapes of the columns of a chunk: the valid bit, then the layout's. */
  public List<ColumnShape> shapes() {
    List<ColumnShape> shapes = new ArrayList<>();
    for (ColumnEncoder encoder : encoders) {
      shapes.add(encoder.shape());
    }
    return shapes;
  }

  /**
   * Begins a chunk.
   *
   * @param first the position in the padded branch of its first row
   */
  public void begin(long first, int rows) {
    this.first = first;
    this.rows = rows;
    done = 0;
    chunk = new ClearColumn[encoders.length];
    for (int c = 0; c < chunk.length; c++) {
      chunk[c] = ClearColumn.zero(encoders[c].shape(), rows);
    }
  }

  /**
   * Encodes row {@code r} of the chunk; every row is put once.
   *
   * @param row the values and ranks, or null for a dummy
   */
  public void put(int r, Object[] row) {
    for (int c = 0; c < encoders.length; c++) {
      if (row == null) {
        encoders[c].dummy(chunk[c], r, first + r);
      } else {
        encoders[c].put(chunk[c], r, row, first + r);
      }
    }
    done++;
  }

  /** The encoded chunk, ready to be shared. */
  public List<ClearColumn> finish() {
    if (done != rows) {
      throw new IllegalStateException(done + " of " + rows + " rows of a chunk were encoded");
    }
    List<ClearColumn> finished = List.of(chunk);
    chunk = null;
    return finished;
  }

  /**
   * The encoded key or rank of a real row, as bytes whose unsigned order is that of the keys: what
   * rows are sorted by where the layout asks for it, and equal for two rows exactly if their keys
   * are.
   *
   * @param column position in the layout of a KEY or RANK column
   */
  public byte[] key(int column, Object[] row) {
    if (columns.get(column).form() == Form.RANK
        && encoders[column + 1] instanceof NumberedEncoder rank) {
      return rank.bytes(row);
    }
    if (!(encoders[column + 1] instanceof KeyEncoder key)) {
      throw new IllegalArgumentException(columns.get(column).form() + " is not a key");
    }
    return key.bytes(row);
  }

  /**
   * The three different bins of a real row's key in a table of {@code bins} bins, which follow from
   * the executors' joint key of the run, put into {@code out[at ..]}.
   *
   * @param column position in the layout of a KEY column
   */
  public void bins(int column, Object[] row, int bins, int[] out, int at) {
    if (this.bins == null) {
      this.bins = new KeyedHash(hashKey, "trefoil bins 1");
    }
    this.bins.start();
    this.bins.add(key(column, row));
    long[] hash = new long[3];
    this.bins.finish(hash, 192);
    int first = (int) Math.multiplyHigh(hash[0] >>> 1, 2L * bins);
    int second = (int) Math.multiplyHigh(hash[1] >>> 1, 2L * (bins - 1));
    int third = (int) Math.multiplyHigh(hash[2] >>> 1, 2L * (bins - 2));
    second += second >= first ? 1 : 0;
    int low = Math.min(first, second);
    int high = Math.max(first, second);
    third += third >= low ? 1 : 0;
    third += third >= high ? 1 : 0;
    out[at] = first;
    out[at + 1] = second;
    out[at + 2] = third;
  }

  /**
   * What the PLACE columns hold, in layout order.
   *
   * @param values one array per column
   * @param first the position in the padded branch of their first value
   */
  public void places(int[][] values, long first) {
    for (int c = 0; c < values.length; c++) {
      places.get(c).values(values[c], first);
    }
  }

  @Override
  public String toString() {
    return "RowEncoder[" + columns.size() + " columns]";
  }

  /** Makes the encoder of each column. */
  private final class Factory {
    private final List<Field> fields;
    private final List<Bounds> bounds;
    private final int branch;
    private final long firstRow;
    private final byte[] hashKey;
    private final Cells cells;

    Factory(List<Field> fields, List<Bounds> bounds, int branch, long firstRow, byte[] hashKey) {
      this.fields = fields;
      this.bounds = bounds;
      this.branch = branch;
      this.firstRow = firstRow;
      this.hashKey = hashKey;
      this.cells = new Cells(fields);
    }

    ColumnEncoder encoder(InputColumn column) {
      List<Integer> outputs = column.outputs();
      int width = column.width();
      return switch (column.form()) {
        case VALID -> FlagEncoder.valid(cells, outputs);
        case BIT -> FlagEncoder.bit(cells, outputs.get(0), number(outputs.get(0)));
        case ARITHMETIC ->
            new ArithmeticEncoder(cells, outputs.get(0), number(outputs.get(0)), width);
        case ORDERED -> new OrderedEncoder(cells, outputs, slots(column), width);
        case KEY -> new KeyEncoder(cells, outputs, slots(column), width, firstRow, hashKey);
        case HASHED -> hash(outputs, width);
        case ROW_ID -> NumberedEncoder.position(width);
        case RANK, ENTITY -> {
          ranks.add(column);
          yield NumberedEncoder.rank(fields.size() + ranks.size() - 1, width);
        }
        case BRANCH -> FlagEncoder.constant(outputs.get(0) == branch);
        case PLACE -> {
          PlaceEncoder place = new PlaceEncoder(width);
          places.add(place);
          yield place;
        }
      };
    }

    private NumberReader number(int output) {
      return new NumberReader(fields.get(output), bounds.get(output));
    }

    private List<SlotWriter> slots(InputColumn column) {
      List<SlotWriter> writers = new ArrayList<>();
      for (int i = 0; i < column.outputs().size(); i++) {
        int output = column.outputs().get(i);
        Slot slot = column.slots().get(i);
        writers.add(SlotWriter.of(fields.get(output), slot, bounds.get(output)));
      }
      return writers;
    }

    private HashEncoder hash(List<Integer> outputs, int width) {
      NumberReader[] numbers = new NumberReader[outputs.size()];
      StringReader[] strings = new StringReader[outputs.size()];
      for (int i = 0; i < numbers.length; i++) {
        Field field = fields.get(outputs.get(i));
        if (field.type().isBytes()) {
          strings[i] = new StringReader(field);
        } else {
          numbers[i] = number(outputs.get(i));
        }
      }
      return new HashEncoder(cells, outputs, numbers, strings, width, hashKey);
    }
  }
}

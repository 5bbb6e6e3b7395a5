package org.trefoil.api.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trefoil.api.descriptor.DescriptorDigest;
import org.trefoil.api.descriptor.TableDescriptor;
import org.trefoil.api.owners.OwnedTable;
import org.trefoil.api.owners.OwnersFile;
import org.trefoil.api.type.DataType;

class ContributedTest {
  private static final String OWNERS =
      """
      owners:
        exchange:
          tables:
            sightings:
              schema: "indicator VARCHAR(40) NOT NULL, code INT NOT NULL"
              policy:
                min-group-size: 3
                contributors: {most: 10, rows: 4, within-seconds: 60}
                default: {use: [group, filter, aggregate, rank, join]}
      """;

  @TempDir private Path folder;
  private TableDescriptor table;
  private Rel scan;

  @BeforeEach
  void read() throws IOException {
    OwnedTable read = read(OWNERS).tables().get(0);
    table = read.descriptor(read.declared().orElseThrow(), 40);
    scan = new Rel.Scan("exchange", "sightings", table.fields());
  }

  private OwnersFile read(String text) throws IOException {
    return OwnersFile.read(Files.writeString(folder.resolve("OWNERS.yaml"), text));
  }

  private Split split(Rel input, int group) {
    Expr key = column(group);
    Rel counted =
        new Rel.Aggregate(
            input,
            List.of(key),
            List.of(new AggregateCall(AggregateCall.Kind.COUNT, Optional.empty(), DataType.BIGINT)),
            List.of("key", "rows"));
    return Fragments.split(new Plan(counted, true, "UTC"), Catalog.of(List.of(table)));
  }

  private Expr column(int index) {
    return new Expr.FieldRef(index, table.fields().get(index).type(), false);
  }

  @Test
  void contributorsAreCountedAndNobodyRanksTheirRows() {
    Split split = split(scan, 0);
    InputLayout layout = InputLayout.of(split, Catalog.of(List.of(table)), List.of(List.of(40L)));
    List<Form> forms = layout.columns(0).stream().map(InputColumn::form).toList();
    assertThat(forms).contains(Form.HASHED, Form.ENTITY).doesNotContain(Form.RANK, Form.ROW_ID);
    Contributed contributed =
        Contributed.of(split.sources().get(0), Catalog.of(List.of(table))).orElseThrow();
    assertThat(contributed.rule().capacity()).isEqualTo(40);
    assertThat(contributed.columns()).containsExactly(0);
  }

  @Test
  void whatContributorsCannotPrepareIsRefused() {
    Rel filtered =
        new Rel.Filter(
            scan,
            new Expr.Call(
                Function.GREATER_OR_EQUAL,
                List.of(column(1), new Expr.Literal(DataType.INT, 18L)),
                DataType.BOOLEAN,
                false));
    assertThatThrownBy(() -> split(filtered, 0))
        .hasMessageContaining("TREFOIL_UNSUPPORTED_OPERATION")
        .hasMessageContaining("exchange.sightings")
        .hasMessageContaining("share columns as they are");
  }

  @Test
  void theRuleIsPartOfWhatIsSigned() throws IOException {
    OwnedTable more = read(OWNERS.replace("rows: 4", "rows: 5")).tables().get(0);
    assertThat(DescriptorDigest.of(more.descriptor(more.declared().orElseThrow(), 40)))
        .isNotEqualTo(DescriptorDigest.of(table));
    assertThatThrownBy(() -> read(OWNERS.replace("schema:", "keys: [[code]]\n        schema:")))
        .hasMessageContaining("the table's rows are contributed");
    assertThatThrownBy(() -> read(OWNERS.replace(", within-seconds: 60", "")))
        .hasMessageContaining("within-seconds");
  }
}

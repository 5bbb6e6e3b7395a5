"""Two owners' files and those of the first notebook, with executors embedded."""
import os
from pathlib import Path

import pytest

OWNERS = """
owners:
  clinic:
    tables:
      visits:
        source: {format: csv, path: visits.csv, options: {header: "true"}}
        schema: "patient BIGINT NOT NULL, cost DECIMAL(8,2)"
        policy:
          min-group-size: 2
          columns:
            patient: {use: [join]}
            cost: {use: [aggregate]}
  registry:
    tables:
      people:
        source: {format: csv, path: people.csv, options: {header: "true"}}
        schema: "id BIGINT NOT NULL, region VARCHAR(10) NOT NULL"
        keys: [[id]]
        policy:
          min-group-size: 2
          columns:
            id: {use: [join]}
            region: {use: [group]}
"""


@pytest.fixture(scope="session")
def owners(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("owners")
    first = Path(os.environ["TREFOIL_HOME"]).resolve() / "notebooks" / "first-look"
    more = (first / "OWNERS.yaml").read_text().partition("owners:\n")[2].replace("path: ", f"path: {first}/")
    (folder / "OWNERS.yaml").write_text(OWNERS + more)
    (folder / "visits.csv").write_text("patient,cost\n1,10.00\n1,20.00\n2,5.50\n3,7.00\n4,1.00\n9,99.00\n")
    (folder / "people.csv").write_text("id,region\n1,north\n2,north\n3,south\n4,south\n5,south\n6,west\n")
    return folder / "OWNERS.yaml"


@pytest.fixture(scope="session")
def configuration(basics, owners) -> dict:
    return {
        **basics,
        "spark.sql.catalog.trefoil": "org.trefoil.spark.TrefoilCatalog",
        "spark.sql.catalog.trefoil.executors": "embedded",
        "spark.sql.catalog.trefoil.owners": str(owners),
    }

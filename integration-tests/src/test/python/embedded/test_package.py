"""The Python package: it shows what Trefoil says, and says nothing of its own."""
from pathlib import Path

import pytest
import trefoil
from trefoil import _errors
from trefoil_cases import EXPECTED, QUERY


@pytest.fixture(scope="module")
def spark(owners, basics):
    session = trefoil.session(owners=owners, jar=basics["spark.jars"])
    yield session
    session.stop()


def test_explains_in_parts_that_people_can_read(spark):
    explanation = trefoil.explain(QUERY)
    assert "Column cost: SUM(clinic.visits.cost)." in explanation.entries["Reveals"]
    assert explanation.entries["Mode"] == ["design, embedded executors"]
    assert explanation.entries["Tables"] == ["clinic.visits", "registry.people"]
    assert "Column cost: SUM(clinic.visits.cost)." in explanation._repr_html_()
    assert trefoil.explain(spark.range(3)).entries == {}


def test_tells_what_each_party_saw(spark, capfd):
    with trefoil.progress():
        seen = trefoil.seen(QUERY)
    assert seen.rows == EXPECTED
    assert seen.toPandas().region.tolist() == ["north", "south"]
    assert [executor["rows"] for executor in seen.executors] == [12, 12, 12]
    told = dict(seen.parties)
    assert "the number of rows of clinic.visits." in told["owner registry"]
    assert not any("result" in line and "no result" not in line for line in told["owner clinic"])
    assert "share clinic.visits" in capfd.readouterr().err
    figures = trefoil.last_run()
    assert figures["rows revealed"] == "2"
    assert figures["rows of shares received by each executor"] == "12"


def test_shares_add_up_and_two_splits_have_nothing_in_common(spark):
    values = [0, 1, -5, 2**62]
    first, second = trefoil.shares(values), trefoil.shares(values)
    for split in (first, second):
        sums = [sum(components) % 2**64 for components in zip(*split)]
        assert sums == [value % 2**64 for value in values]
    for party in range(3):
        assert not set(first[party]) & set(second[party])


def test_shows_refusals_by_condition(spark):
    with pytest.raises(Exception, match="TREFOIL_ROW_LEVEL_ACCESS") as caught:
        spark.table("trefoil.registry.people").collect()
    assert _errors.is_trefoil(caught.value)
    page = _errors.html(caught.value)
    assert page.startswith("<div class=\"trefoil-card\"") and "Refused" in page and "TREFOIL_ROW_LEVEL_ACCESS" in page and "Cannot return" in page
    with pytest.raises(Exception) as other:
        spark.sql("SELECT nonsense FROM nowhere")
    assert not _errors.is_trefoil(other.value)


def test_another_session_has_its_own_owners(spark, owners, tmp_path):
    (tmp_path / "OWNERS.yaml").write_text(owners.read_text().replace("min-group-size: 2", "min-group-size: 3"))
    for name in ("visits.csv", "people.csv"):
        (tmp_path / name).write_text((owners.parent / name).read_text())
    strict = trefoil.session(owners=tmp_path / "OWNERS.yaml", analyst="hq")
    assert "A row only if at least 3 distinct rows of registry.people contribute to it." in \
        trefoil.explain(QUERY, strict).entries["Reveals"]


@pytest.mark.parametrize("arguments, words", [
    ({}, "either owners"), ({"owners": "a", "properties": "b"}, "either owners"), ({"owners": "nowhere.yaml"}, "no such file"),
    ({"properties": "a", "analyst": "me"}, "certificate"),
])
def test_says_what_is_wrong_with_arguments(arguments, words):
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        trefoil.session(**arguments)


def test_reads_properties_as_spark_does(tmp_path):
    from trefoil._session import _running
    (tmp_path / "analyst.properties").write_text(
        "# made by hand\nspark.sql.catalog.trefoil.executors=127.0.0.1\\:7710,127.0.0.1\\:7711,127.0.0.1\\:7712\n"
        "spark.sql.catalog.trefoil.identity = identities/analyst\n\nspark.ui.enabled:true\n")
    settings = _running(tmp_path / "analyst.properties", None)
    assert settings["spark.sql.catalog.trefoil.executors"] == "127.0.0.1:7710,127.0.0.1:7711,127.0.0.1:7712"
    assert Path(settings["spark.sql.catalog.trefoil.identity"]) == tmp_path / "identities" / "analyst"
    assert settings["spark.ui.enabled"] == "true"

"""What a query would reveal: Spark's EXPLAIN, read and laid out. Nothing runs."""
import contextlib
import io
import re

from pyspark.sql import DataFrame, SparkSession

from trefoil import _html, _notebook

HEADINGS = ["Reveals", "Recipients", "Leaks", "Model", "Mode", "Tables", "PushedJoin", "PushedGroupBy", "PushedAggregates", "Estimate"]
SENTENCES = ("Reveals", "Recipients", "Leaks", "Model")


class Explanation:
    """``entries``: heading to its lines, for each part of the query that runs on shares; ``text``: Spark's own words."""

    def __init__(self, text: str):
        self.text = text
        self.parts = [_entries(part) for part in re.split(r"\n(?=\(\d+\) )", text) if re.search(r"^Reveals: ", part, re.M)]

    @property
    def entries(self) -> "dict[str, list[str]]":
        """Of the only part, as nearly all queries have; ``parts`` has all."""
        merged: "dict[str, list[str]]" = {}
        for part in self.parts:
            for name, lines in part.items():
                merged.setdefault(name, []).extend(line for line in lines if line not in merged.get(name, []))
        return merged

    def __str__(self) -> str:
        return "\n".join(f"{name}:\n" + "\n".join(f"  {line}" for line in lines) for name, lines in self.entries.items())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if not self.parts:
            return _html.box("note", "This query reads no table of Trefoil", "")
        cards = []
        for part in self.parts:
            title = "What this query reveals (nothing has run)"
            cards.append(_html.box("plain", title, _html.definitions([(n, part[n]) for n in HEADINGS if n in part])))
        return "".join(cards)


def explain(query: "str | DataFrame", spark: "SparkSession | None" = None) -> Explanation:
    """What ``query``, SQL or a DataFrame, would reveal, to whom, and what would leak. Policies are checked; nothing runs."""
    frame = query if not isinstance(query, str) else (spark or active()).sql(query)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        frame.explain("formatted")
    return Explanation(out.getvalue())


def active() -> SparkSession:
    """The session that trefoil.session opened last, else Spark's active one."""
    opened = _notebook.opened()
    spark = opened if opened is not None else SparkSession.getActiveSession()
    if spark is None:
        raise RuntimeError('Cannot find a Spark session: call trefoil.session(owners="OWNERS.yaml") first.')
    return spark


def _entries(part: str) -> "dict[str, list[str]]":
    found = dict(re.findall(r"^(\w+): (.*)$", part, re.M))
    entries = {}
    for name in HEADINGS:
        if name in found:
            value = found[name].strip()
            inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
            entries[name] = re.split(r"(?<=\.); " if name in SENTENCES else r"; ", inner)
    return entries

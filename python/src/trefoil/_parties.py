"""What each party saw of a query: measured at the executors, and in the words of the disclosure statement."""
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from trefoil import _html
from trefoil._explain import Explanation, active, explain
from trefoil._session import CATALOG

AUDIENCES = {"executor": ("executors",), "owner": ("owners",), "analyst": ("analyst", "analysts")}


class Seen:
    """``columns`` and ``rows``: the revealed result; ``executors``: what each received; ``parties``: who saw what, as lines."""

    def __init__(self, columns: "list[str]", rows: "list[tuple]", explanation: Explanation, executors: "list[dict[str, int]]"):
        self.columns, self.rows, self.executors = columns, rows, executors
        entries = explanation.entries
        self.parties: "list[tuple[str, list[str]]]" = []
        for owner in dict.fromkeys(table.split(".")[0] for table in entries.get("Tables", [])):
            own = [table for table in entries["Tables"] if table.startswith(owner + ".")]
            self.parties.append((f"owner {owner}", [f"its own rows of {', '.join(own)}, and no result", *_told(entries, "owner")]))
        self.parties.append(("the executors", [
            *(f"executor {party}: {received['rows']:,} rows of random shares, {received['bytes']:,} bytes; no value, and not the result"
              for party, received in enumerate(executors)), *_told(entries, "executor")]))
        self.parties.append(("the analyst", [f"the result, {len(rows):,} rows: " + ", ".join(columns), *_told(entries, "analyst")]))

    def toPandas(self):
        """The revealed rows."""
        import pandas
        return pandas.DataFrame(self.rows, columns=self.columns)

    def __str__(self) -> str:
        return "\n".join(f"{who}:\n" + "\n".join(f"  {line}" for line in lines) for who, lines in self.parties)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return _html.box("plain", "What each party saw", _html.definitions(self.parties))


def seen(query: "str | DataFrame", spark: "SparkSession | None" = None) -> Seen:
    """Runs ``query``, once, and tells what each party saw of it."""
    spark = spark or active()
    frame = query if not isinstance(query, str) else spark.sql(query)
    explanation = explain(frame)
    connections = _connections(spark)
    before = [_received(connection) for connection in connections]
    rows = [tuple(row) for row in frame.collect()]
    after = [_received(connection) for connection in connections]
    executors = [{key: b[key] - a[key] for key in a} for a, b in zip(before, after)]
    return Seen(frame.columns, rows, explanation, executors)


def shares(values: "list[int]", spark: "SparkSession | None" = None) -> "list[list[int]]":
    """Splits whole numbers as an owner's task does and returns, for executors 0, 1 and 2, one of the two components that it
    would hold of each: random numbers of 64 bits. All three components of a value add up to it, modulo 2^64."""
    jvm = (spark or active())._jvm
    owner, column = jvm.org.trefoil.share.owner, jvm.org.trefoil.share.column
    clear = column.ClearColumn.zero(column.ColumnShape.sums(64), len(values))
    packed = b"".join(value.to_bytes(8, "big", signed=True) for value in values)
    jvm.java.nio.ByteBuffer.wrap(packed).asLongBuffer().get(clear.limbs()[0])
    columns = jvm.java.util.ArrayList()
    columns.add(clear)
    batches = owner.Sharing.share(columns, jvm.java.security.SecureRandom())
    result = []
    for party in range(3):
        words = owner.ShareBatches.expand(batches[party]).get(0).first()[0]
        buffer = jvm.java.nio.ByteBuffer.allocate(8 * len(values))
        buffer.asLongBuffer().put(words)
        packed = bytes(buffer.array())
        result.append([int.from_bytes(packed[i:i + 8], "big", signed=True) for i in range(0, len(packed), 8)])
    return result


def _told(entries: "dict[str, list[str]]", role: str) -> "list[str]":
    """What the disclosure statement says leaks to this role, without the address."""
    told = []
    for line in entries.get("Leaks", []):
        address, found, rest = line.partition(": ")
        if found and address.startswith("To ") and any(word in address.replace(",", " ").split() for word in AUDIENCES[role]):
            told.append(rest)
    return told


def _connections(spark: SparkSession) -> list:
    jvm, executors = spark._jvm, spark.conf.get(f"{CATALOG}.executors")
    if executors == "embedded":
        return list(jvm.org.trefoil.executor.server.EmbeddedExecutors().connect("seen"))
    identity = jvm.org.trefoil.arrow.tls.Identity.load(jvm.java.nio.file.Path.of(str(Path(spark.conf.get(f"{CATALOG}.identity"))), []))
    connections = []
    for party, address in enumerate(executors.split(",")):
        host, _, port = address.strip().rpartition(":")
        connections.append(jvm.org.trefoil.arrow.flight.FlightConnection.open(party, host, int(port), identity))
    return connections


def _received(connection) -> "dict[str, int]":
    health = connection.health()
    return {"rows": int(health["rows-received"]), "bytes": int(health["bytes-received"])}

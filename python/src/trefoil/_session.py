"""A Spark session with the catalog ``trefoil``."""
import os
import re
from pathlib import Path

from pyspark.sql import SparkSession

from trefoil import _notebook
from trefoil._jar import runtime_jar

CATALOG = "spark.sql.catalog.trefoil"
PATHS = ("identity", "owners", "roster", "signing-key")
# What suits one JVM on one machine.
LOCAL = {
    "spark.master": "local[2]",
    "spark.app.name": "trefoil",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "2g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def session(owners: "str | os.PathLike | None" = None, *, properties: "str | os.PathLike | None" = None,
            jar: "str | os.PathLike | None" = None, analyst: "str | None" = None,
            config: "dict[str, object] | None" = None) -> SparkSession:
    """Opens Spark with the catalog ``trefoil``, and in a notebook switches on progress, %%trefoil and readable errors.

    owners      an OWNERS.yaml: the three executors then run inside this Spark. For dummy data and for learning: whoever
                holds the JVM holds all shares.
    properties  instead of it: an analyst's file of Spark properties, such as ``bin/trefoil local start`` writes; the
                executors run elsewhere.
    jar         the runtime jar; else $TREFOIL_JAR, else what ``bin/trefoil jar`` prints.
    analyst     who asks, with embedded executors; elsewhere the certificate tells it.
    config      further Spark configuration; it comes first.

    A second call in one Python gives a new session of the same Spark, with a catalog of its own.
    """
    if (owners is None) == (properties is None):
        raise ValueError("Cannot open a session: name either owners=OWNERS.yaml, or properties=FILE of running executors.")
    catalog = _embedded(Path(owners), analyst) if owners is not None else _running(Path(properties), analyst)
    own = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in (config or {}).items()}
    running = SparkSession.getActiveSession()
    if running is not None:
        spark = _another(running, {**catalog, **own})
    else:
        settings = {**LOCAL, "spark.jars": runtime_jar(jar), **catalog, **own}
        log = Path(__file__).with_name("log4j2.properties")
        settings["spark.driver.extraJavaOptions"] = \
            f'-Dlog4j2.configurationFile="{log}" {settings.get("spark.driver.extraJavaOptions", "")}'.strip()
        builder = SparkSession.builder
        for key, value in settings.items():
            builder = builder.config(key, value)
        with _notebook.terminal():
            spark = builder.getOrCreate()
    _notebook.install(spark)
    return spark


def _another(running: SparkSession, settings: "dict[str, str]") -> SparkSession:
    """Catalogs are loaded once per session; jars and memory belong to the application."""
    if not running.conf.get(CATALOG, ""):
        raise RuntimeError("Cannot add Trefoil to the Spark that runs in this Python: it was started without the runtime jar."
                           " Stop it, or restart the kernel, and call trefoil.session first.")
    spark = running.newSession()
    for key, value in settings.items():
        # The configuration of the Spark that runs was copied; keys of the other kind of executors must not stay.
        spark.conf.set(key, value)
    for key in [f"{CATALOG}.{name}" for name in ("executors", "identity", "owners", "analyst", "mode", "roster", "signing-key")]:
        if key not in settings:
            spark.conf.set(key, "")
    spark._jvm.org.apache.spark.sql.classic.SparkSession.setActiveSession(spark._jsparkSession)
    SparkSession._instantiatedSession = spark
    return spark


def _embedded(owners: Path, analyst: "str | None") -> "dict[str, str]":
    path = owners.expanduser().resolve()
    if not path.is_file():
        raise FileNotFoundError(f"Cannot read {path}: there is no such file. Name an OWNERS.yaml that says who owns what.")
    settings = {CATALOG: "org.trefoil.spark.TrefoilCatalog", f"{CATALOG}.executors": "embedded", f"{CATALOG}.owners": str(path)}
    return {**settings, f"{CATALOG}.analyst": analyst} if analyst else settings


def _running(file: Path, analyst: "str | None") -> "dict[str, str]":
    if analyst:
        raise ValueError("Cannot choose the analyst: with running executors the certificate says who asks.")
    path = file.expanduser().resolve()
    settings = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = re.match(r"\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*)$", line)
        if entry:
            settings[entry[1]] = re.sub(r"\\(.)", r"\1", entry[2].strip())
    for name in PATHS:
        key = f"{CATALOG}.{name}"
        if settings.get(key):
            settings[key] = str((path.parent / settings[key]).resolve())
    return settings

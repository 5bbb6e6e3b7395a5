"""What a long query is at: from the jobs of Spark that it runs, and the metrics that it leaves."""
import contextlib
import contextvars
import sys
import threading
import time
from html import escape

from pyspark.sql import SparkSession

from trefoil import _html
from trefoil._explain import active

INTERVAL = 0.3
RECENT_JOBS = 20
RECENT_EXECUTIONS = 100
PHASES = [("count", "count rows"), ("share", "share rows"), ("executors", "compute on shares")]


def last_run(spark: "SparkSession | None" = None) -> "dict[str, str]":
    """Figures of the last query that revealed something, by what Spark's UI calls them; empty if none has run."""
    jvm, store = (spark or active())._jvm, (spark or active())._jsparkSession.sharedState().statusStore()
    names = [counter.description() for counter in jvm.org.trefoil.spark.result.Counter.values()]
    count = store.executionsCount()
    recent = store.executionsList(max(0, count - RECENT_EXECUTIONS), RECENT_EXECUTIONS)
    for position in reversed(range(recent.size())):
        execution = recent.apply(position)
        if "BatchScan trefoil" not in execution.physicalPlanDescription():
            continue
        values = store.executionMetrics(execution.executionId())
        metrics = execution.metrics()
        figures = {}
        for i in range(metrics.size()):
            metric = metrics.apply(i)
            value = values.get(metric.accumulatorId())
            if metric.name() in names and value.isDefined():
                figures[metric.name()] = value.get()
        if figures:
            return {name: figures[name] for name in names if name in figures}
    return {}


class _Jobs:
    """The jobs that queries start from now on, each told once even if it was over before anybody asked."""

    def __init__(self, spark: SparkSession):
        self._store = spark.sparkContext._jsc.sc().statusStore()
        self._told = max((job.jobId() for job in self._newest()), default=-1)

    def _newest(self) -> list:
        jobs = self._store.jobsList(None)
        return [jobs.apply(i) for i in range(min(RECENT_JOBS, jobs.size()))]

    def steps(self) -> "list[tuple[str, int, int]]":
        """What the newest running job and every job not yet told is at, its done and all tasks; the newest last."""
        newest, steps, running = self._newest(), [], False
        for job in newest:
            description = job.description()
            if not description.isDefined() or not description.get().startswith("query "):
                continue
            runs = job.status().toString() == "RUNNING"
            if job.jobId() > self._told or (runs and not running):
                steps.append((description.get().partition(": ")[2], job.numCompletedTasks(), job.numTasks()))
            running = running or runs
        self._told = max([self._told] + [job.jobId() for job in newest])
        return steps[::-1]


class _Watcher:
    """Asks Spark now and then until it is told to stop, and shows what has changed."""

    def __init__(self, spark: SparkSession, show):
        self._jobs, self._show = _Jobs(spark), show
        self._stop = threading.Event()
        self._began = time.monotonic()
        self.shown = False
        # Outputs of a thread go to the cell of the thread that started it.
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._watch,), name="trefoil-progress", daemon=True)

    def start(self) -> "_Watcher":
        self._thread.start()
        return self

    def _watch(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stop.wait(INTERVAL)
            try:
                steps = self._jobs.steps()
            except Exception:
                return  # Spark has stopped: there is no more progress to show.
            for step in steps:
                self.shown = True
                self._show(*step, time.monotonic() - self._began)

    def stop(self) -> "float":
        self._stop.set()
        self._thread.join(timeout=5)
        return time.monotonic() - self._began


def running_html(step: str, done: int, tasks: int, seconds: float) -> str:
    at = next((i for i, (word, _) in enumerate(PHASES) if step.startswith(word)), 0 if step == "submit" else 1)
    parts = []
    for i, (_, name) in enumerate(PHASES):
        mark, colour = ("✓", _html.COLOURS["good"]) if i < at else ("▸", _html.COLOURS["plain"]) if i == at else ("·", _html.DIM)
        parts.append(f'<span style="color:{colour};margin-right:1.2em">{mark} {name}</span>')
    value = f'value="{done}" max="{tasks}"' if PHASES[at][0] != "executors" and tasks > 1 else ""
    return (f'<div style="font-size:13px;color:{_html.TEXT}"><progress {value} style="width:14em;vertical-align:middle;margin-right:1em"></progress>'
            f'{"".join(parts)}<span style="color:{_html.DIM}">{escape(step)}, {seconds:.0f} s</span></div>')


def done_html(figures: "dict[str, str]", seconds: float) -> str:
    keep = ["rows of shares received by each executor", "rounds between executors", "bytes sent between executors", "rows revealed"]
    text = "; ".join(f"{_grouped(figures[name])} {name}" for name in keep if name in figures)
    return f'<div style="font-size:13px;color:{_html.DIM}">{seconds:.1f} s{": " + escape(text) if text else ""}</div>'


def _grouped(figure: str) -> str:
    return f"{int(figure):,}" if figure.isdigit() else figure


@contextlib.contextmanager
def progress(spark: "SparkSession | None" = None, out=None):
    """Shows on ``out`` (standard error) what the queries inside the block are at, a line whenever that changes."""
    target, last = out or sys.stderr, [None]

    def show(step, done, tasks, seconds):
        if step != last[0]:
            last[0] = step
            print(f"trefoil: {step} ({seconds:.0f} s)", file=target, flush=True)

    watcher = _Watcher(spark or active(), show).start()
    try:
        yield
    finally:
        watcher.stop()

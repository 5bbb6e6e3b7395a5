"""What a notebook shows by itself: progress, readable errors, and cells of SQL."""
import argparse
import contextlib
import os
import shlex
import sys

from trefoil import _errors, _html

_spark = None
_watch = None


def install(spark) -> None:
    """Switches it on if this Python is a notebook's; the session is the one that %%trefoil uses."""
    global _spark
    _spark = spark
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        load_ipython_extension(shell)


def opened():
    """The session that trefoil.session opened last, unless it has been stopped."""
    return _spark if _spark is not None and _spark.sparkContext._jsc is not None else None


@contextlib.contextmanager
def terminal():
    """What is started in the block writes to the notebook server's terminal, not into the cell."""
    target = getattr(sys.stderr, "_original_stdstream_copy", None)
    if target is None:
        yield
        return
    saved = os.dup(2)
    os.dup2(target, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def load_ipython_extension(shell) -> None:
    """For ``%load_ext trefoil``; trefoil.session does the same."""
    if getattr(shell, "_trefoil", False):
        return
    shell._trefoil = True
    shell.register_magic_function(_cell, "cell", "trefoil")
    shell.events.register("pre_run_cell", _before)
    shell.events.register("post_run_cell", _after)
    from pyspark.errors import PySparkException
    shell.set_custom_exc((PySparkException,), _shown)


def unload_ipython_extension(shell) -> None:
    if getattr(shell, "_trefoil", False):
        shell._trefoil = False
        shell.events.unregister("pre_run_cell", _before)
        shell.events.unregister("post_run_cell", _after)
        shell.set_custom_exc((), None)


def _shown(shell, kind, error, trace, tb_offset=None):
    """Trefoil's errors as a card, all others as ever."""
    if not _errors.is_trefoil(error):
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return None
    from IPython.display import display
    display(_Both(f"[{error.getCondition()}] {_errors.message(error)}", _errors.html(error)))
    return [f"[{error.getCondition()}] {_errors.message(error)}"]


class _Both:
    def __init__(self, text: str, html: str):
        self._text, self._html = text, html

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


def _before(info) -> None:
    global _watch
    if opened() is None:
        return
    from IPython.display import HTML, display

    from trefoil import _progress
    handle = []

    def show(step, done, tasks, seconds):
        html = HTML(_progress.running_html(step, done, tasks, seconds))
        if handle:
            handle[0].update(html)
        else:
            handle.append(display(html, display_id=True, metadata={"trefoil": "progress"}))

    _watch = (_progress._Watcher(_spark, show).start(), handle)


def _after(result) -> None:
    global _watch
    if _watch is None:
        return
    from IPython.display import HTML

    from trefoil import _progress
    (watcher, handle), _watch = _watch, None
    seconds = watcher.stop()
    if handle:
        figures = {} if result.error_in_exec else _progress.last_run(_spark)
        handle[0].update(HTML(_progress.done_html(figures, seconds)), metadata={"trefoil": "progress"})


def _cell(line: str, sql: str):
    """%%trefoil [NAME] [--explain]: SQL over the owners' tables; NAME keeps the revealed rows as a pandas DataFrame."""
    parser = argparse.ArgumentParser(prog="%%trefoil", add_help=False, exit_on_error=False)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args(shlex.split(line))
    if options.name and not options.name.isidentifier():
        raise ValueError(f"Cannot keep the result as {options.name}: that is no name of a variable.")
    from IPython import get_ipython
    from IPython.display import display

    from trefoil._explain import active, explain
    spark, text = active(), sql.strip().rstrip(";")
    if options.explain:
        display(explain(text, spark))
        return
    frame = spark.sql(text)
    rows = [tuple(row) for row in frame.collect()]
    if options.name:
        import pandas
        get_ipython().user_ns[options.name] = pandas.DataFrame(rows, columns=frame.columns)
    display(_Both(_text(frame.columns, rows), _html.table(frame.columns, rows)))


def _text(columns, rows) -> str:
    return "\n".join("\t".join("NULL" if value is None else str(value) for value in row) for row in [tuple(columns), *rows])

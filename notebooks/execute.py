"""Executes notebooks from clean, in one kernel, and compares or writes their outputs.

    python notebooks/execute.py            executes all and compares what they show with what is stored
    python notebooks/execute.py --write    stores what they show
    python notebooks/execute.py first-look ...    these only

Stored is what everybody gets: texts, tables, and cards of what is revealed or refused. Pictures, progress and times are left
out; cards are not compared, since their words belong to Trefoil.
"""
import argparse
import asyncio
import difflib
import re
import sys
import time
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
LIMIT_SECONDS = 300
CARD = '<div class="trefoil-card"'
VARIES = [
    (re.compile(r"about \d+ rounds, [\d.]+ MB sent by each, about [\d.]+ s on links as measured"), "rounds and bytes as EXPLAIN says"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x"),
]


def reproducible(outputs: list) -> list:
    """The outputs that are the same each time; of several kinds of one output those that are text."""
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stdout":
                kept.append(nbformat.v4.new_output("stream", name="stdout", text=settled(output.text)))
        elif output.output_type == "error":
            kept.append(nbformat.v4.new_output("error", ename=output.ename, evalue=settled(output.evalue), traceback=[]))
        elif not output.metadata.get("trefoil") == "progress" and "image/png" not in output.data:
            data = {kind: settled(text) for kind, text in output.data.items() if kind in ("text/plain", "text/html")}
            kept.append(nbformat.v4.new_output("display_data", data=data))
    return kept


def lines(notebook) -> "list[str]":
    """What is compared."""
    copy = nbformat.reads(nbformat.writes(notebook), as_version=4)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if CARD not in str(output.get("data", {}).get("text/html", ""))]
    return nbformat.writes(copy).splitlines()


def settled(text: str) -> str:
    for pattern, words in VARIES:
        text = pattern.sub(words, text)
    return text


def execute(paths: "list[Path]", write: bool) -> "list[str]":
    """Runs each notebook; returns what differs. One kernel, and so one JVM, for all: each opens a session of its own."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(HERE))
    client.stop_channels()
    differences = []
    try:
        for path in paths:
            began = time.monotonic()
            stored = nbformat.read(path, as_version=4)
            fresh = nbformat.read(path, as_version=4)
            NotebookClient(fresh, km=manager, timeout=LIMIT_SECONDS, shutdown_kernel="immediate",
                           resources={"metadata": {"path": str(HERE)}}).execute(cleanup_kc=False)
            for cell in fresh.cells:
                cell.metadata.pop("execution", None)
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = reproducible(cell.outputs), None
            fresh.metadata = stored.metadata
            if write:
                path.write_text(nbformat.writes(fresh) + "\n", encoding="utf-8")
            before, after = lines(stored), lines(fresh)
            if before != after and not write:
                differences += difflib.unified_diff(before, after, f"{path.name} as stored", f"{path.name} as executed", lineterm="")
            print(f"{path.name}: {time.monotonic() - began:.1f} s", file=sys.stderr)
    finally:
        manager.shutdown_kernel(now=True)
    return differences


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    paths = [HERE / f"{name}.ipynb" for name in options.names] or sorted(HERE.glob("*.ipynb"))
    differences = execute(paths, options.write)
    print("\n".join(differences[:200]))
    return 1 if differences else 0


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())
    sys.exit(main())

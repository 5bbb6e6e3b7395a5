"""The page on which an owner decides about a proposal, as ``bin/trefoil inspect`` writes it."""
import os
import subprocess
import tempfile
from html import escape
from pathlib import Path

from trefoil._jar import command


class Card:
    """``text`` and ``html``: the card as Trefoil computes it from the proposal's bytes."""

    def __init__(self, text: str, html: str):
        self.text, self.html = text, html

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # In a frame of its own without scripts: the page is complete, and what a proposer wrote stays in it.
        return (f'<iframe sandbox="" title="Trefoil proposal" srcdoc="{escape(self.html)}"'
                ' style="width:100%;max-width:60em;height:40em;border:1px solid #ccc;background:#fff"></iframe>')


def card(proposal: str, properties: "str | os.PathLike") -> Card:
    """What proposal ``proposal`` would use, reveal and leak; ``properties`` is the analyst's or owner's file of Spark properties."""
    with tempfile.TemporaryDirectory(prefix="trefoil-card-") as folder:
        page = Path(folder, "card.html")
        run = subprocess.run([command(), "inspect", proposal, "--properties", str(properties), "--html", str(page)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr.strip().splitlines()[-1] if run.stderr.strip() else f"bin/trefoil inspect ended with {run.returncode}")
        return Card(run.stdout, page.read_text(encoding="utf-8"))

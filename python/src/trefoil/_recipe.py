"""The deployments of ``bin/trefoil job`` as folders to work in."""
import os
import subprocess
from pathlib import Path

from trefoil._jar import command


def recipe(name: str, folder: "str | os.PathLike | None" = None, *, rows: "int | None" = None) -> Path:
    """Writes OWNERS.yaml, SQL and generated data of deployment ``name`` into ``folder`` (its name), and returns the folder.

    ``rows`` is the size of the largest table. Put your own files in place of the generated ones by editing OWNERS.yaml.
    """
    target = Path(folder or name).resolve()
    sized = ["--rows", str(rows)] if rows else []
    run = subprocess.run([command(), "job", name, "--data", str(target), *sized], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr.strip() or f"bin/trefoil job {name} ended with {run.returncode}")
    return target

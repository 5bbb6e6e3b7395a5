"""Every notebook executes from clean and shows what is stored in it."""
import os
import subprocess
import sys
from pathlib import Path

NOTEBOOKS = Path(os.environ["TREFOIL_HOME"], "notebooks")


def test_notebooks():
    assert sorted(NOTEBOOKS.glob("*.ipynb"))
    run = subprocess.run([sys.executable, str(NOTEBOOKS / "execute.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         timeout=420)
    assert run.returncode == 0, f"{run.stderr}\n{run.stdout}\nIf the new outputs are right: notebooks/execute.py --write"
    print(run.stderr)

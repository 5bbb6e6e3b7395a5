"""Where Trefoil itself is: the runtime jar and the command."""
import os
import shutil
import subprocess
from pathlib import Path


def command() -> str:
    """Path of ``bin/trefoil``: of $TREFOIL_HOME, of the checkout that holds this package or the current folder, or on the PATH."""
    homes = [Path(os.environ["TREFOIL_HOME"])] if os.environ.get("TREFOIL_HOME") else []
    homes += [*Path(__file__).resolve().parents, Path.cwd(), *Path.cwd().parents]
    for home in homes:
        if (home / "bin" / "trefoil").is_file():
            return str(home / "bin" / "trefoil")
    found = shutil.which("trefoil")
    if not found:
        raise FileNotFoundError("Cannot find bin/trefoil: this package lies in no checkout of Trefoil. Set TREFOIL_HOME to one,"
                                " or name the runtime jar: jar=... or TREFOIL_JAR.")
    return found


def runtime_jar(jar: "str | os.PathLike | None" = None) -> str:
    """The jar for spark.jars: ``jar``, else $TREFOIL_JAR, else what ``bin/trefoil jar`` prints."""
    named = jar or os.environ.get("TREFOIL_JAR")
    if named:
        path = Path(named).expanduser().resolve()
        if not path.is_file():
            raise FileNotFoundError(f"Cannot use the runtime jar {path}: there is no such file. bin/trefoil jar prints its path.")
        return str(path)
    # Builds on first use, and says so on standard error.
    return subprocess.run([command(), "jar"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

"""For mkdocs: the README as the first page, and the files of the repository that pages link to, so that no link leads nowhere."""
import re
from pathlib import Path

from mkdocs.structure.files import File

HOME = Path(__file__).resolve().parent.parent
LINKED = ["conf/**/*.yaml", "conf/**/*.properties", "deploy/**/*", "python/README.md", "notebooks/*.md", "notebooks/*.ipynb",
          "examples/**/*", "LICENSE"]


def on_files(files, config):
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    readme = re.sub(r"\]\(docs/", "](", re.sub(r"\]\((?!docs/|https?:|#)", "](files/", readme))
    files.append(File.generated(config, "index.md", content=readme))
    for pattern in LINKED:
        for path in sorted(HOME.glob(pattern)):
            if path.is_file() and "egg-info" not in str(path):
                uri = "files/" + path.relative_to(HOME).as_posix()
                # README.md would be taken for a folder's index, under another address.
                files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri.startswith("files/"):
        # A page of the repository links relative to its own place there.
        depth = page.file.src_uri.count("/") - 1
        return re.sub(r"\]\(" + re.escape("../" * depth) + "docs/", "](" + "../" * (depth + 1), markdown)
    return re.sub(r"\]\(\.\./", "](files/", markdown)

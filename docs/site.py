"""For mkdocs: the README as the first page, and the files of the repository that pages link to, so that no link leads nowhere."""
import re
from pathlib import Path

from mkdocs.structure.files import File

HOME = Path(__file__).resolve().parent.parent
LINKED = ["conf/**/*.yaml", "conf/**/*.properties", "deploy/**/*", "python/README.md", "notebooks/*.md", "notebooks/*.ipynb",
          "examples/**/*", "jobs/src/main/resources/org/trefoil/jobs/deployment/**/*", "LICENSE"]


def on_config(config):
    """A page for each deployment, whichever there are."""
    pages = sorted(path.relative_to(HOME / "docs").as_posix() for path in (HOME / "docs" / "deployments").glob("*.md"))
    config.nav.insert(1, {"Deployments": ["deployments.md", *pages]})
    return config


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
    """Links to the repository's own files go to their copies in the site."""
    source = page.file.src_uri
    if source.startswith("files/"):
        up = "../" * (source.count("/") - 1)
        return re.sub(rf"\]\({re.escape(up)}docs/", f"]({up}../", markdown)
    up = "../" * source.count("/")
    return re.sub(rf"\]\({re.escape(up)}\.\./(?!\.\./)", f"]({up}files/", markdown)

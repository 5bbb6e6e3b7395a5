"""What deploy/ holds is what systemd, Kubernetes, Prometheus and the docs site take, and the docs site builds."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HOME = Path(os.environ["TREFOIL_HOME"]).resolve()
DEPLOY = HOME / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")
def test_systemd_takes_the_units(tmp_path):
    assert len(UNITS) == 2
    for unit in UNITS:
        # The programs are elsewhere here; everything else is checked as it is.
        text, programs = re.subn(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.M)
        assert programs == 1
        (tmp_path / unit.name.replace("@.", "@north.")).write_text(text)
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))], capture_output=True, text=True)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_kubernetes_takes_the_manifests():
    assert len(MANIFESTS) == 2
    run = subprocess.run([str(Path(sys.executable).with_name("kubernetes-validate")), "--strict", *map(str, MANIFESTS)],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "passed for resource statefulset/trefoil-executor" in run.stdout + run.stderr


def test_nothing_connects_to_an_owner():
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "owner.yaml").read_text()))
    policy = next(d for d in documents if d["kind"] == "NetworkPolicy")["spec"]
    assert policy["ingress"] == [] and "Ingress" in policy["policyTypes"]
    assert not [d for d in documents if d["kind"] in ("Service", "Ingress")]


def test_the_figures_are_scraped_under_the_name_that_the_dashboard_asks_for():
    job = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yaml").read_text())["scrape_configs"][0]["job_name"]
    panels = json.loads((DEPLOY / "grafana" / "trefoil-executor.json").read_text())["panels"]
    for expression in [target["expr"] for panel in panels for target in panel["targets"]]:
        assert f'job="{job}"' in expression


def test_the_guide_knows_every_condition():
    conditions = set(re.findall(r"`(TREFOIL_\w+)`", (HOME / "docs" / "errors.md").read_text()))
    named = set(re.findall(r"`(TREFOIL_\w+)`", (HOME / "docs" / "deployment.md").read_text()))
    assert named and named <= conditions


def test_the_docs_site_builds_and_its_links_lead_somewhere(tmp_path):
    run = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
                         cwd=HOME, capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert run.returncode == 0, run.stdout + run.stderr
    pages = {page.relative_to(HOME / "docs") for page in (HOME / "docs").rglob("*.md")}
    missing = [page for page in pages if not (tmp_path / "site" / page.with_suffix("") / "index.html").exists() and page.stem != "index"]
    assert not missing

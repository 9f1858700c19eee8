"""The commands that README and docs show for an account, run as they stand against moto's server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

# A minute of processes, servers and examples.
pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
CATALOG = """\
version: 1
extends: builtin
namespace: pipeline
region: us-east-1
grants:
  web-ci: {persona: push, with: {repo: [team/web]}, to: [role/web-ci]}
"""


def blocks(page: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", (TOP / page).read_text(), re.MULTILINE | re.DOTALL)


def run(lines: str, folder: Path) -> subprocess.CompletedProcess[str]:
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-m", "-c", lines],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def on_port(lines: str, port: int) -> str:
    return lines.replace("5123", str(port))


@pytest.fixture
def port() -> int:
    """A free port, for several runs on one machine."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_sandbox(tmp_path: Path, port: int) -> None:
    """README's way to try it without an account goes from plan to destroy, and the second plan finds no changes."""
    (block,) = [block for block in blocks("README.md") if "moto_server" in block]
    done = run(on_port(block, port), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    plan, unchanged = done.stdout.index("create policy ecrgen.sandbox.web-ci"), done.stdout.index("no changes")
    assert plan < unchanged
    assert "the catalog still says otherwise" in done.stderr
    assert "delete policy ecrgen.sandbox.web-ci with its 2 versions" in done.stderr


def test_pipeline(tmp_path: Path, port: int) -> None:
    """The pipeline's steps work in their order, and its digest stops an apply once the catalog has changed."""
    (sandbox,) = [block for block in blocks("README.md") if "moto_server" in block]
    start = on_port(sandbox[: sandbox.index("cat >access.yaml")], port)
    steps = blocks("docs/pipeline.md")
    assert len(steps) == 5
    (tmp_path / "access.yaml").write_text(CATALOG)
    changed = "sed -i 's|team/web|team/web, team/api|' access.yaml"
    stale = f"{changed}\nif {steps[3].strip()}; then exit 9; else test $? = 2; fi"
    drift = f"if {steps[4].strip()}; then exit 9; else test $? = 3; fi"
    done = run("\n".join((start, *steps, stale, drift, "kill %1")), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gains push on team/web" in (tmp_path / "plan.md").read_text()
    assert "digest" in done.stderr

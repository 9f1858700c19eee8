"""At the top of a checkout, where ./catalog.yaml is the built-in catalog."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SITE = "version: 1\nextends: builtin\ngrants:\n  ci: {persona: push, with: {repo: web}}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("ecrgen", "templates"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "catalog.yaml", tmp_path)
    return tmp_path


def ecrgen(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "ecrgen", *words]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_init_leaves_the_built_in_catalog_alone(checkout: Path) -> None:
    """`init` writes a site's catalog beside the built-in one, under a name that it tells."""
    before = (checkout / "catalog.yaml").read_bytes()
    done = ecrgen(checkout, "init")
    assert (done.returncode, done.stdout) == (0, "")
    assert "wrote access.yaml" in done.stderr
    assert (checkout / "catalog.yaml").read_bytes() == before
    assert ecrgen(checkout, "-c", "access.yaml", "render", "login").returncode == 0


def test_a_catalog_written_over_the_built_in_one_is_read(checkout: Path) -> None:
    """Whoever writes a site's catalog at the top of a checkout has it, and the built-in one as pip installed it."""
    (checkout / "catalog.yaml").write_text(SITE)
    (checkout / "elsewhere.yaml").write_text(SITE.replace("ci:", "deploy:"))
    for words in (("render", "ci"), ("-c", "elsewhere.yaml", "render", "deploy"), ("check",)):
        done = ecrgen(checkout, *words)
        assert done.returncode == 0, done.stderr


def test_a_catalog_written_over_the_built_in_one_is_named(checkout: Path) -> None:
    """Where pip installed no copy, it is told so, and how to have both."""
    (checkout / "catalog.yaml").write_text(SITE)
    (checkout / "elsewhere.yaml").write_text(SITE)
    (checkout / "sysconfig.py").write_text("def get_path(name: str) -> str:\n    return '/nowhere'\n")
    for words in (("list",), ("-c", "elsewhere.yaml", "render", "ci")):
        done = ecrgen(checkout, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"error: {checkout / 'catalog.yaml'}: is the built-in catalog of this checkout, and a site's catalog was "
            "written over it; move that to another folder, and restore the file with `git checkout catalog.yaml`\n"
        )

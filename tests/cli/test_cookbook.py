"""docs/cookbook.md: each recipe is walked from an empty directory, and its commands print what the page shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_line import ecrgen

PAGE = (Path(__file__).parents[2] / "docs" / "cookbook.md").read_text()
RECIPES = {section.partition("\n")[0]: section for section in PAGE.split("\n## ")[1:]}
STEP = re.compile(
    r"^```yaml\n# (?P<yaml>\S+)\n(?P<catalog>.*?)^```$|^`(?P<file>\S+)`:\n\n```json\n(?P<text>.*?)^```$"
    r"|^```console\n\$ ecrgen (?P<command>.*?)\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ANSWERS = {"yes": 0, "no": 1, "if": 1}


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe(name: str) -> None:
    """Its files are written and its commands run in their order; each exits and prints as the page says."""
    commands = 0
    for step in STEP.finditer(RECIPES[name]):
        if step["command"] is None:
            Path(step["yaml"] or step["file"]).write_text(step["catalog"] or step["text"])
            continue
        commands += 1
        done = ecrgen(*shlex.split(step["command"]))
        assert done.code == ANSWERS.get(done.out.partition(":")[0], int(bool(done.out))), (step["command"], done)
        shown = step["shown"].splitlines()
        printed = [line.rstrip() for line in (done.out + done.err).splitlines()]
        assert shown == printed if shown[-1] != "…" else shown[:-1] == printed[: len(shown) - 1]
    assert commands


def test_every_block_is_walked() -> None:
    """Every block of the page is a step of a recipe, but for the denial that one begins with."""
    steps = sum(len(STEP.findall(text)) for text in RECIPES.values())
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == steps + 1

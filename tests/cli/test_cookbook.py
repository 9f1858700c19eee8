"""docs/cookbook.md, and README's two commands: walked from an empty directory, they print what the page shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_line import ecrgen

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file

TOP = Path(__file__).parents[2]


def sections(page: str) -> dict[str, str]:
    return {section.partition("\n")[0]: section for section in (TOP / page).read_text().split("\n## ")[1:]}


PAGE = (TOP / "docs" / "cookbook.md").read_text()
RECIPES = sections("docs/cookbook.md")
# Personas for whoever has a registry, not for whoever comes to it.
OF_REGISTRIES = {"replication", "pull-through-cache"}
TWO = "Two commands in an empty directory"
STEP = re.compile(
    r"^```yaml\n# (?P<yaml>\S+)\n(?P<catalog>.*?)^```$|^`(?P<file>\S+)`:\n\n```json\n(?P<text>.*?)^```$"
    r"|^```console\n\$ ecrgen (?P<command>.*?)\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ANSWERS = {"yes": 0, "no": 1, "if": 1, "these": 0}


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe(name: str) -> None:
    """Its files are written and its commands run in their order; each exits and prints as the page says."""
    assert walked(RECIPES[name])


def test_the_two_commands_of_readme() -> None:
    """README's two commands work in an empty directory, and nothing but them."""
    assert walked(sections("README.md")[TWO]) == 2
    assert [path.name for path in Path().iterdir()] == ["policy.json"]


def test_the_table_of_personas() -> None:
    """The personas that README's table proposes are built-in ones, and each that is for repositories is among them."""
    table = re.findall(r"^\| .*? \| (`.*?) \|", sections("README.md")["Which persona do I want?"], re.MULTILINE)
    proposed = re.findall(r"`([a-z-]+)`", " ".join(table))
    personas = Catalog.load(builtin_file()).personas
    assert len(set(proposed)) == len(proposed) > 10
    assert set(proposed) <= set(personas)
    for_repositories = {name for name, persona in personas.items() if "repo" in persona.parameters}
    assert for_repositories - OF_REGISTRIES <= set(proposed)


def walked(text: str) -> int:
    """Take every step of a text; the number of its commands."""
    commands = 0
    for step in STEP.finditer(text):
        if step["command"] is None:
            Path(step["yaml"] or step["file"]).write_text(step["catalog"] or step["text"])
            continue
        commands += 1
        done = ecrgen(*shlex.split(step["command"]))
        assert done.code == ANSWERS.get(re.split(r"[: ]", done.out)[0], int(bool(done.out))), (step["command"], done)
        shown = step["shown"].splitlines()
        printed = [line.rstrip() for line in (done.out + done.err).splitlines()]
        assert shown == printed if shown[-1] != "…" else shown[:-1] == printed[: len(shown) - 1]
    return commands


def test_every_block_is_walked() -> None:
    """Every block of the page is a step of a recipe, but for the denial that one begins with."""
    steps = sum(len(STEP.findall(text)) for text in RECIPES.values())
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == steps + 1

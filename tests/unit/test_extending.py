"""docs/extending.md, followed in a copy of the repository: what it says works, and what is forgotten is found."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
STEP = re.compile(
    r"(?:New `(?P<new>[^`]+)`|At\s+the\s+end\s+of\s+`(?P<end>[^`]+)`"
    r"|In\s+`(?P<file>[^`]+)`,\s+(?P<how>before|instead\s+of)\s+`(?P<anchor>[^`]+)`)\n\n```\w+\n(?P<text>.*?)^```$"
    r"|`cog -Pr (?P<page>docs/\S+)`\."
    r"|^```python run\n(?P<program>.*?)^```$"
    r"|^Forgotten: `(?P<forgotten>[^`]+)`$"
    r"|^Works: (?P<works>(?:`[^`]+`,?\s+)+)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """A file to write, lines to put into one, or a page to renew; and the test that fails without it."""

    found: re.Match[str]
    forgotten: str | None = None

    def do(self, copy: Path) -> None:
        match self.found.groupdict():
            case {"new": str(name), "text": text}:
                (copy / name).write_text(text)
            case {"end": str(name), "text": text}:
                (copy / name).write_text((copy / name).read_text() + text)
            case {"file": str(name), "how": how, "anchor": anchor, "text": text}:
                old = (copy / name).read_text()
                assert f"{anchor}\n" in old, f"{name} has no line: {anchor}"
                (copy / name).write_text(
                    old.replace(f"{anchor}\n", text + (f"{anchor}\n" if how == "before" else ""), 1)
                )
            case {"page": str(page)}:
                run(copy, "-m", "cogapp", "-P", "-r", page)


@dataclass(frozen=True)
class Recipe:
    """A section of the page: its steps, what works after all of them, and a program that then runs."""

    name: str
    steps: tuple[Step, ...]
    works: tuple[str, ...]
    programs: tuple[str, ...]


def recipes() -> dict[str, Recipe]:
    found = {}
    for section in (TOP / "docs" / "extending.md").read_text().split("\n## ")[1:]:
        name = section.partition("\n")[0]
        steps: list[Step] = []
        works: list[str] = []
        programs: list[str] = []
        for part in STEP.finditer(section):
            if part["forgotten"]:
                steps[-1] = Step(steps[-1].found, part["forgotten"])
            elif part["works"]:
                works.extend(re.findall("`([^`]+)`", part["works"]))
            elif part["program"]:
                programs.append(part["program"])
            else:
                steps.append(Step(part))
        found[name] = Recipe(name, tuple(steps), tuple(works), tuple(programs))
    return found


RECIPES = recipes()
# A rule is added to the family that the page adds before it.
AFTER = {"A check rule": "A check family"}
FORGOTTEN = [
    pytest.param(recipe, number, id=f"{recipe.name}: step {number + 1}")
    for recipe in RECIPES.values()
    for number, step in enumerate(recipe.steps)
    if step.forgotten
]


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def pytest_of(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    return run(copy, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("ecrgen", "templates", "tests", "docs"):
        # without this page, which uses the command that it adds
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "extending.md"))
    for name in ("catalog.yaml", "README.md", "pyproject.toml"):
        shutil.copy(TOP / name, tmp_path / name)
    return tmp_path


def follow(copy: Path, recipe: Recipe, without: int | None = None) -> None:
    if recipe.name in AFTER:
        follow(copy, RECIPES[AFTER[recipe.name]])
    for number, step in enumerate(recipe.steps):
        if number != without:
            step.do(copy)


def test_the_page_has_every_way() -> None:
    """Each kind of thing that can be added has steps, and something that works after them."""
    assert len(RECIPES) == 9
    assert all(recipe.steps and recipe.works for recipe in RECIPES.values())
    assert len(FORGOTTEN) > 15


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_a_way_works(copy: Path, recipe: Recipe) -> None:
    """After all steps of a way what the page says works: a command, a program, or tests."""
    follow(copy, recipe)
    for program in recipe.programs:
        done = run(copy, "-c", program)
        assert done.returncode == 0, done.stderr
    for command in (text for text in recipe.works if text.startswith("ecrgen ")):
        done = run(copy, "-m", *shlex.split(command))
        assert done.returncode == 0, done.stderr
    tests = [text for text in recipe.works if text.startswith("tests/")]
    done = pytest_of(copy, *tests) if tests else done
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "number"), FORGOTTEN)
def test_a_forgotten_step_is_found(copy: Path, recipe: Recipe, number: int) -> None:
    """Without a step, with all others done, the test that the page names fails."""
    follow(copy, recipe, number)
    done = pytest_of(copy, str(recipe.steps[number].forgotten))
    assert done.returncode in (1, 2, 4), done.stdout  # 2 and 4: the tests cannot even be collected
    assert re.search(r"^(FAILED|ERROR) tests/", done.stdout, re.MULTILINE), done.stdout + done.stderr

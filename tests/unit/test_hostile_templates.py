"""Templates end: tests/hostile/templates, each with the error it must give, in under a second and in little memory."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest
from limits import within
from opens import opens

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog import budget, sandbox
from ecrgen.catalog.budget import MAX_DEPTH, Budget
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import BoundPersona, Persona, Target, Template
from ecrgen.catalog.render import render, written

TEMPLATES = Path(__file__).parents[1] / "hostile" / "templates"
HERE = {"account": "111122223333", "region": "eu-west-1"}
TARGET = Target("aws", HERE["account"], (HERE["region"],))


def error_of(name: str, directory: Path = TEMPLATES) -> str:
    with pytest.raises(EcrgenError) as caught:
        render(BoundPersona(Persona("p", "P", Template(directory, name)), {}), TARGET)
    return str(caught.value)


def hostile() -> list[Any]:
    """Each hostile template, and the beginning of its error."""
    expected = sorted(TEMPLATES.glob("*.expect"))
    assert all(path.with_suffix(".j2").is_file() for path in expected)
    return [pytest.param(f"{path.stem}.j2", path.read_text().rstrip("\n"), id=path.stem) for path in expected]


@pytest.mark.parametrize(("name", "expected"), hostile())
def test_a_hostile_template_ends_in_its_error(name: str, expected: str) -> None:
    """Loops, recursion, doubled values, long ones and many of them: one error with the template's name, at once."""
    sandbox.environment.cache_clear()
    with within(1):
        error = error_of(name)
    assert error.startswith(expected)
    assert len(error) < 800


LONG = {
    "a long number": ("{{ 0x" + "f" * 500_000 + " }}", "p.j2:1: a number in a template is less than 184"),
    "digits": ("{{ " + "1_" * 200_000 + "1 }}", "p.j2: ValueError: Exceeds the limit"),
    "comments": ("{# #}" * 150_000, "p.j2:1: has more than 5000 names"),
    "expressions": ("{{ 1 }}" * 20_000, "p.j2:1: has more than 5000 names"),
    "operands": ("{{ 1" + " + 1" * 20_000 + " }}", "p.j2:1: has more than 5000 names"),
    "an open comment": ("{#" * 4_000, "p.j2:1: Missing end of comment tag"),
    "an open text": ("{{ '" + "\\'" * 400_000, "p.j2:1: unexpected char"),
    "an unknown tag": ("{% " + "a" * 500_000 + " %}", "p.j2:1: Encountered unknown tag 'aaaa"),
    "an unknown filter": ("{{ 1 | " + "a" * 500_000 + " }}", "p.j2:1: No filter named 'aaaa"),
    "an undefined name": ("{{ " + "a" * 500_000 + " }}", "p.j2:1: UndefinedError: 'aaaa"),
    "text in a block": (
        "{% for a in 'abcdefghij' %}" * 8 + "{% set s %}" + "x" * 100_000 + "{% endset %}" + "{% endfor %}" * 8,
        "p.j2:1: takes more than 1000000 steps",
    ),
}


@pytest.mark.parametrize("kind", LONG)
def test_a_long_template_ends_in_its_error(kind: str, tmp_path: Path) -> None:
    """Up to the megabyte that a file may have, nothing takes long to read, and no message is as long as a template."""
    body, expected = LONG[kind]
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "p.j2").write_text(body)
    with within(1):
        error = error_of("p.j2", tmp_path / "templates")
    assert error.startswith(expected)
    assert len(error) < 800


def test_templates_that_are_included_are_bounded_together(tmp_path: Path) -> None:
    """Ten files below the bound of one are above it together, also once they are compiled."""
    (tmp_path / "templates").mkdir()
    for index in range(10):
        (tmp_path / "templates" / f"{index}.j2").write_text("{{ 1 }}" * 1200)
    (tmp_path / "templates" / "p.j2").write_text("".join(f"{{% include '{index}.j2' %}}\n" for index in range(10)))
    for _ in range(2):
        with within(1):
            error = error_of("p.j2", tmp_path / "templates")
        assert error.startswith("p.j2:2: includes templates of more than 5000 names, signs and texts together")


def test_the_built_in_catalog_takes_less_than_a_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every persona and guard of the built-in catalog, rendered as its expectations say, and the steps of each."""
    spent: list[int] = []
    original = budget.Budget.spend

    def counting(self: budget.Budget, steps: int) -> None:
        original(self, steps)
        spent.append(self.steps)

    monkeypatch.setattr(budget.Budget, "spend", counting)
    catalog = Catalog.load(builtin_file())
    rendered = 0
    for persona in catalog.personas.values():
        for expectation in persona.expect:
            written(catalog.bind(persona.name, expectation.arguments, expectation.guards), catalog.target(**HERE))
            rendered += 1
    assert rendered >= len(catalog.personas)
    assert 0 < max(spent) < budget.MAX_STEPS / 1000


def test_loading_and_rendering_open_nothing_outside(tmp_path: Path) -> None:
    """The interpreter's own audit of every open: the built-in catalog and the site's files, and nothing else."""
    site = tmp_path / "site"
    (site / "templates").mkdir(parents=True)
    (site / "templates" / "p.j2").write_text('{% include "q.j2" %}')
    (site / "templates" / "q.j2").write_text('{"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}')
    (site / "g.yaml").write_text("version: 1\ngrants: {g: {persona: p}}\n")
    (site / "c.yaml").write_text("version: 1\ninclude: g.yaml\npersonas: {p: {summary: P, template: p.j2}}\n")
    Catalog.load(builtin_file()).render("pull", repo="ab", **HERE)
    error_of("include-etc.j2")  # imports are done
    with opens() as seen:
        list(Catalog.load(site / "c.yaml").render_all(**HERE))
        for name in ("include-etc", "include-proc", "import-above"):
            error_of(f"{name}.j2")
    assert {str(site / name) for name in ("c.yaml", "g.yaml", "templates/p.j2", "templates/q.j2")} <= set(seen)
    assert [
        name for name in seen if not Path(name).is_relative_to(site) and not Path(name).is_relative_to(TEMPLATES)
    ] == []


@pytest.mark.parametrize("frames", range(0, 500, 50))
def test_a_template_that_includes_itself_ends_before_the_stack(frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However deep the stack is by then, nothing but the error is said: Python prints no traceback beside it."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    def deep(left: int) -> str:
        return deep(left - 1) if left else error_of("includes-itself.j2")

    loads = 0
    load = Budget.load

    def counted(used: Budget, name: str) -> None:
        nonlocal loads
        loads += 1
        load(used, name)

    monkeypatch.setattr(Budget, "load", counted)
    assert deep(frames) == "includes-itself.j2: calls or includes itself without an end"
    gc.collect()
    assert not ignored
    assert loads <= MAX_DEPTH + 1

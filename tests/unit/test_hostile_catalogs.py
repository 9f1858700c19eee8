"""Catalogs that are none, or want too much: tests/hostile/catalogs, each with the problems it must give, at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from limits import within

from ecrgen import Catalog, EcrgenError
from ecrgen.catalog.build import MAX_PROBLEMS

CATALOGS = Path(__file__).parents[1] / "hostile" / "catalogs"
HERE = {"account": "111122223333", "region": "eu-west-1"}
EXTENDS = "version: 1\nextends: builtin\n"
PERSONAS = "version: 1\npersonas:\n"


def problems(path: Path) -> list[str]:
    """The problems of loading a catalog and rendering its grants, which must come in a second."""
    with within(1), pytest.raises(EcrgenError) as caught:
        list(Catalog.load(path).render_all(**HERE))
    return list(caught.value.problems)


@pytest.mark.parametrize("path", sorted(CATALOGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_hostile_catalog_ends_in_its_problems(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bombs, ways out, patterns that backtrack and odd values: one line each, printable, and with its place."""
    monkeypatch.chdir(CATALOGS)
    found = problems(Path(path.name))
    expected = path.with_suffix(".expect").read_text().removesuffix("\n")
    assert "\n".join(found).replace(str(CATALOGS), "HERE").startswith(expected)
    assert all(each.isprintable() and each.startswith((path.name, "parts/")) and len(each) < 500 for each in found)


MANY = {
    "names that are nearly right": (
        PERSONAS
        + "".join(f"  persona-number-{n}: {{summary: x, template: t.j2}}\n" for n in range(1000))
        + "grants:\n"
        + "".join(f"  g{n}: {{persona: persona-numbr-{n}}}\n" for n in range(1000)),
        "c.yaml:1004: grants.g0.persona: no persona 'persona-numbr-0'; meant persona-number-0?",
    ),
    "unknown keys": (
        EXTENDS + "".join(f"graants{n}: 1\n" for n in range(20_000)),
        "c.yaml:3: graants0: no such key; meant grants?",
    ),
    "unknown guards": (
        EXTENDS + f"grants: {{a: {{persona: login, guards: [{', '.join(f'tlsx{n}' for n in range(20_000))}]}}}}\n",
        "c.yaml:3: grants.a.guards.0: no guard 'tlsx0'; meant tls?",
    ),
    "operations that need each other": (
        EXTENDS
        + "operations:\n"
        + "".join(f"  o{n}: {{actions: ecr:PutImage, on: repository, needs: o{n + 1}}}\n" for n in range(2_000)),
        "c.yaml:3: operations: has 2000 entries, and 200 are the most",
    ),
    "a long pattern": (
        PERSONAS
        + f"  a: {{summary: x, template: t.j2, parameters: {{p: {{type: string, pattern: {'a' * 900_000}}}}}}}\n",
        "c.yaml:3: personas.a.parameters.p.pattern: no regular expression: has more than 2048 characters",
    ),
    "a long name": (
        EXTENDS + f"grants: {{a: {{persona: {'p' * 900_000}}}}}\n",
        "c.yaml:3: grants.a.persona: no persona 'ppp",
    ),
}


@pytest.mark.parametrize("kind", MANY)
def test_many_problems_end_at_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of things that are wrong, or to be compared with thousands, are told up to a number."""
    monkeypatch.chdir(tmp_path)
    text, first = MANY[kind]
    Path("templates").mkdir()
    Path("templates/t.j2").write_text("{}")
    Path("c.yaml").write_text(text)
    found = problems(Path("c.yaml"))
    assert found[0].startswith(first)
    assert len(found) <= MAX_PROBLEMS + 1

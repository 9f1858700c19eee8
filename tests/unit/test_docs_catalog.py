"""docs/catalog.md: every example is a catalog that loads, renders and keeps its promises, and no key is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

import pytest

from ecrgen.catalog import schema
from ecrgen.catalog.argument_types import TYPES
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.halves import halves_of_grant
from ecrgen.catalog.render import has_identity_half
from ecrgen.proof.expectations import outcomes

PAGE = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text()
BLOCK = re.compile(r"^```(?:yaml|jinja)\n(?:# (?P<yaml>\S+)|\{# (?P<jinja>\S+) #\})\n(?P<text>.*?)^```$", re.M | re.S)


def examples() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each example of the page: the section and a number, and its files. A `catalog.yaml` begins the next one."""
    for section in PAGE.split("\n## ")[1:]:
        found: list[list[tuple[str, str]]] = []
        for block in BLOCK.finditer(section):
            name = block["yaml"] or block["jinja"]
            if name == "catalog.yaml":
                found.append([])
            found[-1].append((name, block["text"]))
        for number, files in enumerate(found, start=1):
            yield f"{section.partition(chr(10))[0]} {number}", files


EXAMPLES = dict(examples())


def test_every_block_is_part_of_an_example() -> None:
    """No block of YAML or jinja stands on the page without being loaded, and every section has an example."""
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == sum(map(len, EXAMPLES.values()))
    sections = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert {name.rpartition(" ")[0] for name in EXAMPLES} == set(sections) - {"Parameters"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_true(name: str, tmp_path: Path) -> None:
    """An example loads, each of its grants renders, and each of its personas keeps what it promises."""
    for file, text in EXAMPLES[name]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    catalog = Catalog.load(tmp_path / "catalog.yaml")
    assert [each.grant.name for each in catalog.render_all()] == [
        name for name, grant in catalog.grants.items() if has_identity_half(grant)
    ]
    for grant in catalog.grants.values():
        halves_of_grant(grant, catalog.namespace, catalog.target())
    own = [persona for persona in catalog.personas.values() if persona.name not in catalog.inherited]
    for persona in own:
        found = outcomes(catalog, persona)
        assert {outcome.expected for outcome in found} == {"allow", "deny"}
        assert [outcome.words for outcome in found if not outcome.met] == []
    assert catalog.grants or own


def keys(shape: schema.Shape) -> Iterator[str]:
    """Every key of the format."""
    match shape:
        case schema.Record():
            for key, value in shape.keys.items():
                yield key
                yield from keys(value)
        case schema.MapOf():
            yield from keys(shape.value)
        case schema.ListOf():
            yield from keys(shape.item)
        case schema.Text() | schema.Flag():
            pass
        case _:
            assert_never(shape)


def test_every_key_and_type_is_explained() -> None:
    """Each key of the format is in an example or named on the page, and so is each parameter type."""
    unsaid = {key for key in keys(schema.CATALOG) if not re.search(rf"`{key}(?:`|:)|^ *(?:- )?{key}:", PAGE, re.M)}
    assert unsaid == set()
    assert [name for name in TYPES if f"| `{name}` |" not in PAGE] == []

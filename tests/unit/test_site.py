"""The documentation as a site: what only `.ci/run` builds is held together here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).parents[2]


def pages(entry: Any) -> Iterator[str]:
    """The pages of a part of the navigation."""
    match entry:
        case str():
            yield entry
        case list():
            for each in entry:
                yield from pages(each)
        case dict():
            for each in entry.values():
                yield from pages(each)


def test_every_page_is_in_the_navigation() -> None:
    """A page of docs that is not in mkdocs.yml would be in no menu of the site; decisions have a page of their own."""
    config = yaml.safe_load((TOP / "mkdocs.yml").read_text())
    outside = {"index.md", "examples.md", "contributing.md", "changelog.md", "adr/index.md"}
    assert set(pages(config["nav"])) - outside == {path.name for path in (TOP / "docs").glob("*.md")}
    assert all((TOP / hook).is_file() for hook in config["hooks"])
    assert config["theme"]["font"] is False  # a reader's browser asks nobody else


def test_decisions_are_numbered_one_by_one() -> None:
    """A decision is named by its number: no two have the same, none is left out, and each page begins with its own."""
    decisions = sorted((TOP / "docs/adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    assert [path.name for path in decisions if not path.read_text().startswith(f"# {int(path.name[:4])}. ")] == []

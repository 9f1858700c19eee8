"""Rows of a report: some callers, some repositories, and what all of the ones can do on all of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecrgen.audit.who import Able

__all__ = ["Cell", "Cells", "Row", "rows_of"]


@dataclass(frozen=True, slots=True)
class Cell:
    """How each caller of a row can do it. `explained`: whether a grant of the catalog gives it, None without grants."""

    able: Able
    explained: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Callers, by ARN or as `who` names others, and repositories by ARN, none for what is done on none.

    `cells` are by operation; one that none of them can do has no cell.
    """

    callers: tuple[str, ...]
    repositories: tuple[str, ...]
    cells: Mapping[str, Cell]


# What somebody can do, by operation.
Cells = tuple[tuple[str, Cell], ...]


def rows_of(callers: Sequence[str], parts: Iterable[tuple[Cells, tuple[str, ...]]]) -> Iterator[Row]:
    """A row for all repositories with equal cells."""
    together: defaultdict[Cells, list[str]] = defaultdict(list)
    for cells, repositories in parts:
        together[cells].extend(repositories)
    for cells, on in together.items():
        yield Row(tuple(callers), tuple(sorted(on)), dict(cells))

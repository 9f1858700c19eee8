"""The report as one page of HTML: no request to anywhere, readable without a script, which only filters and sorts.

Names that are many are written once, at the end of the page, and linked to. The same report makes the same bytes.
"""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from typing import Any

from ecrgen.audit.known_repositories import OTHER
from ecrgen.audit.report import Report
from ecrgen.audit.rows import Cell, Row
from ecrgen.cli.escape import printable
from ecrgen.cli.views.report import conditions_words, gaps_of, through_words
from ecrgen.policy.arn import Arn
from ecrgen.policy.layers import TERMS

__all__ = ["html"]

MANY = 4  # so many names, and more, are written once and linked to


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page: its id, title and caption."""

    id: str
    title: str
    caption: str


TABLES = (
    Table(
        "by-principal",
        "By user and role",
        "What each user and role can do on repositories; an empty cell is a no.",
    ),
    Table(
        "registry",
        "On the registry",
        "What each can do on no repository of its own; an empty cell is a no.",
    ),
    Table(
        "others",
        "Others",
        "Whom the policies of repositories and registries let in, as far as their own accounts let them.",
    ),
)


@dataclass(frozen=True, slots=True)
class Names:
    """Some names: written out, or the id of the set that they are, and what its link says."""

    names: tuple[str, ...]
    text: str = ""
    set: str = ""


@dataclass
class Sets:
    """The sets of names that are written once, in the order of their first use."""

    short: Shortener
    known: dict[tuple[str, ...], Names] = field(default_factory=dict)

    def named(self, arns: Iterable[str], what: str) -> Names:
        """The names of these ARNs, which are users and roles or repositories, as `what` says."""
        names = tuple(map(self.short.name, arns))
        if len(names) < MANY:
            return Names(names)
        if names not in self.known:
            text = f"{len(names)} {what}, such as {names[0]}"
            self.known[names] = Names(names, text, f"set-{len(self.known) + 1}")
        return self.known[names]


class Shortener:
    """Names without what they all have in common: the account, and of repositories the region, where there is one."""

    def __init__(self, report: Report) -> None:
        rows = (*report.rows, *report.others)
        arns = {arn for row in rows for arn in row.repositories} | {
            arn for account in report.accounts for arn in account.repositories
        }
        places = {(parsed.account, parsed.region) for parsed in map(Arn.parse, arns) if parsed}
        self.place = next(iter(places)) if len(places) == 1 else None
        self.account = report.accounts[0].id if len(report.accounts) == 1 else None

    def name(self, text: str) -> str:
        arn = Arn.parse(text)
        if arn is None:
            return printable(text)
        if arn.service == "ecr" and (arn.account, arn.region) == self.place:
            return printable(arn.resource.removeprefix("repository/"))
        if arn.service == "iam" and arn.account == self.account:
            return printable(arn.resource)
        return printable(text)


def html(report: Report) -> Iterator[str]:
    """The lines of the page."""
    from jinja2 import Environment, StrictUndefined  # for start-up: only a page of HTML needs it here

    page = files("ecrgen.cli.views").joinpath("page")
    style, script = (page.joinpath(f"report.{end}").read_text("utf-8") for end in ("css", "js"))
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(page.joinpath("report.html.j2").read_text("utf-8"))
    safe = environment.filters["safe"]
    made = template.render(
        values(report),
        style=safe(style),
        script=safe(script),
        style_hash=hash_of(style),
        script_hash=hash_of(script),
    )
    yield from made.splitlines()


def hash_of(text: str) -> str:
    """How a page's Content-Security-Policy allows this style or script, and no other.

    https://www.w3.org/TR/CSP3/#grammardef-hash-source
    """
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def values(report: Report) -> dict[str, Any]:
    """What the template takes."""
    sets = Sets(Shortener(report))
    tables = [table(sets, kind, rows) for kind, rows in zip(TABLES, rows_of_tables(report), strict=True)]
    kept = [made for made in tables if made["rows"]]
    by_row = {id(row): one["id"] for made in kept for one, row in zip(made["rows"], made["of"], strict=True)}
    accounts = ", ".join(account.id for account in report.accounts)
    return {
        "title": f"Access to Amazon ECR: account{'s' * (len(report.accounts) > 1)} {accounts}",
        "accounts": [
            {
                "id": account.id,
                "source": printable(account.source),
                "taken": printable(account.taken),
                "gaps": [*map(printable, gaps_of(account))],
            }
            for account in report.accounts
        ],
        "not_considered": [TERMS[layer] for layer in report.not_considered],
        "other": OTHER,
        "unassumable": sets.named(report.unassumable, "roles"),
        "has_grants": any(cell.explained is not None for row in report.rows for cell in row.cells.values()),
        "tables": kept,
        "repositories": [*by_repository(report, sets, by_row)],
        "sets": [{"id": each.set, "text": each.text, "names": each.names} for each in sets.known.values()],
    }


def rows_of_tables(report: Report) -> tuple[Sequence[Row], ...]:
    """The rows of each table, as TABLES has them."""
    on_some = [row for row in report.rows if row.repositories]
    on_none = [row for row in report.rows if not row.repositories]
    return on_some, on_none, report.others


def table(sets: Sets, kind: Table, rows: Sequence[Row]) -> dict[str, Any]:
    operations = [*dict.fromkeys(operation for row in rows for operation in row.cells)]
    return {
        "id": kind.id,
        "title": kind.title,
        "caption": kind.caption,
        "on": any(row.repositories for row in rows),
        "operations": operations,
        "of": rows,
        "rows": [
            {
                "id": f"{kind.id}-{number}",
                "who": sets.named(row.callers, "users and roles"),
                "on": sets.named(row.repositories, "repositories"),
                "cells": [cell_values(row.cells.get(operation)) for operation in operations],
                "ways": ways(row),
            }
            for number, row in enumerate(rows, 1)
        ],
    }


def cell_values(cell: Cell | None) -> dict[str, Any] | None:
    return None if cell is None else {"answer": cell.able.answer, "unexplained": cell.explained is False}


def ways(row: Row) -> list[dict[str, Any]]:
    """By which policies and under which conditions, operations of the same together."""
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for operation, cell in row.cells.items():
        lines = [f"through {words}" for words in through_words(cell.able.through)]
        lines += [f"if {conditions_words(cell)}"] if cell.able.conditions else []
        lines += [f"not known: {words}" for words in cell.able.unknown]
        found[tuple(map(printable, lines))].append(operation)
    return [{"operations": operations, "lines": lines} for lines, operations in found.items()]


def by_repository(report: Report, sets: Sets, ids: dict[int, str]) -> Iterator[dict[str, Any]]:
    """The repositories with the rows that are about them, those of the same rows together."""
    rows = [row for row in (*report.rows, *report.others) if row.repositories]
    about: dict[str, list[int]] = {arn: [] for account in report.accounts for arn in sorted(account.repositories)}
    for number, row in enumerate(rows):
        for arn in row.repositories:
            about.setdefault(arn, []).append(number)
    together: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for arn in sorted(about):
        together[tuple(about[arn])].append(arn)
    for numbers, arns in together.items():
        yield {
            "on": sets.named(arns, "repositories"),
            "access": [
                {
                    "row": ids[id(rows[number])],
                    "who": who(rows[number], sets),
                    "operations": operations_of(rows[number]),
                }
                for number in numbers
            ],
        }


def who(row: Row, sets: Sets) -> str:
    found = sets.named(row.callers, "users and roles")
    return found.text or ", ".join(found.names)


def operations_of(row: Row) -> str:
    return ", ".join(name if cell.able.answer == "yes" else f"{name} (if)" for name, cell in row.cells.items())

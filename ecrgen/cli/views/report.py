"""The report as JSON values, as a table of cells for CSV, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ecrgen.account.account import Account
from ecrgen.audit.known_repositories import OTHER
from ecrgen.audit.report import Report
from ecrgen.audit.rows import Cell, Row
from ecrgen.audit.who import Through
from ecrgen.cli.escape import inline
from ecrgen.cli.views.answer import condition_values, key_words
from ecrgen.policy.arn import Arn
from ecrgen.policy.layers import TERMS

__all__ = ["conditions_words", "explained_word", "gaps_of", "markdown_lines", "rows", "through_words", "values"]

VERSION = 1
COLUMNS = (
    "account",
    "region",
    "repository",
    "principal",
    "type",
    "operation",
    "answer",
    "conditions",
    "through",
    "unknown",
    "explained",
)
EXPLAINED = {True: "by a grant", False: "by no grant", None: ""}
SHOWN = 20  # of a row's callers or repositories, in Markdown


def values(shown: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        "accounts": [account_values(account) for account in shown.accounts],
        "operations": list(shown.operations),
        "access": [each for row in shown.rows for each in row_values(row)],
        "others": [each for row in shown.others for each in row_values(row)],
        "unassumable": list(shown.unassumable),
        "not_considered": list(shown.not_considered),
    }


def account_values(account: Account) -> dict[str, Any]:
    return {
        "account": account.id,
        "partition": account.partition,
        "source": account.source,
        "taken": account.taken or None,
        "regions": list(account.regions),
        "principals": None if account.principals is None else len(account.principals),
        "repositories": len(account.repositories),
        "unread": list(gaps_of(account)),
    }


def gaps_of(account: Account) -> Iterator[str]:
    """What of an account the file does not hold."""
    yield from account.unread
    if account.principals is None:
        yield "users and roles"
    if not account.regions:
        yield "repositories, and their policies"


def row_values(row: Row) -> Iterator[dict[str, Any]]:
    for operation, cell in row.cells.items():
        yield {
            "principals": list(row.callers),
            "repositories": list(row.repositories),
            "operation": operation,
            "answer": cell.able.answer,
            "conditions": condition_values(cell.able.conditions),
            "through": [
                {"policy": each.policy, "group": each.group or None, "statement": each.statement, "sid": each.sid}
                for each in cell.able.through
            ],
            "unknown": list(cell.able.unknown),
            "explained": cell.explained,
        }


def rows(shown: Report) -> Iterator[tuple[str, ...]]:
    """A row for each principal, repository and operation."""
    yield COLUMNS
    for row in (*shown.rows, *shown.others):
        for caller in row.callers:
            for arn in row.repositories or ("",):
                yield from cells_of(row, caller, arn)


def cells_of(row: Row, caller: str, arn: str) -> Iterator[tuple[str, ...]]:
    place = Arn.parse(arn or caller)
    account, region = (place.account, place.region) if place else ("", "")
    name = arn.partition(":repository/")[2]
    for operation, cell in row.cells.items():
        yield (
            account,
            region,
            name,
            caller,
            type_of(caller),
            operation,
            cell.able.answer,
            conditions_words(cell),
            "; ".join(through_words(cell.able.through)),
            "; ".join(cell.able.unknown),
            explained_word(cell),
        )


def type_of(caller: str) -> str:
    """user, role or session, and for whom only a policy of a resource names: other."""
    arn = Arn.parse(caller)
    if arn is None or arn.service not in ("iam", "sts") or "*" in caller or "?" in caller:
        return "other"
    return {"user": "user", "role": "role", "assumed-role": "session"}.get(arn.resource.partition("/")[0], "other")


def conditions_words(cell: Cell) -> str:
    return "; ".join(key_words(key) if key.answers else key.key for key in cell.able.conditions)


def explained_word(cell: Cell) -> str:
    return EXPLAINED[cell.explained]


def through_words(through: Iterable[Through]) -> list[str]:
    """`group devs: inline policy own: Pull, Statement[1]`, a text for each policy."""
    by_policy: dict[str, list[str]] = {}
    for each in through:
        policy = f"group {each.group}: {each.policy}" if each.group else each.policy
        by_policy.setdefault(policy, []).append(each.sid or f"Statement[{each.statement}]")
    return [f"{policy}: {', '.join(statements)}" for policy, statements in by_policy.items()]


def markdown_lines(shown: Report) -> Iterator[str]:
    yield "# Access to Amazon ECR"
    yield ""
    for account in shown.accounts:
        taken = f", taken {account.taken}" if account.taken else ""
        yield f"- Account {inline(account.id)}, from {inline(account.source)}{inline(taken)}"
        yield from (f"  - not read: {inline(words)}" for words in gaps_of(account))
    if shown.not_considered:
        yield f"- Not considered: {', '.join(TERMS[layer] for layer in shown.not_considered)}"
    yield f"- {OTHER} stands for repositories that do not exist yet"
    yield from (f"- Nobody can assume {inline(arn)}" for arn in shown.unassumable)
    for title, those in (
        ("Users and roles", shown.rows),
        ("Others, as far as their own accounts let them", shown.others),
    ):
        if those:
            yield from ("", f"## {title}", "", "| who | repositories | operation | answer | how | grant |")
            yield "|---|---|---|---|---|---|"
            yield from (line for row in those for line in markdown_row(row))


def markdown_row(row: Row) -> Iterator[str]:
    who, where = some(row.callers), some([arn.partition(":repository/")[2] for arn in row.repositories])
    for operation, cell in row.cells.items():
        how = [
            *through_words(cell.able.through),
            conditions_words(cell),
            *(f"not known: {one}" for one in cell.able.unknown),
        ]
        said = "<br>".join(inline(each) for each in how if each)
        yield f"| {who} | {where} | {inline(operation)} | {cell.able.answer} | {said} | {explained_word(cell)} |"


def some(names: Iterable[str]) -> str:
    listed = [*names]
    more = [f"and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []
    return "<br>".join([*map(inline, listed[:SHOWN]), *more])

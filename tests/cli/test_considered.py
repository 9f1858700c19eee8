"""docs/considered.md says of each kind of policy what commands take it; here they are asked."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from ecrgen import EcrgenError, PolicyDocument, ask, diff, evaluate, pack
from ecrgen.cli.limits import Limits
from ecrgen.policy.kinds import KINDS, PolicyKind

PAGE = (Path(__file__).parents[2] / "docs" / "considered.md").read_text()
ROWS = {
    cells[1].strip("`"): cells
    for cells in ([each.strip() for each in line.strip("| \n").split("|")] for line in PAGE.splitlines())
    if len(cells) == 7 and cells[1].startswith("`") and cells[1] != "`check --type`"
}
OPTIONS = {f"--{name}": name for name in get_type_hints(Limits)} | {"--policy": None}
ALL = [pytest.param(kind, id=kind.name) for kind in KINDS.values()]


def document_of(kind: PolicyKind, action: str) -> PolicyDocument:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action}
    if kind.principal != "refused":
        statement["Principal"] = "*"
    if kind.resource != "refused":
        statement["Resource"] = "*"
    return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": [statement]})


def test_every_kind_has_a_row() -> None:
    """The table is of all kinds and no others."""
    assert set(ROWS) == set(KINDS)


@pytest.mark.parametrize("kind", ALL)
def test_where_a_kind_is_taken(kind: PolicyKind) -> None:
    """What the table names is there: the kind's option of `can`, and its argument in Python."""
    _, _, option, argument, _, _, allow = ROWS[kind.name]
    if kind.slot is None:
        assert option.startswith("no:")
        assert argument == "no"
        return
    assert option.strip("`") in OPTIONS
    assert OPTIONS[option.strip("`")] == (None if kind.grants else kind.slot)
    name = argument.strip("`")
    assert re.fullmatch(f"{kind.slot}s?", name)
    assert {name} <= inspect.signature(evaluate).parameters.keys() & inspect.signature(ask).parameters.keys()
    assert allow == ("gives access" if kind.grants else "limits")


@pytest.mark.parametrize("kind", ALL)
def test_what_compares_and_packs_it(kind: PolicyKind) -> None:
    """diff compares two of a kind; pack takes those that the table says, and refuses the others."""
    one, other = document_of(kind, "ecr:PutImage"), document_of(kind, "ecr:BatchGetImage")
    assert ROWS[kind.name][4] == "yes"
    assert diff([one], [other])
    if ROWS[kind.name][5] == "yes":
        assert pack([one, other])
    else:
        with pytest.raises(EcrgenError, match="a resource has one policy"):
            pack([one, other])

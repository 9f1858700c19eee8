"""The case tables of packing: tests/cases/pack/*.yaml.

A file has its `source` (AWS's pages), what every statement of it starts from (`start`), and `cases`: a `name`; the
`policies`, each a list of statements or a document; the `limit`; and what comes out: `parts`, each a list of statements
in full (their Effect is Allow where none is said), `unchanged` where they are the given ones, or the `error`'s text. A
resource `repository/…` is one of account 123456789012 in us-east-1; `repository/app-[1-40]` is forty of them.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from tables import document_of, in_full, load

from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.pack import pack

LISTS = {"Action", "NotAction", "Resource", "NotResource"}
KEYS = {"name", "policies", "limit", "parts", "unchanged", "error"}
RANGE = re.compile(r"\[(\d+)-(\d+)\]")


def policy_of(start: dict[str, Any], written: Any) -> PolicyDocument:
    data = document_of(start, written).to_dict()
    return PolicyDocument.from_dict({**data, "Statement": [with_ranges(each) for each in data["Statement"]]})


def with_ranges(statement: dict[str, Any]) -> dict[str, Any]:
    return {key: spelled_out(value) if key in LISTS else value for key, value in statement.items()}


def spelled_out(value: Any) -> Any:
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    found = texts(value)
    return found[0] if len(found) == 1 else found


def texts(value: str) -> list[str]:
    found = RANGE.search(value)
    numbers = range(int(found[1]), int(found[2]) + 1) if found else ()
    return [in_full(each) for each in [RANGE.sub(str(number), value) for number in numbers] or [value]]


@pytest.mark.parametrize(("table", "case"), load("pack", KEYS))
def test_pack(table: dict[str, Any], case: dict[str, Any]) -> None:
    """Policies come out as the parts that the table says, or with its error."""
    policies = [policy_of(table["start"], each) for each in case["policies"]]
    match case:
        case {"error": text}:
            with pytest.raises(EcrgenError) as raised:
                pack(policies, case["limit"])
            assert str(raised.value) == text
        case {"unchanged": True}:
            parts = pack(policies, case["limit"])
            assert all(part is policy for part, policy in zip(parts, policies, strict=True))
        case {"parts": expected}:
            parts = pack(policies, case["limit"])
            assert [part.to_dict()["Statement"] for part in parts] == [
                [with_ranges({"Effect": "Allow", **each}) for each in part] for part in expected
            ]
        case _:
            raise AssertionError("the case expects nothing")

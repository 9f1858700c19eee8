"""The case tables of packing: tests/cases/pack/*.yaml.

A file has its `source` (AWS's pages), what every statement of it starts from (`start`), and `cases`: a `name`; the
`policies`, each a list of statements or a document; the `limit`; and what comes out: `parts`, each a list of statements
in full (their Effect is Allow where none is said), `unchanged` where they are the given ones, or the `error`'s text. A
resource `repository/…` is one of account 123456789012 in us-east-1; `repository/app-[1-40]` is forty of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.pack import pack

TESTS = Path(__file__).parents[1]
OPPOSITES = {"Action": "NotAction", "Resource": "NotResource"}
RANGE = re.compile(r"\[(\d+)-(\d+)\]")


def load() -> list[Any]:
    found = []
    for path in sorted((TESTS / "cases" / "pack").glob("*.yaml")):
        table = yaml.safe_load(path.read_text())
        names = [case["name"] for case in table["cases"]]
        assert len(set(names)) == len(names), f"{path}: a name twice"
        assert table["source"]
        found += [pytest.param(table, case, id=f"{path.stem}: {case['name']}") for case in table["cases"]]
    return found


def document_of(start: dict[str, Any], written: Any) -> PolicyDocument:
    document = {"Version": "2012-10-17", **(written if isinstance(written, dict) else {"Statement": written})}
    return PolicyDocument.from_dict(
        {**document, "Statement": [statement_of(start, each) for each in document["Statement"]]}
    )


def statement_of(start: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    merged = {**start, **written}
    for element, opposite in OPPOSITES.items():
        if opposite in written:
            merged.pop(element, None)
    return {
        element: in_full(value) if element in {*OPPOSITES, *OPPOSITES.values()} else value
        for element, value in merged.items()
    }


def in_full(value: Any) -> Any:
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    found = texts(value)
    return found[0] if len(found) == 1 else found


def texts(value: str) -> list[str]:
    found = RANGE.search(value)
    numbers = range(int(found[1]), int(found[2]) + 1) if found else ()
    named = [RANGE.sub(str(number), value) for number in numbers] or [value]
    return [f"arn:aws:ecr:us-east-1:123456789012:{each}" if each.startswith("repository/") else each for each in named]


@pytest.mark.parametrize(("table", "case"), load())
def test_pack(table: dict[str, Any], case: dict[str, Any]) -> None:
    """Policies come out as the parts that the table says, or with its error."""
    policies = [document_of(table["start"], each) for each in case["policies"]]
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
                [statement_of({"Effect": "Allow"}, each) for each in part] for part in expected
            ]
        case _:
            raise AssertionError("the case expects nothing")

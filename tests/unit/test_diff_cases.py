"""The case tables of semantic differences: tests/cases/diff/*.yaml, one file for each family.

A file has its `source` (AWS's pages), what every statement of it starts from (`start`), and `cases`: a `name`; `old`
and `new`, each nothing, the name of a file in tests/documented, a document, a list of documents, or a list of
statements; and in `forth` and `back` every sentence from old to new and from new to old, in their order. A resource
`repository/…` is one of account 123456789012 in us-east-1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument

TESTS = Path(__file__).parents[1]
OPPOSITES = {"Action": "NotAction", "Resource": "NotResource", "Principal": "NotPrincipal"}
KEYS = {"name", "old", "new", "forth", "back"}


def load() -> list[Any]:
    found = []
    for path in sorted((TESTS / "cases" / "diff").glob("*.yaml")):
        table = yaml.safe_load(path.read_text())
        names = [case["name"] for case in table["cases"]]
        assert len(set(names)) == len(names), f"{path}: a name twice"
        assert table["source"]
        found += [pytest.param(table, case, id=f"{path.stem}: {case['name']}") for case in table["cases"]]
    return found


def documents_of(start: dict[str, Any], written: Any) -> list[PolicyDocument]:
    if written is None:
        return []
    if isinstance(written, str):
        return [PolicyDocument.from_json((TESTS / "documented" / f"{written}.json").read_text())]
    if isinstance(written, dict):
        written = [written]
    elif not any("Statement" in each for each in written):
        written = [{"Statement": written}]
    return [document_of(start, each) for each in written]


def document_of(start: dict[str, Any], written: dict[str, Any]) -> PolicyDocument:
    statements = written["Statement"] if isinstance(written["Statement"], list) else [written["Statement"]]
    return PolicyDocument.from_dict(
        {"Version": "2012-10-17", **written, "Statement": [statement_of(start, each) for each in statements]}
    )


def statement_of(start: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """A statement with what the file says for all of them, but never an element beside its opposite."""
    merged = {**start, **written}
    for element, opposite in OPPOSITES.items():
        if opposite in written:
            merged.pop(element, None)
    for element in ("Resource", "NotResource"):
        if element in merged:
            values = merged[element]
            merged[element] = [in_full(each) for each in values] if isinstance(values, list) else in_full(values)
    return {element: value for element, value in merged.items() if value is not None}


def in_full(resource: str) -> str:
    return f"arn:aws:ecr:us-east-1:123456789012:{resource}" if resource.startswith("repository/") else resource


@pytest.mark.parametrize(("table", "case"), load())
def test_difference(table: dict[str, Any], case: dict[str, Any]) -> None:
    """Two policies differ in exactly the sentences of the table, there and back."""
    assert not case.keys() - KEYS
    old, new = (documents_of(table["start"], case[side]) for side in ("old", "new"))
    assert [difference.words for difference in diff(old, new)] == case["forth"]
    assert [difference.words for difference in diff(new, old)] == case["back"]

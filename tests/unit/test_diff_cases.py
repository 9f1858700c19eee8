"""The case tables of semantic differences: tests/cases/diff/*.yaml, one file for each family.

A file has its `source` (AWS's pages), what every statement of it starts from (`start`), and `cases`: a `name`; `old`
and `new`, each nothing, the name of a file in tests/documented, a document, a list of documents, or a list of
statements; and in `forth` and `back` every sentence from old to new and from new to old, in their order. A resource
`repository/…` is one of account 123456789012 in us-east-1.
"""

from __future__ import annotations

from typing import Any

import pytest
from tables import document_of, in_full, load

from ecrgen.policy.access import diff
from ecrgen.policy.document import PolicyDocument

KEYS = {"name", "old", "new", "forth", "back"}


def documents_of(start: dict[str, Any], written: Any) -> list[PolicyDocument]:
    if written is None:
        return []
    if isinstance(written, (str, dict)):
        return [in_this_region(document_of(start, written))]
    if not any("Statement" in each for each in written):
        written = [{"Statement": written}]
    return [in_this_region(document_of(start, each)) for each in written]


def in_this_region(document: PolicyDocument) -> PolicyDocument:
    data = document.to_dict()
    for statement in data["Statement"]:
        for element in ("Resource", "NotResource"):
            if element in statement:
                values = statement[element]
                statement[element] = [in_full(each) for each in values] if isinstance(values, list) else in_full(values)
    return PolicyDocument.from_dict(data)


@pytest.mark.parametrize(("table", "case"), load("diff", KEYS))
def test_difference(table: dict[str, Any], case: dict[str, Any]) -> None:
    """Two policies differ in exactly the sentences of the table, there and back."""
    old, new = (documents_of(table["start"], case[side]) for side in ("old", "new"))
    assert [difference.words for difference in diff(old, new)] == case["forth"]
    assert [difference.words for difference in diff(new, old)] == case["back"]

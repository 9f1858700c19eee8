"""The case tables, tests/cases/AREA/*.yaml, as the tests of an area take them: one file for each family of rules.

A file has its `source` (AWS's pages), what its statements start from, and `cases`, each with a `name`; or only
a list of cases.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ecrgen.policy.document import PolicyDocument

__all__ = ["document_of", "documented", "in_full", "load", "statement_of"]

TESTS = Path(__file__).parent
OPPOSITES = {"Action": "NotAction", "Resource": "NotResource", "Principal": "NotPrincipal"}


def load(area: str, keys: set[str]) -> list[Any]:
    """Every case of an area as a parameter `(table, case)` named `FILE: NAME`.

    Raises AssertionError where a file has no source, a case has an unknown key, or a name is used twice.
    """
    found = []
    for path in sorted((TESTS / "cases" / area).glob("*.yaml")):
        table = yaml.safe_load(path.read_text())
        if isinstance(table, list):  # of check, whose rules name their pages
            table = {"cases": table}
        else:
            assert table["source"], path
        names = [case["name"] for case in table["cases"]]
        assert len(set(names)) == len(names), f"{path}: a name twice"
        for case in table["cases"]:
            assert case.keys() <= keys, f"{path}: {case['name']}: {case.keys() - keys}"
            found.append(pytest.param(table, case, id=f"{path.stem}: {case['name']}"))
    return found


def statement_of(start: dict[str, Any], written: dict[str, Any], keep_null: bool = False) -> dict[str, Any]:
    """A statement on top of what all start from, but never an element beside its opposite; null leaves one out."""
    replaced = {mine for pair in OPPOSITES.items() for mine, other in (pair, pair[::-1]) if other in written}
    base = {element: value for element, value in start.items() if element not in replaced}
    return {element: value for element, value in {**base, **written}.items() if value is not None or keep_null}


def document_of(start: dict[str, Any], written: Any) -> PolicyDocument:
    """A document as a table writes one: its elements, its statements, one statement, or a file of tests/documented."""
    if isinstance(written, str):
        return PolicyDocument.from_dict(documented(written))
    if isinstance(written, list):
        written = {"Statement": written}
    elif "Statement" not in written:
        written = {"Statement": [written]}
    statements = written["Statement"] if isinstance(written["Statement"], list) else [written["Statement"]]
    document = {
        "Version": "2012-10-17",
        **written,
        "Statement": [statement_of(start, each) for each in statements],
    }
    return PolicyDocument.from_dict({element: value for element, value in document.items() if value is not None})


def documented(name: str) -> Any:
    return yaml.safe_load((TESTS / "documented" / f"{name}.json").read_text())


def in_full(resource: str) -> str:
    """A resource `repository/…` is one of account 123456789012 in us-east-1."""
    return f"arn:aws:ecr:us-east-1:123456789012:{resource}" if resource.startswith("repository/") else resource

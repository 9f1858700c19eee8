"""Pairs of cases on either side of each question that check answers closely, with AWS's page or record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tables import load
from test_check_cases import CASES, checked

PAIRS = load("check_pairs", {"name", "about", "page", "finding", "wrong", "right"})
RECORD: dict[str, str] = json.loads((Path(__file__).parents[1] / "data/access_analyzer_checks.json").read_text())
TOPICS = {"conditions", "regions", "arns", "severities", "completeness", "control", "fixes"}


def severities(name: str) -> dict[str, str]:
    """The findings of the case of that name, by code, with their severity."""
    (case,) = (case for case in CASES if case["name"] == name)
    return {finding.code: finding.severity for finding in checked(case)}


@pytest.mark.parametrize(("_table", "pair"), PAIRS)
def test_one_of_a_pair_has_the_finding_and_the_other_has_not(_table: Any, pair: dict[str, Any]) -> None:
    """The one is found with its severity, which is Access Analyzer's where it has that check; the other is not."""
    code, severity = pair["finding"].split()
    assert severities(pair["wrong"]).get(code) == severity
    assert code not in severities(pair["right"])
    assert RECORD.get(code, severity) == severity


@pytest.mark.parametrize(("_table", "pair"), PAIRS)
def test_a_pair_names_its_page_or_record(_table: Any, pair: dict[str, Any]) -> None:
    """Each pair comes from a page of AWS's documentation, or from the record of a check that Access Analyzer has."""
    if pair["page"].startswith("Access Analyzer's record of "):
        assert pair["page"].rpartition(" ")[2] in RECORD
    else:
        assert pair["page"].startswith("https://docs.aws.amazon.com/")


def test_every_question_has_pairs() -> None:
    """No topic is without a pair, and every pair is of a topic."""
    assert {row.values[1]["about"] for row in PAIRS} == TOPICS

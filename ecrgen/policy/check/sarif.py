"""Findings as SARIF 2.1.0, which code hosts and editors show.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ecrgen.policy.check import RULES, Finding, Severity
from ecrgen.policy.check.finding import Origin

__all__ = ["to_sarif"]

LEVELS: dict[Severity, str] = {
    "ERROR": "error",
    "SECURITY_WARNING": "error",
    "WARNING": "warning",
    "SUGGESTION": "note",
}
ORIGINS: dict[Origin, str] = {
    "offline": "found offline",
    "access-analyzer": "found by Access Analyzer",
    "both": "found offline and by Access Analyzer",
}


def to_sarif(results: Iterable[tuple[str, Sequence[Finding]]], *, version: str) -> dict[str, Any]:
    """One run as JSON values: pairs of an artifact's URI and its findings. `version` is the tool's."""
    described: dict[str, dict[str, Any]] = {}
    places: dict[str, int] = {}
    rows = []
    for uri, findings in results:
        for finding in findings:
            index = places.setdefault(finding.code, len(places))
            described.setdefault(finding.code, describe(finding))
            rows.append(row(uri, finding, index))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ecrgen",
                        "semanticVersion": version,
                        "rules": list(described.values()),
                    }
                },
                "results": rows,
            }
        ],
    }


def describe(finding: Finding) -> dict[str, Any]:
    """The rule of a finding; Access Analyzer may have one that is not known here."""
    rule = RULES.get(finding.code)
    return {
        "id": finding.code,
        "shortDescription": {"text": rule.title if rule is not None else finding.code},
        "help": {"text": finding.fix or finding.source},
        "helpUri": finding.source,
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": {"severity": finding.severity},
    }


def row(uri: str, finding: Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path, "kind": "value"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.fix}".strip()},
        "locations": [location],
        "properties": {"severity": finding.severity, "origin": ORIGINS[finding.origin]},
    }

"""Findings as SARIF 2.1.0, which code hosts and editors show.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ecrgen import __version__
from ecrgen.catalog.rules import EVERY_RULE, EXPECTATION_NOT_MET
from ecrgen.cli.escape import message, printable
from ecrgen.cli.views.proofs import Checked
from ecrgen.policy.check import Finding, Severity
from ecrgen.policy.check.finding import Origin
from ecrgen.proof.acceptance import Accepted
from ecrgen.proof.proofs import Proof

__all__ = ["to_sarif", "values"]

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


def values(checked: Checked) -> dict[str, Any]:
    return to_sarif(results(checked.proofs), version=__version__)


def results(proofs: Sequence[Proof]) -> Iterator[tuple[str, Sequence[Finding | Accepted]]]:
    """Findings by the address of what to change; an expectation that is not met is one of them."""
    for proof in proofs:
        failed = [EXPECTATION_NOT_MET.at(".".join(map(str, outcome.place)), outcome.words) for outcome in proof.failed]
        file = proof.file if proof.file == "-" else os.path.relpath(proof.file)
        yield quote(os.fsencode(file.replace(os.sep, "/"))), [*proof.findings, *failed, *proof.accepted]


def to_sarif(results: Iterable[tuple[str, Sequence[Finding | Accepted]]], *, version: str) -> dict[str, Any]:
    """One run as JSON values: pairs of an artifact's URI and its findings. `version` is the tool's."""
    described: dict[str, dict[str, Any]] = {}
    places: dict[str, int] = {}
    rows = []
    for uri, findings in results:
        for one in findings:
            finding, because = one if isinstance(one, Accepted) else (one, None)
            index = places.setdefault(finding.code, len(places))
            described.setdefault(finding.code, describe(finding))
            accepted = [] if because is None else [{"kind": "external", "justification": message(because)}]
            rows.append(row(uri, finding, index) | {"suppressions": accepted})
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
                "columnKind": "unicodeCodePoints",
                "results": rows,
            }
        ],
    }


def describe(finding: Finding) -> dict[str, Any]:
    """The rule of a finding; Access Analyzer may have one that is not known here."""
    rule = EVERY_RULE.get(finding.code)
    return {
        "id": finding.code,
        "shortDescription": {"text": message(rule.title if rule is not None else finding.code)},
        "help": {"text": message(finding.fix or finding.source)},
        "helpUri": finding.source,
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": {"severity": finding.severity},
    }


def row(uri: str, finding: Finding, index: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line, "startColumn": finding.column}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(finding.path), "kind": "value"}]
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": message(finding.words)},
        "locations": [location],
        "properties": {"severity": finding.severity, "origin": ORIGINS[finding.origin]},
    }

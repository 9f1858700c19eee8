"""Proofs: findings, and expectations that are not met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.views.formats import Item
from ecrgen.proof.expectations import Outcome, unmet
from ecrgen.proof.proofs import Proof, finding_line

__all__ = ["Checked", "outcome_values", "proof_values", "summary", "text", "values"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The proofs of a run, the catalog that they are about, and whether all of it holds."""

    proofs: tuple[Proof, ...]
    catalog: Catalog
    holds: bool


def text(checked: Checked) -> Iterator[Item]:
    for proof in checked.proofs:
        yield from (finding_line(proof.subject, finding) for finding in proof.findings)
        yield from (unmet(checked.catalog, outcome) for outcome in proof.failed)


def summary(proofs: Sequence[Proof]) -> str:
    """The number of subjects, findings and expectations, in one line."""
    findings = sum(len(proof.findings) for proof in proofs)
    asked, failed = sum(len(proof.outcomes) for proof in proofs), sum(len(proof.failed) for proof in proofs)
    return f"{len(proofs)} checked: {findings} findings; {asked} expectations, {failed} of them not met"


def values(checked: Checked) -> dict[str, Any]:
    return {"holds": checked.holds, "subjects": [proof_values(proof) for proof in checked.proofs]}


def proof_values(proof: Proof) -> dict[str, Any]:
    return {
        "subject": proof.subject,
        "findings": [finding.to_dict() for finding in proof.findings],
        "expectations": [outcome_values(outcome) for outcome in proof.outcomes],
    }


def outcome_values(outcome: Outcome) -> dict[str, Any]:
    return {
        "place": ".".join(map(str, outcome.place)),
        "entry": outcome.entry,
        "expected": outcome.expected,
        "met": outcome.met,
        "reason": outcome.reason,
    }

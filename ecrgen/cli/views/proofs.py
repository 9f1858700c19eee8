"""Proofs: findings, and expectations that are not met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ecrgen.catalog.catalog import Catalog
from ecrgen.cli.views.formats import Item
from ecrgen.messages import in_words
from ecrgen.proof.expectations import Outcome, unmet
from ecrgen.proof.proofs import Proof, finding_line

__all__ = ["Checked", "outcome_values", "proof_values", "remarks", "summary", "text", "values"]


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


def remarks(proofs: Sequence[Proof]) -> Iterator[str]:
    """The kinds that policies were taken for, one line a kind, and what was not looked at."""
    likely = [proof for proof in proofs if proof.surety == "likely"]
    for kind in dict.fromkeys(proof.kind for proof in likely):
        subjects = named(proof.subject for proof in likely if proof.kind is kind)
        yield f"{subjects}: taken for {kind.words}; --type says otherwise"
    for kind in dict.fromkeys(proof.kind for proof in proofs if not proof.kind.judged):
        subjects = named(proof.subject for proof in proofs if proof.kind is kind)
        yield f"{subjects}: {kind.words}, of which only the grammar is checked"
    for proof in proofs:
        if proof.open:
            yield f"{proof.subject}: open: {named(proof.open)}; what hangs on that is not checked"


def named(texts: Iterable[str]) -> str:
    """The first few of these, and how many more there are."""
    first = list(texts)
    return in_words([*first[:5], f"{len(first) - 5} more"] if len(first) > 6 else first)


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
        "type": proof.kind.name,
        "type_is": proof.surety,
        "open": list(proof.open),
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

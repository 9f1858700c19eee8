"""Proofs: findings, and expectations that are not met."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Ignore
from ecrgen.cli.screen import Colour
from ecrgen.cli.views.formats import Item, Marked
from ecrgen.messages import in_words
from ecrgen.policy.check import SEVERITIES, Finding, Severity
from ecrgen.proof.expectations import Outcome, unmet
from ecrgen.proof.proofs import Proof, finding_line

__all__ = ["Checked", "outcome_values", "proof_values", "remarks", "summary", "text", "values"]

LAST_INDEX = re.compile(r"\[\d+\]$")
COLOURS: dict[Severity, Colour] = {
    "ERROR": "bold red",
    "SECURITY_WARNING": "red",
    "WARNING": "yellow",
    "SUGGESTION": "cyan",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """The proofs of a run, the catalog that they are about, and whether all of it holds.

    `unused` are the ignores that accept nothing of what was checked.
    """

    proofs: tuple[Proof, ...]
    catalog: Catalog
    holds: bool
    unused: tuple[Ignore, ...] = ()


def text(checked: Checked) -> Iterator[Item]:
    """Promises that are not kept, then findings, worst first, one line for each kind and place."""
    for proof in checked.proofs:
        for outcome in proof.failed:
            yield Marked(unmet(checked.catalog, outcome), outcome.must, COLOURS["ERROR"])
    groups: dict[object, list[tuple[Proof, Finding]]] = {}
    for proof in checked.proofs:
        # what is wrong with the template of many grants is one thing, and what is wrong with two files is not
        whose = (proof.about, proof.file) if proof.about != "policy" else proof.subject
        for finding in proof.findings:
            place = LAST_INDEX.sub("", finding.path) or finding.message  # of the whole policy, each is for itself
            key = (whose, finding.severity, finding.code, place)
            groups.setdefault(key, []).append((proof, finding))
    for group in sorted(groups.values(), key=lambda group: SEVERITIES.index(group[0][1].severity)):
        proof, finding = group[0]
        others = len({other.subject for other, _ in group}) - 1
        subject = where(proof, finding) + (f" and {others} more" if others else "")
        yield Marked(
            finding_line(subject, finding, sum(other.subject == proof.subject for other, _ in group) - 1),
            f"{finding.severity} {finding.code}",
            COLOURS[finding.severity],
        )


def where(proof: Proof, finding: Finding) -> str:
    """The subject of a finding, with the line and column after the file's name where they are known."""
    if finding.line is None:
        return proof.subject
    return f"{proof.file}:{finding.line}:{finding.column}{proof.subject.removeprefix(proof.file)}"


def remarks(checked: Checked) -> Iterator[str]:
    """The kinds that policies were taken for, one line a kind, what was not looked at, and ignores without effect."""
    proofs = checked.proofs
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
    for ignore in checked.unused:
        where = f" in {ignore.where}" if ignore.where else ""
        yield f"{ignore.place or '--ignore'}: check does not find {ignore.code}{where}; take the ignore out"


def named(texts: Iterable[str]) -> str:
    """The first few of these, and how many more there are."""
    first = list(texts)
    return in_words([*first[:5], f"{len(first) - 5} more"] if len(first) > 6 else first)


def summary(proofs: Sequence[Proof]) -> str:
    """The number of subjects, findings and expectations, in one line."""
    findings, accepted = sum(len(proof.findings) for proof in proofs), sum(len(proof.accepted) for proof in proofs)
    asked, failed = sum(len(proof.outcomes) for proof in proofs), sum(len(proof.failed) for proof in proofs)
    words = f"{len(proofs)} checked: {counted(findings, 'finding')}"
    if accepted:
        words += f", {accepted} more accepted"
    if failed:
        return f"{words}; {failed} of {counted(asked, 'expectation')} not met"
    return f"{words}; {counted(asked, 'expectation')} met" if asked else words


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def values(checked: Checked) -> dict[str, Any]:
    return {
        "holds": checked.holds,
        "subjects": [proof_values(proof) for proof in checked.proofs],
        "unused_ignores": [asdict(ignore) for ignore in checked.unused],
    }


def proof_values(proof: Proof) -> dict[str, Any]:
    return {
        "subject": proof.subject,
        "type": proof.kind.name,
        "type_is": proof.surety,
        "open": list(proof.open),
        "findings": [finding.to_dict() for finding in proof.findings],
        "accepted": [finding.to_dict() | {"because": because} for finding, because in proof.accepted],
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

"""Objections: what stops an apply before its first write, in the words in which check says the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecrgen.catalog.catalog import Catalog
from ecrgen.errors import Problems
from ecrgen.policy.check import check
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.expectations import outcomes, unmet
from ecrgen.proof.proofs import Kind, distinct, finding_line, severe

__all__ = ["HandedOut", "objections"]


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A policy that would be made or attached: for which grant and persona, and to which kinds of grantees."""

    grant: str
    name: str
    persona: str
    document: PolicyDocument
    kinds: tuple[Kind, ...] = ()


def objections(catalog: Catalog, policies: Iterable[HandedOut]) -> Iterator[str]:
    """A line for each severe finding about these policies, and for each expectation that their personas do not meet.

    Raises EcrgenError for expectations that cannot be asked.
    """
    policies = tuple(policies)
    for policy in policies:
        asked: tuple[Kind | None, ...] = policy.kinds or (None,)
        findings = distinct(
            finding
            for kind in asked
            for finding in check(policy.document, principal_kind=kind, new_regions=catalog.new_regions)
        )
        for finding in severe(findings, "SECURITY_WARNING"):
            yield finding_line(f"{policy.grant}: {policy.name}", finding)
    problems = Problems()
    for name in dict.fromkeys(policy.persona for policy in policies):
        with problems.collected():
            yield from (
                unmet(catalog, outcome) for outcome in outcomes(catalog, catalog.personas[name]) if not outcome.met
            )
    problems.stop()

"""Proofs: the findings about a persona, a grant or a policy's text, and the outcomes of its expectations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Persona, Rendered
from ecrgen.errors import Problems
from ecrgen.policy.arn import Arn
from ecrgen.policy.check import SEVERITIES, Finding, Severity
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.kinds import IDENTITY, PolicyKind
from ecrgen.policy.paths import path_of
from ecrgen.policy.recognise import as_type
from ecrgen.policy.sources import Found, Hole
from ecrgen.proof.expectations import Outcome, examples, outcomes

__all__ = [
    "Find",
    "FindAs",
    "Kind",
    "Proof",
    "Surety",
    "distinct",
    "finding_line",
    "prove_grant",
    "prove_personas",
    "prove_policy",
    "severe",
]

Kind = Literal["user", "role", "group"]
# Findings about a policy, for a kind of grantee where that is known.
Find = Callable[[PolicyDocument | bytes, Kind | None], Iterable[Finding]]
# Findings about JSON values or a text, as a policy of a kind.
FindAs = Callable[[Any, PolicyKind], Iterable[Finding]]


# How the kind of a policy is known: somebody said it, its place or its content tell it, or it is likely.
Surety = Literal["said", "certain", "likely"]


@dataclass(frozen=True, slots=True)
class Proof:
    """The findings about a subject: `persona NAME`, `grant NAME`, or a file's name and the policy's place in it.

    `file` is what to change: the template or the file itself. `open` is what the file leaves open, so that what hangs
    on it was not looked at.
    """

    subject: str
    file: str
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...] = ()
    kind: PolicyKind = IDENTITY
    surety: Surety = "certain"
    open: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The expectations that are not met."""
        return tuple(outcome for outcome in self.outcomes if not outcome.met)

    def holds(self, fail_on: Severity) -> bool:
        """True where every expectation is met and no finding is as severe as this."""
        return not self.failed and not severe(self.findings, fail_on)


def prove_personas(catalog: Catalog, personas: Iterable[Persona], find: Find) -> tuple[Proof, ...]:
    """Each persona: its expectations, and findings about what it renders to.

    Raises EcrgenError with every problem that keeps expectations from being asked, before anything is found.
    """
    asked: list[tuple[Persona, tuple[Outcome, ...], tuple[PolicyDocument, ...]]] = []
    problems = Problems()
    for persona in personas:
        with problems.collected():
            asked.append((persona, outcomes(catalog, persona), tuple(examples(catalog, persona))))
    problems.stop()
    return tuple(
        Proof(
            f"persona {persona.name}",
            file_of(persona),
            distinct(finding for policy in policies for finding in find(policy, None)),
            found,
        )
        for persona, found, policies in asked
    )


def prove_grant(item: Rendered, find: Find) -> Proof:
    """Findings about a grant's policy, for each kind of grantee it is for."""
    kinds: set[Kind | None] = set(map(kind_of, item.grant.to)) or {None}
    findings = (finding for kind in sorted(kinds, key=str) for finding in find(item.policy, kind))
    return Proof(f"grant {item.grant.name}", file_of(item.grant.persona), distinct(findings))


def prove_policy(subject: str, file: str, policy: Found, said: str | None, find: FindAs) -> Proof:
    """Findings about what a file holds, as a policy of the kind that somebody said, or that it is or looks like.

    What the file leaves open is not judged. Raises EcrgenError for a kind that there is not.
    """
    kind, certain = as_type(policy.data, said)
    surety: Surety = "said" if said else "certain" if certain else "likely"
    if said is None and policy.kind is not None:
        kind, surety = policy.kind, "certain"
    found = () if policy.is_open else find(policy.data if policy.text is None else policy.text, kind)
    return Proof(subject, file, distinct(judged(found, policy.holes)), (), kind, surety, policy.open)


# What is said of an action because of the resources beside it.
BY_RESOURCE = frozenset(("ECR_ACTION_NEEDS_REPOSITORY", "ECR_ACTION_NEEDS_STAR", "ECR_TOKEN_ON_REPOSITORY"))


def judged(findings: Iterable[Finding], holes: Iterable[Hole]) -> Iterator[Finding]:
    """The findings without those about values that are open, or that another value decides."""
    paths = {hole.path for hole in holes}
    resources = {path_of(hole.steps[:2]) for hole in holes if hole.steps[2:3] in (("Resource",), ("NotResource",))}
    for finding in findings:
        statement = finding.path.partition(".")[0]
        if finding.path not in paths and not (finding.code in BY_RESOURCE and statement in resources):
            yield finding


def severe(findings: Iterable[Finding], fail_on: Severity) -> tuple[Finding, ...]:
    """The findings that are as severe as this, or more."""
    enough = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return tuple(finding for finding in findings if finding.severity in enough)


def finding_line(subject: str, finding: Finding) -> str:
    """A finding about a subject in one line: place, severity, code, what is wrong, what to do, and whose finding."""
    place = f": {finding.path}" if finding.path else ""
    words = "; ".join(filter(None, (finding.message, finding.fix)))
    origin = "" if finding.origin == "offline" else f" [{finding.origin}]"
    return f"{subject}{place}: {finding.severity} {finding.code}: {words}{origin}"


def file_of(persona: Persona) -> str:
    return str(persona.template.directory / persona.template.name)


def kind_of(grantee: str) -> Kind | None:
    arn = Arn.parse(grantee)
    match (arn.resource if arn else grantee).partition("/")[0]:
        case "user":
            return "user"
        case "role":
            return "role"
        case "group":
            return "group"
        case _:
            return None


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(findings))

"""Proofs: the findings about a persona, a grant or a policy's text, and the outcomes of its expectations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal, Protocol

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import Grantee, IamEntity, IamKind, grantees_of
from ecrgen.catalog.halves import Halves
from ecrgen.catalog.model import Grant, Ignore, Operation, Persona, Rendered, Target
from ecrgen.errors import Problems
from ecrgen.policy.check import SEVERITIES, Finding, Severity
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.kinds import IDENTITY, REGISTRY, PolicyKind
from ecrgen.policy.paths import path_of
from ecrgen.policy.recognise import as_type
from ecrgen.policy.sources import Found, Hole, located
from ecrgen.proof.acceptance import Accepted, sort_out
from ecrgen.proof.across import both_halves
from ecrgen.proof.attached import findings_of_managed, unknown_managed
from ecrgen.proof.cautions import broken_operations
from ecrgen.proof.expectations import Outcome, examples, outcomes

__all__ = [
    "Find",
    "FindAs",
    "Proof",
    "Surety",
    "accepting",
    "distinct",
    "finding_line",
    "prove_grant",
    "prove_halves",
    "prove_managed",
    "prove_personas",
    "prove_policy",
    "severe",
]


class Find(Protocol):
    """Findings about a policy, for a kind of grantee where that is known, and as a policy of a kind."""

    def __call__(
        self, policy: PolicyDocument | bytes, grantee: IamKind | None = None, kind: PolicyKind | None = None, /
    ) -> Iterable[Finding]: ...


# Findings about JSON values or a text, as a policy of a kind.
FindAs = Callable[[Any, PolicyKind], Iterable[Finding]]


# What a subject is: an example of a persona, a grant, or a policy in a file.
About = Literal["persona", "grant", "policy"]
# How the kind of a policy is known: somebody said it, its place or its content tell it, or it is likely.
Surety = Literal["said", "certain", "likely"]


@dataclass(frozen=True, slots=True)
class Proof:
    """The findings about a subject: `persona NAME`, `grant NAME`, or a file's name and the policy's place in it.

    `about` is what it is, `names` are what it can be called by. `accepted` are the findings that somebody accepts,
    which count for nothing. `file` is what to change: the template or the file itself. `open` is what the file leaves
    open, so that what hangs on it was not looked at.
    """

    subject: str
    about: About
    names: frozenset[str]
    file: str
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...] = ()
    kind: PolicyKind = IDENTITY
    surety: Surety = "certain"
    open: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()

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
            *named("persona", persona.name),
            file_of(persona),
            distinct(
                chain(
                    *(find(policy, None, half_of(persona)) for policy in policies),
                    unknown_managed(persona.managed_policy),
                )
            ),
            found,
            half_of(persona),
        )
        for persona, found, policies in asked
    )


def prove_grant(item: Rendered, find: Find, target: Target, operations: Mapping[str, Operation]) -> Proof:
    """Findings about the policy that a grant attaches, for each kind of grantee it is for.

    That is the one that it renders to, with the operations that its guards break, or AWS's own, compared at the target.
    """
    grant = item.grant
    if grant.managed:
        return prove_managed(grant, find, target)
    broken = broken_operations(operations, grant.bound, item.policy)
    findings = distinct(chain(found_for(grant, item.policy, find), broken))
    return Proof(*named("grant", grant.name), file_of(grant.persona), findings)


def prove_halves(
    grant: Grant, halves: Halves, find: Find, target: Target, operations: Mapping[str, Operation]
) -> tuple[Proof, ...]:
    """The findings about each half of a grant, and what both together promise; `target` is the catalog's.

    Of a grant whose grantees have enough by their identity policies there is that half alone.
    """
    proofs = []
    if halves.identity is not None:
        proofs.append(prove_grant(Rendered(grant, halves.identity), find, target, operations))
    if halves.resource:
        policies = {(half.place.kind, half.statements): half.policy for half in halves.resource}
        found = [find(policy, None, kind) for (kind, _), policy in policies.items()]
        if halves.identity is None:
            found += [broken_operations(operations, grant.bound, policy) for policy in policies.values()]
        findings, kind = distinct(chain(*found)), halves.resource[0].place.kind
        subject, about, names = named("grant", grant.name)
        subject += f", in {kind.words}" if halves.identity is not None else ""
        outcomes = both_halves(grant, halves, target)
        proofs.append(Proof(subject, about, names, file_of(grant.persona), findings, outcomes, kind))
    return tuple(proofs)


def prove_managed(grant: Grant, find: Find, target: Target) -> Proof:
    """Findings about the policy of AWS's own that a grant attaches. Raises EcrgenError where it cannot be rendered."""
    findings = findings_of_managed(grant.bound, grant.target(target), lambda policy: found_for(grant, policy, find))
    return Proof(*named("grant", grant.name), file_of(grant.persona), distinct(findings))


def found_for(grant: Grant, policy: PolicyDocument, find: Find) -> Iterator[Finding]:
    """What is found for each kind of grantee that a grant is for."""
    kinds: set[IamKind | None] = set(map(kind_of, grantees_of(grant.to).values())) or {None}
    return (finding for kind in sorted(kinds, key=str) for finding in find(policy, kind))


def prove_policy(subject: str, file: str, policy: Found, said: str | None, find: FindAs, text: bytes = b"") -> Proof:
    """Findings about what a file holds, as a policy of the kind that somebody said, or that it is or looks like.

    What the file leaves open is not judged. `text` is the file's, in which the findings are located. Raises EcrgenError
    for a kind that there is not.
    """
    kind, certain = as_type(policy.data, said)
    surety: Surety = "said" if said else "certain" if certain else "likely"
    if said is None and policy.kind is not None:
        kind, surety = policy.kind, "certain"
    found = () if policy.is_open else find(policy.data if policy.text is None else policy.text, kind)
    findings = distinct(located(judged(found, policy.holes), policy, text))
    return Proof(subject, "policy", frozenset((subject, file)), file, findings, (), kind, surety, policy.open)


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


def finding_line(subject: str, finding: Finding, more: int = 0) -> str:
    """A finding about a subject in one line: place, severity, code, what is wrong, what to do, and whose finding.

    `more` is the number of other places of the same kind.
    """
    place = f": {finding.path}" if finding.path else ""
    place += f" and {more} more" if more else ""
    origin = "" if finding.origin == "offline" else f" [{finding.origin}]"
    return f"{subject}{place}: {finding.severity} {finding.code}: {finding.words}{origin}"


def accepting(proofs: Iterable[Proof], ignores: Iterable[Ignore]) -> tuple[Proof, ...]:
    """The proofs without the findings that are accepted, each with these by themselves."""
    ignores = tuple(ignores)
    sorted_out = ((proof, *sort_out(proof.findings, proof.names, ignores)) for proof in proofs)
    return tuple(replace(proof, findings=counting, accepted=accepted) for proof, counting, accepted in sorted_out)


def named(about: About, name: str) -> tuple[str, About, frozenset[str]]:
    """A subject of a catalog, what it is, and what it can be called by."""
    subject = f"{about} {name}"
    return subject, about, frozenset((subject, name))


def file_of(persona: Persona) -> str:
    return str(persona.template.directory / persona.template.name)


def half_of(persona: Persona) -> PolicyKind:
    """The kind of the policies that a persona's statements stand in."""
    return REGISTRY if persona.of_registry else IDENTITY


def kind_of(grantee: Grantee) -> IamKind | None:
    return grantee.kind if isinstance(grantee, IamEntity) else None


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(findings))

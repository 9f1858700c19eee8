"""Objections: what stops an apply before its first write, in the words in which check says the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import IamKind
from ecrgen.catalog.halves import halves_of_grant, lets_others_in
from ecrgen.catalog.model import Grant, Target
from ecrgen.errors import Problems
from ecrgen.policy.check import STOPPING, Finding, check
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.kinds import PolicyKind
from ecrgen.proof.acceptance import sort_out
from ecrgen.proof.across import both_halves
from ecrgen.proof.expectations import outcomes, unmet
from ecrgen.proof.proofs import distinct, finding_line, prove_managed, severe

__all__ = ["HandedOut", "Objections", "objections"]


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A policy that would be made or attached: for which grant and persona, and to which kinds of grantees.

    `policy_type` is the kind of policy, as check names it, where it is none that grantees have.
    """

    grant: str
    name: str
    persona: str
    document: PolicyDocument
    kinds: tuple[IamKind, ...] = ()
    policy_type: str | None = None


@dataclass(frozen=True, slots=True)
class Objections:
    """A line for each finding that stops an apply, and for each that would but is accepted, with the reason."""

    stops: tuple[str, ...]
    accepted: tuple[str, ...]


def objections(
    catalog: Catalog, policies: Iterable[HandedOut], managed: Iterable[Grant] = (), target: Target | None = None
) -> Objections:
    """What objects to these policies, and to the policies of AWS's own of these grants at the target.

    That is each severe finding, each expectation that the policies' personas do not meet, of those that the catalog
    has, and at a target each that both halves of their grants do not meet. Raises EcrgenError for expectations that
    cannot be asked.
    """
    policies = tuple(policies)
    stops, accepted = [], []
    for name, grant, findings in (*about_own(catalog, policies), *about_managed(catalog, managed, target)):
        counting, ignored = sort_out(severe(findings, STOPPING[-1]), (f"grant {grant}",), catalog.ignores)
        stops += [finding_line(name, finding) for finding in counting]
        accepted += [f"{finding_line(name, finding)} (accepted: {because})" for finding, because in ignored]
    problems = Problems()
    personas = dict.fromkeys(policy.persona for policy in policies)
    for persona in filter(catalog.personas.__contains__, personas):
        with problems.collected():
            asked = outcomes(catalog, catalog.personas[persona])
            stops += [unmet(catalog, outcome) for outcome in asked if not outcome.met]
    for across in across_accounts(catalog, policies, target):
        with problems.collected():
            stops += halves_unmet(catalog, across, target or catalog.target())
    problems.stop()
    return Objections(tuple(stops), tuple(accepted))


def across_accounts(catalog: Catalog, policies: Iterable[HandedOut], target: Target | None) -> Iterator[Grant]:
    """The grants of these policies that the policies of resources let somebody in for."""
    if target is not None:
        for name in dict.fromkeys(policy.grant for policy in policies):
            grant = catalog.grants.get(name)
            if grant is not None and lets_others_in(grant, target.account, target):
                yield grant


def halves_unmet(catalog: Catalog, grant: Grant, target: Target) -> list[str]:
    halves = halves_of_grant(grant, catalog.namespace, target)
    return [unmet(catalog, outcome) for outcome in both_halves(grant, halves, target) if not outcome.met]


# The name of a policy, the grant that it is for, and what there is to say about it.
About = tuple[str, str, tuple[Finding, ...]]


def about_own(catalog: Catalog, policies: Iterable[HandedOut]) -> Iterator[About]:
    for policy in policies:
        asked: tuple[IamKind | None, ...] = policy.kinds or (None,)
        findings = (
            finding
            for kind in asked
            for finding in check(
                policy.document,
                policy_type=policy.policy_type,
                principal_kind=kind,
                new_regions=catalog.new_regions,
            )
        )
        yield f"{policy.grant}: {policy.name}", policy.grant, distinct(findings)


def about_managed(catalog: Catalog, grants: Iterable[Grant], target: Target | None) -> Iterator[About]:
    def find(
        policy: PolicyDocument | bytes, grantee: IamKind | None = None, kind: PolicyKind | None = None, /
    ) -> tuple[Finding, ...]:
        name = None if kind is None else kind.name
        return check(policy, policy_type=name, principal_kind=grantee, new_regions=catalog.new_regions)

    for grant in grants:
        proof = prove_managed(grant, find, target or catalog.target())
        yield grant.name, grant.name, proof.findings

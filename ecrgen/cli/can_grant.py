"""The policies of a grant of the catalog, for `can`: its identity policy, and across accounts both halves"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.grantees import IamEntity, Service, grantees_of
from ecrgen.catalog.halves import halves_of_grant
from ecrgen.catalog.managed import attached_policy
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.render import has_identity_half
from ecrgen.cli.documents import Named
from ecrgen.cli.views.answer import Answered
from ecrgen.errors import EcrgenError
from ecrgen.policy.caller import Caller, caller_of
from ecrgen.policy.kinds import IDENTITY
from ecrgen.proof.across import halves_about
from ecrgen.proof.operations import Question
from ecrgen.proof.whatever import EVERYTHING

__all__ = ["Granted", "granted"]


@dataclass(frozen=True, slots=True)
class Granted:
    """The policies that may have a say about a question, of a grant or of another subject, and words about them.

    `beyond` is what the caller may have by policies that no grant says; None where nothing depends on that.
    """

    policies: tuple[Named, ...]
    notes: tuple[str, ...] = ()
    beyond: Named | None = None

    def told(self, found: Answered, at_most: Answered, principal: str) -> Answered:
        """The answer, where it may be another one by what is beyond."""
        if found.verdict == at_most.verdict:
            return found
        unknown = (f"the identity policies of {principal}: the grant has none",)
        return replace(
            found, verdict="if", missing=at_most.missing, not_considered=at_most.not_considered, unknown=unknown
        )


def granted(catalog: Catalog, grant: Grant, target: Target, asked: Question, principal: str | None) -> Granted:
    """The policies of a grant, as `principal` has them. Raises EcrgenError, naming the grant; `target` the catalog's.

    Nobody named is somebody of the repositories' own account, whom identity policies are enough for.
    """
    caller = caller_of(principal) if principal else None
    registry = grant.target(target).account
    if caller is None and not has_identity_half(grant):
        raise EcrgenError(f"grant {grant.name}: has no identity policy; say who asks: --as {example_caller(grant)}")
    if caller is None or (caller.account == registry and has_identity_half(grant)):
        return Granted((Named(grant.name, attached_policy(grant, grant.target(target)), IDENTITY),))
    halves = halves_of_grant(grant, catalog.namespace, target)
    policies = [
        Named(f"{grant.name} in {half.place}", half.policy, half.place.kind)
        for half in halves_about(halves, asked.about)
    ]
    by_service = caller.type == "Service"
    if halves.identity is not None and not by_service:
        policies.insert(0, Named(grant.name, attached_policy(grant, grant.target(target)), IDENTITY))
    open_beyond = grant.persona.of_registry and not by_service and caller.account != registry
    beyond = Named(f"the identity policies of {caller.principal}", EVERYTHING, IDENTITY) if open_beyond else None
    return Granted(tuple(policies), tuple(notes(grant, target, caller)), beyond)


def notes(grant: Grant, target: Target, caller: Caller) -> Iterator[str]:
    """Whose policy is taken for granted."""
    if caller.type == "Service" or not has_identity_half(grant):
        return
    kind = "user" if caller.type == "User" else "role"
    named = {
        (each.account or target.account, each.kind, each.name)
        for each in grantees_of(grant.to).values()
        if isinstance(each, IamEntity)
    }
    if (caller.account, kind, caller.name) not in named:
        prints = f"`ecrgen render {grant.name} --identity` prints"
        yield f"asked as if {caller.principal} had the identity policy that {prints}"


def example_caller(grant: Grant) -> str:
    """A principal that a grant may be asked for, to show what one looks like."""
    services = [each.name for each in grantees_of(grant.to).values() if isinstance(each, Service)]
    return services[0] if services and not grant.persona.of_registry else "arn:aws:iam::444455556666:role/ci"

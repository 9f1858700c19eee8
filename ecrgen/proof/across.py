"""Both halves of a grant asked together, for those whom a resource's policy has to name.

With both halves, each grantee may do on the repositories what the identity policy says; with either half alone nothing,
but for an AWS service and what stands in the registry's policy alone, which have no other half. Nobody else may do any
of it, whatever their own account allows them, nor anybody any of it on another repository or in another region. The
context of a request is left open: allowed is what some context allows, and denied what none does.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ecrgen.catalog.halves import Halves, ResourceHalf
from ecrgen.catalog.model import Grant, Target
from ecrgen.catalog.places import Registry, Repositories, Repository
from ecrgen.catalog.render import written
from ecrgen.catalog.repositories import allowed_on_repositories
from ecrgen.policy.arn import Arn, partition_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.open_question import OpenDecision, ask
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.reference import asked_of_star, expand
from ecrgen.policy.regions import regions
from ecrgen.policy.request import Request
from ecrgen.proof.expectations import Outcome, Verdict
from ecrgen.proof.parties import Party, members, strangers
from ecrgen.proof.whatever import whatever_allowed
from ecrgen.proof.wording import cause_of

__all__ = ["both_halves", "halves_about"]

LOGIN = ("ecr:GetAuthorizationToken", "*")
Asked = tuple[str, str]
# The identity policies of who asks.
Identity = Callable[[Request], Sequence[PolicyDocument]]


def halves_about(halves: Halves, resource: str) -> Iterator[ResourceHalf]:
    """What a grant says in the policies that decide about a repository: its own, and the registry's."""
    arn = Arn.parse(resource)
    for half in halves.resource if arn is not None else ():
        match half.place:
            case Repository():
                here = half.place.arn == resource
            case Repositories(pattern):
                here = Pattern.of(pattern, "resource", variables=False).matches(resource)
            case Registry(account, region):
                here = arn is not None and (account, region) == (arn.account, arn.region)
        if here:
            yield half


def both_halves(grant: Grant, halves: Halves, target: Target) -> tuple[Outcome, ...]:
    """What both halves of a grant promise, asked for each grantee and each stranger; `target` is the catalog's.

    Nothing is asked of a grant whose grantees have enough by their identity policies. Raises EcrgenError for a grant
    that cannot be rendered.
    """
    home, target = target.account, grant.target(target)
    given = halves.identity or written(grant.bound, target)
    asked = asked_of(given, target)
    if not asked or not halves.resource:
        return ()
    proving = Proving(grant, halves, given, target)
    parties = home, target.account, target.partition
    found = [outcome for party in members(grant, *parties) for outcome in proving.of_member(party, asked)]
    return tuple(found + [proving.of_stranger(party, asked) for party in strangers(grant, *parties)] if found else ())


def asked_of(document: PolicyDocument, target: Target) -> tuple[Asked, ...]:
    """Every action that a policy allows on repositories of the target's account, with each; one for a pattern."""
    found: dict[Asked, None] = {}
    for allowed in allowed_on_repositories(document, (target.account,)):
        for action in allowed.actions:
            for name in named_by(action):
                found[name, str(allowed.arn).replace("*", "x").replace("?", "x")] = None
    return tuple(found)


@lru_cache(maxsize=256)
def named_by(action: str) -> tuple[str, ...]:
    """The actions on repositories that one stands for."""
    if "*" not in action and "?" not in action:
        return (action,)
    return tuple(name for name in expand(action) if not asked_of_star(name))


@dataclass(frozen=True, slots=True)
class Proving:
    """A grant, its halves, what they are derived from, and the grant's own target.

    `about` keeps the policies about each repository, of which there may be many.
    """

    grant: Grant
    halves: Halves
    given: PolicyDocument
    target: Target
    about: dict[str, tuple[PolicyDocument, ...]] = field(default_factory=dict)

    def of_member(self, party: Party, asked: tuple[Asked, ...]) -> Iterator[Outcome]:
        identity = self.halves.identity if party.identity else None
        own: Identity = whatever_allowed if identity is None else always(identity)
        both = ", with both halves" if identity is not None else ""
        yield self.outcome(party, f"{party.words}{both}", "allow", (*self.logins(identity), *asked), own)
        if identity is not None:
            alone = f"{party.words}, with the identity half alone"
            yield self.outcome(party, alone, "deny", asked, own, resources=False)
        if party.identity and not self.is_own(party):
            alone = f"{party.words}, with the other half alone" if both else f"{party.words}, with nothing else"
            yield self.outcome(party, alone, "deny", (LOGIN, *asked), always())
        for words, arn in self.neighbours(asked):
            there = tuple(dict.fromkeys((action, arn) for action, _ in asked))
            yield self.outcome(party, f"{party.words}, {words}", "deny", there, whatever_allowed)

    def of_stranger(self, party: Party, asked: tuple[Asked, ...]) -> Outcome:
        return self.outcome(party, party.words, "deny", asked, whatever_allowed)

    def outcome(
        self,
        party: Party,
        entry: str,
        expected: Verdict,
        asked: tuple[Asked, ...],
        identity: Identity,
        *,
        resources: bool = True,
    ) -> Outcome:
        """The first answer that is not as expected, or else the last."""
        place = ("grants", self.grant.name, "to", party.number)
        for action, arn in asked:
            request = Request(action, arn, party.principal, party.context)
            step = ask(request, identity(request), self.said_about(arn) if resources else ())
            met = (step.answer != "no") if expected == "allow" else (step.answer == "no")
            if not met and (expected == "deny" or self.given_at_home(request)):
                return Outcome(place, entry, expected, False, step.decision, told(step))
        return Outcome(place, entry, expected, True, step.decision, told(step))

    def said_about(self, arn: str) -> tuple[PolicyDocument, ...]:
        if arn not in self.about:
            self.about[arn] = tuple(half.policy for half in halves_about(self.halves, arn))
        return self.about[arn]

    def given_at_home(self, request: Request) -> bool:
        """False where the identity policy gives nothing of it, whatever the context, so that no half can."""
        at_home = Request(request.action, request.resource, self.neighbour_at_home())
        return ask(at_home, (self.given,)).answer != "no"

    def neighbour_at_home(self) -> str:
        return f"arn:{self.target.partition}:sts::{self.target.account}:assumed-role/example/session"

    def is_own(self, party: Party) -> bool:
        return f":{self.target.account}:" in party.principal

    def logins(self, identity: PolicyDocument | None) -> tuple[Asked, ...]:
        """The login, where the identity policy gives it: no other policy has a say about that."""
        if identity is None:
            return ()
        answer = ask(Request(*LOGIN, self.neighbour_at_home()), (identity,)).answer
        return (LOGIN,) if answer != "no" else ()

    def neighbours(self, asked: tuple[Asked, ...]) -> Iterator[tuple[str, str]]:
        """Another repository, and the same one in another region, where the grant gives nothing."""
        patterns = [
            Pattern.of(str(each.arn), "resource", variables=False)
            for each in allowed_on_repositories(self.given, (self.target.account,))
        ]
        first = Arn.parse(asked[0][1])
        assert first is not None, "a repository is named by its ARN"
        others = (replace(first, resource=f"repository/{name}") for name in names_beside(first))
        free = (str(each) for each in others if not any(pattern.matches(str(each)) for pattern in patterns))
        yield from (("on another repository", each) for each in [next(free, "")] if each)
        if first.region:
            regional = (replace(first, region=name) for name in regions() if partition_of(name) == first.partition)
            free = (str(each) for each in regional if not any(pattern.matches(str(each)) for pattern in patterns))
            yield from (("in another region", each) for each in [next(free, "")] if each)


def names_beside(arn: Arn) -> Iterator[str]:
    name = arn.resource.removeprefix("repository/")
    yield from (f"{name}2", f"{name}/below", "ecrgen-stranger/web")


def always(*policies: PolicyDocument) -> Identity:
    return lambda request: policies


def told(step: OpenDecision) -> str:
    words = {"yes": "is allowed by", "if": "is allowed under conditions:", "no": "is denied:"}[step.answer]
    return f"{step.request.action} on {step.request.resource} {words} {cause_of(step)}"

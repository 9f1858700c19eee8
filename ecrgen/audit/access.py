"""Who can do what on which repository, by all that accounts have: each answer once for all that are alike.

Callers are alike where they have the same policies and nothing that those look at tells them apart, and so are
repositories to a caller. One of each is asked, and the answer is that of them all. So a thousand callers and a thousand
repositories take a few thousand questions, not a million.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ecrgen.account.account import Account, Held, Principal
from ecrgen.audit.accounts import Accounts
from ecrgen.audit.alike import Repositories
from ecrgen.audit.standing import Found, Standing, answer_of
from ecrgen.audit.traits import Traits, traits_of
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import Caller, caller_of
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import Layer
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question

__all__ = ["Access", "Asked", "Estate", "access"]

# The question that is asked for a caller and a repository; of none, the empty text.
Asked = Callable[[str, str], Question]
# Further policies that tell callers and repositories apart, though they are not asked.
Beside = Callable[[Principal], tuple[PolicyDocument, ...]]
NONE = 0


@dataclass(frozen=True, slots=True)
class Access:
    """The answer to one question for these callers, by their ARNs, on these repositories.

    Each caller's policies have the order in which `found` counts them.
    """

    callers: tuple[str, ...]
    repositories: tuple[str, ...]
    found: Found


class Estate:
    """The accounts' repositories, with those that are asked about, and the policies that lie on them."""

    def __init__(self, accounts: Accounts, arns: Iterable[str], beside: Beside = lambda principal: ()) -> None:
        self.accounts = accounts
        self.beside = beside
        self.repositories = Repositories(arns)
        places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        policies: dict[int, tuple[Held, list[str]]] = {}
        tagged: defaultdict[Hashable, list[str]] = defaultdict(list)
        for arn in self.repositories.arns:
            owner, parsed = accounts.of_arn(arn), Arn.parse(arn)
            assert parsed is not None, "a repository has an ARN"
            places[parsed.account, parsed.region].append(arn)
            repository = owner.repositories.get(arn) if owner else None
            if repository is not None and repository.policy is not None:
                held = repository.policy
                policies.setdefault(id(held.document or held), (held, []))[1].append(arn)
            tags = repository.tags if repository else None
            tagged[None if tags is None else frozenset(tags.items())].append(arn)
        self.places = {place: self.repositories.of(these) for place, these in places.items()}
        self.policies = [(held, self.repositories.of(these)) for held, these in policies.values()]
        self.tagged = [self.repositories.of(these) for these in tagged.values()]

    def by_policy(self) -> list[int]:
        """The repositories, those with the same policy and tags in one place together."""
        looking = [each for held, layer in self.above if (each := looked_at(held, layer))]
        cuts = [*(at for _, at in self.policies), *self.tagged]
        cuts += [self.repositories.matching(text) for each in looking for text, has in each.resources if not has]
        alone = 0
        for each in looking:
            for text, variables in each.resources:
                alone |= self.repositories.matching_for(text, {})[0] if variables else 0
        return self.repositories.divided(self.places.values(), cuts, alone)

    @cached_property
    def named(self) -> frozenset[str]:
        """Everybody whom a repository's or registry's policy names."""
        held = [policy for policy, _ in self.policies]
        held += [each for account in self.accounts.by_id.values() for each in account.registries.values() if each]
        documents = (one.document for one in held if one.document is not None)
        return frozenset().union(*(traits_of(document, "resource").principals for document in documents))

    @cached_property
    def above(self) -> tuple[tuple[Held, Layer], ...]:
        """The policies that may concern any caller: the registries' and the organisations'."""
        found: list[tuple[Held, Layer]] = []
        for account in self.accounts.by_id.values():
            found += [(each, "resource") for each in account.registries.values() if each]
            if account.organization is not None:
                found += [(each, "scp") for level in account.organization.scps for each in level]
                found += [(each, "rcp") for level in account.organization.rcps for each in level]
        return tuple(found)

    @cached_property
    def about_all(self) -> tuple[Traits, ...]:
        """What those and the repositories' policies look at, which concerns every caller."""
        everyones: list[tuple[Held, Layer]] = [*self.above, *((held, "resource") for held, _ in self.policies)]
        return tuple(each for held, layer in everyones if (each := looked_at(held, layer)))


def looked_at(held: Held, layer: Layer) -> Traits | None:
    return None if held.document is None else traits_of(held.document, layer)


def own_traits(estate: Estate, principal: Principal) -> Iterator[Traits]:
    for held in (*principal.policies, *((principal.boundary,) if principal.boundary else ())):
        found = looked_at(held, "identity")
        if found is not None:
            yield found
    yield from (traits_of(document, "identity") for document in estate.beside(principal))


def access(
    accounts: Accounts,
    arns: Sequence[str],
    asked: Sequence[Asked],
    given: Standing,
    beside: Beside = lambda principal: (),
) -> Iterator[Access]:
    """The answers to several questions, for every user and role of the accounts and each of these repositories.

    Of all that are alike, to their own policies and to those beside, each question is asked once, one after the other;
    without a repository, once for callers. Raises EcrgenError for what nobody can ask.
    """
    estate = Estate(accounts, arns, beside)
    for members in callers_alike(estate):
        principal, caller = members[0]
        callers = tuple(each.arn for each, _ in members)
        for part in parts(estate, principal, caller) if arns else [NONE]:
            example = next(estate.repositories.members(part), "")
            for ask in asked:
                found = answer_of(accounts, ask(principal.arn, example), given)
                yield Access(callers, tuple(estate.repositories.members(part)), found)


def callers_alike(estate: Estate) -> Iterable[Sequence[tuple[Principal, Caller]]]:
    """The users and roles of the accounts, those that are alike together."""
    alike: dict[Hashable, list[tuple[Principal, Caller]]] = {}
    for account in estate.accounts.by_id.values():
        for principal in (account.principals or {}).values():
            caller = caller_of(principal.arn)
            assert caller is not None, "users and roles can ask"
            alike.setdefault(likeness(estate, account, principal, caller), []).append((principal, caller))
    return alike.values()


def likeness(estate: Estate, account: Account, principal: Principal, caller: Caller) -> Hashable:
    """What callers have in common who get the same answers."""
    looking = (*own_traits(estate, principal), *estate.about_all)
    alone = principal.arn in estate.named or any(each.by_name for each in looking)
    keys = Request("sts:GetCallerIdentity", principal=principal.arn).keys
    return (
        account.id,
        caller.type,
        principal.arn if alone else None,
        tuple(map(identity_of, principal.policies)),
        identity_of(principal.boundary) if principal.boundary else None,
        tuple(map(id, estate.beside(principal))),
        frozenset(principal.tags.items()) if caller.type == "User" and principal.tags is not None else None,
        ":role/aws-service-role/" in principal.arn,
        tuple(test.holds(keys) for each in looking for test in each.tests),
    )


def identity_of(held: Held) -> Hashable:
    return str(held) if held.document is None else id(held.document)


def parts(estate: Estate, principal: Principal, caller: Caller) -> list[int]:
    """The repositories, those that are alike to a caller together."""
    repositories = estate.repositories
    concerning = [(held, at) for held, at in estate.policies if concerns(held, caller)]
    looking = [*own_traits(estate, principal)]
    everyones: list[tuple[Held, Layer]] = [*estate.above, *((held, "resource") for held, _ in concerning)]
    looking += [each for held, layer in everyones if (each := looked_at(held, layer))]
    cuts = [at for _, at in concerning]
    if any(each.tags for each in looking):
        cuts += estate.tagged
    alone = 0
    keys = Request("sts:GetCallerIdentity", principal=principal.arn).keys
    for text, variables in {resource for each in looking for resource in each.resources}:
        found, told = repositories.matching_for(text, keys) if variables else (repositories.matching(text), True)
        if told:
            cuts.append(found)
        else:
            alone |= found
    return repositories.divided(estate.places.values(), cuts, alone)


def concerns(held: Held, caller: Caller) -> bool:
    """Whether a repository's policy has a statement for the caller; without one it neither gives nor denies."""
    traits = looked_at(held, "resource")
    if traits is None or traits.exempting:
        return True
    return not traits.principals.isdisjoint(("*", caller.principal, caller.root, caller.account))

"""What a document gives, as permissions to compare: those that come by a change, those that go, those that meet.

A document that cannot be read, and one of AWS's own that ecrgen has no data of, may allow everything: that is an Allow
under a condition that nobody knows. So an Allow of everything covers it, and nothing that is known is covered by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ecrgen.policy.access.spelling import Spelling, read_permissions
from ecrgen.policy.aws_policies import aws_policy
from ecrgen.policy.document import Condition, PolicyDocument
from ecrgen.policy.implication import implied
from ecrgen.policy.patterns import EVERYTHING, Pattern
from ecrgen.policy.permission import IDENTITY, Element, Permission

__all__ = ["Given", "Pieces", "meet", "permissions", "unknown"]


def permissions(document: PolicyDocument | None, policy: str) -> tuple[Permission, ...]:
    """The permissions of a document; where there is none, of the policy of AWS's own with that ARN, or unknown ones."""
    own = aws_policy(policy)
    document = document or (own.document if own else None)
    return (unknown(policy),) if document is None else tuple(read_permissions((document,), Spelling()))


def unknown(policy: str) -> Permission:
    """Everything, under a condition that only this policy has and that none can write: its key has no colon."""
    everything = Element((EVERYTHING,))
    condition = Condition("StringEquals", f"unknown {policy}".lower(), ("true",))
    return Permission("Allow", Element((IDENTITY,)), everything, everything, (condition,))


@dataclass(frozen=True)
class Pieces:
    """Permissions of one effect, each on one resource (NotResource whole), by that resource."""

    by_resource: Mapping[Element, tuple[Permission, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, permissions: Iterable[Permission]) -> Pieces:
        found: dict[Element, dict[Permission, None]] = {}
        for permission in permissions:
            for piece in split(permission):
                found.setdefault(piece.resources, {})[piece] = None
        return cls({resource: tuple(pieces) for resource, pieces in found.items()})

    def __bool__(self) -> bool:
        return bool(self.by_resource)

    def __iter__(self) -> Iterator[Permission]:
        for pieces in self.by_resource.values():
            yield from pieces

    @cached_property
    def wide(self) -> tuple[Element, ...]:
        """The resources that are more than one text."""
        return tuple(resource for resource in self.by_resource if not is_text(resource))

    def candidates(self, resource: Element) -> Iterable[Element]:
        """The resources here that may have a text in common with another one."""
        if not is_text(resource):
            return self.by_resource
        return (*((resource,) if resource in self.by_resource else ()), *self.wide)

    def beyond(self, other: Pieces) -> Pieces:
        """What these give and the others may not: that a piece is left out is certain."""
        return Pieces.of(left for piece in self for left in remaining(piece, other))

    def meets(self, other: Pieces) -> bool:
        """True where a request may match a piece of both; never False where one can."""
        return any(
            any(meet(mine.actions, its.actions) for mine in pieces for its in other.by_resource[candidate])
            for resource, pieces in self.by_resource.items()
            for candidate in other.candidates(resource)
            if meet(resource, candidate)
        )


NOTHING = Pieces()


@dataclass(frozen=True)
class Given:
    """The Allow and the Deny pieces of documents."""

    allows: Pieces = NOTHING
    denies: Pieces = NOTHING

    @classmethod
    def by(cls, document: PolicyDocument | None, policy: str) -> Given:
        """What the document of a policy (its ARN) gives; None for one that cannot be read and for AWS's own."""
        return cls.by_all([(policy, document)])

    @classmethod
    def by_all(cls, policies: Iterable[tuple[str, PolicyDocument | None]]) -> Given:
        """What several policies give together, each by its ARN with its document."""
        found = [each for policy, document in policies for each in permissions(document, policy)]
        return cls(
            Pieces.of(each for each in found if each.effect == "Allow"),
            Pieces.of(each for each in found if each.effect == "Deny"),
        )

    def __bool__(self) -> bool:
        return bool(self.allows or self.denies)

    def beyond(self, other: Given) -> Given:
        return Given(self.allows.beyond(other.allows), self.denies.beyond(other.denies))


def split(permission: Permission) -> Iterator[Permission]:
    if permission.resources.negated:
        yield permission
        return
    for pattern in permission.resources.patterns:
        yield permission._replace(resources=Element((pattern,)))


def is_text(resource: Element) -> bool:
    return not resource.negated and all(pattern.is_text for pattern in resource.patterns)


def remaining(piece: Permission, other: Pieces) -> Iterator[Permission]:
    """The piece without the actions that others allow, or deny, on its resource under no more conditions."""
    actions = piece.actions
    for resource in other.candidates(piece.resources):
        if not resource.contains(piece.resources):
            continue
        for outer in other.by_resource[resource]:
            if implied(piece.conditions, [outer.conditions]):
                left = actions.beyond(outer.actions)
                if not left:
                    return
                actions = actions if actions.negated else Element(left)
    yield piece._replace(actions=actions)


def meet(one: Element, other: Element) -> bool:
    """True where two elements may name the same text; never False where they do."""
    if one.negated or other.negated:
        if one.negated and other.negated:
            return True
        named, excluded = (other, one) if one.negated else (one, other)
        return bool(named.beyond(Element(excluded.patterns)))
    if set(one.patterns) & set(other.patterns):
        return True
    return any(meets(mine, its) for mine in one.patterns for its in other.patterns)


def meets(one: Pattern, other: Pattern) -> bool:
    return not (one.is_text and other.is_text) and one.meets(other)

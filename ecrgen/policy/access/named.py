"""What the names of a difference stand for: is an action among them, is one within another, do two meet?"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ecrgen.policy.access.difference import Names
from ecrgen.policy.caller import caller_of
from ecrgen.policy.patterns import Pattern, PatternKind

__all__ = ["HOLDER", "Several", "Whom", "holds"]

# Whoever has an identity policy, which names no principal.
HOLDER = Names("")
EVERYONE = Names("*")


class Several:
    """Names of resources, in which another one is looked for."""

    def __init__(self, names: Iterable[Names]) -> None:
        self.all = tuple(names)
        self.known = frozenset(self.all)
        self.wide = tuple(each for each in self.all if set("*?$") & set(each.pattern))

    def __contains__(self, resource: Names) -> bool:
        """True where one of them names all that the resource names; False may be ignorance."""
        return resource in self.known or any(contains(each, resource) for each in self.wide)

    def within(self, other: Several) -> bool:
        return all(each in other for each in self.all)

    def meets(self, resource: Names) -> bool:
        """True where one of them may name some of what the resource names; never False where one does."""
        if resource in self.known:
            return True
        near = self.wide if not set("*?$") & set(resource.pattern) else self.all
        return any(overlap(each, resource) for each in near)


class Whom:
    """Names of principals, among which another one is looked for; none are whoever has an identity policy."""

    def __init__(self, names: Iterable[Names]) -> None:
        self.all = tuple(names) or (HOLDER,)
        self.known = frozenset(self.all)

    def __contains__(self, principal: Names) -> bool:
        """True where all are among them whom the principal names; False may be ignorance."""
        return EVERYONE in self.known or principal in self.known

    def within(self, other: Whom) -> bool:
        return all(each in other for each in self.all)

    def meets(self, principal: Names) -> bool:
        """True where some are among them whom the principal names; never False where one is."""
        return principal in self or any(may_be_same(each, principal) for each in self.all)


def may_be_same(one: Names, other: Names) -> bool:
    """True where two names of principals may be about the same caller, as those of an account and of its role are."""
    first, second = caller_of(one.pattern), caller_of(other.pattern)
    if first is None or second is None:  # everyone, everyone but some, a provider of identities, who is gone
        return True
    return (first.account or first.name) == (second.account or second.name)


@lru_cache(maxsize=4096)
def holds(names: Names, action: str) -> bool:
    """True where an action is one that is named."""
    wanted = Pattern.of(action, "action")
    return all(each.contains(wanted) for each in patterns(names.pattern, "action")) and not any(
        all(each.contains(wanted) for each in patterns(excepted, "action")) for excepted in names.excepted
    )


def contains(outer: Names, inner: Names) -> bool:
    """True where all that the inner names is named by the outer; False may be ignorance."""
    (mine, *more), (its, *_) = patterns(outer.pattern, "resource"), patterns(inner.pattern, "resource")
    if more or not mine.contains(its):
        return False
    return not any(all(each.meets(its) for each in patterns(excepted, "resource")) for excepted in outer.excepted)


def overlap(one: Names, other: Names) -> bool:
    if any(within_exceptions(*pair) for pair in ((one, other), (other, one))):
        return False
    return all(
        mine.meets(its) for mine in patterns(one.pattern, "resource") for its in patterns(other.pattern, "resource")
    )


def within_exceptions(names: Names, other: Names) -> bool:
    """True where all that is named is an exception to the other names."""
    return any(contains(Names(excepted), names) for excepted in other.excepted)


def patterns(text: str, kind: PatternKind) -> list[Pattern]:
    """The patterns that a name's text is made of: one, or several that match at once."""
    return [Pattern.of(each, kind) for each in text.split(" matching ")]

"""Access per grantee: what each role, user and group gains and loses by a plan, of all that it has in the namespace"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ecrgen.account.state import Grantee, IamState
from ecrgen.catalog.model import Operation, Target
from ecrgen.errors import EcrgenError
from ecrgen.policy.access import Direction
from ecrgen.policy.access.wording import HOLDER, HOLDERS
from ecrgen.policy.document import PolicyDocument
from ecrgen.proof.whole import Told, told
from ecrgen.provision.changes import Attach, Detach, Plan, arn_of, name_of
from ecrgen.provision.holdings import Had, Holdings
from ecrgen.provision.outsiders import Outsider, letting_in

__all__ = ["GranteeAccess", "Line", "Times", "access_of", "had_by", "unattached"]

Documents = tuple[PolicyDocument, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Something gained or lost: what is `told`, or else the name of what nobody can compare.

    `waits`: only once those steps are done that wait for `--prune`.
    """

    direction: Direction
    told: Told | None
    unknown: str = ""
    waits: bool = False

    def words(self, home: Target, *, several: bool = False) -> str:
        """A sentence whose subject, one grantee or several, stands before it."""
        wording = HOLDERS if several else HOLDER
        return (
            self.told.words(wording, home) if self.told else wording[self.direction, "allow"].format(about=self.unknown)
        )


@dataclass(frozen=True, slots=True)
class GranteeAccess:
    """What one grantee gains and loses; no lines where the plan concerns it and it has what it had.

    An outsider gains what a resource's policy allows, as far as an identity policy of its own account does, too.
    """

    grantee: Grantee | Outsider
    lines: tuple[Line, ...]


def access_of(
    plan: Plan, actual: IamState, operations: Mapping[str, Operation], *, prune: bool
) -> tuple[GranteeAccess, ...]:
    """For each grantee that a plan concerns, the difference between all that it has before and after.

    So what one policy takes and another gives the same grantee is neither, and what one grantee gains is never
    another's. Without `prune`, what only comes with it stands apart.
    """
    comparison = Comparison(operations)
    return tuple(comparison.access(grantee, *times) for grantee, times in had_by(plan, actual, prune=prune).items())


class Times(NamedTuple):
    """What somebody has now, once what does not wait for `--prune` is done, and once all is."""

    now: tuple[Had, ...]
    soon: tuple[Had, ...]
    end: tuple[Had, ...]

    @property
    def change(self) -> bool:
        return not self.now == self.soon == self.end


def had_by(plan: Plan, actual: IamState, *, prune: bool) -> dict[Grantee | Outsider, Times]:
    """What each has whom a plan concerns: by the namespace's policies and AWS's own, or by those of resources."""
    held = plan.held(prune=prune)
    now = Holdings.of(plan, actual)
    soon = now.after(change for number, change in enumerate(plan.changes) if number not in held)
    end = now.after(plan.changes) if held else soon
    times: dict[Grantee | Outsider, Times] = {
        grantee: Times(now.had(grantee), soon.had(grantee), end.had(grantee)) for grantee in now.attached
    }
    times.update((outsider, Times(*each)) for outsider, each in letting_in(plan.changes, held).items())
    return times


class Comparison:
    """Holdings compared, each pair of documents once."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self.operations = operations
        self.known: dict[tuple[bool, Documents, Documents], tuple[Told, ...]] = {}

    def access(
        self, grantee: Grantee | Outsider, now: tuple[Had, ...], soon: tuple[Had, ...], end: tuple[Had, ...]
    ) -> GranteeAccess:
        let_in = isinstance(grantee, Outsider)
        lines = self.lines(now, soon, let_in, waits=False), self.lines(soon, end, let_in, waits=True)
        return GranteeAccess(grantee, tuple(line for some in lines for line in some))

    def lines(self, old: tuple[Had, ...], new: tuple[Had, ...], let_in: bool, *, waits: bool) -> Iterator[Line]:
        """`let_in`: what is had are policies of resources, for somebody whom they let in."""
        if old == new:
            return
        sides = let_in, documents_of(old), documents_of(new)
        yield from (
            Line("gained", None, unknown(had.policy), waits) for had in new if had.is_unknown and had not in old
        )
        yield from (Line("lost", None, unknown(had.policy), waits) for had in old if had.is_unknown and had not in new)
        try:
            if sides not in self.known:
                self.known[sides] = told(self.operations, *sides[1:], of_resources=let_in)
        except EcrgenError as error:
            yield Line("gained", None, f"nobody knows what, because the policies cannot be compared: {error}", waits)
            return
        yield from (Line(each.direction, each, waits=waits) for each in self.known[sides])


def documents_of(side: tuple[Had, ...]) -> Documents:
    return tuple(dict.fromkeys(had.document for had in side if had.document))


def unknown(policy: str) -> str:
    """The words for what a policy gives whose document is not known."""
    name = policy.rpartition("/")[2]
    if ":iam::aws:policy/" in policy:
        return f"what AWS's own {name} says, now and in future"
    return f"whatever {name} gives, which cannot be read"


def unattached(plan: Plan, actual: IamState) -> tuple[str, ...]:
    """The policies that a plan makes, changes or deletes, which nobody has, before or after, nor as a boundary."""
    own = {policy.arn for policy in actual.policies.values()}
    held = {arn for entity in actual.entities.values() for arn in entity.attached & own}
    held |= {policy.arn for policy in actual.policies.values() if policy.bounds}
    held |= {change.attachment.policy for change in plan.changes if isinstance(change, Attach)}
    changed = (change for change in plan.iam_changes if not isinstance(change, Attach | Detach))
    return tuple(dict.fromkeys(name_of(change) for change in changed if arn_of(change) not in held))

"""Both halves in one order: changes of resource policies before and after those of IAM.

What ecrgen says in resource policies only allows, and a document is written whole. So whatever is done of their
changes, nobody has more than either side gives, but for one thing: a Deny of an identity policy takes from what a
resource's policy allows to the registry's own roles and users, by name or as some of everybody, as of an organization.

Where no such Deny comes or goes, what is gained comes first and what is lost comes last, so that who moves from one to
the other has no gap:

    documents gain → IAM → documents lose

Where one does, a document loses first what it allows to these, and gains it last:

    documents lose → Denies go, Denies come → documents gain
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ecrgen.account.resource_policies import SharedPlace
from ecrgen.account.shared_document import JsonStatement, comparable
from ecrgen.policy.document import PolicyDocument, Statement
from ecrgen.provision.changes import Attach, Detach, Plan, SetDefault, Step, Update, before_after, revokes
from ecrgen.provision.set_statements import SetStatements

__all__ = ["with_documents"]

NO_STEPS: frozenset[int] = frozenset()


def with_documents(plan: Plan, changes: Sequence[SetStatements]) -> tuple[Step, ...]:
    """The steps of a plan of IAM, in their order, and around them the changes of documents, which stand in theirs."""
    denies = any(brings_deny(step) or frees(step) for step in plan.steps)
    if denies and any(for_own(each, change.place) for change in changes for each in (*gained(change), *lost(change))):
        return around_denies(plan.steps, changes)
    return gained_first(plan, changes)


class Steps:
    """Steps, one after the other. A change of a document needs the one before it there."""

    def __init__(self) -> None:
        self.made: list[Step] = []
        self.last: dict[SharedPlace, int] = {}

    def add(self, change: SetStatements, hard: frozenset[int] = NO_STEPS, sparing: frozenset[int] = NO_STEPS) -> int:
        """The number of the step that was added."""
        number = len(self.made)
        if change.place in self.last:
            hard |= {self.last[change.place]}
        self.last[change.place] = number
        self.made.append(Step(change, hard | sparing, sparing - hard))
        return number

    def add_all(self, steps: Iterable[Step]) -> range:
        """The numbers of the steps that were added, which need each other only."""
        start = len(self.made)
        self.made += [Step(each.change, shifted(each.needs, start), shifted(each.sparing, start)) for each in steps]
        return range(start, len(self.made))


def shifted(numbers: Iterable[int], by: int) -> frozenset[int]:
    return frozenset(number + by for number in numbers)


def gained_first(plan: Plan, changes: Sequence[SetStatements]) -> tuple[Step, ...]:
    """What goes waits, to spare somebody a gap, for all that its grants give elsewhere, and does so last."""
    out = Steps()
    late: list[SetStatements] = []
    last = {change.place: number for number, change in enumerate(changes)}
    giving: dict[str | None, set[int]] = {}
    for number, change in enumerate(changes):
        if change.goes and last[change.place] == number:  # else it makes room for what comes there
            late.append(change)
            continue
        added = out.add(change)
        for grant in () if change.goes else change.grants:
            giving.setdefault(grant, set()).add(added)
    for number in out.add_all(plan.steps):
        change_of_iam = out.made[number].change
        if not revokes(change_of_iam):
            giving.setdefault(plan.grant_of(change_of_iam), set()).add(number)
    for change in late:
        out.add(change, sparing=frozenset(number for grant in change.grants for number in giving.get(grant, ())))
    return tuple(out.made)


def around_denies(steps: Sequence[Step], changes: Sequence[SetStatements]) -> tuple[Step, ...]:
    """What documents give the registry's own is lost before any Deny goes, and gained when every Deny has come."""
    out = Steps()
    losing: set[int] = set()
    late: list[SetStatements] = []
    chains: dict[SharedPlace, list[SetStatements]] = {}
    for change in changes:
        chains.setdefault(change.place, []).append(change)
    for place, chain in chains.items():
        document = chain[0].document
        coming = [comparable(each) for change in chain for each in gained(change) if for_own(each, place)]
        for change in chain:
            statements = tuple(each for each in change.statements if comparable(each) not in coming)
            early = SetStatements(place, document, statements, change.goes)
            if not document.holds(statements):
                number = out.add(early)
                document = early.after
                if any(for_own(each, place) for each in lost(early)):
                    losing.add(number)
        if coming:
            late.append(SetStatements(place, document, chain[-1].statements))
    bringing = set()
    for number in out.add_all(steps):
        step = out.made[number]
        if brings_deny(step):
            bringing.add(number)
        if frees(step):
            out.made[number] = Step(step.change, step.needs | losing, step.sparing)
    for change in late:
        out.add(change, hard=frozenset(bringing))
    return tuple(out.made)


def gained(change: SetStatements) -> Iterator[JsonStatement]:
    """Our statements that are not there yet as they will be."""
    there = [comparable(each) for each in change.document.ours]
    return (each for each in change.statements if comparable(each) not in there)


def lost(change: SetStatements) -> Iterator[JsonStatement]:
    """Our statements that will not be there any more as they are."""
    then = [comparable(each) for each in change.statements]
    return (each for each in change.document.ours if comparable(each) not in then)


def for_own(statement: JsonStatement, place: SharedPlace) -> bool:
    """True where a statement may allow something to principals of the registry's own account, too."""
    read = comparable(statement)
    if not isinstance(read, Statement):
        return True
    named = (name for _, name in read.principals)
    return read.not_principal is not None or any(name == "*" or place.account in name for name in named)


def brings_deny(step: Step) -> bool:
    """True where somebody is denied more by a change of IAM, or nobody knows."""
    change = step.change
    return isinstance(change, Attach | Update | SetDefault) and denies(before_after(change)[1])


def frees(step: Step) -> bool:
    """True where somebody may be denied less by a change of IAM."""
    change = step.change
    return isinstance(change, Detach | Update | SetDefault) and (
        before_after(change)[0] is None or denies(before_after(change)[0])
    )


def denies(document: PolicyDocument | None) -> bool:
    return document is not None and any(each.effect == "Deny" for each in document.statements)

"""Statements of ours that vanished: what tells that they were in a policy before, and who may have set it whole

Nothing keeps what was applied, so whether a grant's statements were ever there is told by what is left of that run:

- A statement of a higher number: ecrgen numbers those of a grant from 1, without a gap.
- The same grant's statements in other policies, as they should be: then its grantees are not new.
- Its identity policy, in force as it should be: then the resource is not new in it.

One of the last two alone leaves another reading open, which is as usual: so that is said where others have statements,
too, who may own the policy whole, and nothing is said of a policy that nobody has written.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecrgen.account.resource_policies import Resources, SharedPlace
from ecrgen.account.shared_document import JsonStatement, SharedDocument, is_same
from ecrgen.catalog.places import Repository
from ecrgen.catalog.sids import grant_of_sid, sid_of
from ecrgen.messages import in_words
from ecrgen.provision.changes import Plan
from ecrgen.provision.writers import looks_like

__all__ = ["TAKES_OUT_AGAIN", "Vanished", "vanished"]

MOST_NAMED = 3
TAKEN_OUT = "somebody took them out"
TAKES_OUT_AGAIN = (
    "whoever owns it whole, as Terraform and CloudFormation do, takes ecrgen's out again: let them ignore changes of it"
)


@dataclass(frozen=True, slots=True)
class Vanished:
    """Statements of a grant that are missing in some policies; `told` is what tells it, `by` who may have done it."""

    grant: str
    places: tuple[SharedPlace, ...]
    told: str
    by: str

    @property
    def words(self) -> str:
        some = [str(place) for place in self.places[:MOST_NAMED]]
        more = len(self.places) - len(some)
        where = in_words([*some, *([f"{more} more"] if more else [])])
        return f"grant {self.grant}: statements are missing in the policy of {where}: {self.told}; {self.by}"


def vanished(plan: Plan, resources: Resources) -> tuple[Vanished, ...]:
    """What is missing in policies that were read and that it was in before, as far as something tells it."""
    documents = resources.read.documents
    there = {place: documents[place].by_grant() for place in resources.asked if place in documents}
    found: dict[tuple[str, str, str], list[SharedPlace]] = {}
    for grant, asked in by_grant(resources).items():
        seen = {place: there[place].get(grant, []) for place in asked if place in there}
        as_asked = any(is_same(ours, asked[place]) for place, ours in seen.items())
        for place, ours in seen.items():
            told = told_by_numbers(resources.namespace, grant, ours)
            if not ours:
                told = told_elsewhere(as_asked, grant in plan.in_force, shared=bool(documents[place].others))
            if told:
                found.setdefault((grant, told, culprit(place, documents[place])), []).append(place)
    return tuple(Vanished(grant, tuple(places), told, by) for (grant, told, by), places in found.items())


def by_grant(resources: Resources) -> dict[str, dict[SharedPlace, list[JsonStatement]]]:
    """What is asked of each document, by grant."""
    found: dict[str, dict[SharedPlace, list[JsonStatement]]] = {}
    for place, statements in resources.asked.items():
        for each in statements:
            grant = grant_of_sid(resources.namespace, each.sid or "")
            if grant is not None:
                found.setdefault(grant, {}).setdefault(place, []).append(each.to_dict())
    return dict(sorted(found.items()))


def told_by_numbers(namespace: str, grant: str, there: list[JsonStatement]) -> str:
    """What the numbers of a grant's statements tell of one that was before them."""
    sids = {each["Sid"] for each in there}
    for number in range(1, len(sids) + 1):
        if sid_of(namespace, grant, number) not in sids:
            return f"{TAKEN_OUT}, for number {number} is missing and a later one is there"
    return ""


def told_elsewhere(as_asked: bool, in_force: bool, *, shared: bool) -> str:
    """What the other policies of a grant tell of one that has nothing of it, which may be `shared` with others."""
    if as_asked and in_force:
        return (
            f"{TAKEN_OUT}, or an apply stopped half-way, for its identity policy and its others are as they should be"
        )
    if as_asked and shared:
        return f"it is new in the grant, or {TAKEN_OUT}, for the grant's other policies have them"
    if in_force and shared:
        return f"a grantee is new, or {TAKEN_OUT}, for the grant's identity policy is as it should be"
    return ""


def culprit(place: SharedPlace, document: SharedDocument) -> str:
    """Who may have set a policy whole, and would do so again."""
    if document.elements is None:
        anew = ", or the repository was made anew" if isinstance(place, Repository) else ""
        return f"there is no policy now: it was deleted{anew}"
    look = looks_like(document)
    by = f"what others have there looks like {look}" if look else "nothing there tells who, but CloudTrail may"
    return f"{by}; {TAKES_OUT_AGAIN}" if document.others else by

"""Policies below the namespace's path that no grant explains, by their names or by the numbers of their parts"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.account.desired import Desired
from ecrgen.account.state import IamState

__all__ = ["foreign"]


def foreign(desired: Desired, actual: IamState) -> Iterator[tuple[str, str]]:
    """The names of such policies, and why each belongs to no grant.

    A grant that the catalog no longer has is explained as long as its parts are numbered without a gap.
    """
    asked = {policy.grant for policy in desired.policies.values()} | set(desired.attachments.values())
    for name in actual.policies:
        found = desired.namespace.grant_and_part(name)
        if name in desired.policies:
            continue
        if found is None:
            yield name, f"no grant of namespace {desired.namespace.name} gives a policy this name"
            continue
        grant, part = found
        before = (desired.namespace.policy_name(grant, number) for number in range(1, part))
        if grant in asked:
            yield name, f"grant {grant} has no {'policy of its own' if part == 1 else f'part {part}'}"
        elif not all(each in actual.policies for each in before):
            yield name, f"it says part {part} of grant {grant}, which has no part before it"

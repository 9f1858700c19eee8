"""A part of a stack set: the stacks of some of its units and accounts"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecrgen.errors import Problems
from ecrgen.export.stackset.values import StackSet
from ecrgen.messages import in_words

__all__ = ["part_of"]


def part_of(found: StackSet, units: Sequence[str], accounts: Sequence[str]) -> StackSet:
    """The set with the instances of these units and accounts alone; all of it where none are named.

    Raises EcrgenError for units that no instance was made for, and for accounts that are not in the set.
    """
    there, known = {each.account for each in found.instances}, in_words(sorted(found.units) or ["none"])
    problems = Problems(
        f"--ou: {unit}: the set was not made for it; it is for {known}" for unit in units if unit not in found.units
    )
    problems.add(*(f"--account: {account}: has no stack of the set" for account in accounts if account not in there))
    problems.stop()
    instances = tuple(
        each
        for each in found.instances
        if (not units or each.unit in units) and (not accounts or each.account in accounts)
    )
    reached = frozenset(each.unit for each in instances) if accounts else frozenset(units) or found.units
    return replace(found, units=reached, instances=instances)

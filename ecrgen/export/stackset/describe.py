"""The steps of a stack set's plan, and accounts, in words"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ecrgen.export.stackset.values import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DeleteSet,
    Step,
    Targets,
    UpdateSet,
)
from ecrgen.messages import in_words

__all__ = ["because", "counted_accounts", "done_to_set", "listed"]


def because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def done_to_set(step: Step) -> str:
    """A step in words."""
    match step:
        case CreateSet():
            return "create the set"
        case UpdateSet(why):
            return f"update all instances: {', '.join(why)}"
        case CreateInstances(targets, regions):
            return f"create instances in {of_targets(targets)} ({', '.join(regions)})"
        case DeleteInstances(targets, regions):
            return f"delete instances in {of_targets(targets)} ({', '.join(regions)})"
        case DeleteSet():
            return "delete the set"
    assert_never(step)


def of_targets(targets: Targets) -> str:
    if targets.accounts:
        return f"{listed(targets.accounts)} of {in_words(targets.units)}"
    return f"all accounts of {in_words(targets.units)}"


def listed(accounts: Iterable[str]) -> str:
    """`account 111122223333`, `accounts … and …`."""
    names = list(accounts)
    return f"{'account' if len(names) == 1 else 'accounts'} {in_words(names)}"


def counted_accounts(accounts: Iterable[str]) -> str:
    """`1 account`, `2 accounts`."""
    number = len(set(accounts))
    return f"{number} account{'' if number == 1 else 's'}"

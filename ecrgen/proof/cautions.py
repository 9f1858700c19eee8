"""Cautions: a guard says which actions it is known to break, and a policy that allows them gets a line about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ecrgen.catalog.model import BoundGuard, BoundPersona, Guard, Operation
from ecrgen.messages import in_words
from ecrgen.policy.document import PolicyDocument

if TYPE_CHECKING:
    from ecrgen.policy.check import Finding

__all__ = ["EVERYTHING", "allowed_by", "broken_operations", "broken_with", "cautions", "concerns"]

EVERYTHING = ("*",)
# The actions that a statement allows, and those of its NotAction, beside which it allows all.
Allowed = tuple[tuple[str, ...], tuple[str, ...]]


def cautions(bound: BoundPersona, policy: PolicyDocument) -> list[str]:
    """A line for each guard with a caution that the policy's actions make real."""
    return [f"guard {guard.guard.name}: {guard.guard.caution}" for guard in cautioned(bound, allowed_by(policy))]


def broken_operations(
    operations: Mapping[str, Operation], bound: BoundPersona, policy: PolicyDocument
) -> Iterator[Finding]:
    """A finding for each guard with a caution, with the operations that the policy gives and the guard breaks.

    A guard that names what it breaks breaks it always; one that names nothing does so where the caution says.
    """
    from ecrgen.catalog.rules import ECR_GUARD_BREAKS_OPERATION  # for start-up: rendering has no findings

    for guard in cautioned(bound, allowed_by(policy)):
        broken = broken_with(operations, guard.guard, policy)
        if broken:
            which = in_words([*broken[:3], f"{len(broken) - 3} more"] if len(broken) > 4 else broken)
            fails = "can fail" if guard.guard.breaks == EVERYTHING else "fails" if len(broken) == 1 else "fail"
            message = f"with guard {guard.guard.name}, {which} {fails}: {guard.guard.caution}"
            yield ECR_GUARD_BREAKS_OPERATION.at("", message)


def broken_with(operations: Mapping[str, Operation], guard: Guard, policy: PolicyDocument) -> tuple[str, ...]:
    """The operations that a policy gives and that the guard is known to break."""
    needs = tuple((name, operation.actions) for name, operation in operations.items())
    return broken_by(needs, allowed_by(policy), guard.breaks)


def allowed_by(policy: PolicyDocument) -> tuple[Allowed, ...]:
    return tuple(
        (statement.actions, statement.not_actions) for statement in policy.statements if statement.effect == "Allow"
    )


def cautioned(bound: BoundPersona, allowed: tuple[Allowed, ...]) -> Iterator[BoundGuard]:
    """The guards with a caution, of whose actions the policy allows one."""
    for guard in bound.guards:
        if concerns(guard.guard, allowed):
            yield guard


def concerns(guard: Guard, allowed: tuple[Allowed, ...]) -> bool:
    """True for a guard with a caution, where one of the actions that it breaks is allowed."""
    return guard.caution is not None and any(some_of(each, guard.breaks) for each in allowed)


def some_of(allowed: Allowed, broken: tuple[str, ...]) -> bool:
    actions, beside = allowed
    return bool(beside) or any(overlap(action, each) for action in actions for each in broken)


@lru_cache(maxsize=256)
def broken_by(
    needs: tuple[tuple[str, tuple[str, ...]], ...], allowed: tuple[Allowed, ...], broken: tuple[str, ...]
) -> tuple[str, ...]:
    """The operations all of whose own actions are allowed, and one of which is broken."""
    return tuple(
        name
        for name, actions in needs
        if any(overlap(action, each) for action in actions for each in broken)
        and all(any(gives(each, action) for each in allowed) for action in actions)
    )


def gives(allowed: Allowed, action: str) -> bool:
    actions, beside = allowed
    if beside:
        return not any(overlap(each, action) for each in beside)
    return any(overlap(each, action) for each in actions)


def overlap(action: str, broken: str) -> bool:
    from ecrgen.policy.patterns import Pattern  # for start-up: most policies have no guard with a caution

    return Pattern.of(action, "action").meets(Pattern.of(broken, "action"))

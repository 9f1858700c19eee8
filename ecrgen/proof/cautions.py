"""Cautions: a guard says which actions it is known to break; a policy that allows one of them gets a line about it."""

from __future__ import annotations

from ecrgen.catalog.model import BoundPersona
from ecrgen.policy.document import PolicyDocument

__all__ = ["cautions"]


def cautions(bound: BoundPersona, policy: PolicyDocument) -> list[str]:
    """A line for each guard with a caution that the policy's actions make real."""
    allowed = [action for statement in policy.statements if statement.effect == "Allow" for action in statement.actions]
    return [
        f"guard {guard.guard.name}: {guard.guard.caution}"
        for guard in bound.guards
        if guard.guard.caution and any(overlap(action, broken) for action in allowed for broken in guard.guard.breaks)
    ]


def overlap(action: str, broken: str) -> bool:
    from ecrgen.policy.patterns import Pattern  # for start-up: most policies have no guard with a caution

    return Pattern.of(action, "action").meets(Pattern.of(broken, "action"))

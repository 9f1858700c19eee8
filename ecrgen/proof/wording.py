"""Why a step of a question is answered as it is, in words that name each policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecrgen.messages import in_words
from ecrgen.policy.open_question import OpenDecision
from ecrgen.policy.question import Unsettled
from ecrgen.policy.reasons import condition_words

__all__ = ["Names", "cause_of", "with_names"]

# The names of policies by evaluate's arguments, of `scps` and `rcps` by level.
Names = Mapping[str, Sequence[Any]]


def cause_of(step: OpenDecision) -> str:
    """The statements that decide, or on which it depends."""
    if step.answer != "if":
        return step.decision.cause.removeprefix("allowed by ").replace("denied by ", "a Deny in ", 1)
    return "; ".join(map(unsettled_words, step.unsettled))


def unsettled_words(unsettled: Unsettled) -> str:
    conditions = [condition_words(condition) for condition in unsettled.conditions]
    conditions += [f"a value of {key} that fits its Resource" for key in unsettled.variables]
    verb = "needs" if unsettled.effect == "Allow" else "denies it with"
    return f"{unsettled.match} {verb} {in_words(conditions)}"


def with_names(reason: str, policies: Names, *, all_named: bool) -> str:
    """A reason with each policy's name in place of its number (`a.json: Statement[1]`).

    A policy alone needs none, but for one of an account, which nobody named.
    """
    places = dict(policy_places(policies))
    shown = all_named or len(places) > 1
    for place, name in places.items():
        reason = reason.replace(f"{place}.Statement[", f"{name}: Statement[" if shown else "Statement[")
    return reason


def policy_places(policies: Names) -> Iterator[tuple[str, str]]:
    """The place of each policy, as a decision's reason writes it, and its name."""
    for argument, names in policies.items():
        for index, name in enumerate(names):
            if argument in ("scps", "rcps"):
                yield from ((f"{argument}[{index}][{number}]", one) for number, one in enumerate(name))
            else:
                yield f"{argument}[{index}]" if argument in ("identity", "resource") else argument, name

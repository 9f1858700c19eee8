"""An answer of `can`: yes or no, each decision with its reason, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecrgen.cli.views.formats import Item
from ecrgen.proof.operations import Answer

__all__ = ["Answered", "text", "values"]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and the names of the policies asked by evaluate's arguments, of `scps` and `rcps` by level."""

    answer: Answer
    policies: Mapping[str, Sequence[Any]]


def text(shown: Answered) -> Iterator[Item]:
    found = shown.answer
    asked = found.question
    yield f"{'yes' if found.allowed else 'no'}: {asked} as {asked.principal}"
    for decision in found.decisions:
        verdict = "allowed" if decision.allowed else "denied"
        request, reason = decision.request, decision.cause.removeprefix(f"{verdict} by ")
        yield f"  {verdict:7}  {request.action} on {request.resource}: {with_names(reason, shown.policies)}"
    if found.missing:
        yield f"missing: {', '.join(found.missing)}"
    message = found.message
    client, other = next(((name, each) for name, each in found.messages.items() if each), ("", ""))
    if message:
        yield f"the client shows: {message}"
    elif other:
        yield f"the client shows ({client}): {other}"


def with_names(reason: str, policies: Mapping[str, Sequence[Any]]) -> str:
    """A reason with each policy's name in place of its number (`a.json: Statement[1]`); a policy alone needs none."""
    places = dict(policy_places(policies))
    for place, name in places.items():
        reason = reason.replace(f"{place}.Statement[", f"{name}: Statement[" if len(places) > 1 else "Statement[")
    return reason


def policy_places(policies: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, str]]:
    """The place of each policy, as a decision's reason writes it, and its name."""
    for argument, names in policies.items():
        for index, name in enumerate(names):
            if argument in ("scps", "rcps"):
                yield from ((f"{argument}[{index}][{number}]", one) for number, one in enumerate(name))
            else:
                yield f"{argument}[{index}]" if argument in ("identity", "resource") else argument, name


def values(shown: Answered) -> dict[str, Any]:
    found = shown.answer
    return {
        "allowed": found.allowed,
        "name": found.question.name,
        "resource": found.question.resource,
        "principal": found.question.principal,
        "decisions": [
            {
                "action": decision.request.action,
                "resource": decision.request.resource,
                "effect": decision.effect,
                "allowed": decision.allowed,
                "matched": [match._asdict() for match in decision.matched],
                "reason": decision.reason,
            }
            for decision in found.decisions
        ],
        "missing": list(found.missing),
        "message": found.message,
        **({"messages": found.messages} if found.messages else {}),
        "policies": {origin: list(names) for origin, names in shown.policies.items()},
    }

"""An answer of `can`: yes, no or if, each step with its reason, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ecrgen.cli.screen import Colour
from ecrgen.cli.views.formats import Item, Marked
from ecrgen.messages import in_words
from ecrgen.policy.completions import Completion
from ecrgen.policy.layers import TERMS, Layer
from ecrgen.policy.open_question import Answer as YesNoIf
from ecrgen.policy.open_question import OpenDecision, OpenKey
from ecrgen.proof.operations import Answer
from ecrgen.proof.wording import Names, cause_of, with_names

__all__ = ["COLOURS", "Answered", "condition_values", "key_words", "text", "values"]

VERDICTS: dict[YesNoIf, str] = {"yes": "allowed", "if": "if     ", "no": "denied "}
COLOURS: dict[YesNoIf, Colour] = {"yes": "green", "if": "yellow", "no": "red"}
SHOWN = 6  # of how many keys that were not tried the names are shown


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and the names of the policies asked by evaluate's arguments, of `scps` and `rcps` by level.

    `steps` are those names for each step, where not all are asked of the same policies. `unknown` has a sentence for
    each policy that is there, that nobody has read, and that the answer hangs on: the steps are told without it.
    `verdict` is the answer whatever it says, and `missing` are the actions that are denied even so. `not_considered`
    are the layers of which it is not known what there is.
    """

    answer: Answer
    policies: Names
    verdict: YesNoIf
    missing: tuple[str, ...]
    not_considered: tuple[Layer, ...]
    steps: tuple[Names, ...] = ()
    unknown: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer, policies: Names) -> Answered:
        """An answer of policies that are all known."""
        return cls(answer, policies, answer.answer, answer.missing, answer.not_considered)


def text(shown: Answered) -> Iterator[Item]:
    found, verdict = shown.answer, shown.verdict
    asked = found.question
    yield Marked(f"{verdict}: {asked} as {asked.principal}", verdict, COLOURS[verdict])
    if shown.unknown:
        yield from (f"not known, and the answer depends on it: {sentence}" for sentence in shown.unknown)
        yield "the other policies say:"
    for step, names in zip(found.asked, shown.steps or (shown.policies,) * len(found.asked), strict=True):
        request = step.request
        cause = with_names(cause_of(step), names, all_named=bool(shown.steps))
        word = VERDICTS[step.answer]
        yield Marked(f"  {word}  {request.action} on {request.resource}: {cause}", word, COLOURS[step.answer])
    yield from (key_words(key) for key in found.conditions if key.answers)
    untold = [key.key for key in found.conditions if not key.answers]
    if untold:
        yield f"not tried: {', '.join(untold[:SHOWN])}{' and others' if len(untold) > SHOWN else ''}"
    if verdict == "if" and not found.certain:
        yield "not all values that these keys may have were tried: the answer may be a yes or a no"
    if shown.missing:
        yield f"missing: {', '.join(shown.missing)}"
    shows = "the client shows" if verdict == "no" else "otherwise the client shows"
    message = found.message
    client, other = next(((name, each) for name, each in found.messages.items() if each), ("", ""))
    if message:
        yield f"{shows}: {message}"
    elif other:
        yield f"{shows} ({client}): {other}"
    if shown.not_considered:
        yield f"not considered: {', '.join(TERMS[layer] for layer in shown.not_considered)}"


def key_words(key: OpenKey) -> str:
    """What each value of a key leaves of the answer: `aws:SecureTransport: yes with true; no with false`."""
    by_answer: dict[str, list[str]] = {}
    for value, answer in sorted(key.answers, key=lambda pair: pair[0] is None):
        by_answer.setdefault(answer, []).append(value_words(value))
    return f"{key.key}: " + "; ".join(
        f"{answer} with {in_words(by_answer[answer], 'or')}" for answer in VERDICTS if answer in by_answer
    )


def value_words(value: Completion) -> str:
    match value:
        case None:
            return "no value"
        case "":
            return "an empty value"
        case str():
            return value
        case _:
            return f"[{', '.join(value)}]"


def values(shown: Answered) -> dict[str, Any]:
    found = shown.answer
    return {
        "answer": shown.verdict,
        "allowed": shown.verdict == "yes",
        "name": found.question.name,
        "resource": found.question.resource,
        "principal": found.question.principal,
        "conditions": condition_values(found.conditions),
        "certain": found.certain and not shown.unknown,
        "decisions": [step_values(step) for step in found.asked],
        "missing": list(shown.missing),
        "message": found.message,
        **({"messages": found.messages} if found.messages else {}),
        "policies": {origin: list(names) for origin, names in shown.policies.items()},
        "unknown": list(shown.unknown),
        "not_considered": list(shown.not_considered),
    }


def condition_values(conditions: Iterable[OpenKey]) -> list[dict[str, Any]]:
    return [
        {"key": key, "values": [{"value": value, "answer": answer} for value, answer in answers]}
        for key, answers in conditions
    ]


def step_values(step: OpenDecision) -> dict[str, Any]:
    """A step with the decision on it as the request is given, and the statements on which its answer depends."""
    decision = step.decision
    return {
        "action": step.request.action,
        "resource": step.request.resource,
        "answer": step.answer,
        "effect": decision.effect,
        "allowed": step.answer == "yes",
        "matched": [match._asdict() for match in decision.matched],
        "reason": decision.reason,
        "depends_on": [
            {
                "statement": each.match._asdict(),
                "effect": each.effect,
                "conditions": [
                    {"operator": one.operator, "key": one.key, "values": list(one.values)} for one in each.conditions
                ],
                "variables": list(each.variables),
            }
            for each in step.unsettled
        ],
    }

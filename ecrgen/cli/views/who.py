"""Who can: those of the accounts and others, each with the statements that let them, and the conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecrgen.audit.who import Able, Through, Who
from ecrgen.cli.views.answer import COLOURS, condition_values, key_words
from ecrgen.cli.views.formats import Item, Marked
from ecrgen.policy.layers import TERMS

__all__ = ["text", "values"]


def text(shown: Who) -> Iterator[Item]:
    what = f"{shown.operation} {shown.arn}" if shown.arn != "*" else shown.operation
    if not shown.principals:
        unsure = shown.unknown or "resource" in shown.not_considered
        among = "of the files' users and roles " if shown.others else "who is known " if unsure else ""
        yield f"nobody {among}can {what}"
    too = "too, " if shown.principals else ""
    for title, those in (
        (f"these can {what}:", shown.principals),
        (f"others can, {too}whom the resource's policies let in, as far as their own accounts let them:", shown.others),
    ):
        if those:
            yield title
            for one in those:
                yield from lines(one)
    yield from (f"not known, and it may let in more: {words}" for words in shown.unknown)
    if shown.not_considered:
        yield f"not considered: {', '.join(TERMS[layer] for layer in shown.not_considered)}"


def lines(one: Able) -> Iterator[Item]:
    yield Marked(f"  {one.answer:<3}  {one.principal}", one.answer, COLOURS[one.answer])
    if not one.assumable:
        yield "       a role that nobody can assume"
    by_policy: dict[str, list[str]] = {}
    for each in one.through:
        by_policy.setdefault(policy_name(each), []).append(each.sid or f"Statement[{each.statement}]")
    for policy, statements in by_policy.items():
        yield f"       through {policy}: {', '.join(statements)}"
    for key in one.conditions:
        yield f"       {key_words(key) if key.answers else key.key}"
    for sentence in one.unknown:
        yield f"       not known, and it depends on it: {sentence}"


def policy_name(through: Through) -> str:
    return f"group {through.group}: {through.policy}" if through.group else through.policy


def values(shown: Who) -> dict[str, Any]:
    return {
        "operation": shown.operation,
        "resource": shown.arn,
        "principals": [able_values(one) for one in shown.principals],
        "others": [able_values(one) for one in shown.others],
        "not_considered": list(shown.not_considered),
        "unknown": list(shown.unknown),
    }


def able_values(one: Able) -> dict[str, Any]:
    return {
        "principal": one.principal,
        "answer": one.answer,
        "conditions": condition_values(one.conditions),
        "through": [
            {"policy": each.policy, "group": each.group or None, "statement": each.statement, "sid": each.sid}
            for each in one.through
        ],
        "unknown": list(one.unknown),
        "assumable": one.assumable,
    }

"""An explanation of `explain`: what was denied to whom, why, and what lets it through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ecrgen.audit.by_authorization import Said
from ecrgen.audit.explain import Explanation
from ecrgen.audit.message import TERM_OF
from ecrgen.audit.remedy import Half
from ecrgen.cli.views.formats import Item, Verbatim
from ecrgen.messages import in_words

__all__ = ["text", "values"]

HALVES: Mapping[Half, str] = {
    "identity": "an identity policy of the caller",
    "repository": "the repository's own policy",
}


def text(shown: Explanation) -> Iterator[Item]:
    if not shown.known:
        yield "not known: this is no message of denied access that ecrgen knows; give the whole message"
        return
    denial, found = shown.denial, shown.remedy
    layer = TERM_OF[denial.layer] if denial.layer else None
    said = (
        ("principal", denial.principal),
        ("action", denial.action),
        ("resource", denial.resource),
        ("layer", f"{layer} ({denial.effect} deny)" if layer and denial.effect else layer),
        ("operation", shown.operation),
    )
    yield from (f"{name}: {value}" for name, value in said if value is not None)
    yield from (f"cause: {cause}" for cause in shown.causes)
    yield from (policy_line(each) for each in shown.policies or ())
    if found is None:
        return
    yield f"persona: {found.persona}"
    if shown.half:
        yield f"goes into: {HALVES[shown.half]}"
    yield Verbatim(f"render it: {found.command}")
    if found.grant is not None:
        yield "or add to the catalog:"
        yield from grant_lines(found.grant)


def policy_line(said: Said) -> str:
    """A policy that AWS looked at, with the statements of it that matched."""
    policy = said.policy
    words = [TERM_OF[policy.layer] if policy.layer else policy.type]
    words += [f"of {', '.join(policy.attached)}"] if policy.attached and not policy.inline else []
    matched = (("denies", said.denying), ("allows", said.allowing))
    words += [
        f"{verb} by {in_words(sid or 'a statement without a Sid' for sid in sids)}" for verb, sids in matched if sids
    ]
    return f"policy: {policy}: {'; '.join(words)}"


def policy_values(said: Said) -> dict[str, Any]:
    policy = said.policy
    return {
        "layer": policy.layer,
        "type": policy.type,
        "uri": policy.uri,
        "inline": policy.inline,
        "attached_to": list(policy.attached),
        "denies": list(said.denying),
        "allows": list(said.allowing),
        "document": policy.document,
    }


def grant_lines(grant: Any) -> Iterator[Item]:
    """The grant as YAML, whose texts are JSON's where they could be read as something else."""
    yield Verbatim("grants:")
    yield Verbatim("  NAME:")
    yield from (Verbatim(f"    {key}: {json.dumps(value)}") for key, value in grant.items())


def values(shown: Explanation) -> dict[str, Any]:
    denial, found = shown.denial, shown.remedy
    return {
        "principal": denial.principal,
        "action": denial.action,
        "resource": denial.resource,
        "layer": denial.layer,
        "effect": denial.effect,
        "policy": denial.policy,
        "operation": shown.operation,
        "persona": found.persona if found else None,
        "arguments": dict(found.arguments) if found else None,
        "half": shown.half,
        "grant": found.grant if found else None,
        "command": found.command if found else None,
        "causes": list(shown.causes),
        "authorization": denial.authorization,
        "policies": None if shown.policies is None else list(map(policy_values, shown.policies)),
    }

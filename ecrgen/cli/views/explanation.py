"""An explanation of `explain`: what was denied to whom, why, and what lets it through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ecrgen.audit.explain import Explanation
from ecrgen.audit.message import TERM_OF
from ecrgen.audit.remedy import Half
from ecrgen.cli.views.formats import Item, Verbatim

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
    if found is None:
        return
    yield f"persona: {found.persona}"
    if shown.half:
        yield f"goes into: {HALVES[shown.half]}"
    yield Verbatim(f"render it: {found.command}")
    if found.grant is not None:
        yield "or add to the catalog:"
        yield from grant_lines(found.grant)


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
    }

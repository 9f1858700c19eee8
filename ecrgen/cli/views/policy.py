"""A rendered policy, alone, under its grant's name, or under that of the resource that it is set on."""

from __future__ import annotations

from typing import Any

from ecrgen.catalog.halves import Registry, ResourceHalf
from ecrgen.catalog.model import Rendered
from ecrgen.policy.document import PolicyDocument

__all__ = ["half_values", "rendered_values", "values"]


def values(policy: PolicyDocument) -> dict[str, Any]:
    return policy.to_dict()


def rendered_values(item: Rendered) -> dict[str, Any]:
    return {"name": item.grant.name, "policy": item.policy.to_dict()}


def half_values(half: ResourceHalf) -> dict[str, Any]:
    place = half.place
    if isinstance(place, Registry):
        return {"registry": {"account": place.account, "region": place.region}, "policy": half.policy.to_dict()}
    return {"repository": str(place), "policy": half.policy.to_dict()}

"""The policy of a repository or a registry, under the resource that it is set on."""

from __future__ import annotations

from typing import Any

from ecrgen.catalog.halves import ResourceHalf
from ecrgen.catalog.places import Registry

__all__ = ["values"]


def values(half: ResourceHalf) -> dict[str, Any]:
    place = half.place
    if isinstance(place, Registry):
        return {"registry": {"account": place.account, "region": place.region}, "policy": half.policy.to_dict()}
    return {"repository": str(place), "policy": half.policy.to_dict()}

"""A rendered policy, alone or under its grant's name."""

from __future__ import annotations

from typing import Any

from ecrgen.catalog.model import Rendered
from ecrgen.policy.document import PolicyDocument

__all__ = ["rendered_values", "values"]


def values(policy: PolicyDocument) -> dict[str, Any]:
    return policy.to_dict()


def rendered_values(item: Rendered) -> dict[str, Any]:
    return {"name": item.grant.name, "policy": item.policy.to_dict()}

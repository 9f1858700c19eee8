"""Files that were written, and JSON values that are a result as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Written", "same", "values"]


@dataclass(frozen=True, slots=True)
class Written:
    """The file or directory that was named, and how many policies were written there, if policies were."""

    place: str
    policies: int | None = None


def values(written: Written) -> dict[str, Any]:
    counted = {} if written.policies is None else {"policies": written.policies}
    return {"written": written.place, **counted}


def same(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return value

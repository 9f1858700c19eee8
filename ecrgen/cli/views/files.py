"""Files that were written, and JSON values that are a result as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["Compared", "Written", "compared_values", "same", "values"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Written:
    """The file or directory that was named, and how many policies were written there, if policies were.

    `others` are files of a directory that look like policies and were not written now; `files` are what was written
    where that was named together.
    """

    place: str
    policies: int | None = None
    others: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A directory and what is wrong there: files that would be written anew, and policies that no grant makes."""

    place: str
    outdated: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def values(written: Written) -> dict[str, Any]:
    counted = {} if written.policies is None else {"policies": written.policies}
    files = {"files": list(written.files)} if written.files else {}
    return {
        "written": written.place,
        **counted,
        **files,
        **({"others": list(written.others)} if written.others else {}),
    }


def compared_values(compared: Compared) -> dict[str, Any]:
    return {
        "directory": compared.place,
        "up_to_date": not (compared.outdated or compared.others),
        "outdated": list(compared.outdated),
        "others": list(compared.others),
    }


def same(value: Value) -> Value:
    return value

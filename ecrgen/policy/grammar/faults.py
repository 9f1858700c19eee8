"""Faults of grammar as data, and what a reader does with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, NoReturn, TypeGuard

from ecrgen.errors import PolicyError
from ecrgen.messages import HALF_PAIR, json_type
from ecrgen.policy.paths import Steps, path_of, shown
from ecrgen.policy.wildcards import SPECIAL

__all__ = ["Fault", "FaultCode", "Report", "given", "is_text", "mismatch", "raise_fault"]

# IAM Access Analyzer's codes of the faults that make JSON values no policy document.
FaultCode = Literal[
    "JSON_SYNTAX_ERROR",
    "DATA_TYPE_MISMATCH",
    "INVALID_POLICY_ELEMENT",
    "INVALID_VERSION",
    "MISSING_STATEMENT",
    "MISSING_EFFECT",
    "INVALID_EFFECT",
    "MISSING_ACTION",
    "MISSING_RESOURCE",
    "UNSUPPORTED_ELEMENT_COMBINATION",
    "INVALID_PRINCIPAL_FORMAT",
    "INVALID_CONDITION_OPERATOR",
    "NULL_WITH_IF_EXISTS",
]


class Fault(NamedTuple):
    """One reason why JSON values are no policy document, and where: `steps` lead to the value."""

    code: FaultCode
    steps: Steps
    message: str

    @property
    def path(self) -> str:
        return path_of(self.steps)


# Takes a fault. One that raises makes the reader strict.
Report = Callable[[Fault], object]


def raise_fault(fault: Fault) -> NoReturn:
    """The strict report. Raises PolicyError."""
    raise PolicyError(fault.message, fault.path)


def is_text(value: object) -> TypeGuard[str]:
    """Whether a value is a string that JSON text can hold."""
    return isinstance(value, str) and (value.isascii() or SPECIAL.search(value) is None)


def mismatch(expected: str, value: object, *steps: object) -> Fault:
    """The fault of a value that is not what is expected; of a string where one is expected, that it is not text."""
    if isinstance(value, str) and not is_text(value):
        return Fault("JSON_SYNTAX_ERROR", steps, HALF_PAIR)
    return Fault("DATA_TYPE_MISMATCH", steps, f"must be {expected}, not {json_type(value)}")


def given(value: object) -> str:
    """A wrong value in a message: a string itself, of all others the JSON type."""
    return shown(value) if isinstance(value, str) else json_type(value)

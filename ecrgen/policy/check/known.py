"""Look-ups in the service reference and the list of global keys that several check families make."""

from __future__ import annotations

from ecrgen.policy import reference
from ecrgen.policy.check.global_keys import global_key
from ecrgen.policy.reference import ConditionKey

__all__ = ["HINTS", "as_of", "known_key"]

# Looking for the name that was meant is slow, so only the first few unknown names of a document get a hint.
HINTS = 20


def as_of() -> str:
    """The reference and its age, for a message about what it does not have."""
    return f"the service reference of {reference.data_date()}"


def known_key(lower: str) -> ConditionKey | None:
    """A condition key by its name in lower case: a global one or one of a service. None where there is none."""
    return global_key(lower) or (None if lower.startswith("aws:") else reference.condition_key(lower))

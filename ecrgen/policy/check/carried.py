"""Condition keys that the requests of an action do not carry, so that a condition that asks for them is never met.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from functools import lru_cache

from ecrgen.policy import reference
from ecrgen.policy.check.model import StatementView
from ecrgen.policy.global_keys import global_key, known_key
from ecrgen.policy.reference import stem
from ecrgen.policy.wildcards import is_wild

__all__ = ["REQUEST_TAG", "RESOURCE_TAG", "TAG_KEYS", "carried_key", "lacks", "never_met"]

# Global keys that are in the requests of the actions that list them, and of no others.
RESOURCE_TAG = "aws:resourcetag"
REQUEST_TAG = "aws:requesttag"
TAG_KEYS = "aws:tagkeys"


def carried_key(lower: str) -> str | None:
    """The stem of a condition key in lower case that actions list; None for one that any request may carry."""
    if global_key(lower) is not None:
        return stem(lower) if stem(lower) in (RESOURCE_TAG, REQUEST_TAG, TAG_KEYS) else None
    key = known_key(lower)
    return None if key is None else stem(key.name.lower())


@lru_cache(maxsize=8192)
def lacks(text: str, key_stem: str) -> bool:
    """True where an action is known, and nothing that it names carries the key."""
    if text == "*" or is_wild(text.partition(":")[0]):
        return False
    known = [action for name in reference.expand(text) if (action := reference.action(name)) is not None]
    return bool(known) and not any(key_stem in map(stem, action.condition_keys) for action in known)


def never_met(statement: StatementView, action: str) -> bool:
    """True where a condition of a statement asks for a tag in the request, and those of the action have none."""
    return any(
        (key := carried_key(condition.lower)) in (REQUEST_TAG, TAG_KEYS)
        and key is not None
        and lacks(action, key)
        and condition.operator.needs_key
        for condition in statement.conditions
    )

"""Look-ups in the service reference and the list of global keys that several check families make."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from ecrgen.policy import reference

__all__ = ["HINTS", "as_of", "meant", "same_verb", "slips_of_action", "slips_of_service"]

# Looking for the name that was meant is slow, so only the first few unknown names of a document get a hint.
HINTS = 20
# No name is longer.
LONGEST = 128
VERB = re.compile(
    "(?:batch)?(add|attach|create|delete|describe|detach|get|list|put|read|remove|set|start|stop|update|write)"
)


def as_of() -> str:
    """The reference and its age, for a message about what it does not have."""
    return f"the service reference of {reference.data_date()}"


def slips_of_service(prefix: str) -> tuple[str, ...]:
    """The service prefixes of which one in lower case may be a slip: ecr and ecs for erc."""
    return slips(prefix, service_deletions())


def slips_of_action(service: str, short: str) -> tuple[str, ...]:
    """The actions of a service of which a name in lower case may be a slip: PutImage for putimages."""
    return tuple(name for name in slips(short, action_deletions(service)) if same_verb(short, name.lower()))


def same_verb(short: str, other: str) -> bool:
    """True unless two names of actions in lower case begin with different verbs: nobody who gets means to set."""
    verb, other_verb = (VERB.match(name) for name in (short, other))
    return verb is None or other_verb is None or verb[1] == other_verb[1]


def slips(text: str, index: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The names that differ from a text in one character: left out, put in, in place of another, or somewhere else.

    Two such texts become the same when each loses at most one character. Other unknown names may be newer than the
    data, or retired since a policy was written.
    """
    return tuple(dict.fromkeys(name for one in deletions(text[:LONGEST]) for name in index.get(one, ())))


def deletions(text: str) -> list[str]:
    return [text, *(text[:place] + text[place + 1 :] for place in range(len(text)))]


def by_deletion(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    index: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for name in names:
        for one in dict.fromkeys(deletions(name.lower())):
            index[one] += (name,)
    return dict(index)


@lru_cache(maxsize=1)
def service_deletions() -> Mapping[str, tuple[str, ...]]:
    return by_deletion(sorted(reference.services()))


@lru_cache(maxsize=256)
def action_deletions(service: str) -> Mapping[str, tuple[str, ...]]:
    return by_deletion(reference.action_names(service).values())


def meant(names: Collection[str], prefix: str = "") -> str:
    """`; meant X?` for a message, empty where it may have been several."""
    return "".join(f"; meant {prefix}{name}?" for name in names if len(names) == 1)

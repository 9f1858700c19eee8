"""What there can be: a repository of a pattern, a text of several patterns at once, a resource for an action.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from ecrgen.policy.automaton import OTHER, automaton
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.wildcards import RUN, RUN_IN_SEGMENT, VARIABLE

__all__ = ["asked_of", "is_empty", "may_hold", "partition_of_all"]

# The services of whose actions it is certain on what they are asked, as their resource types are all known.
SERVICES = ("ecr:", "ecr-public:")
# What an action without a resource type is asked of.
NOTHING = Pattern("*")
# What is left of a repository's name: characters of one, and the `*` of a request for all repositories.
NAME = re.compile(r"[a-z0-9._/*\ud800-\udfff-]*")
LONGEST_NAME = 256
REPOSITORIES = "repository/"
# The characters that are read in the search for a text of several patterns; where it takes more, there may be one.
MOST_READ = 20_000


def partition_of_all(texts: Iterable[str]) -> str:
    """The one partition that all ARNs name which name one, else `*`: what belongs together lies in one partition."""
    named = {text.split(":", 2)[1] for text in texts if text.startswith("arn:") and text.count(":") > 1}
    plain = {name for name in named if not set("*?$") & set(name)}
    return plain.pop() if len(plain) == 1 else "*"


def asked_of(action: Pattern, partition: str) -> Pattern | None:
    """The resources of which AWS asks an action of ECR: repositories, or `*` where it has none; None is any."""
    if not action.is_text or not action.spelling.startswith(SERVICES):
        return None
    from ecrgen.policy.reference import action as known_action  # reads data of several megabytes

    known = known_action(action.spelling)
    if known is None:
        return None
    if not known.resource_types:
        return NOTHING
    if known.resource_types != ("repository",):
        return None
    return Pattern.of(f"arn:{partition}:{action.spelling.partition(':')[0]}:*:*:repository/*", "resource")


def may_hold(patterns: Sequence[Pattern], asked: Pattern, narrower: Iterable[Sequence[Pattern]]) -> bool:
    """True where a text that is asked for may be in all of the patterns and in none of the narrower cells."""
    if not all(pattern.meets(asked) for pattern in patterns):
        return False
    if asked.is_text:
        common = asked
    else:
        common = next((as_repositories(each) for each in patterns if not each.contains(asked)), asked)
        if not is_a_name(common):
            return False
    return not any(all(each.contains(common) for each in cell) for cell in narrower)


def as_repositories(pattern: Pattern) -> Pattern:
    """What a pattern that ends in `*` where an ARN's resource stands has in common with all repositories."""
    head, _, tail = pattern.prefix.rpartition(":")
    ends_so = head.count(":") == 4 and REPOSITORIES.startswith(tail) and pattern.spelling == f"{head}:{tail}{RUN}"
    return Pattern(f"{head}:{REPOSITORIES}{RUN}") if ends_so else pattern


def is_a_name(pattern: Pattern) -> bool:
    """False where no repository has a name that the pattern of an ARN matches."""
    parts = pattern.spelling.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith(REPOSITORIES):
        return True
    name = VARIABLE.sub("", parts[5].removeprefix(REPOSITORIES)).replace(RUN, "").replace(RUN_IN_SEGMENT, "")
    return NAME.fullmatch(name) is not None and len(name) <= LONGEST_NAME


def shared_length(texts: Sequence[str]) -> int:
    """The number of characters with which all texts begin."""
    low, high = min(texts), max(texts)
    return next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))


def is_empty(patterns: Sequence[Pattern], narrower: Sequence[Sequence[Pattern]]) -> bool:
    """True where every text that matches all of the patterns matches all those of a narrower cell. False may be
    ignorance.

    All patterns are read side by side, character by character, each distinct set of states once; those first in which
    the patterns have come furthest.
    """
    distinct = list(dict.fromkeys(pattern for cell in (patterns, *narrower) for pattern in cell))
    if any(pattern.has_variable for pattern in distinct):
        return False
    start = shared_length([pattern.prefix for pattern in distinct])
    automata = [automaton(pattern.spelling[start:]) for pattern in distinct]
    every, *cells = ([distinct.index(pattern) for pattern in cell] for cell in (patterns, *narrower))
    letters = sorted({letter for each in automata for letter in each.characters} | {OTHER, ":"})
    first = tuple(each.closure(1) for each in automata)
    seen, todo = {first}, [(0, first)]
    while todo:
        _, states = heappop(todo)
        ends = [bool(state & each.final) for state, each in zip(states, automata, strict=True)]
        if all(ends[place] for place in every) and not any(all(ends[place] for place in cell) for cell in cells):
            return False
        for letter in letters:
            following = tuple(each.step(state, letter) for state, each in zip(states, automata, strict=True))
            if all(following[place] for place in every) and following not in seen:
                seen.add(following)
                heappush(todo, (-sum(following[place].bit_length() for place in every), following))
        if len(seen) * len(letters) * len(automata) > MOST_READ:
            return False
    return True

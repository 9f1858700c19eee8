"""Where findings are in the file that a policy was found in"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ecrgen.errors import PolicyError
from ecrgen.policy.elements import parse_json
from ecrgen.policy.paths import Steps, path_of
from ecrgen.policy.positions import Position, json_error, json_positions, yaml_positions
from ecrgen.policy.sources.found import Found

if TYPE_CHECKING:  # for start-up: whoever reads a file without checking it needs no rules
    from ecrgen.policy.check import Finding

__all__ = ["located"]

# A template has at most a million bytes; what is longer, or deeper than a policy in a list of resources, is written by
# a program, and nobody looks for a line in it.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BYTES = 1_000_000
MAX_DEPTH = 16


def located(findings: Iterable[Finding], policy: Found, text: bytes) -> Iterator[Finding]:
    """The findings about a policy with their line and column in the text of its file, as near as these are known.

    What is in a document that stands in the file as a string is where the string is.
    """
    findings = tuple(findings)
    known = findings and policy.steps is not None and len(text) <= MAX_BYTES
    places = positions_of(policy, text) if known else {}
    for finding in findings:
        position = near(finding.path, places)
        yield finding if position is None else replace(finding, line=position.line, column=position.column)


def positions_of(policy: Found, text: bytes) -> Mapping[str, Position]:
    """The positions in a policy by the paths of findings; empty where nothing is known."""
    if policy.data is None:
        wrong = json_error(text)
        return {} if wrong is None else {"": wrong}
    of_file, start = positions_in(text), policy.steps or ()
    inside = values_in(policy.data) if policy.as_written else ((),)
    places: dict[str, Position] = {}
    for steps in inside:
        if (*start, *steps) in of_file:
            places.setdefault(path_of(steps), of_file[(*start, *steps)])
    return places


@lru_cache(maxsize=1)
def positions_in(text: bytes) -> Mapping[Steps, Position]:
    """The position of every value in a file that is JSON or YAML."""
    written = text.decode("utf-8-sig")
    try:
        parse_json(written)
    except PolicyError:
        return dict(yaml_positions(written))  # no deeper than its reader allows
    return dict(json_positions(written, MAX_DEPTH))


def values_in(data: object) -> Iterator[Steps]:
    """The steps to every value in JSON values."""
    waiting: list[tuple[Steps, object]] = [((), data)]
    while waiting:
        steps, value = waiting.pop()
        yield steps
        if len(steps) == MAX_DEPTH:
            continue
        if isinstance(value, dict):
            waiting += [((*steps, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [((*steps, index), each) for index, each in enumerate(value)]


def near(path: str, places: Mapping[str, Position]) -> Position | None:
    """The position of a path, or of the nearest thing around it."""
    while path and path not in places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return places.get(path)

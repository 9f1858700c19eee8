"""Actions, resources and statements that add nothing to what the policy says without them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.model import PolicyView, StatementView, Texts
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.wildcards import is_wild

REDUNDANT_ACTION = analyzer_rule(
    "REDUNDANT_ACTION",
    "SUGGESTION",
    "An action that another of the same list includes",
    "Remove it, or the wider one if that was not meant.",
)
REDUNDANT_RESOURCE = analyzer_rule(
    "REDUNDANT_RESOURCE",
    "SUGGESTION",
    "A resource that another of the same list includes",
    "Remove it, or the wider one if that was not meant.",
)
REDUNDANT_STATEMENT = analyzer_rule(
    "REDUNDANT_STATEMENT",
    "SUGGESTION",
    "A statement that another one includes",
    "Remove it: the policy stays the same.",
)

# A text of an element as the pattern that it is, in a document of this Version.
Spelled = Callable[[str], Pattern]
# Actions in lower case, and resources.
Said = tuple[frozenset[str], frozenset[str]]
# How many patterns of one beginning, or statements with patterns, are compared: real policies have far fewer, and a
# document made to be slow is not.
MOST = 200


def findings(policy: PolicyView) -> Iterator[Finding]:
    def resource(text: str) -> Pattern:
        return Pattern.of(text, "resource", policy.has_variables)

    for statement in policy.statements:
        for texts in (statement.action, statement.not_action):
            if texts is not None and len(texts.values) > 1:
                yield from redundant(texts, action, REDUNDANT_ACTION, ignore_case=True)
        for texts in (statement.resource, statement.not_resource):
            if texts is not None and len(texts.values) > 1:
                yield from redundant(texts, resource, REDUNDANT_RESOURCE, ignore_case=False)
    yield from redundant_statements(policy, resource)


def action(text: str) -> Pattern:
    return Pattern.of(text, "action")


def redundant(texts: Texts, spelled: Spelled, rule: Rule, ignore_case: bool) -> Iterator[Finding]:
    """Texts that an earlier one repeats or a wildcard includes. Of two equal ones the first stays."""

    values = tuple(text.lower() for text in texts.values) if ignore_case else texts.values
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        first.setdefault(value, index)
    wide = by_prefix(first)
    if not wide and len(first) == len(values):
        return
    patterns = {value: spelled(value) for value in first}

    def includes(wide: str, narrow: str) -> bool:
        return patterns[wide].contains(patterns[narrow])

    for index, value in enumerate(values):
        if first[value] != index:
            by: str | None = value
        else:
            by = next((other for other in candidates(wide, value) if other != value and includes(other, value)), None)
        # two patterns that include each other are the same set: the first of them stays
        if by is not None and not (includes(value, by) and first[by] >= index):
            yield rule.at(texts.at(index), f"{shown(texts.values[first[by]])} includes it")


def by_prefix(values: Iterable[str]) -> dict[str, list[str]]:
    """The patterns among texts by what they begin with: what a pattern includes begins with that too."""
    found: dict[str, list[str]] = {}
    for value in values:
        if is_wild(value):
            bucket = found.setdefault(start_of(value), [])
            if len(bucket) < MOST:
                bucket.append(value)
    return found


def start_of(text: str) -> str:
    """What a pattern begins with before its first wildcard or variable."""
    return re.split(r"[*?$]", text, maxsplit=1)[0]


def candidates(wide: dict[str, list[str]], value: str) -> Iterator[str]:
    if wide:
        for length in range(len(value) + 1):
            yield from wide.get(value[:length], ())


def redundant_statements(policy: PolicyView, resource: Spelled) -> Iterator[Finding]:
    """Statements without Not… elements that another one of the same effect, principals and conditions includes."""
    alike: defaultdict[object, list[StatementView]] = defaultdict(list)
    for statement in policy.statements:
        plain = statement.not_action is None and statement.not_resource is None and not statement.not_principals
        if plain and statement.effect is not None and statement.action is not None and statement.action.values:
            alike[frame(statement)].append(statement)
    for statements in alike.values():
        if len(statements) > 1:
            yield from included_statements(statements, resource)


def frame(statement: StatementView) -> object:
    """All that a statement says apart from actions and resources."""
    conditions = frozenset(
        (condition.operator.name, condition.lower, frozenset(map(repr, condition.values)))
        for condition in statement.conditions
    )
    principals = frozenset((principal.kind, principal.value) for principal in statement.principals)
    return statement.effect, principals, conditions, statement.resource is None


def included_statements(statements: list[StatementView], resource: Spelled) -> Iterator[Finding]:
    distinct: dict[Said, StatementView] = {}
    for statement in statements:
        said = (
            frozenset(action.lower() for action in values_of(statement.action)),
            frozenset(values_of(statement.resource)),
        )
        first = distinct.setdefault(said, statement)
        if first is not statement:
            yield REDUNDANT_STATEMENT.at(statement.path, f"{first.path} includes it")
    everything = list(distinct)
    # whatever includes a statement names each of its actions and resources, or has a wildcard
    by_action = Holders([said[0] for said in everything])
    sharing = [by_action.of(said[0]) for said in everything]
    if all(len(positions) == 1 for positions in sharing):
        return
    by_resource = Holders([said[1] for said in everything])
    for position, (said, statement) in enumerate(distinct.items()):
        others = (sharing[position] & by_resource.of(said[1])) - {position}
        for other in sorted(others):
            wide = everything[other]
            if says_all(wide, said, resource) and not (says_all(said, wide, resource) and other > position):
                yield REDUNDANT_STATEMENT.at(statement.path, f"{distinct[wide].path} includes it")
                break


def says_all(wide: Said, narrow: Said, resource: Spelled) -> bool:
    return includes_all(wide[0], narrow[0], action) and includes_all(wide[1], narrow[1], resource)


class Holders:
    """The statements, by position, that have a text or may contain it by a wildcard; of several texts, the rarest."""

    def __init__(self, sets: list[frozenset[str]]) -> None:
        self.naming: defaultdict[str, set[int]] = defaultdict(set)
        self.wild: defaultdict[str, set[int]] = defaultdict(set)
        self.everyone = set(range(len(sets)))
        self.known: dict[str, set[int]] = {}
        for position, texts in enumerate(sets):
            for text in texts:
                self.naming[text].add(position)
            for start in {start_of(text) for text in texts if is_wild(text)}:
                if len(self.wild[start]) < MOST:
                    self.wild[start].add(position)
        self.lengths = {len(start) for start in self.wild}

    def of(self, texts: frozenset[str]) -> set[int]:
        if not texts:
            return self.everyone
        rarest = min(texts, key=lambda text: (len(self.naming[text]), text))
        if rarest not in self.known:
            wild = (self.wild[rarest[:length]] for length in self.lengths if rarest[:length] in self.wild)
            self.known[rarest] = self.naming[rarest].union(*wild)
        return self.known[rarest]


def values_of(texts: Texts | None) -> tuple[str, ...]:
    return texts.values if texts is not None else ()


def includes_all(wide: frozenset[str], narrow: frozenset[str], spelled: Spelled) -> bool:
    patterns = [spelled(text) for text in wide if is_wild(text)]
    return all(text in wide or any(pattern.contains(spelled(text)) for pattern in patterns) for text in narrow)


FAMILY = Family(
    "redundancy",
    rules=(
        REDUNDANT_ACTION,
        REDUNDANT_RESOURCE,
        REDUNDANT_STATEMENT,
    ),
    findings=findings,
)

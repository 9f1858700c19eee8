"""The statements that have a say in a request whose context is not all known, in Kleene's three-valued logic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from ecrgen.errors import EcrgenError
from ecrgen.policy.combine import Voice, allows, binding, checks, needs, voice_of
from ecrgen.policy.completions import Completion, Completions, Distinction, completions
from ecrgen.policy.document import Condition
from ecrgen.policy.fitting import Fitting, fitting, spelled, unfitting
from ecrgen.policy.global_keys import ALWAYS_PRESENT_KEYS, known_key
from ecrgen.policy.layers import Policies, limits_of
from ecrgen.policy.operators import operator_of
from ecrgen.policy.request import Request
from ecrgen.policy.statements import CompiledStatement, Match, naming
from ecrgen.policy.variables import Variable, parse, parse_resource

__all__ = ["MAYBE", "NO", "YES", "Question", "Unsettled", "with_value"]

# Kleene's values: `min` is and, `max` is or, and `YES - value` is not.
NO, MAYBE, YES = 0, 1, 2


class Unsettled(NamedTuple):
    """A statement that may apply: it does if all of its open `conditions` hold, and its Resource's `variables` fit."""

    match: Match
    effect: Literal["Allow", "Deny"]
    conditions: tuple[Condition, ...]
    variables: tuple[str, ...]


class Candidate(NamedTuple):
    """A statement that is about the request's action and caller."""

    voice: Voice
    level: int
    statement: CompiledStatement
    match: Match
    texts: tuple[str, ...]  # the resources in which variables stand


@dataclass(frozen=True, slots=True)
class Question:
    """All that has a say in a request, whatever its context; `names` are keys in lower case to keys as written."""

    request: Request
    policies: Policies
    candidates: tuple[Candidate, ...]
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request, policies: Policies) -> Question:
        bound = binding(request, policies)
        bounded = bound.boundary is not None
        found = tuple(
            Candidate(
                voice_of(layer, reach),
                level,
                statement,
                Match(layer, number, statement.index, statement.source.sid, level),
                texts_of(statement),
            )
            for layer, level, documents in bound.in_force()
            for number, statement, reach in naming(request, documents, layer, bounded=bounded)
        )
        return cls(request, bound, found)

    @property
    def size(self) -> int:
        """How much a verdict looks at: statements, and the values that their conditions compare with."""
        tests = (test.condition for candidate in self.candidates for test in candidate.statement.conditions)
        return len(self.candidates) + sum(len(condition.values) for condition in tests)

    def undecided(self, keys: Sequence[str]) -> Question:
        """The same without the statements that apply for no value of these keys."""
        open_ = frozenset(keys)
        kept = (candidate for candidate in self.candidates if self.truth(candidate, self.request, open_) != NO)
        return replace(self, candidates=tuple(kept))

    def open_keys(self) -> Iterator[str]:
        """The keys that statements ask for and the request does not settle, those that stand in variables first."""
        variables: dict[str, None] = {}
        others: dict[str, None] = {}
        for candidate in self.candidates:
            texts = [(text, parse_resource(text)) for text in candidate.texts]
            for test in candidate.statement.conditions:
                key = test.condition.key.lower()
                others.setdefault(key)
                self.names.setdefault(key, test.condition.key)
                if self.replaced(candidate, test.condition):
                    texts += [(value, parse(value)) for value in test.condition.values]
            for _, template in texts:
                for part in template:
                    if isinstance(part, Variable):
                        variables.setdefault(part.key)
                        self.names.setdefault(part.key, part.name)
        for key in (*variables, *(key for key in others if key not in variables)):
            if key not in self.request.keys and may_have(self.request, self.names[key]):
                yield key

    def replaced(self, candidate: Candidate, condition: Condition) -> bool:
        """Whether variables in a condition's values are replaced."""
        return candidate.statement.variables and operator_of(condition.operator).type.takes_variables

    def holds(self, candidate: Candidate, condition: Condition, test_holds: bool, open_: frozenset[str]) -> int:
        if condition.key.lower() in open_:
            return MAYBE
        if self.replaced(candidate, condition) and any(variables_of(value) & open_ for value in condition.values):
            return MAYBE
        return YES if test_holds else NO

    def truth(self, candidate: Candidate, request: Request, open_: frozenset[str]) -> int:
        """Whether a statement applies to the request."""
        if any(variables_of(text) & open_ for text in candidate.texts):
            found = MAYBE
        elif not candidate.statement.matches_resource(request):
            return NO
        else:
            found = YES
        for test in candidate.statement.conditions:
            found = min(found, self.holds(candidate, test.condition, test.holds(request.keys), open_))
            if found == NO:
                break
        return found

    def verdict(self, request: Request, open_: frozenset[str]) -> int:
        """Kleene's value of whether the request is allowed."""
        said: dict[tuple[Voice, int], int] = {}
        denied = NO
        for candidate in self.candidates:
            found = self.truth(candidate, request, open_)
            if candidate.statement.effect == "Deny":
                denied = max(denied, found)
                if denied == YES:
                    return NO
            else:
                place = candidate.voice, candidate.level
                said[place] = max(said.get(place, NO), found)
        kind = request.caller.type if request.caller else None
        say = allows(kind, limits_of(self.policies), lambda voice, level: said.get((voice, level), NO), no=NO, yes=YES)
        return min(YES - denied, *(value for _, value in checks(needs(request), say)), YES)

    def unsettled(self, request: Request, keys: Sequence[str]) -> Iterator[Unsettled]:
        """The statements that may apply; of Allows only those whose voice has no other that surely does."""
        open_ = frozenset(keys)
        truths = [(candidate, self.truth(candidate, request, open_)) for candidate in self.candidates]
        sure = {(one.voice, one.level) for one, found in truths if found == YES and one.statement.effect == "Allow"}
        for candidate, found in truths:
            effect = candidate.statement.effect
            if found == MAYBE and (effect == "Deny" or (candidate.voice, candidate.level) not in sure):
                conditions = tuple(
                    test.condition
                    for test in candidate.statement.conditions
                    if self.holds(candidate, test.condition, test.holds(request.keys), open_) == MAYBE
                )
                variables = {key for text in candidate.texts for key in variables_of(text) & open_}
                yield Unsettled(
                    candidate.match, effect, conditions, tuple(sorted(self.names[key] for key in variables))
                )

    def literals(self, key: str) -> tuple[str, ...]:
        """The plain texts that conditions ask of a key: what a variable that is compared with it may have to be."""
        conditions = (test.condition for candidate in self.candidates for test in candidate.statement.conditions)
        values = (value for condition in conditions if condition.key.lower() == key for value in condition.values)
        return tuple(dict.fromkeys(value for value in values if not set("*?$") & set(value)))

    def completions(self, request: Request, key: str, open_: frozenset[str]) -> Completions:
        """Values of an open key that tell its conditions apart, and those that it stands for as a variable."""
        distinctions: list[Distinction] = []
        fits: list[Fitting] = []
        complete, many = True, False
        for candidate in self.candidates:
            fits += (fitting(text, key, request.resource) for text in candidate.texts if key in variables_of(text))
            if any(each.key == key for each in candidate.statement.needed):
                fits.append(Fitting(unfitting(request.resource), True))
            for test in candidate.statement.conditions:
                condition, operator = test.condition, operator_of(test.condition.operator)
                replaced = self.replaced(candidate, condition)
                of_key = condition.key.lower()
                templates = [value for value in condition.values if key in variables_of(value)] if replaced else []
                if templates:
                    complete = complete and of_key not in open_
                    actual = self.literals(of_key) if of_key in open_ else request.keys.get(of_key, ())
                    texts = (actual,) if isinstance(actual, str) else actual
                    fits += (fitting(value, key, each) for value in templates for each in texts)
                if of_key == key:
                    many = many or bool(operator.qualifier)
                    complete = complete and not any(variables_of(each) & open_ for each in condition.values if replaced)
                    values = (spelled(value, condition, replaced, request) for value in condition.values)
                    distinctions.append(
                        Distinction(operator.comparison, tuple(each for each in values if each is not None))
                    )
        known = known_key(key)
        found = completions(
            distinctions,
            dict.fromkeys(value for fit in fits for value in fit.values),
            many=many if known is None else known.many,
            absent=key not in ALWAYS_PRESENT_KEYS,
            empty="/" in key,
        )
        return replace(found, complete=found.complete and complete and all(fit.complete for fit in fits))


def texts_of(statement: CompiledStatement) -> tuple[str, ...]:
    """The resources of a statement in which variables stand."""
    if not statement.variables:
        return ()
    return tuple(text for text in (*statement.source.resources, *statement.source.not_resources) if "${" in text)


def with_value(request: Request, key: str, value: Completion) -> Request:
    return request if value is None else replace(request, context={**request.context, key: value})


def may_have(request: Request, key: str) -> bool:
    """Whether a request like this one can carry the key: what it says and what follows from it leave that open."""
    if key.lower().startswith(request.all_of) or any(given.lower() == key.lower() for given in request.context):
        return False
    for value in ("true", "2030-01-01T00:00:00Z"):
        try:
            return key.lower() in with_value(request, key, value).keys
        except EcrgenError:
            continue
    return False


def variables_of(text: str) -> frozenset[str]:
    """The keys that stand in a text as variables."""
    if "${" not in text:
        return frozenset()
    return frozenset(part.key for part in parse(text) if isinstance(part, Variable))

"""The open question: would AWS allow a request of which not all of the context is known? Yes, no, or if.

`evaluate` decides a request as it is given: what the context lacks is absent, as IAM sees it. Here a key that some
statement asks for, and that the request neither has nor determines, is open: it may have any value, or be absent. The
answer is yes where every completion of the context is allowed, no where none is, and else if.

First the layers are combined in Kleene's three-valued logic, in which a condition on an open key may hold. Where that
does not settle it, the open keys are completed one by one (Shannon's expansion), each by a value of every kind that the
conditions tell apart (ecrgen.policy.completions), and each branch ends as soon as it is settled. With `Allow if MFA`
and `Deny if not MFA`, Kleene's logic says that both may hold; completing the one key says: allowed with MFA, denied
with `false` and without the key.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from ecrgen.errors import EcrgenError
from ecrgen.policy.combine import Voice, allows, binding, checks, needs, voice_of
from ecrgen.policy.completions import Completion, Completions, Distinction, completions
from ecrgen.policy.document import Condition, PolicyDocument
from ecrgen.policy.evaluate import Decision, evaluate
from ecrgen.policy.global_keys import ALWAYS_PRESENT_KEYS, known_key
from ecrgen.policy.layers import Policies, limits_of
from ecrgen.policy.operators import TextMatch, operator_of
from ecrgen.policy.request import Request
from ecrgen.policy.statements import CompiledStatement, Match, naming
from ecrgen.policy.variables import Variable, parse, parse_resource, value_of
from ecrgen.policy.wildcards import PatternKind, is_wild, spell_template

__all__ = ["Answer", "OpenDecision", "OpenKey", "Unsettled", "ask"]

Answer = Literal["yes", "no", "if"]
# Kleene's values: `min` is and, `max` is or, and `YES - value` is not.
NO, MAYBE, YES = 0, 1, 2
# Branches that are followed before the answer is left at if, and as many again to tell what each value comes to.
MOST_BRANCHES = 1000
# Of how many values of a key is told what each comes to.
MOST_TOLD = 12
KINDS: dict[TextMatch, PatternKind] = {
    "literal": "literal",
    "ignoring case": "literal",
    "pattern": "text",
    "ARN pattern": "arn",
}


class Unsettled(NamedTuple):
    """A statement that may apply: it does if all of its open `conditions` hold, and its Resource's `variables` fit."""

    match: Match
    effect: Literal["Allow", "Deny"]
    conditions: tuple[Condition, ...]
    variables: tuple[str, ...]


class OpenKey(NamedTuple):
    """A key that the request leaves open, and what each kind of value of it comes to; None is for an absent key."""

    key: str
    answers: tuple[tuple[Completion, Answer], ...]


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """The answer to an open question.

    `decision` is that on the request as it is given. Of an if, `unsettled` are the statements on which it depends and
    `keys` the open keys. `certain` is False where there were too many completions to try: then an if may be a yes or a
    no, which is never said of what was not tried.
    """

    answer: Answer
    decision: Decision
    unsettled: tuple[Unsettled, ...] = ()
    keys: tuple[OpenKey, ...] = ()
    certain: bool = True

    @property
    def request(self) -> Request:
        """The request as it was asked."""
        return self.decision.request


def ask(
    request: Request,
    identity: Sequence[PolicyDocument] = (),
    resource: Sequence[PolicyDocument] = (),
    boundary: PolicyDocument | None = None,
    session: PolicyDocument | None = None,
    scps: Sequence[Sequence[PolicyDocument]] | None = (),
    rcps: Sequence[Sequence[PolicyDocument]] | None = (),
    endpoint: PolicyDocument | None = None,
) -> OpenDecision:
    """Decide a request whose context holds what is known; policies and errors are those of `evaluate`."""
    decision = evaluate(request, identity, resource, boundary, session, scps, rcps, endpoint)
    question = Question.of(request, decision.policies)
    keys = tuple(question.open_keys())
    if not keys:
        return OpenDecision("yes" if decision.allowed else "no", decision)
    search = Search(question)
    answer, certain = search.answer(request, keys)
    if answer != "if":
        return OpenDecision(answer, decision)
    unsettled = tuple(question.unsettled(request, keys))
    search = Search(question)
    told = tuple(OpenKey(question.names[key], tuple(search.by_value(request, keys, key))) for key in keys)
    asked = tuple(each for each in told if len({answer for _, answer in each.answers}) > 1)
    return OpenDecision("if", decision, unsettled, asked or told, certain)


class Candidate(NamedTuple):
    """A statement that is about the request's action and caller."""

    voice: Voice
    level: int
    statement: CompiledStatement
    match: Match

    def texts(self) -> tuple[str, ...]:
        """The resources in which variables may stand."""
        source = self.statement.source
        if not self.statement.variables:
            return ()
        return tuple(text for text in (*source.resources, *source.not_resources) if "${" in text)


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
            )
            for layer, level, documents in bound.in_force()
            for number, statement, reach in naming(request, documents, layer, bounded=bounded)
        )
        return cls(request, bound, found)

    def open_keys(self) -> Iterator[str]:
        """The keys that statements ask for and the request does not settle, those that stand in variables first."""
        variables: dict[str, None] = {}
        others: dict[str, None] = {}
        for candidate in self.candidates:
            texts = [(text, parse_resource(text)) for text in candidate.texts()]
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
        if any(variables_of(text) & open_ for text in candidate.texts()):
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
                variables = {key for text in candidate.texts() for key in variables_of(text) & open_}
                yield Unsettled(
                    candidate.match, effect, conditions, tuple(sorted(self.names[key] for key in variables))
                )

    def completions(self, request: Request, key: str, open_: frozenset[str]) -> Completions:
        """Values of an open key that tell its conditions apart, and those that it stands for as a variable."""
        distinctions: list[Distinction] = []
        fits: list[Fitting] = []
        complete, many = True, False
        for candidate in self.candidates:
            fits += (fitting(text, key, request.resource) for text in candidate.texts() if key in variables_of(text))
            if any(each.key == key for each in candidate.statement.needed):
                fits.append(Fitting(unfitting(request.resource), True))
            for test in candidate.statement.conditions:
                condition, operator = test.condition, operator_of(test.condition.operator)
                replaced = self.replaced(candidate, condition)
                actual = request.keys.get(condition.key.lower(), ())
                for value in condition.values if replaced else ():
                    if key in variables_of(value):
                        complete = complete and condition.key.lower() not in open_
                        fits += (
                            fitting(value, key, each) for each in ((actual,) if isinstance(actual, str) else actual)
                        )
                if condition.key.lower() == key:
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


class Search:
    """Shannon's expansion over the open keys. `certain` becomes False where not every completion was tried."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.branches = 0
        self.certain = True

    def answer(self, request: Request, keys: Sequence[str]) -> tuple[Answer, bool]:
        """The answer where these keys are open, and whether it is certain: yes and no always are."""
        self.certain = True
        found = self.outcomes(request, tuple(keys))
        if len(found) == 1 and self.certain:
            return ("yes" if found == {YES} else "no"), True
        return "if", len(found) == 2

    def outcomes(self, request: Request, keys: tuple[str, ...]) -> set[int]:
        """Whether completions are allowed: YES, NO or both, as far as they were tried."""
        settled = self.question.verdict(request, frozenset(keys))
        if settled != MAYBE or not keys:
            return {settled}
        self.branches += 1
        if self.branches > MOST_BRANCHES:
            self.certain = False
            return set()
        key, *rest = keys
        tried = self.question.completions(request, key, frozenset(keys))
        self.certain = self.certain and tried.complete
        found: set[int] = set()
        for value in tried.values:
            found |= self.outcomes(with_value(request, self.question.names[key], value), tuple(rest))
            if len(found) > 1:
                break
        return found

    def by_value(self, request: Request, keys: Sequence[str], key: str) -> Iterator[tuple[Completion, Answer]]:
        """What each value of one key comes to, the others left open."""
        rest = [other for other in keys if other != key]
        for value in self.question.completions(request, key, frozenset(keys)).values[:MOST_TOLD]:
            yield value, self.answer(with_value(request, self.question.names[key], value), rest)[0]


def with_value(request: Request, key: str, value: Completion) -> Request:
    return request if value is None else replace(request, context={**request.context, key: value})


def may_have(request: Request, key: str) -> bool:
    """Whether a request like this one can carry the key: what follows from the request leaves it open."""
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


def spelled(value: str, condition: Condition, replaced: bool, request: Request) -> str | None:
    """A value of a condition as completions compare it; None where a variable in it has no value (yet)."""
    match_ = operator_of(condition.operator).comparison.text
    if match_ is None:
        return value
    template = parse(value) if replaced else ((value, False),)
    filled = tuple((value_of(part, request.keys), True) if isinstance(part, Variable) else part for part in template)
    pieces = tuple((text, literal) for text, literal in filled if text is not None)
    if len(pieces) < len(filled):
        return None
    text = spell_template(pieces, KINDS[match_])
    return text.lower() if match_ == "ignoring case" else text


class Fitting(NamedTuple):
    """Values of a variable with which a text may be the actual one; `complete` where no other value can make it so."""

    values: tuple[str, ...]
    complete: bool


def unfitting(actual: str) -> tuple[str, ...]:
    """A value with which no text is the actual one: a character that is not in it."""
    return tuple([each for each in "zqxjkvwyZQXJKVWY~^" if each not in actual][:1])


def fitting(text: str, key: str, actual: str) -> Fitting:
    """What stands in the actual text where the variable does, between the plain texts on either side of it."""
    before, after = "", ""
    others = seen = False
    for part in parse(text):
        if isinstance(part, Variable):
            others = others or seen or part.key != key
            if part.key == key:
                seen = True
            elif not seen:
                before = ""
        elif not seen:
            plain, literal = part
            others = others or (not literal and is_wild(plain))
            before += plain if literal else plain.replace("?", "*").rpartition("*")[2]
        elif not after:
            plain, literal = part
            others = others or (not literal and is_wild(plain))
            after = plain if literal else plain.replace("?", "*").partition("*")[0]
    if not others:
        fits = actual.startswith(before) and actual.endswith(after) and len(actual) >= len(before) + len(after)
        return Fitting((actual[len(before) : len(actual) - len(after)],) if fits else (), True)
    start = actual.find(before) + len(before)
    if start < len(before):
        return Fitting((), False)
    ends = {actual.find(after, start), actual.rfind(after, start)} if after else {start, len(actual)}
    return Fitting(tuple(sorted(actual[start:end] for end in ends if end >= 0)), False)

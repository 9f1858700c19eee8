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
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ecrgen.policy.completions import Completion
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Decision, evaluate
from ecrgen.policy.question import MAYBE, YES, Question, Unsettled, with_value
from ecrgen.policy.request import Request

__all__ = ["Answer", "OpenDecision", "OpenKey", "Unsettled", "ask"]

Answer = Literal["yes", "no", "if"]
# Statements and values that are looked at before the answer is left at if, and as many again to tell what each value
# of a key comes to: about a tenth of a second.
MOST_WORK = 20_000
# Of how many values of a key is told what each comes to.
MOST_TOLD = 12


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
    question = question.undecided(keys)
    search = Search(question)
    answer, certain = search.answer(request, keys)
    if answer != "if":
        return OpenDecision(answer, decision)
    unsettled = tuple(question.unsettled(request, keys))
    search = Search(question)
    told = tuple(OpenKey(question.names[key], tuple(search.by_value(request, keys, key))) for key in keys)
    asked = tuple(each for each in told if len({answer for _, answer in each.answers}) > 1)
    return OpenDecision("if", decision, unsettled, asked or told, certain)


class Search:
    """Shannon's expansion over the open keys. `certain` becomes False where not every completion was tried."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.each = question.size
        self.work = 0
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
        self.work += self.each
        if settled != MAYBE or not keys:
            return {settled}
        if self.work > MOST_WORK:
            self.certain = False
            return set()
        key, *rest = keys
        tried = self.question.completions(request, key, frozenset(keys))
        self.work += self.each
        self.certain = self.certain and tried.complete
        found: set[int] = set()
        for value in tried.values:
            found |= self.outcomes(with_value(request, self.question.names[key], value), tuple(rest))
            if len(found) > 1:
                break
        return found

    def by_value(self, request: Request, keys: Sequence[str], key: str) -> Iterator[tuple[Completion, Answer]]:
        """What each value of one key comes to, the others left open."""
        if self.work > MOST_WORK:
            return
        rest = [other for other in keys if other != key]
        for value in self.question.completions(request, key, frozenset(keys)).values[:MOST_TOLD]:
            yield value, self.answer(with_value(request, self.question.names[key], value), rest)[0]

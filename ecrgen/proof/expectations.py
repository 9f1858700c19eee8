"""Expectations: every `allow` and `deny` of a persona, asked of the policy that it renders to.

All is asked in the account and region of AWS's examples, so that a promise is the same wherever a catalog is used. An
entry is `OPERATION [RESOURCE]` or `ACTION [RESOURCE]`. An operation in `allow` is allowed whole; one in `deny` is
impossible: at least one of its own actions is denied. A wildcard in `deny` stands for all that `allow` of the same
expectation does not show: `ecr:* other` on that resource, `*` on whatever resource the policy names.

Of a persona that is for a registry's policy, that policy is asked, with the grantees of the expectation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ecrgen.catalog.argument_types import TYPES
from ecrgen.catalog.bind import EXAMPLE_ACCOUNT, EXAMPLE_REGIONS
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Expectation, Persona, Target
from ecrgen.catalog.render import render
from ecrgen.catalog.source import Place, read_source
from ecrgen.catalog.suitable import example_grantee
from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Decision, evaluate
from ecrgen.policy.reference import action as reference_action
from ecrgen.policy.reference import data_date, expand
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question, Situation, question
from ecrgen.proof.registry_half import decided, registry_half
from ecrgen.proof.resources import resource_of
from ecrgen.proof.wildcard_denies import Ask, Decide, allowed_anywhere, allowed_on

__all__ = ["EXAMPLE_TARGET", "Outcome", "Verdict", "examples", "located", "outcomes", "unmet"]

EXAMPLE_TARGET = Target("aws", EXAMPLE_ACCOUNT, (EXAMPLE_REGIONS["aws"],))
Verdict = Literal["allow", "deny"]
# What a reason calls the one policy that is asked.
POLICY = re.compile(r"(?:identity|resource)\[0\]\.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """An entry of an expectation and whether it is met. `place` is where the entry stands in the catalog.

    `decision` is the one that settled it; there is none for a wildcard in `deny` that nothing broke. `told` are the
    words about it, where the request leaves open what the answer hangs on.
    """

    place: Place
    entry: str
    expected: Verdict
    met: bool
    decision: Decision | None
    told: str = ""

    @property
    def reason(self) -> str:
        """In words, with the statement that decided."""
        if self.told:
            return self.told
        if self.decision is None:
            return "nothing else is allowed"
        request, why = self.decision.request, POLICY.sub("", self.decision.cause)
        action = (
            request.action if reference_action(request.action) else f"{request.action}, which AWS may have one day,"
        )
        return f"{action} on {request.resource} is {'' if self.decision.matched else 'denied: '}{why}"

    @property
    def words(self) -> str:
        """The sentence about an entry that is not met."""
        return f"{self.entry}: {self.must}, but {self.reason}"

    @property
    def must(self) -> str:
        """What is expected, in words."""
        return f"must be {'allowed' if self.expected == 'allow' else 'denied'}"


def outcomes(catalog: Catalog, persona: Persona) -> tuple[Outcome, ...]:
    """Every entry of a persona's expectations, asked.

    Raises EcrgenError with every problem of the entries themselves, after the place of each.
    """
    found: list[Outcome] = []
    problems = Problems()
    for index, expectation in enumerate(persona.expect):
        place: Place = ("personas", persona.name, "expect", index)
        with problems.collected():
            found += asked(catalog, persona, expectation, place)
    problems.stop()
    return tuple(found)


def examples(catalog: Catalog, persona: Persona) -> Iterator[PolicyDocument]:
    """The policies of a persona with the arguments of each of its expectations, or else with its types' examples."""
    expect = persona.expect
    if not expect:
        required = [parameter for parameter in persona.parameters.values() if parameter.required]
        arguments = {parameter.name: TYPES[parameter.type].example for parameter in required}
        to = (example_grantee(persona),) if persona.of_registry else ()
        expect = (Expectation(arguments, (), None, {}, (), (), to),)
    seen: list[PolicyDocument] = []
    for expectation in expect:
        policy = rendered(catalog, persona, expectation)
        if policy not in seen:
            seen.append(policy)
            yield policy


def rendered(catalog: Catalog, persona: Persona, expectation: Expectation) -> PolicyDocument:
    bound = catalog.bind(persona.name, expectation.arguments, expectation.guards)
    if persona.of_registry:
        return registry_half(bound, expectation.to, EXAMPLE_TARGET)
    return render(bound, EXAMPLE_TARGET)


def decided_by_identity(request: Request, policy: PolicyDocument) -> Decision:
    return evaluate(request, identity=(policy,))


def asked(catalog: Catalog, persona: Persona, expectation: Expectation, place: Place) -> list[Outcome]:
    """The entries of one expectation. Raises EcrgenError with every problem."""
    problems = Problems()
    with problems.collected(lambda problem: located(catalog, place, problem)):
        policy = rendered(catalog, persona, expectation)
    problems.stop()
    situation = Situation(EXAMPLE_TARGET, expectation.principal, expectation.context)
    ask, decide = situation.request_at_home, decided_by_identity
    if persona.of_registry:
        ask, decide = situation.request, decided
    shown: list[Request] = []
    found: list[Outcome] = []
    for verdict, index, entry in entries(expectation):
        where = (*place, verdict, index)
        with problems.collected(partial(entry_problem, catalog, where, entry)):
            name, resource = split(entry)
            if verdict == "deny" and ("*" in name or "?" in name):
                decision = next(beyond(name, resource, policy, shown, ask, decide), None)
                found.append(Outcome(where, entry, verdict, decision is None, decision))
                continue
            wanted = question(catalog, name, resource, situation)
            shown += [step.request for step in wanted.steps if verdict == "allow"]
            found.append(Outcome(where, entry, verdict, *settled(wanted, verdict, policy, decide)))
    problems.stop()
    return found


def entry_problem(catalog: Catalog, place: Place, entry: str, problem: str) -> str:
    return located(catalog, place, f"{entry}: {problem}")


def entries(expectation: Expectation) -> Iterator[tuple[Verdict, int, str]]:
    """First what is allowed, because a wildcard in `deny` leaves that out."""
    yield from (("allow", index, entry) for index, entry in enumerate(expectation.allow))
    yield from (("deny", index, entry) for index, entry in enumerate(expectation.deny))


def split(entry: str) -> tuple[str, str | None]:
    name, *resource = entry.split() or [""]
    if len(resource) > 1 or not name:
        raise EcrgenError("must be OPERATION [RESOURCE] or ACTION [RESOURCE], such as push my-repo")
    return name, resource[0] if resource else None


def settled(wanted: Question, verdict: Verdict, policy: PolicyDocument, decide: Decide) -> tuple[bool, Decision]:
    """True where the policy does as expected, with the decision that says so: the first denial, or else the last."""
    steps = wanted.steps if verdict == "allow" else wanted.own
    decisions = [decide(step.request, policy) for step in steps]
    denied = next((decision for decision in decisions if not decision.allowed), None)
    return (denied is None) == (verdict == "allow"), denied or decisions[-1]


def beyond(
    pattern: str, resource: str | None, policy: PolicyDocument, shown: list[Request], ask: Ask, decide: Decide
) -> Iterator[Decision]:
    """The actions of a wildcard that the policy allows and no `allow` names. Raises EcrgenError where none is meant."""
    service = pattern.partition(":")[0]
    if pattern != "*" and not expand(pattern):
        raise EcrgenError(f"no action of AWS's service authorization reference of {data_date()} is {pattern}")
    if resource is None:
        return allowed_anywhere(pattern, policy, shown, ask, decide)
    if "*" in service or "?" in service:
        arn = Arn.parse(resource)
        service = arn.service if arn else "ecr"
    return allowed_on(resource_of(resource, service, EXAMPLE_TARGET).arn, pattern, policy, shown, ask, decide)


def unmet(catalog: Catalog, outcome: Outcome) -> str:
    """An expectation that is not met in one line, after its file and line."""
    return located(catalog, outcome.place, outcome.words)


def located(catalog: Catalog, place: Place, message: str) -> str:
    """A problem after the file and line of its place in the catalog."""
    for path, name in catalog.files:
        with suppress(EcrgenError):  # standard input is not read twice
            source = read_source(path, name, path.parent)
            if place[1] in (source.values.get(place[0]) or ()):
                return source.problem(place, message)
    return f"{'.'.join(map(str, place))}: {message}"

"""Samples: a persona with example arguments, what it gives with them in operations, and how each guard suits it"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ecrgen.catalog.argument_types import TYPES
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Guard, Operation, Persona, Target
from ecrgen.catalog.render import render
from ecrgen.catalog.suitable import example_grantee
from ecrgen.errors import EcrgenError
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.open_question import Answer as YesNoIf
from ecrgen.proof.cautions import EVERYTHING, allowed_by, broken_with, concerns
from ecrgen.proof.operations import Situation, answer, question
from ecrgen.proof.registry_half import answered, registry_half

__all__ = ["Given", "Sample", "Suited", "example_arguments", "example_policy", "sample_of"]

ANY_REPOSITORY = "my-repo"


@dataclass(frozen=True, slots=True)
class Given:
    """What a policy gives: operations that are allowed whole, those that depend on conditions, and the other actions.

    `repository` is the one that the operations were asked about.
    """

    repository: str
    operations: tuple[str, ...] = ()
    depending: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suited:
    """A guard beside a persona: does it let through what the persona gives?

    `breaks` are the operations that never pass it, and `caution` is empty where the guard's is not about this persona.
    """

    guard: Guard
    fits: bool
    breaks: tuple[str, ...] = ()
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A persona with example arguments: the policy that it renders to, and what that gives.

    Without a policy, `problem` says why it cannot be rendered. `to` are the grantees that a registry's policy names.
    """

    persona: Persona
    arguments: Mapping[str, object]
    policy: PolicyDocument | None = None
    given: Given | None = None
    guards: tuple[Suited, ...] = ()
    problem: str = ""
    to: tuple[str, ...] = ()


def sample_of(catalog: Catalog, persona: Persona, target: Target) -> Sample:
    """The sample of a persona: with the arguments of its first expectation, or else with its types' examples."""
    arguments, to = example_arguments(persona), example_grantees(persona)
    try:
        policy = example_policy(catalog, persona, arguments, target)
    except EcrgenError as error:
        return Sample(persona, arguments, problem=error.problems[0], to=to)
    given = given_by(catalog, persona, policy, repository_of(persona, arguments), target)
    guards = tuple(suited(catalog.operations, guard, policy) for guard in catalog.guards.values())
    return Sample(persona, arguments, policy, given, guards, to=to)


def example_policy(
    catalog: Catalog, persona: Persona, arguments: Mapping[str, object], target: Target
) -> PolicyDocument:
    """A persona's policy, for example grantees where it is the registry's. Raises EcrgenError where there is none."""
    bound = catalog.bind(persona.name, arguments)
    if persona.of_registry:
        return registry_half(bound, example_grantees(persona), target)
    return render(bound, target)


def example_grantees(persona: Persona) -> tuple[str, ...]:
    """The grantees that a registry's policy names; a policy for identities names none."""
    if not persona.of_registry:
        return ()
    return next((each.to for each in persona.expect), (example_grantee(persona),))


def example_arguments(persona: Persona, beside: Iterable[str] = ()) -> Mapping[str, object]:
    """Arguments for the parameters that have to be given, and for those named: as an expectation gives them."""
    asked = {name for name, parameter in persona.parameters.items() if parameter.required} | set(beside)
    return {
        name: next(
            (each.arguments[name] for each in persona.expect if name in each.arguments), TYPES[parameter.type].example
        )
        for name, parameter in persona.parameters.items()
        if name in asked
    }


def repository_of(persona: Persona, arguments: Mapping[str, object]) -> str:
    """A repository that the arguments name, or that their pattern matches."""
    for name, value in arguments.items():
        first = value[0] if isinstance(value, list | tuple) else value
        match persona.parameters[name].type:
            case "repository":
                return str(first)
            case "repository-pattern":
                return str(first).replace("*", "web")
    return ANY_REPOSITORY


def given_by(catalog: Catalog, persona: Persona, policy: PolicyDocument, repository: str, target: Target) -> Given:
    """What a persona's policy gives on a repository, asked operation by operation."""
    who = next((each.principal for each in persona.expect if persona.of_registry), None)
    by_answer: dict[YesNoIf, list[str]] = {"yes": [], "if": [], "no": []}
    told: set[str] = set()
    for name, operation in catalog.operations.items():
        with suppress(EcrgenError):  # check says what is wrong with an operation that cannot be asked
            on = None if operation.on == "registry" else repository
            asked = question(catalog, name, on, Situation(target, who))
            answers = answered(asked, policy) if persona.of_registry else answer(asked, identity=[policy])
            found = answers.answer
            by_answer[found].append(name)
            told |= {step.request.action.lower() for step in asked.steps if found != "no"}
    beside = dict.fromkeys(action for action in actions_of(policy) if action.lower() not in told)
    return Given(repository, tuple(by_answer["yes"]), tuple(by_answer["if"]), tuple(beside))


def actions_of(policy: PolicyDocument) -> Iterator[str]:
    """The actions that Allow statements name, as they are written."""
    for statement in policy.statements:
        if statement.effect == "Allow":
            yield from statement.actions
            if statement.not_actions:
                yield f"all but {', '.join(statement.not_actions)}"


def suited(operations: Mapping[str, Operation], guard: Guard, policy: PolicyDocument) -> Suited:
    """How a guard suits a policy: one that names what it breaks does not fit where the policy gives some of that."""
    if not concerns(guard, allowed_by(policy)):
        return Suited(guard, guard.only_for != "services")
    if guard.breaks == EVERYTHING:
        return Suited(guard, guard.only_for != "services", (), guard.caution or "")
    return Suited(guard, False, broken_with(operations, guard, policy), guard.caution or "")

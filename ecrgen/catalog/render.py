"""Templates: a bound persona and a target → PolicyDocument, with its guards on every Allow statement.

A value cannot escape a template: the sandbox (see `ecrgen.catalog.sandbox`) writes every expression as JSON, the output
is parsed, and only what was parsed is ever serialised.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from ecrgen.catalog.arguments import Argument, Parameter
from ecrgen.catalog.budget import EndlessError, rendering
from ecrgen.catalog.grantees import Service, grantees_of
from ecrgen.catalog.model import BoundGuard, BoundPersona, Grant, Target, Template
from ecrgen.catalog.sandbox import bounded, environment
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.messages import in_words
from ecrgen.policy.arn import partition_of
from ecrgen.policy.document import PolicyDocument, Statement, conditions_of, with_condition
from ecrgen.policy.elements import ConditionBlock, parse_json
from ecrgen.policy.grammar import raise_fault, read_conditions

__all__ = [
    "NO_IDENTITY_HALF",
    "and_conditions",
    "condition_of",
    "example_note",
    "has_identity_half",
    "identity_half",
    "met_by_identities",
    "render",
    "render_grant",
    "written",
]

MAX_MESSAGE = 500
NO_IDENTITY_HALF = "is for the registry's policy, which names the grantees; there is no identity policy of it"


def render(bound: BoundPersona, target: Target) -> PolicyDocument:
    """The identity policy of a bound persona. Raises EcrgenError, naming the template and line."""
    if bound.persona.of_registry:
        raise EcrgenError(f"{bound.persona.name}: {NO_IDENTITY_HALF}")
    return written(bound, target)


def written(bound: BoundPersona, target: Target) -> PolicyDocument:
    """What a bound persona says, without the grantees: its identity policy, or what a registry's policy gives to them.

    Raises EcrgenError, naming the template and line.
    """
    persona = bound.persona
    in_partition(bound, target)
    data = run(persona.template, arguments=bound.arguments, target=target)
    try:
        document = PolicyDocument.from_dict(data)
        identity_policy(document)
        if persona.of_registry:
            from ecrgen.catalog.repositories import whole_in_registry  # for start-up: few personas are for a registry

            whole_in_registry(document, target.account)
    except PolicyError as error:
        kind = "registry's" if persona.of_registry else "identity"
        raise EcrgenError(f"{persona.template.name}: its output is no {kind} policy: {error}") from None
    return guarded(document, bound.guards, target) if bound.guards else document


def render_grant(grant: Grant, target: Target) -> PolicyDocument:
    """The identity policy of a grant, at its own target where it says one.

    Raises EcrgenError, naming the grant, also where only AWS services have it.
    """
    try:
        policy = identity_half(grant, target)
        if policy is None:
            of_services = "AWS services have no identity policies; --repository-policy renders what they need"
            name = grant.persona.name
            raise EcrgenError(f"{name}: {NO_IDENTITY_HALF}" if grant.persona.of_registry else of_services)
        return policy
    except EcrgenError as error:
        raise EcrgenError(*(f"grant {grant.name}: {problem}" for problem in error.problems)) from None


def has_identity_half(grant: Grant) -> bool:
    """False where only AWS services have a grant, and where all of it stands in a registry's policy."""
    grantees = grantees_of(grant.to).values()
    services_only = bool(grantees) and all(isinstance(each, Service) for each in grantees)
    return not (services_only or grant.persona.of_registry)


def identity_half(grant: Grant, target: Target) -> PolicyDocument | None:
    """The identity policy of a grant, whose own account and regions count; None where there is none.

    Guards that only services meet are not in it. Raises EcrgenError, naming the template and line.
    """
    return render(met_by_identities(grant.bound), grant.target(target)) if has_identity_half(grant) else None


def met_by_identities(bound: BoundPersona) -> BoundPersona:
    """A bound persona without the guards that only services meet."""
    return replace(bound, guards=tuple(guard for guard in bound.guards if guard.guard.only_for != "services"))


def in_partition(bound: BoundPersona, target: Target) -> None:
    """Raises EcrgenError, with every problem, where an ARN or a region is not of the target's partition."""
    given: list[tuple[str, Parameter, Argument | None]] = [
        (f"{bound.persona.name}: {name}", parameter, bound.arguments.get(name))
        for name, parameter in bound.persona.parameters.items()
    ]
    given += [(f"guard {each}", each.guard.parameter, each.value) for each in bound.guards if each.guard.parameter]
    problems = [
        f"{place}: {value} is of partition {actual}, not of {target.partition}, where the policy is for"
        for place, parameter, values in given
        if parameter.type in ("arn", "arn-pattern", "region")
        for value in (values if isinstance(values, tuple) else () if values is None else (values,))
        for actual in [partition_of(str(value)) if parameter.type == "region" else str(value).split(":")[1]]
        if actual != target.partition
    ]
    if problems:
        raise EcrgenError(*problems)


def example_note(policy: PolicyDocument, target: Target) -> str | None:
    """A note for a document that holds an account or region of AWS's examples because nobody named one."""
    text = policy.to_json() if target.examples else ""
    used = [
        f"{name} {value}"
        for name, value, mark in (
            ("account", target.account, target.account),
            # in an ARN; by itself it may be the value of a guard
            ("region", target.regions[0], f":{target.regions[0]}:"),
        )
        if name in target.examples and mark in text
    ]
    if not used:
        return None
    return f"{in_words(used)} {'is an example' if len(used) == 1 else 'are examples'}; give your own"


def identity_policy(document: PolicyDocument) -> None:
    for index, statement in enumerate(document.statements):
        if statement.principal is not None or statement.not_principal is not None:
            raise PolicyError("an identity policy has no Principal", f"Statement[{index}]")
        if document.id is not None:
            raise PolicyError("an identity policy has no Id", "Id")


def guarded(document: PolicyDocument, guards: Iterable[BoundGuard], target: Target) -> PolicyDocument:
    """The document with the guards' conditions ANDed into every Allow statement.

    Raises EcrgenError where AND cannot be said: the same operator and key is there with other values.
    """
    blocks = [(guard, condition_of(guard, target)) for guard in guards]
    statements = tuple(
        [narrowed(statement, blocks) if statement.effect == "Allow" else statement for statement in document.statements]
    )
    shaped = statements[0] if isinstance(document.statement, Statement) else statements
    return PolicyDocument(shaped, document.version, document.id)


@lru_cache(maxsize=256)
def condition_of(guard: BoundGuard, target: Target) -> ConditionBlock:
    template = guard.guard.template
    data = run(template, arguments={"value": guard.value}, target=target)
    try:
        block = read_conditions(data, ("Condition",), raise_fault)
    except PolicyError as error:
        raise EcrgenError(f"{template.name}: its output is no Condition block: {error}") from None
    block = tuple((operator, keys) for operator, keys in block if keys)
    if not block:
        raise EcrgenError(f"{template.name}: its output is an empty Condition block, which guards nothing")
    return block


def narrowed(statement: Statement, blocks: Iterable[tuple[BoundGuard, ConditionBlock]]) -> Statement:
    condition = statement.condition
    for guard, block in blocks:
        try:
            condition = and_conditions(condition, block)
        except ValueError as error:
            raise EcrgenError(
                f"guard {guard}: statement {statement.sid or 'without a Sid'} {error}; "
                "give one guard with the values that should hold"
            ) from None
    return with_condition(statement, condition)


def and_conditions(condition: ConditionBlock | None, block: ConditionBlock) -> ConditionBlock:
    """Two Condition elements as one that holds where both do.

    Raises ValueError where AND cannot be said: the same operator and key is there with other values.
    """
    if not condition:
        return block
    present = {(operator, key.lower()): set(values) for operator, key, values in conditions_of(condition)}
    operators: dict[str, dict[str, Any]] = {operator: dict(keys) for operator, keys in condition}
    raws = (raw for _, keys in block for _, raw in keys)
    for (operator, key, values), raw in zip(conditions_of(block), raws, strict=True):
        there = present.get((operator, key.lower()))
        if there is None:
            operators.setdefault(operator, {})[key] = raw
        elif there != set(values):
            raise ValueError(f"has {operator} {key} with other values already, and IAM cannot say both")
    return tuple((operator, tuple(keys.items())) for operator, keys in operators.items())


def run(template: Template, *, arguments: Mapping[str, Any], target: Target) -> Any:
    """The JSON values a template writes. Raises EcrgenError for every way in which a template can be wrong."""
    context = {**arguments, "partition": target.partition, "account": target.account, "regions": target.regions}
    try:
        with rendering():
            compiled = environment(template.directory).get_template(template.name)
            return parse_json(bounded(compiled.generate(context)))
    except PolicyError as error:
        hint = "; an expression stands by itself, without quotes around it" if "control character" in str(error) else ""
        raise EcrgenError(f"{template.name}: its output: {error}{hint}") from None
    except EcrgenError as error:
        place = place_in_template(error, template)
        raise EcrgenError(str(error) if place == template.name else f"{place}: {error}") from None
    except jinja2.TemplateNotFound as error:
        missing = str(template.directory / error.name) if error.name is not None else "the list of names is empty"
        raise EcrgenError(f"{place_in_template(error, template)}: no such template: {shortened(missing)}") from None
    except jinja2.TemplateSyntaxError as error:
        name = os.path.relpath(os.path.join(template.directory, error.name or template.name), template.directory)
        raise EcrgenError(f"{name}:{error.lineno}: {shortened(str(error.message))}") from None
    except RecursionError:
        # on which line the stack ends is chance
        raise EcrgenError(f"{template.name}: calls or includes itself without an end") from None
    except EndlessError as error:
        raise EcrgenError(f"{place_in_template(error, template)}: {error}; a policy has a few thousand") from None
    except Exception as error:
        # a template is a program of the catalog's author, and may raise whatever Python raises
        raise EcrgenError(
            f"{place_in_template(error, template)}: {type(error).__name__}: {shortened(str(error))}"
        ) from None


def shortened(message: str) -> str:
    """A message that Python or jinja2 made of a template's values, which may be long, and show addresses in memory."""
    message = re.sub(r" at 0x[0-9A-Fa-f]+", "", message).encode(errors="backslashreplace").decode()
    return message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}… ({len(message)} characters)"


def place_in_template(error: BaseException, template: Template) -> str:
    """`file:line` of the template's line that raised, from the frames that jinja puts in the traceback."""
    line, name, frame = 0, template.name, error.__traceback__
    while frame is not None:
        path = Path(frame.tb_frame.f_code.co_filename)
        if path.is_relative_to(template.directory):
            line, name = frame.tb_lineno, str(path.relative_to(template.directory))
        frame = frame.tb_next
    return f"{name}:{line}" if line else name

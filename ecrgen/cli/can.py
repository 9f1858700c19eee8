"""`ecrgen can`"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ecrgen.catalog.render import render
from ecrgen.cli.call import Call, option_name
from ecrgen.cli.documents import read_policies
from ecrgen.cli.options import Guards, Here, Json
from ecrgen.cli.output import note
from ecrgen.cli.views import ANSWER, show
from ecrgen.cli.views.answer import Answered
from ecrgen.errors import EcrgenError, together
from ecrgen.messages import in_words, quoted
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question, Situation, answer, question

Name = Annotated[
    str, typer.Argument(metavar="OPERATION-OR-ACTION", help="Such as push, of `ecrgen list`, or ecr:PutImage.")
]
Resource = Annotated[
    str | None, typer.Argument(metavar="RESOURCE", help="A repository's name, or an ARN.", show_default=False)
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="Ask this policy, not a persona; repeatable, - is standard input. A policy with Principal is taken "
        "for the repository's own.",
    ),
]
Principal = Annotated[
    str | None,
    typer.Option("--as", metavar="ARN", help="Who asks; else a role's session in the resource's own account."),
]
Context = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="KEY=VALUE",
        help="What the request's context holds, such as aws:MultiFactorAuthPresent=true; again for more values of "
        "a key. Only what is given here, and what follows from the rest of the request, is known.",
    ),
]


def run(
    call: Call,
    *,
    operation: Name,
    resource: Resource = None,
    policy: Files = None,
    principal: Principal = None,
    context: Context = None,
    guard: Guards = None,
    here: Here,
    json: Json = False,
) -> None:
    """Whether a persona's policy, or --policy FILE, allows an operation or action; exit 0 is yes, 1 is no."""
    if guard and policy:
        raise EcrgenError("--guard: narrows a persona; a policy's file is asked as it is")
    target, who, known, documents, bound = together(
        lambda: call.catalog.target(here.account, here.region, here.partition, option_name),
        lambda: principal and checked(principal),
        lambda: read_context(context or ()),
        lambda: read_policies(policy or ()),
        lambda: call.persona and call.catalog.bind(call.persona, call.arguments, guard or (), option_name),
    )
    asked = question(call.catalog, operation, resource, Situation(target, who, known))
    named = [(call.persona or "", render(bound, target))] if bound else list(zip(policy or (), documents, strict=True))
    found = answered(asked, named)
    show(ANSWER, found, ANSWER.form("", json=json))
    if policy and resource and Arn.parse(resource) is None and target.examples:
        note(f"{in_words(sorted(target.examples))} of {resource} are AWS's examples; give your own, or the whole ARN")
    for each in asked.notes:
        note(each)
    if resource and all(step.request.resource == "*" for step in asked.steps):
        note(f"{operation} is on no resource, so AWS asks it of *, not of {resource}")
    if not found.answer.allowed:
        raise typer.Exit(1)


def answered(asked: Question, named: Sequence[tuple[str, PolicyDocument]]) -> Answered:
    """The answer of policies, each with its name, to a question."""
    identity = [each for each in named if not has_principal(each[1])]
    resource = [each for each in named if has_principal(each[1])]
    found = answer(asked, identity=[policy for _, policy in identity], resource=[policy for _, policy in resource])
    names = {"identity": [name for name, _ in identity], "resource": [name for name, _ in resource]}
    return Answered(found, names)


def checked(principal: str) -> str:
    try:
        return Request("sts:GetCallerIdentity", principal=principal).principal
    except EcrgenError as error:
        raise EcrgenError(*(f"--as: {problem}" for problem in error.problems)) from None


def read_context(texts: Sequence[str]) -> dict[str, str | tuple[str, ...]]:
    """Condition keys and their values; a key that is given again has them all. Raises EcrgenError."""
    values: dict[str, list[str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or ":" not in key:
            raise EcrgenError(f"--context: {quoted(text)}: must be KEY=VALUE, such as aws:MultiFactorAuthPresent=true")
        values.setdefault(key, []).append(value)
    return {key: given[0] if len(given) == 1 else tuple(given) for key, given in values.items()}


def has_principal(document: PolicyDocument) -> bool:
    """True for the policy of a resource: only these name principals."""
    return any(each.principal is not None or each.not_principal is not None for each in document.statements)

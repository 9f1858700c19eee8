"""`ecrgen can`"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from ecrgen.catalog.arguments import quoted
from ecrgen.catalog.operations import Answer, Situation, answer, question
from ecrgen.catalog.render import render
from ecrgen.cli.documents import read_policies
from ecrgen.cli.options import Account, Guards, Json, Partition, Regions
from ecrgen.cli.output import note, print_json, print_text
from ecrgen.cli.personas import Call, option_name, persona_group
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.request import Request


def command() -> Any:
    return persona_group(run, "can", instead="policy")


def run(
    call: Call,
    *,
    operation: Annotated[
        str, typer.Argument(metavar="OPERATION-OR-ACTION", help="Such as push, of `ecrgen list`, or ecr:PutImage.")
    ],
    resource: Annotated[
        str | None, typer.Argument(metavar="RESOURCE", help="A repository's name, or an ARN.", show_default=False)
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            metavar="FILE",
            help="Ask this policy, not a persona; repeatable, - is standard input. A policy with Principal is taken "
            "for the repository's own.",
        ),
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option("--as", metavar="ARN", help="Who asks; else a role's session in the resource's own account."),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            metavar="KEY=VALUE",
            help="What the request's context holds, such as aws:MultiFactorAuthPresent=true; again for more values of "
            "a key. Only what is given here, and what follows from the rest of the request, is known.",
        ),
    ] = None,
    guard: Guards = None,
    region: Regions = None,
    account: Account = None,
    partition: Partition = None,
    json: Json = False,
) -> None:
    """Whether a persona's policy, or --policy FILE, allows an operation or action; exit 0 is yes, 1 is no."""
    if guard and policy:
        raise EcrgenError("--guard: narrows a persona; a policy's file is asked as it is")
    target, who, known, documents, bound = gathered(
        lambda: call.catalog.target(account, region, partition, option_name),
        lambda: principal and checked(principal),
        lambda: read_context(context or ()),
        lambda: read_policies(policy or ()),
        lambda: call.persona and call.catalog.bind(call.persona, call.arguments, guard or (), option_name),
    )
    asked = question(call.catalog, operation, resource, Situation(target, who, known))
    given = [(call.persona or "", render(bound, target))] if bound else list(zip(policy or (), documents, strict=True))
    identity = [(name, document) for name, document in given if not has_principal(document)]
    of_resource = [(name, document) for name, document in given if has_principal(document)]
    found = answer(
        asked, identity=[document for _, document in identity], resource=[document for _, document in of_resource]
    )
    names = {"identity": [name for name, _ in identity], "resource": [name for name, _ in of_resource]}
    if json:
        print_json({**as_json(found), "policies": names})
    else:
        for line in lines(found):
            print_text(with_names(line, names))
    if policy and resource and Arn.parse(resource) is None and target.examples:
        note(
            f"{' and '.join(sorted(target.examples))} of {resource} are AWS's examples; give your own, or the whole ARN"
        )
    if resource and all(step.request.resource == "*" for step in asked.steps):
        note(f"{operation} is on no resource, so AWS asks it of *, not of {resource}")
    if not found.allowed:
        raise typer.Exit(1)


def gathered(*steps: Callable[[], Any]) -> list[Any]:
    """The result of each step. Raises EcrgenError with the problems of all."""
    problems: list[str] = []
    results: list[Any] = []
    for step in steps:
        try:
            results.append(step())
        except EcrgenError as error:
            problems.extend(error.problems)
    if problems:
        raise EcrgenError(*problems)
    return results


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
    """Whether a document is the policy of a resource: only these name principals."""
    return any(each.principal is not None or each.not_principal is not None for each in document.statements)


def lines(found: Answer) -> Iterator[str]:
    asked = found.question
    yield f"{'yes' if found.allowed else 'no'}: {asked} as {asked.principal}"
    for decision in found.decisions:
        verdict = "allowed" if decision.allowed else "denied"
        request, reason = decision.request, decision.reason.removeprefix(f"{verdict} by ")
        yield f"  {verdict:7}  {request.action} on {request.resource}: {reason}"
    if found.missing:
        yield f"missing: {', '.join(found.missing)}"
    if found.message:
        yield f"the client shows: {found.message}"


def with_names(line: str, names: Mapping[str, Sequence[str]]) -> str:
    """A line with the policies by name: `identity[0].Statement[1]` is `push.json: Statement[1]`; one needs no name."""
    several = sum(map(len, names.values())) > 1
    for origin, given in names.items():
        for index, name in enumerate(given):
            line = line.replace(f"{origin}[{index}].", f"{name}: " if several else "")
    return line


def as_json(found: Answer) -> dict[str, Any]:
    return {
        "allowed": found.allowed,
        "name": found.question.name,
        "resource": found.question.resource,
        "principal": found.question.principal,
        "decisions": [
            {
                "action": decision.request.action,
                "resource": decision.request.resource,
                "effect": decision.effect,
                "allowed": decision.allowed,
                "matched": [match._asdict() for match in decision.matched],
                "reason": decision.reason,
            }
            for decision in found.decisions
        ],
        "missing": list(found.missing),
        "message": found.message,
    }

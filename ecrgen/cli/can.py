"""`ecrgen can`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from ecrgen.catalog.model import Target
from ecrgen.catalog.render import render
from ecrgen.cli.call import Call, complete_operation, target_of
from ecrgen.cli.can_grant import Granted, granted
from ecrgen.cli.documents import Named, read_policies
from ecrgen.cli.limits import Limiting, Limits, read_limits
from ecrgen.cli.options import Guards, Here, Json
from ecrgen.cli.output import note
from ecrgen.cli.state import States, at_home, gaps, of_accounts, read_accounts
from ecrgen.cli.views import ANSWER, show
from ecrgen.cli.views.answer import Answered
from ecrgen.errors import EcrgenError, Problems, together
from ecrgen.messages import in_words, quoted
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.image import image_of
from ecrgen.policy.kinds import IDENTITY
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Question, Situation, answer, question

__all__ = ["Name", "Resource"]

Name = Annotated[
    str,
    typer.Argument(
        metavar="OPERATION-OR-ACTION",
        help="An operation that `ecrgen list` shows, such as push, or an action, such as ecr:PutImage.",
        autocompletion=complete_operation,
    ),
]
Resource = Annotated[
    str | None,
    typer.Argument(metavar="RESOURCE", help="A repository's name, an image's address, or an ARN.", show_default=False),
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
    typer.Option(
        "--as", metavar="ARN", help="ARN of the caller. Else a session of a role in the resource's own account."
    ),
]
Context = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="KEY=VALUE",
        help="What the request's context holds, such as aws:MultiFactorAuthPresent=true; again for more values of "
        "a key. What is neither given here nor follows from the rest of the request is not known.",
    ),
]


def run(
    call: Call,
    *,
    operation: Name,
    resource: Resource = None,
    policy: Files = None,
    state: States = None,
    limits: Limits,
    principal: Principal = None,
    context: Context = None,
    guard: Guards = None,
    here: Here,
    json: Json = False,
) -> None:
    """Whether the policy of a persona or grant, --policy FILE, or an account's --state allows an operation or action.

    Exit 0 is yes, 1 is no or if.
    """
    exclusive(guard, policy, state, principal)
    target, who, known, documents, accounts, limiting, bound = together(
        lambda: target_of(call.catalog, here.account, here.region, here.partition),
        lambda: principal and checked(principal),
        lambda: read_context(context or ()),
        lambda: asked_together(read_policies(policy or ())),
        lambda: read_accounts(state) if state else None,
        lambda: read_limits(limits),
        lambda: call.bound(guard),
    )
    home = target
    if call.grant is not None:
        target = call.grant.target(target)
    if accounts is not None:
        target = at_home(accounts, target, who or "")
    asked = question(call.catalog, operation, resource, Situation(target, who, known))
    if accounts is not None:
        found, notes = of_accounts(accounts, asked, limiting), [*gaps(accounts, asked.about)]
    else:
        if call.grant is not None:
            given = granted(call.catalog, call.grant, home, asked, who)
        elif bound is not None:
            given = Granted((Named(call.subject or "", render(bound, target), IDENTITY),))
        else:
            given = Granted(tuple(documents))
        found = of_policies(given, asked, limiting)
        notes = [*silent(given.policies, asked, resource), *given.notes]
    show(ANSWER, found, ANSWER.form("", json=json))
    if policy or state:
        notes += by_example(resource, target)
    for each in (*notes, *asked.notes, *in_vain(operation, resource, asked)):
        note(each)
    if found.verdict != "yes":
        raise typer.Exit(1)


def exclusive(guard: object, policy: object, state: object, principal: object) -> None:
    """Raise EcrgenError for options that say nothing together, or that need another one."""
    if guard and (policy or state):
        option = "--policy" if policy else "--state"
        raise EcrgenError(f"--guard: narrows a persona; the policies of {option} are asked as they are")
    if policy and state:
        raise EcrgenError(
            "--policy: asks a file's policies, and --state all that an account has; leave one of them out"
        )
    if state and principal is None:
        raise EcrgenError("--state: asks what somebody in the account may do; name the user or role with --as ARN")


def silent(documents: Sequence[Named], asked: Question, resource: str | None) -> Iterator[str]:
    """Words about the policies that have no say in a question."""
    for one in documents:
        if not one.kind.grants:
            option = f"--{one.kind.slot} beside the policies that give"
            yield f"{one.name}: {one.kind.words} gives nothing by itself, it only takes away; ask it as {option}"
        elif lies_elsewhere(one, asked):
            yield f"{one.name}: is the policy of {one.repository}, so it has no say about {resource}"


def by_example(resource: str | None, target: Target) -> Iterator[str]:
    """Words about what nobody gave of the ARN of a repository's name, and AWS's examples stand for."""
    if resource and target.examples and not tells_account(resource):
        unsaid = in_words(sorted(target.examples))
        yield f"{unsaid} of {resource} are AWS's examples; give your own, or the whole ARN"


def in_vain(operation: str, resource: str | None, asked: Question) -> Iterator[str]:
    """Words about a resource that no request of the operation is about."""
    if resource and all(step.request.resource == "*" for step in asked.steps):
        yield f"{operation} is on no resource, so AWS asks it of *, not of {resource}"


def tells_account(resource: str) -> bool:
    """True for an ARN, and for the address of an image in a private registry: they say whose the repository is."""
    image = image_of(resource)
    return Arn.parse(resource) is not None or (image is not None and image.account != "")


def asked_together(policies: Sequence[Named]) -> Sequence[Named]:
    """The policies, where they can be asked. Raises EcrgenError with each that cannot."""
    problems = Problems()
    for one in policies:
        if one.kind.slot is None:
            problems.add(f"--policy: {one.name}: is {one.kind.words}, by which no request to ECR is decided")
        elif not one.kind.grants and any(other.kind.grants for other in policies):
            option = f"--{one.kind.slot}"
            problems.add(f"--policy: {one.name}: is {one.kind.words}, which only takes away; give it as {option}")
    problems.stop()
    return policies


def lies_elsewhere(policy: Named, asked: Question) -> bool:
    """True for the policy of another repository than those that a question is about."""
    arns = [arn for step in asked.steps if (arn := Arn.parse(step.request.resource))]
    about = {f"{arn.account}/{arn.resource.removeprefix('repository/')}" for arn in arns}
    return bool(policy.repository and about) and policy.repository not in about


def of_policies(given: Granted, asked: Question, limiting: Limiting) -> Answered:
    """The answer of the policies that have a say; an if where it hangs on others, which are not known."""
    granting = [one for one in given.policies if one.kind.grants and not lies_elsewhere(one, asked)]
    found = answered(asked, granting, limiting)
    if given.beyond is None:
        return found
    return given.told(found, answered(asked, [*granting, given.beyond], limiting), asked.principal)


def answered(asked: Question, policies: Sequence[Named], limiting: Limiting) -> Answered:
    """The answer of policies to a question: those that give, and those that limit what they give."""
    identity = [one for one in policies if one.kind.slot == "identity"]
    resource = [one for one in policies if one.kind.slot == "resource"]
    found = answer(
        asked,
        identity=[one.document for one in identity],
        resource=[one.document for one in resource],
        boundary=only(limiting.boundary),
        session=only(limiting.session),
        scps=[[one.document for one in level] for level in limiting.scps],
        rcps=[[one.document for one in level] for level in limiting.rcps],
        endpoint=only(limiting.endpoint),
    )
    given = {"identity": [one.name for one in identity], "resource": [one.name for one in resource]}
    return Answered.of(found, {**given, **limiting.names()})


def only(policy: Named | None) -> PolicyDocument | None:
    return None if policy is None else policy.document


def checked(principal: str) -> str:
    try:
        return Request("sts:GetCallerIdentity", principal=principal).principal
    except EcrgenError as error:
        raise EcrgenError(*(f"--as: {problem}" for problem in error.problems)) from None


def read_context(texts: Sequence[str]) -> dict[str, str | tuple[str, ...]]:
    """Condition keys and their values; a key that is given again has them all. Raises EcrgenError."""
    values: dict[str, list[str]] = {}
    problems = Problems()
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or ":" not in key:
            problems.add(f"--context: {quoted(text)}: must be KEY=VALUE, such as aws:MultiFactorAuthPresent=true")
            continue
        # for start-up: most questions have no context
        from ecrgen.policy.check.families.condition_keys import name_problem

        wrong = name_problem(key, identity=True)
        if wrong is not None and wrong[0].severity == "ERROR":
            problems.add(f"--context: {wrong[1]}")
        values.setdefault(key, []).append(value)
    problems.stop()
    return {key: given[0] if len(given) == 1 else tuple(given) for key, given in values.items()}

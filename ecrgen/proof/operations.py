"""Operations as questions to policies: `push my-repo`, or the action `ecr:ListImages my-repo`, as API requests.

Actions and their resource types: the service authorization reference (see ecrgen.policy.reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ecrgen.catalog import schema
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.model import Operation, Target
from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import nearest, quoted
from ecrgen.policy import reference
from ecrgen.policy.arn import Arn
from ecrgen.policy.caller import caller_of
from ecrgen.policy.completions import Completion
from ecrgen.policy.dependent import dependent_actions
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.layers import LAYERS, Layer
from ecrgen.policy.names import ACCOUNT
from ecrgen.policy.open_question import Answer as YesNoIf
from ecrgen.policy.open_question import OpenDecision, OpenKey, ask
from ecrgen.policy.request import LISTED_AS_ANY, Request
from ecrgen.policy.unasked import that_could_deny
from ecrgen.proof.clients import DEFAULT, messages
from ecrgen.proof.resources import resource_of

__all__ = ["Answer", "Context", "Question", "Situation", "Step", "answer", "known_action", "needed", "question"]

Context = Mapping[str, str | Sequence[str]]
REGION = "aws:RequestedRegion"
# What a client asks before it pulls or pushes; AWS services pull without a token.
LOGINS = frozenset({"ecr:getauthorizationtoken", "ecr-public:getauthorizationtoken"})
EXAMPLE_SESSION = "arn:aws:sts::123456789012:assumed-role/example/session"


@dataclass(frozen=True, slots=True)
class Situation:
    """The principal, the target and the context of a question.

    Without a principal it is a role's session in the resource's own account, so that no other policies than those that
    are asked have a say. Nothing is made up for the context but the region of a request to ECR for no resource.
    """

    target: Target
    principal: str | None = None
    context: Context = field(default_factory=dict)

    @property
    def by_service(self) -> bool:
        """Whether an AWS service asks."""
        caller = caller_of(self.principal) if self.principal else None
        return caller is not None and caller.type == "Service"

    def every_repository(self, service: str) -> str:
        """The resource of a request for all repositories of the target's registry."""
        region = self.target.regions[0] if service == "ecr" else ""
        return str(Arn(self.target.partition, service, region, self.target.account, "repository/*"))

    def request(self, action: str, resource: str, beside: str | None = None) -> Request:
        """The request for an action on an ARN or `*`. `beside` is the ARN that a request for `*` goes along with.

        Raises EcrgenError for what cannot be asked.
        """
        arn = Arn.parse(beside if beside is not None and resource == "*" else resource)
        context = self.context
        if resource == "*":
            # told of the repository's account, which a login is not asked of
            context = {key: value for key, value in context.items() if not (arn and is_owner(key, value, arn))}
            if action.startswith("ecr:") and not any(key.lower() == REGION.lower() for key in context):
                context[REGION] = arn.region if arn else self.target.regions[0]
        return Request(action, resource, self.principal or self.neighbour(EXAMPLE_SESSION, arn), context)

    def request_at_home(self, action: str, resource: str) -> Request:
        """The same, by a principal like this one in the resource's own account: what the caller's own policies say."""
        home = self.neighbour(self.principal or EXAMPLE_SESSION, Arn.parse(resource))
        return replace(self, principal=home).request(action, resource)

    def neighbour(self, principal: str, arn: Arn | None) -> str:
        """A principal like this one in the account of the ARN, or else of the target."""
        who = Arn.parse(principal)
        if who is None:
            return principal  # an AWS service
        owner = arn.account if arn and re.fullmatch(ACCOUNT, arn.account) else self.target.account
        return str(replace(who, account=owner, partition=arn.partition if arn else self.target.partition))


def is_owner(key: str, value: str | Sequence[str], arn: Arn) -> bool:
    """Whether a key of the context says whose the resource is."""
    return key.lower() == "aws:resourceaccount" and value == arn.account


class Step(NamedTuple):
    """One API action of a question, and the operation that needs it; none where the action itself was asked for."""

    request: Request
    operation: Operation | None


@dataclass(frozen=True, slots=True)
class Question:
    """An operation or an action on a resource: all that has to be allowed, in the order in which a client calls it.

    `notes` say what of the question makes no difference.
    """

    name: str
    resource: str | None
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    @property
    def principal(self) -> str:
        return self.steps[0].request.principal

    @property
    def about(self) -> str:
        """The ARN of the one resource that its steps are on; `*` where they are on none."""
        return next((step.request.resource for step in self.steps if step.request.resource != "*"), "*")

    @property
    def own(self) -> tuple[Step, ...]:
        """The steps without those of operations that this one needs first."""
        return tuple(step for step in self.steps if step.operation is None or step.operation.name == self.name)

    def __str__(self) -> str:
        return f"{self.name} {self.resource}" if self.resource else self.name


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with the answer to each of its steps, whatever of the context is not known."""

    question: Question
    asked: tuple[OpenDecision, ...]

    @property
    def answer(self) -> YesNoIf:
        """The least of the steps' answers."""
        found = {each.answer for each in self.asked}
        return "no" if "no" in found else "if" if "if" in found else "yes"

    @property
    def missing(self) -> tuple[str, ...]:
        """The actions that are denied whatever the context is."""
        return tuple(each.request.action for each in self.asked if each.answer == "no")

    @property
    def certain(self) -> bool:
        """False where an if may be a yes or a no, because there were too many completions of the context to try."""
        return all(each.certain for each in self.asked)

    @property
    def conditions(self) -> tuple[OpenKey, ...]:
        """The context keys that decide, and what each value of them leaves of the answer."""
        found: dict[str, dict[Completion, YesNoIf]] = {}
        for step in self.asked:
            for key in step.keys:
                values = found.setdefault(key.key, {})
                for value, answer in key.answers:
                    values[value] = least(answer, values.get(value, "yes"))
        for step in self.asked:
            told = {key.key: dict(key.answers) for key in step.keys}
            for name, values in found.items():
                for value in values:
                    values[value] = least(values[value], told.get(name, {}).get(value, step.answer))
        return tuple(OpenKey(name, tuple(values.items())) for name, values in found.items())

    @property
    def not_considered(self) -> tuple[Layer, ...]:
        """The layers of which no policy was given, and in which one could change the answer."""
        said = {layer for each in self.asked for layer in each.decision.not_considered}
        for each in self.asked:
            if each.answer == "if":  # it could also become an Allow
                said.update(that_could_deny(each.request, each.decision.policies))
        return tuple(layer for layer in LAYERS if layer in said)

    @property
    def messages(self) -> dict[str, str | None]:
        """The text that each client shows at the first denial that it shows; None where the catalog has none."""
        steps = self.question.steps
        operations = dict.fromkeys(step.operation for step in steps if step.operation is not None)
        denied = [each.decision for each in self.asked if not each.decision.allowed]
        by_action = {decision.request.action.lower(): decision for decision in reversed(denied)}
        return messages(tuple(operations), by_action, Arn.parse(self.question.about))

    @property
    def message(self) -> str | None:
        """The text that docker shows at the first denial that it shows; None where the catalog has none."""
        return self.messages.get(DEFAULT)


def answer(
    asked: Question,
    *,
    identity: Sequence[PolicyDocument] = (),
    resource: Sequence[PolicyDocument] = (),
    boundary: PolicyDocument | None = None,
    session: PolicyDocument | None = None,
    scps: Sequence[Sequence[PolicyDocument]] = (),
    rcps: Sequence[Sequence[PolicyDocument]] = (),
    endpoint: PolicyDocument | None = None,
) -> Answer:
    """The answer of policies to a question, each in the layer that it is of, as evaluate takes them."""
    found = (ask(step.request, identity, resource, boundary, session, scps, rcps, endpoint) for step in asked.steps)
    return Answer(asked, tuple(found))


def least(one: YesNoIf, other: YesNoIf) -> YesNoIf:
    return min(one, other, key=("no", "if", "yes").index)


def question(catalog: Catalog, name: str, resource: str | None, situation: Situation) -> Question:
    """The question that `OPERATION [RESOURCE]` or `ACTION [RESOURCE]` is.

    An action on no resource is asked of `*`, whatever resource is named. A login that the operation needs is not asked
    of an AWS service, which pulls without a token. Raises EcrgenError with every problem.
    """
    actions: list[tuple[str, Operation | None]] = [(name, None)]
    if ":" not in name:
        actions = [
            (action, operation) for operation in needed(catalog.operations, name) for action in operation.actions
        ]
    service = actions[-1][0].partition(":")[0].lower()
    problems = Problems()
    steps: dict[tuple[str, str], Step] = {}
    notes: dict[str, None] = {}
    for action, operation in actions:
        if operation is not None and operation.name != name and action.lower() in LOGINS and situation.by_service:
            notes[f"{situation.principal} needs no token, so {action} is not asked"] = None
            continue
        with problems.collected():
            known = known_action(action)
            named = None if resource is None else resource_of(resource, service, situation.target)
            for request in requests(known, operation, named and named.arn, situation):
                # a later operation takes over, in its place, the step that an earlier one needs as well
                steps[request.action, request.resource] = Step(request, operation)
            if named is not None and named.note:
                notes[named.note] = None
    problems.found = [*dict.fromkeys(problems.found)]  # each step says the same of the same resource
    problems.stop()
    return Question(name, resource, tuple(steps.values()), tuple(notes))


def requests(
    action: reference.Action, operation: Operation | None, arn: str | None, situation: Situation
) -> Iterator[Request]:
    """The request for an action, and one for each action that AWS asks along with it."""
    if arn is None and action.name.lower() in LISTED_AS_ANY:
        arn = situation.every_repository(action.name.partition(":")[0])
    request = situation.request(action.name, resource_for(action, operation, arn), arn)
    yield request
    for name in dependent_actions(action.name, request.keys):
        yield situation.request(name, resource_for(known_action(name), operation, arn), arn)


def needed(operations: Mapping[str, Operation], name: str) -> tuple[Operation, ...]:
    """All that an operation needs, each once, and then the operation itself."""
    if name not in operations:
        hint = schema.near(name, tuple(operations)) if operations else "the catalog has none"
        raise EcrgenError(f"no operation {quoted(name)}; {hint} (or an action, such as ecr:PutImage)")
    found: dict[str, Operation] = {}

    def visit(wanted: str, waiting: frozenset[str]) -> None:
        for need in operations[wanted].needs:
            if need not in found and need not in waiting:
                visit(need, waiting | {need})
        found[wanted] = operations[wanted]

    visit(name, frozenset({name}))
    return tuple(found.values())


def known_action(name: str) -> reference.Action:
    """The action of that name, in any case. Raises EcrgenError, with the nearest name, where there is none."""
    if "*" in name or "?" in name:
        raise EcrgenError(f"{quoted(name)}: name one action, without * or ?")
    action = reference.action(name)
    if action is None:
        service, _, short = name.lower().partition(":")
        names = reference.action_names(service)
        near = nearest(short, names)
        hint = f"; meant {service}:{names[near]}?" if near else "" if names else f"; nor is the service {service!r}"
        raise EcrgenError(
            f"{quoted(name)}: no action of AWS's service authorization reference of {reference.data_date()}{hint}"
        )
    return action


def resource_for(action: reference.Action, operation: Operation | None, arn: str | None) -> str:
    """The resource that AWS asks about for this action: the named one, or `*` for an action on none."""
    if not action.resource_types or (operation is not None and operation.on == "registry"):
        return "*"
    if arn is None:
        what = (
            "a repository; name it after the operation"
            if action.name.startswith(("ecr:", "ecr-public:"))
            else "a resource; give its ARN"
        )
        raise EcrgenError(f"{operation.name if operation else action.name}: needs {what}")
    return arn

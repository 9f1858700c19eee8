"""Action and NotAction: names the reference knows, without wildcards in the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from ecrgen.messages import nearest
from ecrgen.policy import reference
from ecrgen.policy.check.clients import answer_to_wish
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.known import HINTS, as_of, meant, same_verb, slips_of_action, slips_of_service
from ecrgen.policy.check.model import PolicyView, Texts
from ecrgen.policy.check.shared_rules import ECR_UNKNOWN_NAME, WILDCARD_IN_SERVICE_NAME
from ecrgen.policy.kinds import PolicyKind

INVALID_ACTION = analyzer_rule(
    "INVALID_ACTION",
    "ERROR",
    "An action that its service does not have",
    "Use an action of the Service Authorization Reference.",
)
INVALID_SERVICE_IN_ACTION = analyzer_rule(
    "INVALID_SERVICE_IN_ACTION",
    "ERROR",
    "An action of a service that does not exist",
    "Use a service prefix of the Service Authorization Reference.",
)
UNSUPPORTED_ACTION_IN_POLICY = analyzer_rule(
    "UNSUPPORTED_ACTION_IN_POLICY",
    "ERROR",
    "An action that an ECR resource policy cannot decide",
    "Grant it in an identity policy; a repository policy grants actions on its repository.",
)

NEAR = 0.82
ACTION_NAME = re.compile(r"[a-z0-9*?]+")
# Names of the service, and of what it is for.
SERVICES_BY_NAME = dict.fromkeys(
    ("container-registry", "containerregistry", "elastic-container-registry", "elasticcontainerregistry", "docker"),
    ("ecr",),
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    hints = iter(range(HINTS))
    for statement in policy.statements:
        for texts in (statement.action, statement.not_action):
            if texts is not None:
                yield from action_findings(policy, texts, hints)


def action_findings(policy: PolicyView, texts: Texts, hints: Iterator[int]) -> Iterator[Finding]:
    for index, text in enumerate(texts.values):
        problem = action_problem(text)
        if problem is not None:
            rule, message = problem
            if rule is ECR_UNKNOWN_NAME:
                message += "".join(hint_at(text) for _ in islice(hints, 1))
            yield rule.at(texts.at(index), message)
        elif policy.kind.service is not None:
            unsupported = unsupported_by(policy.kind, text)
            if unsupported is not None:
                yield UNSUPPORTED_ACTION_IN_POLICY.at(texts.at(index), unsupported)


@lru_cache(maxsize=8192)
def action_problem(text: str) -> tuple[Rule, str] | None:
    """The fault of an action's text by itself, as a rule and a message; None where there is none."""
    if text == "*" or "${" in text:
        return None
    service, colon, short = text.partition(":")
    if not colon:
        return INVALID_ACTION, f"{shown(text)} has no service prefix, as in ecr:PutImage"
    if "*" in service or "?" in service:
        return WILDCARD_IN_SERVICE_NAME, f"{shown(service)} also names services that do not exist yet"
    if service.lower() not in reference.services():
        slips = SERVICES_BY_NAME.get(service.lower()) or slips_of_service(service.lower())
        unknown = f"{as_of()} has no service {shown(service)}{meant(slips)}"
        return INVALID_SERVICE_IN_ACTION if slips else ECR_UNKNOWN_NAME, unknown
    return None if reference.expand(text) else unknown_action(text, service.lower(), short.lower())


def unknown_action(text: str, service: str, short: str) -> tuple[Rule, str]:
    """An action that its service does not have by the data: a wish, a slip, no name at all, or a name to look up."""
    unknown = f"{as_of()} has no action {shown(text)}"
    answer = answer_to_wish(service, short)
    if answer is not None:
        return INVALID_ACTION, f"{unknown}; {answer}"
    slips = slips_of_action(service, short)
    if slips:
        return INVALID_ACTION, f"{unknown}{meant(slips, f'{service}:')}"
    return (ECR_UNKNOWN_NAME if ACTION_NAME.fullmatch(short) else INVALID_ACTION), unknown


@lru_cache(maxsize=1024)
def hint_at(text: str) -> str:
    """A hint at the name that was probably meant by one that is not far from it; empty where none is near."""
    service, _, short = text.partition(":")
    if service.lower() not in reference.services():
        near = nearest(service.lower(), sorted(reference.services()), NEAR)
        return f"; meant {near}?" if near else ""
    names = reference.action_names(service.lower())
    near = nearest(short.lower(), sorted(name for name in names if same_verb(short.lower(), name)), NEAR)
    return f"; meant {service.lower()}:{names[near]}?" if near else ""


@lru_cache(maxsize=1024)
def unsupported_by(kind: PolicyKind, text: str) -> str | None:
    """The reason why a policy of ECR cannot decide an action; None where none is reported here.

    A registry's policy has a say in every request to the registry, a repository's only in those for its repository.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
    """
    if text == "*" or text.lower().endswith(":getauthorizationtoken"):
        return None
    if text.partition(":")[0].lower() != kind.service:
        return f"{shown(text)} is not an action of {kind.service}, and the policy is {kind.words}"
    if kind.resource == "needed":
        return None
    actions = [reference.action(name) for name in reference.expand(text)]
    if not any(action.resource_types for action in actions if action is not None):
        return f"{shown(text)} is not authorised on a repository, so no repository's policy applies to it"
    return None


FAMILY = Family(
    "actions",
    rules=(
        INVALID_ACTION,
        INVALID_SERVICE_IN_ACTION,
        ECR_UNKNOWN_NAME,
        UNSUPPORTED_ACTION_IN_POLICY,
        WILDCARD_IN_SERVICE_NAME,
    ),
    findings=findings,
)

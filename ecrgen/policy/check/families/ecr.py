"""Amazon ECR: where its actions work, what it cannot decide by, and what a docker client needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ecrgen.policy import reference
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, shown
from ecrgen.policy.check.model import PolicyView, StatementView, Texts
from ecrgen.policy.check.shared_rules import ECR_NO_EFFECT
from ecrgen.policy.global_keys import known_key
from ecrgen.policy.image import image_of, without_image
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.variables import without_variables
from ecrgen.policy.wildcards import is_wild

GUIDE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide"
REFERENCE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html"
)

ECR_TOKEN_ON_REPOSITORY = Rule(
    "ECR_TOKEN_ON_REPOSITORY",
    "ERROR",
    "ecr:GetAuthorizationToken on a repository, so docker login never works",
    'Allow it in an identity policy, in a statement of its own with "Resource": "*".',
    f"{GUIDE}/security-iam-awsmanpol.html",
)
ECR_ACTION_NEEDS_STAR = Rule(
    "ECR_ACTION_NEEDS_STAR",
    "ERROR",
    "An ECR action without a resource type on an ARN, where it never applies",
    'Move it to a statement with "Resource": "*".',
    f"{REFERENCE}#amazonelasticcontainerregistry-actions-as-permissions",
)
ECR_ACTION_NEEDS_REPOSITORY = Rule(
    "ECR_ACTION_NEEDS_REPOSITORY",
    "ERROR",
    "An ECR action on resources of which none is a repository, where it never applies",
    "Name repositories: arn:aws:ecr:REGION:ACCOUNT:repository/NAME.",
    f"{REFERENCE}#amazonelasticcontainerregistry-resources-for-iam-policies",
)
ECR_REPOSITORY_NAME = Rule(
    "ECR_REPOSITORY_NAME",
    "ERROR",
    "An ARN with a name that no repository can have, such as one with an image tag",
    "Write the repository's name: lower case, digits, and . _ - / between them.",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html",
)
ECR_IMAGE_TAG_CONDITION = Rule(
    "ECR_IMAGE_TAG_CONDITION",
    "ERROR",
    "A condition on an image tag, for which ECR has no key",
    "Separate by repository, or make tags immutable; policies decide about repositories, not about images.",
    f"{REFERENCE}#amazonelasticcontainerregistry-policy-keys",
)
ECR_TAG_CONDITION_ON_STAR_ACTION = Rule(
    "ECR_TAG_CONDITION_ON_STAR_ACTION",
    "WARNING",
    "A repository's tag asked of an action that is on no repository, so it is never allowed",
    "Move the action to a statement without the tag condition.",
    f"{GUIDE}/ecr-supported-iam-actions-tagging.html",
)
ECR_PREFIX_LEAK = Rule(
    "ECR_PREFIX_LEAK",
    "SUGGESTION",
    "A wildcard right after a name, which takes in other teams' repositories of that beginning",
    "End the prefix with a slash: team/* is what lies below team, team* is also team2.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
)

SERVICES = ("ecr", "ecr-public")
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
NAME = re.compile(rf"(?=.{{2,256}}\Z){PART}(?:/{PART})*", re.ASCII)
NAME_PATTERN = re.compile(r"[a-z0-9._/*?-]{1,256}", re.ASCII)


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        if statement.action is not None:
            yield from placement_findings(policy, statement, statement.action)
        for texts in (statement.resource, statement.not_resource):
            if texts is not None:
                yield from name_findings(texts)
        if statement.allows and statement.resource is not None:
            yield from leak_findings(statement.resource)
        for condition in statement.conditions:
            if is_image_tag(condition.lower):
                yield ECR_IMAGE_TAG_CONDITION.at(condition.path, f"{shown(condition.key)} is in no request to ECR")


def is_image_tag(key: str) -> bool:
    """True for a key that ECR does not have and that looks like an image's tag."""
    return key.startswith("ecr:") and "tag" in key and not key.startswith("ecr:resourcetag") and known_key(key) is None


def placement_findings(policy: PolicyView, statement: StatementView, actions: Texts) -> Iterator[Finding]:
    """Actions named in full, on resources where they never apply or under a condition they never meet."""
    resources = statement.resource.values if statement.resource is not None else ()
    placed = policy.kind.resource == "needed"
    everywhere = placed and (not resources or any(not text.strip("*") for text in resources))
    tagged = statement.allows and any(
        condition.lower.startswith(("aws:resourcetag/", "ecr:resourcetag/")) and condition.operator.needs_key
        for condition in statement.conditions
    )
    reached = {service: any(on_repository(service, text) for text in resources) for service in SERVICES}
    for index, text in enumerate(actions.values):
        if not text.lower().startswith(SERVICES) or is_wild(text):
            continue
        action = reference.action(text)
        if action is None:
            continue
        if not action.resource_types and not everywhere:
            if action.name.endswith(":GetAuthorizationToken"):
                message = f"{action.name} is on no repository; a token is for the whole registry"
                rule = ECR_TOKEN_ON_REPOSITORY if placed else ECR_NO_EFFECT
                yield rule.at(actions.at(index), message)
            elif placed:
                yield ECR_ACTION_NEEDS_STAR.at(actions.at(index), f'{action.name} works on "Resource": "*" only')
        elif resources and not reached[action.name.partition(":")[0]]:
            message = f"{action.name} is on repositories, and no resource here is one"
            yield ECR_ACTION_NEEDS_REPOSITORY.at(actions.at(index), message)
        if tagged and not action.resource_types and placed:
            message = f"{action.name} is on no repository, so no tag is ever there"
            yield ECR_TAG_CONDITION_ON_STAR_ACTION.at(actions.at(index), message)


def on_repository(service: str, resource: str) -> bool:
    """True where a resource may name something that the service's repository actions work on."""
    parts = without_variables(resource).split(":", 5)
    if len(parts) < 6 or (parts[2] == service and parts[5].startswith("repository/")):
        # what is no ARN is for resources.py to report
        return True
    named, repositories = Pattern.of(parts[2], "text", False), "repository/*" if service == "ecr" else "*"
    return named.matches(service) and Pattern.of(parts[5], "text", False).meets(Pattern.of(repositories, "text"))


def name_findings(texts: Texts) -> Iterator[Finding]:
    for index, text in enumerate(texts.values):
        name = repository_name(text)
        fault = name_fault(text, name) if name is not None else None
        if fault is not None:
            yield ECR_REPOSITORY_NAME.at(texts.at(index), f"{shown(name)} is {fault}")


def name_fault(arn: str, name: str) -> str | None:
    """What a name in an ARN is, where no repository has it, with the ARN that was meant where that is known."""
    prefix = arn[: arn.index(":repository/")]
    address = image_of(name)
    if address is not None and address.repository:
        return (
            f"an image's address, not a repository's name; meant {shown(f'{prefix}:repository/{address.repository}')}?"
        )
    if (NAME_PATTERN if is_wild(name) else NAME).fullmatch(name) is not None:
        return None
    hint = "; ECR decides about repositories, not about image tags" if ":" in name or "@" in name else ""
    bare, image = without_image(name)
    meant = f"; meant {shown(f'{prefix}:repository/{bare}')}?" if image and NAME.fullmatch(bare) else ""
    return f"no repository's name{hint}{meant}"


def leak_findings(texts: Texts) -> Iterator[Finding]:
    for index, text in enumerate(texts.values):
        name = repository_name(text) if text.endswith("*") else None
        before = name.rstrip("*") if name is not None else ""
        if before and before[-1].isalnum() and not is_wild(before):
            message = f"{shown(name)} also names {before}2 and {before}-other; {before}/* is what lies below {before}"
            yield ECR_PREFIX_LEAK.at(texts.at(index), message)


@lru_cache(maxsize=8192)
def repository_name(resource: str) -> str | None:
    """The name or pattern of the repositories that an ARN names, `*` for variables; None for other resources."""
    parts = without_variables(resource).split(":", 5)
    if len(parts) < 6 or parts[2] not in SERVICES or not parts[5].startswith("repository/"):
        return None
    return parts[5].removeprefix("repository/")


FAMILY = Family(
    "ecr",
    rules=(
        ECR_NO_EFFECT,
        ECR_TOKEN_ON_REPOSITORY,
        ECR_ACTION_NEEDS_STAR,
        ECR_ACTION_NEEDS_REPOSITORY,
        ECR_REPOSITORY_NAME,
        ECR_IMAGE_TAG_CONDITION,
        ECR_TAG_CONDITION_ON_STAR_ACTION,
        ECR_PREFIX_LEAK,
    ),
    findings=findings,
)

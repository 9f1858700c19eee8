"""Resource and NotResource: ARNs of the form that their resource type has.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat

from ecrgen.policy import names, quotas, reference
from ecrgen.policy.arn import PARTITIONS, Arn, partition_of, region_named
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.known import HINTS, as_of, meant, slips_of_service
from ecrgen.policy.check.model import PolicyView
from ecrgen.policy.check.shared_rules import (
    ECR_UNKNOWN_NAME,
    INVALID_ARN_ACCOUNT,
    INVALID_PARTITION,
    INVALID_SERVICE,
    WILDCARD_IN_SERVICE_NAME,
)
from ecrgen.policy.image import image_of
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.reference import PLACEHOLDER, ResourceType
from ecrgen.policy.regions import is_region, no_region
from ecrgen.policy.variables import without_variables

INVALID_ARN_PREFIX = analyzer_rule(
    "INVALID_ARN_PREFIX", "ERROR", "A resource that is no ARN", 'Write "*" or an ARN, which begins with arn:'
)
MISSING_ARN_FIELD = analyzer_rule(
    "MISSING_ARN_FIELD",
    "ERROR",
    "An ARN with fewer than six parts",
    "Write arn:partition:service:region:account:resource; region and account may be empty.",
)
INVALID_ARN_SERVICE_CASE = analyzer_rule(
    "INVALID_ARN_SERVICE_CASE", "ERROR", "An ARN with capitals in its service", "Write the service in lower case."
)
INVALID_ARN_REGION = analyzer_rule(
    "INVALID_ARN_REGION",
    "ERROR",
    "An ARN with a region that does not exist, or not in its partition",
    "Write a region of the ARN's partition, such as us-east-1.",
)
INVALID_ARN_RESOURCE = analyzer_rule(
    "INVALID_ARN_RESOURCE",
    "ERROR",
    "An ARN whose last part fits no resource type of its service",
    "Write the resource as the Service Authorization Reference has it, such as repository/my-repo.",
)
MISSING_ARN_REGION = analyzer_rule(
    "MISSING_ARN_REGION", "ERROR", "An ARN without the region its resource type has", "Add the region."
)
MISSING_ARN_ACCOUNT = analyzer_rule(
    "MISSING_ARN_ACCOUNT", "ERROR", "An ARN without the account its resource type has", "Add the account's 12 digits."
)
ARN_REGION_NOT_ALLOWED = analyzer_rule(
    "ARN_REGION_NOT_ALLOWED",
    "ERROR",
    "An ARN with a region, of a resource type that has none",
    "Leave the region empty: two colons in a row.",
)
ARN_ACCOUNT_NOT_ALLOWED = analyzer_rule(
    "ARN_ACCOUNT_NOT_ALLOWED",
    "ERROR",
    "An ARN with an account, of a resource type that has none",
    "Leave the account empty: two colons in a row.",
)
UNSUPPORTED_RESOURCE_ARN_IN_POLICY = analyzer_rule(
    "UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
    "ERROR",
    "A resource of another service in an ECR resource policy",
    "Name repositories of the registry only.",
)

Problem = tuple[Rule, str]
# Services with resources of AWS's own, whose ARNs have no account, such as arn:aws:ssm:*::document/AWS-RunShellScript.
OWNED_BY_AWS = ("kms", "resource-explorer-2", "ssm")
WILD = frozenset("*?")
ACCOUNT = re.compile(rf"{names.ACCOUNT}|[0-9?]*\*[0-9?*]*|[0-9?]{{{names.ACCOUNT_DIGITS}}}")


def findings(policy: PolicyView) -> Iterator[Finding]:
    hints = repeat(True, HINTS)
    for statement in policy.statements:
        for texts in (statement.resource, statement.not_resource):
            if texts is None:
                continue
            for index, text in enumerate(texts.values):
                if text == "*":
                    continue
                problems = arn_problems(text)
                for rule, message in problems:
                    yield rule.at(texts.at(index), message)
                region = region_named(text)
                if region and not is_region(region, policy.new_regions):
                    message = f"{shown(region)}: {no_region(region, next(hints, False))}"
                    yield INVALID_ARN_REGION.at(texts.at(index), message)
                service = policy.kind.service
                if service is not None and not problems and service_of(text) != service:
                    message = f"{shown(text)} is not of {service}, and the policy is {policy.kind.words}"
                    yield UNSUPPORTED_RESOURCE_ARN_IN_POLICY.at(texts.at(index), message)


def service_of(text: str) -> str:
    return "".join(text.split(":", 3)[2:3])


@lru_cache(maxsize=8192)
def arn_problems(text: str) -> tuple[Problem, ...]:
    """The problems of a resource's text, wherever it stands."""
    plain = without_variables(text)
    if plain == "*":
        return ()
    if not plain.startswith("arn:"):
        image = image_of(plain)
        meant = "" if image is None or image.wrong or not image.account else f"; meant {shown(image.arn)}?"
        return ((INVALID_ARN_PREFIX, f"{shown(text)} is no ARN{meant}"),)
    arn = Arn.parse(plain)
    if arn is None:
        return ((MISSING_ARN_FIELD, f"{shown(text)} has {plain.count(':') + 1} of an ARN's 6 parts"),)
    if len(plain) > quotas.ARN:
        return ((INVALID_ARN_RESOURCE, f"{len(plain)} characters; an ARN has at most {quotas.ARN}"),)
    return tuple(part_problems(arn)) or tuple(type_problems(arn))


def part_problems(arn: Arn) -> Iterator[Problem]:
    """The problems of each field of an ARN by itself."""
    if WILD.isdisjoint(arn.partition) and arn.partition not in PARTITIONS:
        yield INVALID_PARTITION, f"no such partition: {shown(arn.partition)}; one of: {', '.join(PARTITIONS)}"
    if not WILD.isdisjoint(arn.service):
        yield WILDCARD_IN_SERVICE_NAME, f"{shown(arn.service)} also names services that do not exist yet"
    elif arn.service.lower() not in reference.services() and not reference.arn_types_elsewhere(arn.service.lower()):
        slips = slips_of_service(arn.service.lower())
        unknown = f"{as_of()} has no service {shown(arn.service)}{meant(slips)}"
        yield INVALID_SERVICE if slips else ECR_UNKNOWN_NAME, unknown
    elif arn.service != arn.service.lower():
        yield INVALID_ARN_SERVICE_CASE, f"{shown(arn.service)} is written {arn.service.lower()}"
    if arn.region and WILD.isdisjoint(arn.region):
        of_region = known_partition(arn.region)
        if arn.partition in PARTITIONS and of_region not in (None, arn.partition):
            yield INVALID_ARN_REGION, f"{arn.region} is a region of the partition {of_region}, not of {arn.partition}"
    if arn.account and not ACCOUNT.fullmatch(arn.account) and arn.account not in literal_accounts(arn.service):
        yield INVALID_ARN_ACCOUNT, f"{shown(arn.account)} is no account id"


known_partition = lru_cache(maxsize=1024)(partition_of)


@lru_cache(maxsize=512)
def literal_accounts(service: str) -> frozenset[str]:
    """The texts in place of an account in ARNs of resources that AWS owns, such as `aws`."""
    kinds = reference.resource_types(service)
    return frozenset(kind.arn.account for kind in kinds if "${" not in kind.arn.account) | {"aws"}


def type_problems(arn: Arn) -> Iterator[Problem]:
    """The problem of the fields taken together: no resource type has this form."""
    if not WILD.isdisjoint(arn.service):
        return
    own = reference.resource_types(arn.service)
    kinds = [kind for kind in own if kind.arn.service in (arn.service, "${Vendor}") and fits(kind, arn.resource)]
    if not kinds:
        elsewhere = reference.arn_types_elsewhere(arn.service)
        kinds = [kind for kind in elsewhere if fits(kind, arn.resource)]
        if not kinds and (own or elsewhere) and not unlisted(arn):
            yield INVALID_ARN_RESOURCE, f"{shown(arn.resource)} fits no resource type of {arn.service}"
    if not kinds:
        return
    if not arn.region and all(kind.arn.region.startswith("${") for kind in kinds):
        yield MISSING_ARN_REGION, f"ARNs of {kinds[0].name} have a region"
    if not arn.account and arn.service not in OWNED_BY_AWS and all(kind.arn.account.startswith("${") for kind in kinds):
        yield MISSING_ARN_ACCOUNT, f"ARNs of {kinds[0].name} have an account"
    if arn.region and WILD.isdisjoint(arn.region) and not any(kind.arn.region for kind in kinds):
        yield ARN_REGION_NOT_ALLOWED, f"ARNs of {kinds[0].name} have no region"
    if arn.account and WILD.isdisjoint(arn.account) and not any(kind.arn.account for kind in kinds):
        yield ARN_ACCOUNT_NOT_ALLOWED, f"ARNs of {kinds[0].name} have no account"


def unlisted(arn: Arn) -> bool:
    """True for an ARN of a kind that the reference leaves out: AWS's own resources, and paths of a REST interface."""
    return arn.account == "aws" or arn.resource.startswith("/")


def fits(kind: ResourceType, resource: str) -> bool:
    """True where a resource part, wildcards included, can name something of this type."""
    return pattern_of(kind.arn.resource).meets(Pattern.of(resource, "text", False))


@lru_cache(maxsize=2048)
def pattern_of(form: str) -> Pattern:
    """The pattern of what has a form of the reference: `repository/${RepositoryName}` is `repository/*`."""
    return Pattern.of(PLACEHOLDER.sub("*", form), "text", False)


FAMILY = Family(
    "resources",
    rules=(
        INVALID_ARN_PREFIX,
        MISSING_ARN_FIELD,
        INVALID_ARN_SERVICE_CASE,
        INVALID_ARN_REGION,
        INVALID_ARN_RESOURCE,
        MISSING_ARN_REGION,
        MISSING_ARN_ACCOUNT,
        ARN_REGION_NOT_ALLOWED,
        ARN_ACCOUNT_NOT_ALLOWED,
        UNSUPPORTED_RESOURCE_ARN_IN_POLICY,
        INVALID_ARN_ACCOUNT,
        INVALID_PARTITION,
        INVALID_SERVICE,
        ECR_UNKNOWN_NAME,
        WILDCARD_IN_SERVICE_NAME,
    ),
    findings=findings,
)

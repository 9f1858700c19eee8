"""Does a condition confine? The one answer for every check that is content where a key narrows what is allowed.

A condition confines an Allow if a request has to carry one of the keys of a purpose with a value that its sender does
not choose: `StringEquals aws:PrincipalOrgID o-a1b2c3d4e5` keeps strangers out of a repository. With IfExists,
ForAllValues or Null, negated, or with a value as wide as `*`, 0.0.0.0/0 or `arn:aws:lambda:*:*:function:*`, a condition
does not.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ecrgen.policy.arn import PARTITIONS
from ecrgen.policy.check.model import ConditionView, StatementView
from ecrgen.policy.document import text_of
from ecrgen.policy.patterns import Pattern
from ecrgen.policy.values import Network, network
from ecrgen.policy.wildcards import is_wild

__all__ = ["CREATED_ROLE", "GIVEN_AWAY", "PASSED_ROLE", "SOURCE", "WHO", "Confinement", "confined", "confines"]

# Says of a condition's value, with wildcards where they count, that it is as wide as any.
Wide = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Confinement:
    """The condition keys that confine an access, in lower case, each with the values that are too wide.

    A key that ends in `/` takes a tag key. `networks` are keys of addresses. Where the callers may be `strangers`, of
    any account, what a policy variable says of them is of their own making.
    """

    keys: Mapping[str, Wide]
    networks: tuple[str, ...] = ()
    strangers: bool = False


VARIABLE = re.compile(r"\$\{([^},]{0,512})[^}]{0,512}\}")
# What belongs to the resource, and not to the caller.
OWN = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")


def is_everything(text: str) -> bool:
    """Wildcards and nothing else."""
    return not text.strip("*?")


def is_any_id(text: str) -> bool:
    """An account, an organisation or a VPC is named in full or not at all.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sensitive
    """
    return is_wild(text)


def is_any_path(text: str) -> bool:
    """A path that does not begin with one organisation: `o-a1b2c3d4e5/*` does, `o-*` does not."""
    return re.match(r"o-[a-z0-9]{10,32}/", text) is None


def is_any_arn(text: str) -> bool:
    """An ARN of any account, or of none (a bucket's) by a wildcard."""
    parts = text.split(":", 5)
    if len(parts) < 6:
        return is_wild(text)
    return is_wild(parts[4]) or (parts[4] == "" and is_everything(parts[5][:1]))


def is_any_user(text: str) -> bool:
    """A user id whose part before the colon, which AWS gives out, has a wildcard: `AROAEXAMPLE:*` has none."""
    return is_wild(text.partition(":")[0])


def is_any_service(text: str) -> bool:
    """A service principal without the name of a service: `*.amazonaws.com`."""
    return is_wild(text) and re.fullmatch(r"[*?.]*(amazonaws[*?.]*(com?)?[*?.]*(cn)?[*?]*)?", text) is not None


def is_template_service(text: str) -> bool:
    """CloudFormation calls what the template of its caller says, so whoever may call it may call that.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
    """
    return Pattern.of(text, "text").matches("cloudformation.amazonaws.com")


def is_administrator(text: str) -> bool:
    """A policy of AWS's own that leaves nothing out, or gives all of IAM.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
    """
    pattern = Pattern.of(text, "arn")
    return any(
        pattern.matches(f"arn:{partition}:iam::aws:policy/{name}")
        for partition in PARTITIONS
        for name in ("AdministratorAccess", "IAMFullAccess")
    )


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
WIDEST = {4: 8, 6: 32}


def are_everywhere(texts: tuple[str, ...]) -> bool:
    """Ranges of addresses of which one, or several side by side (0.0.0.0/1, 128.0.0.0/1), are wider than any network's.

    As for S3, ranges wider than /8 of IPv4 and /32 of IPv6 are public.
    """
    from ipaddress import IPv4Network, IPv6Network, collapse_addresses  # for start-up: few policies have addresses

    read = [range_ for range_ in map(network, texts) if isinstance(range_, Network)]
    v4 = collapse_addresses(IPv4Network((each.base, each.mask.bit_count())) for each in read if each.version == 4)
    v6 = collapse_addresses(IPv6Network((each.base, each.mask.bit_count())) for each in read if each.version == 6)
    return any(range_.prefixlen < WIDEST[range_.version] for ranges in (v4, v6) for range_ in ranges)


# The service that gets a role, and the service whose service-linked role is made.
PASSED_ROLE = Confinement({"iam:passedtoservice": is_any_service})
CREATED_ROLE = Confinement({"iam:awsservicename": is_any_service})
# What can be given away by somebody who changes who may do what.
GIVEN_AWAY = Confinement(
    {
        "iam:policyarn": is_administrator,
        "iam:permissionsboundary": is_administrator,
        "aws:resourcetag/": is_everything,
        "iam:resourcetag/": is_everything,
        "ecr:resourcetag/": is_everything,
        "aws:calledvia": is_template_service,
        "aws:calledviafirst": is_template_service,
        "aws:calledvialast": is_template_service,
    }
)
# For whom a service acts.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
SOURCE = Confinement(
    {
        "aws:sourceaccount": is_any_id,
        "aws:sourcearn": is_any_arn,
        "aws:sourceorgid": is_any_id,
        "aws:sourceorgpaths": is_any_path,
    },
    strangers=True,
)
# Who the callers of a statement for everybody are. A tag of the caller says nothing: every account gives its own.
WHO = Confinement(
    {
        **SOURCE.keys,
        "aws:principalaccount": is_any_id,
        "aws:principalarn": is_any_arn,
        "aws:principalorgid": is_any_id,
        "aws:principalorgpaths": is_any_path,
        "aws:sourcevpc": is_any_id,
        "aws:sourcevpcarn": is_any_arn,
        "aws:sourcevpce": is_any_id,
        "aws:userid": is_any_user,
        "aws:vpceaccount": is_any_id,
        "aws:vpceorgid": is_any_id,
        "aws:vpceorgpaths": is_any_path,
    },
    networks=("aws:sourceip",),
    strangers=True,
)


def confined(statement: StatementView, confinement: Confinement) -> bool:
    """True where some condition of a statement confines it."""
    return any(confines(condition, confinement) for condition in statement.conditions)


def confines(condition: ConditionView, confinement: Confinement) -> bool:
    """True where a condition alone confines a statement: each of its values does, for any of them lets a request in."""
    operator = condition.operator
    if not operator.needs_key or operator.negated:
        return False
    texts = tuple(map(text_of, condition.values))
    if condition.lower in confinement.networks:
        return not are_everywhere(texts)
    name, slash, _ = condition.lower.partition("/")
    wide = confinement.keys.get(name + slash)
    patterns = operator.comparison.text in ("pattern", "ARN pattern")
    return wide is not None and not any(wide(as_pattern(text, patterns, confinement.strangers)) for text in texts)


def as_pattern(text: str, patterns: bool, strangers: bool) -> str:
    """A value as a text with wildcards: those that its operator takes, and one for a variable of a stranger.

    A wildcard under an operator that takes it literally is none, and matches hardly any request.
    """
    if not patterns:
        text = text.replace("*", "-").replace("?", "-")
    if "${" not in text:
        return text
    return VARIABLE.sub(lambda found: "*" if strangers and found[1].strip().lower() not in OWN else "-", text)

"""The types of arguments: how a text becomes a value of each, and what is refused.

Every value is checked against its type's own grammar, so nothing that is accepted can widen a policy: no quotes,
no wildcards (but for `repository-pattern`), no policy variables (but for a tag's value).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ecrgen.policy.arn import PARTITIONS, Arn, partition_of
from ecrgen.policy.image import image_of, without_image
from ecrgen.policy.names import ACCOUNT, ORGANIZATION, REPOSITORY, SERVICE_PRINCIPAL
from ecrgen.policy.regions import no_region

if TYPE_CHECKING:
    from ecrgen.policy.values import Unreadable

__all__ = ["TYPES", "ParameterType", "Tag", "Value", "everyone", "partition", "read_timestamp", "repository"]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag's key and value; the value may be the variable `${aws:PrincipalTag/…}`."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


Value = str | int | bool | Tag
Read = TypeVar("Read")


class ParameterType(NamedTuple):
    """A type's parser (text → value, ValueError says what is wrong and what would be right), and an example."""

    parse: Callable[[str], Value]
    example: str
    summary: str


# Patterns are text, compiled when first used, for the sake of start-up.
REPOSITORY_PATTERN = REPOSITORY + r"(/|\.|_|__|-+)?\*"
TAG_KEY = r"(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}"
TAG_VALUE = r"[A-Za-z0-9 _.:/=+@-]{0,256}|\$\{aws:PrincipalTag/[A-Za-z0-9 _.:/=+@-]{1,128}\}"
VPC_ENDPOINT = r"vpce-([0-9a-f]{8}|[0-9a-f]{17})"
TIMESTAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})"
DURATION = r"([0-9]{1,9})([smhd]?)"
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
NOT_PUBLIC = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
    *("0.0.0.0/8", "224.0.0.0/3", "fc00::/7", "fe80::/10"),
    *("::/3", "4000::/2", "8000::/1"),  # all but 2000::/3, https://www.rfc-editor.org/rfc/rfc4291#section-2.4
)
# Wider than any one holder's: https://www.iana.org/assignments/ipv4-address-space
WIDEST_V4, WIDEST_V6 = 7, 16


def repository(text: str) -> str:
    """A repository's name: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html"""
    if "*" in text or "?" in text:
        raise ValueError(
            "a repository is one plain name, without * or ?; for a prefix use a persona such as pull-prefix"
        )
    no_address(text, "my-repo")
    if len(text) > 256 or len(text) < 2:
        raise ValueError(f"a repository's name has 2 to 256 characters, not {len(text)}")
    if not re.fullmatch(REPOSITORY, text):
        if re.fullmatch(REPOSITORY, text.lower()) and text.isascii():
            raise ValueError(f"a repository's name is lower case: {text.lower()}")
        raise ValueError(
            "not a repository's name: lower-case letters and digits, joined by . _ __ or -, in parts divided by /, "
            "such as team-a/web"
        )
    return text


def repository_pattern(text: str) -> str:
    """The beginning of repository names, and then `*`: `team-a/*`, or `team-a*` where team-a2 is meant as well."""
    no_address(text, "team-a/*")
    if len(text) > 256 or not re.fullmatch(REPOSITORY_PATTERN, text):
        raise ValueError(
            "a pattern is the beginning of repositories' names and then *, such as team-a/*, or team-a* for team-a2 "
            "as well; no other * or ?"
        )
    return text


def no_address(text: str, example: str) -> None:
    """Refuse the address of an image, an ARN, and a name with a tag or digest: none of them is a repository's name.

    Raises ValueError with the name that was meant. The host of a registry would pass as the beginning of a name.
    """
    found = image_of(text)
    if found is not None:
        hint = f"meant {found.repository}?" if found.repository else f"such as {example}"
        raise ValueError(f"a repository's name is without its registry, and without tag and digest; {hint}")
    name, image = without_image(text)
    if name and image:
        raise ValueError(f"a repository's name is without tag and digest; meant {name}?")


def account(text: str) -> str:
    if not re.fullmatch(ACCOUNT, text):
        raise ValueError("an account id is 12 digits 0-9, such as 123456789012")
    return text


def region(text: str) -> str:
    if partition_of(text) is None:
        raise ValueError(no_region(text))
    return text


def partition(text: str) -> str:
    if text not in PARTITIONS:
        raise ValueError(f"no such partition; one of: {', '.join(PARTITIONS)}")
    return text


def tag(text: str) -> Tag:
    """`key=value`; characters: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    key, equals, value = text.partition("=")
    if not equals or not re.fullmatch(TAG_KEY, key) or not re.fullmatch(TAG_VALUE, value):
        raise ValueError(
            "a tag is key=value or key=${aws:PrincipalTag/key}, of letters, digits, space and _ . : / + - @"
        )
    return Tag(key, value)


def service_principal(text: str) -> str:
    if not re.fullmatch(SERVICE_PRINCIPAL, text):
        raise ValueError("a service principal is such as cloudformation.amazonaws.com")
    return text


def cidr(text: str) -> str:
    """An address range on the public internet, the only kind that aws:SourceIp can match."""
    from ecrgen.policy.values import network  # for start-up, as in what follows: few arguments need the readers

    range_, first = known(network(text)), known(network(text.partition("/")[0]))
    if range_.mask == 0:
        raise ValueError("names every address, which guards nothing")
    if range_.base != first.base:
        raise ValueError(f"has bits set beyond its prefix; did you mean {range_}?")
    for block in NOT_PUBLIC:
        if range_.overlaps(known(network(block))):
            raise ValueError(f"overlaps {block}, which is not public; no request's aws:SourceIp is from there")
    _, slash, prefix = text.partition("/")
    widest = WIDEST_V6 if ":" in text else WIDEST_V4
    if slash and int(prefix) < widest:
        raise ValueError(f"is wider than /{widest}, which no one holder has, and so names nearly everyone")
    return str(range_) if slash else range_.first


def everyone(ranges: Iterable[str]) -> bool:
    """True where ranges together name every public address of IPv4 or of IPv6."""
    from ipaddress import IPv4Network, IPv6Network, collapse_addresses  # for the sake of start-up

    texts = (*ranges, *NOT_PUBLIC)
    v4 = collapse_addresses(IPv4Network(text) for text in texts if ":" not in text)
    v6 = collapse_addresses(IPv6Network(text) for text in texts if ":" in text)
    return next(v4).prefixlen == 0 or next(v6).prefixlen == 0


def known(read: Read | Unreadable) -> Read:
    """The value that a reader read. Raises ValueError, with the reader's words, where it read none."""
    from ecrgen.policy.values import Unreadable

    if isinstance(read, Unreadable):
        raise ValueError(read.why)
    return read


def vpc_endpoint(text: str) -> str:
    if not re.fullmatch(VPC_ENDPOINT, text):
        raise ValueError("a VPC endpoint's id is vpce- and 8 or 17 hexadecimal digits, such as vpce-0123456789abcdef0")
    return text


def organization(text: str) -> str:
    if not re.fullmatch(ORGANIZATION, text):
        raise ValueError("an organization's id is o- and 10 to 32 letters and digits, such as o-a1b2c3d4e5")
    return text


def timestamp(text: str) -> str:
    """A moment with its zone, written in UTC as IAM's date conditions take it."""
    from ecrgen.policy.values import instant, w3c

    moment = w3c(known(instant(text)))
    if not re.fullmatch(TIMESTAMP, text):
        raise ValueError("a timestamp has date, time and zone, such as 2027-01-31T00:00:00Z")
    if moment is None:
        raise ValueError("no such date in UTC, years are 0001 to 9999")
    return moment


def read_timestamp(text: str) -> datetime:
    """The moment (in UTC) that an argument of type `timestamp` names. Raises ValueError."""
    return datetime.fromisoformat(timestamp(text))


def duration(text: str) -> int:
    """Seconds, or a number with s, m, h or d; at least 1 second and at most 400 days."""
    match = re.fullmatch(DURATION, text)
    seconds = int(match[1]) * SECONDS[match[2]] if match else 0
    if not 1 <= seconds <= timedelta(days=400).total_seconds():
        raise ValueError("a duration is seconds, or such as 15m, 12h, 7d; from 1 second to 400 days")
    return seconds


def integer(text: str) -> int:
    """A whole number of up to 18 digits, as JSON writes it: every one is a number to a condition, too."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        raise ValueError("a whole number, such as 7")
    return int(text)


def boolean(text: str) -> bool:
    from ecrgen.policy import values

    value = known(values.boolean(text))
    if text not in ("true", "false"):
        raise ValueError("must be true or false, in lower case")
    return value


def string(text: str) -> str:
    """Text for a name inside a policy: printable, and free of what IAM would read as a wildcard or a variable."""
    if not text or not text.isprintable() or max(text) > "\xff":
        raise ValueError("must be text, on one line, not empty, and of the characters IAM takes (up to U+00FF)")
    if any(mark in text for mark in "*?$"):
        raise ValueError("must not hold *, ? or $, which IAM reads as wildcards and variables")
    return text


def arn(text: str) -> str:
    parsed = Arn.parse(text)
    if parsed is None or parsed.partition not in PARTITIONS or not parsed.resource:
        raise ValueError("not an ARN, such as arn:aws:ecr:us-east-1:123456789012:repository/my-repo")
    if not re.fullmatch(r"[a-z0-9-]+", parsed.service):
        raise ValueError("the service in an ARN is lower-case letters, digits and -, such as ecr")
    if parsed.account not in ("", "aws") and not re.fullmatch(ACCOUNT, parsed.account):
        raise ValueError("the account in an ARN is 12 digits 0-9")
    if parsed.region and partition_of(parsed.region) != parsed.partition:
        raise ValueError(f"{parsed.region} is no region of partition {parsed.partition}")
    return string(text)


def arn_pattern(text: str) -> str:
    """An ARN whose resource may hold * and ?: as ArnLike takes it, of one account.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    parsed = Arn.parse(text)
    resource = parsed.resource if parsed else ""
    if parsed is None or not resource.strip("*?:/"):
        raise ValueError("not an ARN, such as arn:aws:lambda:us-east-1:123456789012:function:*")
    if "*" in text[: -len(resource)] or "?" in text[: -len(resource)]:
        raise ValueError("wildcards may stand after the account only")
    if not re.fullmatch(ACCOUNT, parsed.account):
        raise ValueError("the ARN has to say an account of 12 digits, or it may name what belongs to anybody")
    arn(text.replace("*", "x").replace("?", "x"))
    return text


TYPES: Mapping[str, ParameterType] = {
    "repository": ParameterType(repository, "my-repo", "a repository's name"),
    "repository-pattern": ParameterType(repository_pattern, "team-a/*", "a prefix of repository names, ending in /*"),
    "account": ParameterType(account, "123456789012", "an AWS account id, 12 digits"),
    "region": ParameterType(region, "us-east-1", "the name of a region"),
    "tag": ParameterType(tag, "team=payments", "a tag, key=value"),
    "service-principal": ParameterType(service_principal, "cloudformation.amazonaws.com", "an AWS service"),
    "cidr": ParameterType(cidr, "203.0.113.0/24", "a public address or address range"),
    "vpc-endpoint": ParameterType(vpc_endpoint, "vpce-0123456789abcdef0", "a VPC endpoint's id"),
    "organization": ParameterType(organization, "o-a1b2c3d4e5", "an AWS organization's id"),
    "timestamp": ParameterType(timestamp, "2027-01-31T00:00:00Z", "a moment: date, time and zone"),
    "duration": ParameterType(duration, "3600", "seconds, or such as 15m, 12h, 7d"),
    "integer": ParameterType(integer, "7", "a whole number"),
    "boolean": ParameterType(boolean, "true", "true or false"),
    "string": ParameterType(string, "payments", "text without * ? $"),
    "arn": ParameterType(arn, "arn:aws:iam::123456789012:role/ci", "an ARN without wildcards"),
    "arn-pattern": ParameterType(
        arn_pattern, "arn:aws:lambda:us-east-1:123456789012:function:*", "an ARN, with wildcards after its account only"
    ),
}

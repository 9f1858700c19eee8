"""Amazon Resource Names: parse, build and match, wildcards included.

Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ecrgen.policy.wildcards import compiled, resource_regex, text_regex

__all__ = ["PARTITIONS", "Arn", "matches", "partition_of"]

# Region names of each partition, after botocore's partitions.json, and no looser.
PARTITIONS: dict[str, str] = {
    "aws": r"(us|eu|ap|sa|ca|me|af|il|mx)-(?!(gov|iso[a-z]?)-)[a-z]+-[0-9]+",
    "aws-cn": r"cn-[a-z]+-[0-9]+",
    "aws-us-gov": r"us-gov-[a-z]+-[0-9]+",
    "aws-iso": r"us-iso-[a-z]+-[0-9]+",
    "aws-iso-b": r"us-isob-[a-z]+-[0-9]+",
    "aws-iso-e": r"eu-isoe-[a-z]+-[0-9]+",
    "aws-iso-f": r"us-isof-[a-z]+-[0-9]+",
    "aws-eusc": r"eusc-de-[a-z]+-[0-9]+",
}


def partition_of(region: str) -> str | None:
    """The partition that a region's name belongs to, or None."""
    return next((name for name, pattern in PARTITIONS.items() if re.fullmatch(pattern, region)), None)


@dataclass(frozen=True, slots=True)
class Arn:
    """`arn:partition:service:region:account:resource`; any part may hold wildcards, region and account may be empty."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn | None:
        """The ARN that a text is, or None where it is none (`*` is no ARN)."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            return None
        return cls(*parts[1:])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def matches(pattern: str, text: str) -> bool:
    """Whether a Resource pattern names this ARN: segment by segment, `*` any run of characters, `?` exactly one.

    `*` alone names everything, and `*` also matches `/`. Neither reaches over a colon before the resource, but a `*`
    that ends its segment may: `arn:aws:ecr:*` is every ARN of ECR.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if pattern == text:
        return True
    return ("*" in pattern or "?" in pattern) and bool(compiled(resource_regex, (((pattern, False),),)).fullmatch(text))


@lru_cache(maxsize=4096)
def text_pattern(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """A compiled pattern for fullmatch over plain text (StringLike, action names)."""
    return re.compile(text_regex(((pattern, False),)), re.DOTALL | (re.IGNORECASE if ignore_case else 0))

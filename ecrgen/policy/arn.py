"""Amazon Resource Names: parse, build and match, wildcards included.

Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["PARTITIONS", "Arn", "matches", "partition_of"]

# Region names of each partition, after botocore's partitions.json, and no looser.
PARTITIONS: dict[str, str] = {
    "aws": r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]+",
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

    `*` alone names everything. `*` also matches `/`, and in the last segment `:`; it never reaches across the five
    colons before the resource.
    """
    if pattern == "*" or pattern == text:
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    return _arn_pattern(pattern).fullmatch(text) is not None


def wildcard_regex(pattern: str, any_character: str = ".") -> str:
    """A regular expression for a text with `*` and `?`; every other character stands for itself."""
    return "".join(
        f"{any_character}*" if c == "*" else any_character if c == "?" else re.escape(c)
        for c in re.sub(r"\*+", "*", pattern)
    )


@lru_cache(maxsize=4096)
def _arn_pattern(pattern: str) -> re.Pattern[str]:
    head, resource = pattern.split(":", 5)[:5], pattern.split(":", 5)[5:]
    segments = [wildcard_regex(segment, "[^:]") for segment in head] + [wildcard_regex(segment) for segment in resource]
    return re.compile(":".join(segments), re.DOTALL)


@lru_cache(maxsize=4096)
def text_pattern(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """A compiled pattern for fullmatch over plain text (StringLike, action names)."""
    return re.compile(wildcard_regex(pattern), re.DOTALL | (re.IGNORECASE if ignore_case else 0))

"""Amazon Resource Names: parse and build; any part may hold wildcards.

Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PARTITIONS", "Arn", "partition_of", "region_named"]

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


def region_named(text: str) -> str:
    """The region that an ARN names in full, without wildcard and variable; empty for none, and for what is no ARN."""
    parts = text.split(":", 5)
    return parts[3] if len(parts) == 6 and re.fullmatch(r"[^*?$]+", parts[3]) else ""


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

"""The managed policies of AWS's own for Amazon ECR, as data: each one's document, default version and date.

AWS's page of a policy is https://docs.aws.amazon.com/aws-managed-policy/latest/reference/NAME.html, and
https://docs.aws.amazon.com/AmazonECR/latest/userguide/security-iam-awsmanpol.html tells of their changes. AWS may
change one at any time, so whoever shows what a policy gives also shows its version and date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import parse_json

__all__ = ["AwsPolicy", "aws_policies", "aws_policy"]


@dataclass(frozen=True, slots=True)
class AwsPolicy:
    """A managed policy of AWS's own: the document of its default version, and when AWS last edited it.

    `str()` of it is its name with version and date.
    """

    name: str
    version: str
    edited: date
    document: PolicyDocument

    def __str__(self) -> str:
        return f"{self.name} ({self.version} of {self.edited})"


@cache
def aws_policies() -> Mapping[str, AwsPolicy]:
    """The policies by name."""
    data = parse_json(files("ecrgen.policy").joinpath("aws_policies.json").read_bytes())
    return {
        each["name"]: AwsPolicy(
            each["name"],
            each["version"],
            date.fromisoformat(each["edited"]),
            PolicyDocument.from_dict(each["document"]),
        )
        for each in data
    }


def aws_policy(name: str) -> AwsPolicy | None:
    """The policy of a name or an ARN of any partition; None for one whose document is not here."""
    head, _, rest = name.partition(":iam::aws:policy/")
    return aws_policies().get(rest if head.startswith("arn:") else name)

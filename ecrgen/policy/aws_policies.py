"""The managed policies of AWS's own for Amazon ECR, as data: each one's document, default version and date.

They are those whose names speak of ECR, and those with which AWS's container services pull.

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
from typing import Any

from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import parse_json

__all__ = ["AwsPolicy", "aws_policies", "aws_policies_date", "aws_policy"]


@dataclass(frozen=True, slots=True)
class AwsPolicy:
    """A managed policy of AWS's own: the document of its default version, and when AWS last edited it.

    `path` is that of its ARN, as in `/service-role/`. `str()` of it is its name with version and date.
    """

    name: str
    path: str
    version: str
    edited: date
    document: PolicyDocument

    def __str__(self) -> str:
        return f"{self.name} ({self.version} of {self.edited})"

    @property
    def name_in_arn(self) -> str:
        """The name with the path, as ARNs have it."""
        return f"{self.path}{self.name}".removeprefix("/")

    @property
    def attachable(self) -> bool:
        """False for the policy of a service-linked role, which nobody else can have.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
        """
        return not self.path.startswith("/aws-service-role/")


@cache
def _data() -> Any:
    return parse_json(files("ecrgen.policy").joinpath("aws_policies.json").read_bytes())


def aws_policies_date() -> date:
    """The day of AWS's latest edit of any of its policies, of ECR or not, when the data was taken from AWS."""
    return date.fromisoformat(_data()["as_of"])


@cache
def aws_policies() -> Mapping[str, AwsPolicy]:
    """The policies by name."""
    return {
        each["name"]: AwsPolicy(
            each["name"],
            each["path"],
            each["version"],
            date.fromisoformat(each["edited"]),
            PolicyDocument.from_dict(each["document"]),
        )
        for each in _data()["policies"]
    }


def aws_policy(name: str) -> AwsPolicy | None:
    """The policy of a name, with or without its path, or an ARN of any partition; None for one that is not here."""
    head, _, rest = name.partition(":iam::aws:policy/")
    if not head.startswith("arn:"):
        rest = name
    found = aws_policies().get(rest.rpartition("/")[2])
    if found is None or rest == found.name_in_arn:
        return found
    return found if name == found.name else None

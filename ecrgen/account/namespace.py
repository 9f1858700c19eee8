"""Namespace: which policies of an account are ecrgen's own, and what they are called"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["NAME", "Namespace"]

# A namespace's and a grant's name: no dot, so that a policy's name can be taken apart in one way only.
NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# GRANT for the first part of a grant, GRANT.2, GRANT.3 … for the others; never GRANT.1 or GRANT.02.
GRANT_AND_PART = re.compile(r"([A-Za-z0-9_-]+)(?:\.([2-9]|[1-9][0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Namespace:
    """The customer managed policies directly below one IAM path of one account, which nobody but ecrgen changes.

    A policy is owned by its path, whoever made it; its name says which grant it belongs to, if any. A name is unique
    in an account whatever the path, so it holds the namespace, too.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
    """

    partition: str
    account: str
    name: str

    @property
    def path(self) -> str:
        """The IAM path of every own policy."""
        return f"/ecrgen/{self.name}/"

    def arn(self, policy: str) -> str:
        """The ARN of the own policy of that name."""
        return f"arn:{self.partition}:iam::{self.account}:policy{self.path}{policy}"

    def owns(self, arn: str) -> bool:
        """Tell whether an ARN is of a policy directly below the path; neither `/ecrgen/pay2/` nor `/ecrgen/pay/x/`
        is `pay`'s."""
        name = arn.rpartition("/")[2]
        return name != "" and arn == self.arn(name)

    def policy_name(self, grant: str, part: int = 1) -> str:
        """`ecrgen.NAMESPACE.GRANT` for the first part of a grant, `.2`, `.3` … at its end for the others."""
        return f"ecrgen.{self.name}.{grant}" + ("" if part == 1 else f".{part}")

    def grant_and_part(self, policy: str) -> tuple[str, int] | None:
        """The grant and the part that `policy_name` gives this name; None for a name that it never gives."""
        start = f"ecrgen.{self.name}."
        match = GRANT_AND_PART.fullmatch(policy[len(start) :]) if policy.startswith(start) else None
        return (match[1], int(match[2] or 1)) if match else None

    def grant_of(self, policy: str) -> str | None:
        """The grant that a policy's name says; None for one that was made by hand."""
        found = self.grant_and_part(policy)
        return found[0] if found else None

"""The rules of every finding that there can be about a catalog, by code: those of policies, and those of its own"""

from __future__ import annotations

from collections.abc import Mapping

from ecrgen.messages import nearest, quoted
from ecrgen.policy.check import RULES, Rule
from ecrgen.policy.check.inapplicable import INAPPLICABLE

__all__ = [
    "ECR_GUARD_BREAKS_OPERATION",
    "ECR_MANAGED_POLICY_UNKNOWN",
    "ECR_MANAGED_POLICY_UNLIKE",
    "EVERY_RULE",
    "EXPECTATION_NOT_MET",
    "INAPPLICABLE",
    "LEAVE_MANAGED_OUT",
    "OF_CATALOG",
    "no_rule",
    "not_ignorable",
]

MANAGED_PAGE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/security-iam-awsmanpol.html"
# The statements of such a policy are AWS's, so that nobody can follow a fix of one of them.
LEAVE_MANAGED_OUT = "Leave managed out, or accept this with ignore in the catalog."

ECR_MANAGED_POLICY_UNKNOWN = Rule(
    "ECR_MANAGED_POLICY_UNKNOWN",
    "SECURITY_WARNING",
    "A managed policy of AWS's own of which ecrgen has no document",
    LEAVE_MANAGED_OUT,
    MANAGED_PAGE,
)
ECR_MANAGED_POLICY_UNLIKE = Rule(
    "ECR_MANAGED_POLICY_UNLIKE",
    "WARNING",
    "A managed policy of AWS's own that does not give what the persona gives",
    LEAVE_MANAGED_OUT,
    MANAGED_PAGE,
)
ECR_GUARD_BREAKS_OPERATION = Rule(
    "ECR_GUARD_BREAKS_OPERATION",
    "WARNING",
    "A guard that keeps an operation from working, for everybody or for some",
    "Leave the guard out, grant the operation apart and without it, or accept this with ignore in the catalog.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
)
EXPECTATION_NOT_MET = Rule(
    "EXPECTATION_NOT_MET",
    "ERROR",
    "A persona does not keep what its expectations in the catalog promise",
    "Change the template, or what the catalog promises.",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
OF_CATALOG = (
    EXPECTATION_NOT_MET,
    ECR_MANAGED_POLICY_UNKNOWN,
    ECR_MANAGED_POLICY_UNLIKE,
    ECR_GUARD_BREAKS_OPERATION,
)

EVERY_RULE: Mapping[str, Rule] = {**RULES, **{rule.code: rule for rule in OF_CATALOG}}


def no_rule(code: str) -> str:
    """The sentence about a code that no rule has, with the nearest one."""
    near = nearest(code.upper(), EVERY_RULE)
    return f"no rule of check has the code {quoted(code)}" + (f"; meant {near}?" if near else "")


def not_ignorable(code: str) -> str:
    """Why a finding of that code cannot be accepted; empty where it can, as all but a promise that is not kept."""
    if code == EXPECTATION_NOT_MET.code:
        return f"{code} is a promise of the catalog; change the promise or the template"
    return "" if code in EVERY_RULE or code in INAPPLICABLE else no_rule(code)

"""Findings about a policy document, by the codes of IAM Access Analyzer and, where it has none, `ECR_…` codes.

Works offline, on identity policies and on ECR's two resource policies, and on anything at all that claims to be one.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from ecrgen.errors import PolicyError
from ecrgen.policy import quotas
from ecrgen.policy.check.families import FAMILIES
from ecrgen.policy.check.finding import SEVERITIES, Finding, Rule, Severity
from ecrgen.policy.check.kind import kind_of_policy
from ecrgen.policy.check.model import PolicyView, PrincipalKind
from ecrgen.policy.check.read import read_policy
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import parse_json
from ecrgen.policy.grammar import Fault

__all__ = ["RULES", "SEVERITIES", "Finding", "Rule", "Severity", "check", "document_order", "view_of"]

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (rule for family in FAMILIES for rule in family.rules),
        key=lambda rule: (rule.code.startswith("ECR_"), SEVERITIES.index(rule.severity), rule.code),
    )
}


def check(
    policy: PolicyDocument | Mapping[str, object] | str | bytes,
    *,
    policy_type: Literal["identity", "resource"] | None = None,
    principal_kind: Literal["user", "role", "group"] | None = None,
    new_regions: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """The findings about a policy, in the order of the document. Never raises, whatever the policy is.

    `policy_type` None takes a document with a Principal for a resource policy, which is then an ECR repository policy
    or registry policy. `principal_kind` says whom an identity policy is for: what only works for users is an error for
    a role. `new_regions` are taken for regions beside those that are known.
    """
    view = view_of(policy, policy_type, principal_kind, new_regions)
    return tuple(sorted((finding for family in FAMILIES for finding in family.findings(view)), key=document_order))


def view_of(
    policy: PolicyDocument | Mapping[str, object] | str | bytes,
    policy_type: Literal["identity", "resource"] | None = None,
    principal_kind: PrincipalKind | None = None,
    new_regions: Iterable[str] = (),
) -> PolicyView:
    """A policy as the families see it. Of text that is no JSON, or longer than all quotas together, nothing is read."""
    try:
        data = policy.to_dict() if isinstance(policy, PolicyDocument) else policy
        if isinstance(data, str | bytes):
            data = parse_json(data)
        elif isinstance(data, Mapping):
            data = dict(data)
        short = isinstance(policy, str | bytes) and len(policy) <= quotas.MANAGED
        size = 0 if short else size_of(data)
    except PolicyError as error:
        return PolicyView("identity", faults=(Fault("JSON_SYNTAX_ERROR", (), error.message),))
    kind = kind_of_policy(data, policy_type)
    if size > quotas.OF_ROLE:
        return PolicyView(kind, size=size)
    return replace(read_policy(data, kind, size, principal_kind), new_regions=frozenset(new_regions))


def size_of(data: object) -> int:
    """Characters of the compact JSON. Raises PolicyError for what has no JSON."""
    try:
        return len(json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=type_name))
    except (ValueError, TypeError, RecursionError) as error:
        raise PolicyError(f"has no JSON: {error}") from None


def type_name(value: object) -> str:
    return type(value).__name__


NUMBERS = re.compile(r"(\d+)")


def document_order(finding: Finding) -> tuple[list[tuple[bool, int, str]], str, str]:
    """The key to sort findings by: the path with its numbers as numbers, then the code and the message."""
    steps = [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, "" if part.isdecimal() else part)
        for part in NUMBERS.split(finding.path)
    ]
    return steps, finding.code, finding.message

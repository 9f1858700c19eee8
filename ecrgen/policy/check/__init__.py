"""Findings about a policy document, by the codes of IAM Access Analyzer and, where it has none, `ECR_…` codes.

Works offline, on policies of every kind, and on anything at all that claims to be one.
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
from ecrgen.policy.check.finding import SEVERITIES, STOPPING, Finding, Rule, Severity
from ecrgen.policy.check.model import PolicyView, PrincipalKind
from ecrgen.policy.check.read import read_policy
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import parse_json
from ecrgen.policy.grammar import Fault
from ecrgen.policy.recognise import as_type

__all__ = ["RULES", "SEVERITIES", "STOPPING", "Finding", "Rule", "Severity", "check", "document_order", "view_of"]

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
    policy_type: str | None = None,
    principal_kind: Literal["user", "role", "group"] | None = None,
    new_regions: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """The findings about a policy, in the order of the document. Never raises, whatever the policy is.

    `policy_type` is a name of `ecrgen.policy.kinds` (identity, repository, registry, public-repository, vpc-endpoint,
    service-control, resource-control, trust, session, boundary), or `resource` for whichever policy of a resource the
    document looks like; None takes it for what it looks like (see `ecrgen.policy.recognise`). Of a trust policy only
    the grammar and the length are looked at. `principal_kind` says whom an identity policy is for: what only works for
    users is an error for a role. `new_regions` are taken for regions beside those that are known. Raises EcrgenError
    only for a type that there is not.
    """
    view = view_of(policy, policy_type, principal_kind, new_regions)
    asked = (family for family in FAMILIES if view.kind.judged or family.of_grammar)
    return tuple(sorted((finding for family in asked for finding in family.findings(view)), key=document_order))


def view_of(
    policy: PolicyDocument | Mapping[str, object] | str | bytes,
    policy_type: str | None = None,
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
        sent = len(text_of(policy)) if isinstance(policy, str | bytes) else None
        short = sent is not None and sent <= quotas.SMALLEST
        size = 0 if short else size_of(data)
    except PolicyError as error:
        kind = as_type(None, policy_type).kind
        return PolicyView(kind, faults=(Fault("JSON_SYNTAX_ERROR", (), error.message),))
    kind = as_type(data, policy_type).kind
    if size > quotas.OF_ROLE:
        return PolicyView(kind, size=size)
    return replace(read_policy(data, kind, size, sent, principal_kind), new_regions=frozenset(new_regions))


def text_of(policy: str | bytes) -> str:
    return policy if isinstance(policy, str) else policy.decode("utf-8-sig", errors="replace")


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

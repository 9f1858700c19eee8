"""Condition keys: that they exist, and that the operator fits their type and their number of values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ecrgen.messages import nearest
from ecrgen.policy import reference
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.known import as_of, meant, slips_of_service
from ecrgen.policy.check.model import PolicyView
from ecrgen.policy.check.shared_rules import ECR_UNKNOWN_NAME, INVALID_SERVICE
from ecrgen.policy.global_keys import GLOBAL_KEYS, known_key
from ecrgen.policy.operators import ARN_LIKE, STRING_LIKE, Operator
from ecrgen.policy.values import NUMBER

__all__ = ["FAMILY", "name_problem"]

INVALID_CONDITION_KEY_FORMAT = analyzer_rule(
    "INVALID_CONDITION_KEY_FORMAT",
    "ERROR",
    "A condition key that is not of the form service:name",
    "Write the key with its prefix, such as aws:SourceIp.",
)
INVALID_GLOBAL_CONDITION_KEY = analyzer_rule(
    "INVALID_GLOBAL_CONDITION_KEY",
    "ERROR",
    "A key with the prefix aws: that AWS does not have",
    "Use one of the global condition keys.",
)
INVALID_SERVICE_CONDITION_KEY = analyzer_rule(
    "INVALID_SERVICE_CONDITION_KEY",
    "ERROR",
    "A condition key that its service does not have",
    "Use a condition key of the Service Authorization Reference.",
)
UNSUPPORTED_GLOBAL_CONDITION_KEY = analyzer_rule(
    "UNSUPPORTED_GLOBAL_CONDITION_KEY",
    "ERROR",
    "aws:ARN in an identity policy",
    "Use aws:PrincipalArn, or aws:SourceArn for the resource a service acts for.",
)
DEPRECATED_GLOBAL_CONDITION_KEY = analyzer_rule(
    "DEPRECATED_GLOBAL_CONDITION_KEY",
    "WARNING",
    "aws:ARN in a resource policy",
    "Use aws:PrincipalArn, or aws:SourceArn for the resource a service acts for.",
)
MISSING_TAG_KEY_IN_CONDITION = analyzer_rule(
    "MISSING_TAG_KEY_IN_CONDITION",
    "ERROR",
    "A tag's condition key without the tag's name",
    "Add the name of the tag, as in aws:ResourceTag/team.",
)
UNTRUSTWORTHY_CONDITION_KEY = analyzer_rule(
    "UNTRUSTWORTHY_CONDITION_KEY",
    "SECURITY_WARNING",
    "A key whose value the caller chooses",
    "Decide by something the caller cannot choose, such as aws:PrincipalArn or aws:SourceVpce.",
)
MISSING_QUALIFIER = analyzer_rule(
    "MISSING_QUALIFIER",
    "ERROR",
    "A key of several values without ForAllValues or ForAnyValue",
    "Put ForAnyValue: (or ForAllValues:) before the operator.",
)
FORALLVALUES_WITH_SINGLE_VALUED_KEY = analyzer_rule(
    "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
    "SECURITY_WARNING",
    "ForAllValues on a key of one value, true also where the key is absent",
    "Remove ForAllValues:.",
)
FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE = analyzer_rule(
    "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE",
    "SECURITY_WARNING",
    "ForAnyValue on the audience of an identity provider that names one",
    "Remove ForAnyValue:.",
)
CONFIRM_AUDIENCE_CLAIM_TYPE = analyzer_rule(
    "CONFIRM_AUDIENCE_CLAIM_TYPE",
    "SUGGESTION",
    "ForAnyValue or ForAllValues on the audience of some other identity provider",
    "Keep it only if the provider's tokens name several audiences.",
)
TYPE_MISMATCH = analyzer_rule(
    "TYPE_MISMATCH",
    "WARNING",
    "An operator for another type than the key's",
    "Use an operator of the type that the message names.",
)
STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS = analyzer_rule(
    "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
    "SECURITY_WARNING",
    "StringLike on an ARN, where a wildcard reaches across the ARN's parts",
    "Use ArnLike (or ArnNotLike).",
)

TAGS = ("aws:principaltag", "aws:requesttag", "aws:resourcetag")
CALLER_CHOSEN = ("aws:referer", "aws:useragent")
# The built-in identity providers, whose tokens name one audience.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
ONE_AUDIENCE = (
    "accounts.google.com:aud",
    "cognito-identity.amazonaws.com:aud",
    "graph.facebook.com:app_id",
    "www.amazon.com:app_id",
)
# Prefixes of keys that come from a token or a session and not from the service asked.
FOREIGN_PREFIXES = ("saml", "identitycenter", "catalog", "cognito-identity-auth", "cognito-identity-unauth")
# Keys that an operator of another type may compare, too.
OTHER_TYPES = {"aws:epochtime": NUMBER}


def findings(policy: PolicyView) -> Iterator[Finding]:
    identity = policy.kind.principal == "refused"
    for statement in policy.statements:
        for condition in statement.conditions:
            for rule, message in key_problems(condition.operator, condition.key, identity):
                yield rule.at(condition.path, message)


@lru_cache(maxsize=8192)
def key_problems(operator: Operator, key: str, identity: bool) -> tuple[tuple[Rule, str], ...]:
    """The faults of a key under an operator, by themselves, as rules and messages."""
    missing = name_problem(key, identity)
    if missing is not None:
        return (missing,)
    return tuple(use_problems(operator, key.lower()))


def name_problem(key: str, identity: bool) -> tuple[Rule, str] | None:
    lower = key.lower()
    prefix, _, name = lower.partition(":")
    if not prefix or not name or not lower.isprintable() or " " in prefix:
        return INVALID_CONDITION_KEY_FORMAT, f"{shown(key)} is not of the form service:name"
    if lower == "aws:arn":
        rule = UNSUPPORTED_GLOBAL_CONDITION_KEY if identity else DEPRECATED_GLOBAL_CONDITION_KEY
        return rule, "aws:ARN was replaced by aws:PrincipalArn and aws:SourceArn"
    if lower.removesuffix("/") in TAGS or (known_key(lower) is None and takes_tag(lower)):
        return MISSING_TAG_KEY_IN_CONDITION, f"{shown(key)} names no tag"
    if known_key(lower) is not None:
        return None
    if prefix == "aws":
        return INVALID_GLOBAL_CONDITION_KEY, f"no such global condition key: {shown(key)}{hint_at(lower)}"
    if "." in prefix or prefix in FOREIGN_PREFIXES:
        return None
    if prefix not in reference.services():
        slips = slips_of_service(prefix)
        unknown = f"{as_of()} has no service {shown(prefix)}{meant(slips)}"
        return INVALID_SERVICE if slips else ECR_UNKNOWN_NAME, unknown
    if prefix == "ecr" and "tag" in name and not name.startswith("resourcetag"):
        # ecr.py says more about it
        return None
    return INVALID_SERVICE_CONDITION_KEY, f"{as_of()} has no condition key {shown(key)}"


def takes_tag(lower: str) -> bool:
    return "tag" in lower and reference.condition_key(f"{lower.removesuffix('/')}/x") is not None


@lru_cache(maxsize=256)
def hint_at(lower: str) -> str:
    near = nearest(lower, GLOBAL_KEYS, 0.75)
    return f"; meant {GLOBAL_KEYS[near].name}?" if near else ""


def use_problems(operator: Operator, lower: str) -> Iterator[tuple[Rule, str]]:
    """The faults of an operator and a key that exist and do not fit each other."""
    if lower in CALLER_CHOSEN:
        yield UNTRUSTWORTHY_CONDITION_KEY, "the caller sends whatever value it likes"
    if operator.qualifier and (lower in ONE_AUDIENCE or lower.endswith(":aud")):
        if lower not in ONE_AUDIENCE:
            yield CONFIRM_AUDIENCE_CLAIM_TYPE, f"{operator.qualifier} is for tokens with several audiences"
        elif operator.qualifier == "ForAnyValue":
            yield FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE, "the tokens of this provider name one audience"
    key = known_key(lower)
    if key is None or not key.type or operator.comparison.asks_presence:
        return
    if key.many and not operator.qualifier:
        yield MISSING_QUALIFIER, f"{key.name} has several values in a request"
    if not key.many and operator.qualifier == "ForAllValues":
        yield FORALLVALUES_WITH_SINGLE_VALUED_KEY, f"{key.name} has one value; without it, ForAllValues is true"
    if key.type not in operator.type.key_types and OTHER_TYPES.get(lower) is not operator.type:
        yield TYPE_MISMATCH, f"{key.name} is of type {key.type}; {operator.name} compares another type"
    elif key.type == "ARN" and operator.comparison is STRING_LIKE:
        better = operator._replace(comparison=ARN_LIKE).name
        yield STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS, f"{key.name} is an ARN: use {better}"


FAMILY = Family(
    "condition_keys",
    rules=(
        INVALID_CONDITION_KEY_FORMAT,
        INVALID_GLOBAL_CONDITION_KEY,
        INVALID_SERVICE_CONDITION_KEY,
        UNSUPPORTED_GLOBAL_CONDITION_KEY,
        DEPRECATED_GLOBAL_CONDITION_KEY,
        MISSING_TAG_KEY_IN_CONDITION,
        UNTRUSTWORTHY_CONDITION_KEY,
        MISSING_QUALIFIER,
        FORALLVALUES_WITH_SINGLE_VALUED_KEY,
        FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE,
        CONFIRM_AUDIENCE_CLAIM_TYPE,
        TYPE_MISMATCH,
        STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS,
        INVALID_SERVICE,
        ECR_UNKNOWN_NAME,
    ),
    findings=findings,
)

"""Condition values: each of the type that its operator compares, and of the form that its key has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat
from typing import assert_never

from ecrgen.policy.arn import region_named
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule, shown
from ecrgen.policy.check.known import HINTS
from ecrgen.policy.check.model import PolicyView
from ecrgen.policy.check.service_principals import is_service_principal
from ecrgen.policy.check.shared_rules import INVALID_SERVICE_PRINCIPAL_FORMAT
from ecrgen.policy.document import text_of
from ecrgen.policy.global_keys import SENSITIVE_KEYS, known_key, words
from ecrgen.policy.operators import Operator
from ecrgen.policy.regions import is_region, no_region
from ecrgen.policy.values import ARN, BOOLEAN, DATE, Unreadable, ValueType, is_bare_number

TYPE_MISMATCH_BOOLEAN = analyzer_rule(
    "TYPE_MISMATCH_BOOLEAN", "WARNING", "A value that is neither true nor false", 'Write "true" or "false".'
)
TYPE_MISMATCH_NUMBER = analyzer_rule(
    "TYPE_MISMATCH_NUMBER", "WARNING", "A value that is no number", "Write a number, such as 3600."
)
TYPE_MISMATCH_DATE = analyzer_rule(
    "TYPE_MISMATCH_DATE", "WARNING", "A value that is no date", "Write it as 2026-06-30T23:59:59Z."
)
INVALID_DATE_VALUE = analyzer_rule(
    "INVALID_DATE_VALUE",
    "WARNING",
    "A date written as a bare number",
    "Write it as 2026-06-30 or 2026-06-30T23:59:59Z.",
)
TYPE_MISMATCH_IP_RANGE = analyzer_rule(
    "TYPE_MISMATCH_IP_RANGE", "ERROR", "A value that is no IP range", "Write it in CIDR form, such as 203.0.113.0/24."
)
TYPE_MISMATCH_STRING = analyzer_rule(
    "TYPE_MISMATCH_STRING", "WARNING", "A binary value that is not base64", "Write the bytes in base64."
)
INVALID_CONDITION_MULTIPLE_BOOLEAN = analyzer_rule(
    "INVALID_CONDITION_MULTIPLE_BOOLEAN", "ERROR", "Several values of a Boolean", "Write one value."
)
WILDCARD_WITHOUT_LIKE_OPERATOR = analyzer_rule(
    "WILDCARD_WITHOUT_LIKE_OPERATOR",
    "WARNING",
    "A * or ? under an operator that takes it literally",
    "Use StringLike or StringNotLike where a wildcard is meant.",
)
INVALID_REGION = analyzer_rule(
    "INVALID_REGION", "ERROR", "A region that does not exist", "Write a region's code, such as eu-west-1."
)
INVALID_VPC_FORMAT = analyzer_rule(
    "INVALID_VPC_FORMAT", "ERROR", "A value of aws:SourceVpc that is no VPC", "Write vpc- and 8 or 17 characters."
)
INVALID_VPCE_FORMAT = analyzer_rule(
    "INVALID_VPCE_FORMAT",
    "ERROR",
    "A value of aws:SourceVpce that is no VPC endpoint",
    "Write vpce- and 8 or 17 characters.",
)
INVALID_KMS_KEY_VALUE = analyzer_rule(
    "INVALID_KMS_KEY_VALUE",
    "ERROR",
    "A KMS key that is not named by its ARN",
    "Write arn:aws:kms:REGION:ACCOUNT:key/KEY-ID.",
)

Problem = tuple[Rule, str]
YEAR_DIGITS = 4
VPC = re.compile(r"vpc-([0-9A-Za-z]{8}|[0-9A-Za-z]{17})")
VPCE = re.compile(r"vpce-([0-9A-Za-z]{8}|[0-9A-Za-z]{17})")
KMS_KEY = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:(key/.+|\*)", re.DOTALL)
KMS_KEYS = ("s3:x-amz-server-side-encryption-aws-kms-key-id",)
SERVICE_KEYS = words(
    "aws:calledvia aws:calledviafirst aws:calledvialast aws:principalservicename aws:principalservicenameslist "
    "iam:awsservicename iam:passedtoservice kms:viaservice"
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    hints = repeat(True, HINTS)
    for statement in policy.statements:
        for condition in statement.conditions:
            operator = condition.operator
            for index, value in enumerate(condition.values):
                for rule, message in value_problems(operator, condition.lower, text_of(value), policy.new_regions):
                    fix = None
                    if rule is INVALID_REGION:
                        region = region_named(text_of(value)) or text_of(value)
                        message += f": {no_region(region, next(hints, False))}"
                    elif rule is WILDCARD_WITHOUT_LIKE_OPERATOR:
                        fix = fix_for_wildcard(condition.lower)
                    yield rule.at(condition.at(index), message, fix)
            one = operator.type is BOOLEAN and not operator.comparison.asks_presence and not operator.qualifier
            if one and len(condition.values) > 1:
                yield INVALID_CONDITION_MULTIPLE_BOOLEAN.at(condition.path, "true or false: one of them")


def fix_for_wildcard(key: str) -> str | None:
    """What to do about a wildcard under a literal operator, where StringLike would be the next mistake."""
    known = known_key(key)
    if key in SENSITIVE_KEYS:
        return "Name the values in full."
    if known is not None and known.type == "ARN":
        return "Use ArnLike or ArnNotLike where a wildcard is meant."
    return None


@lru_cache(maxsize=8192)
def value_problems(operator: Operator, key: str, value: str, new_regions: frozenset[str]) -> tuple[Problem, ...]:
    """The faults of one value of a key under an operator, by themselves, as rules and messages."""
    if "${" in value:
        # variables.py says what is wrong with a variable; what it becomes is known when a request is made
        return ()
    read = operator.type.read(value)
    if isinstance(read, Unreadable):
        return ((mismatch_rule(operator.type), f"{shown(value)}: {read.why}"),)
    if operator.type is DATE and is_bare_number(value) and key != "aws:epochtime":
        meant = "as a year" if value.isdigit() and len(value) == YEAR_DIGITS else "as seconds since 1970"
        return ((INVALID_DATE_VALUE, f"{shown(value)} is read {meant}"),)
    literal = operator.comparison.text in ("literal", "ignoring case")
    if literal and ("*" in value or "?" in value):
        return ((WILDCARD_WITHOUT_LIKE_OPERATOR, f"{operator.name} takes the wildcard in {shown(value)} literally"),)
    region = region_named(value) if operator.type is ARN else ""
    if region and not is_region(region, new_regions):
        return ((INVALID_REGION, shown(region)),)
    if "*" in value or "?" in value or not operator.type.takes_variables:
        return ()
    malformed = form_problem(key, value, new_regions)
    return () if malformed is None else (malformed,)


def mismatch_rule(value_type: ValueType) -> Rule:
    """The rule against a value that is none of the type that the operator compares."""
    match value_type.name:
        case "Bool":
            return TYPE_MISMATCH_BOOLEAN
        case "Numeric":
            return TYPE_MISMATCH_NUMBER
        case "Date":
            return TYPE_MISMATCH_DATE
        case "IpAddress":
            return TYPE_MISMATCH_IP_RANGE
        case "Binary" | "String" | "Arn":
            return TYPE_MISMATCH_STRING
        case _:
            assert_never(value_type.name)


def form_problem(key: str, value: str, new_regions: frozenset[str]) -> Problem | None:
    """The fault of a value without wildcards that has not the form of its key's values; None where it has."""
    if key == "aws:requestedregion" and value != "aws-global":
        return None if is_region(value, new_regions) else (INVALID_REGION, shown(value))
    if key == "aws:sourcevpc" and not VPC.fullmatch(value):
        return INVALID_VPC_FORMAT, f"{shown(value)} is no VPC id"
    if key == "aws:sourcevpce" and not VPCE.fullmatch(value):
        return INVALID_VPCE_FORMAT, f"{shown(value)} is no VPC endpoint id"
    if key in KMS_KEYS and not KMS_KEY.fullmatch(value):
        return INVALID_KMS_KEY_VALUE, f"{shown(value)} is no ARN of a KMS key"
    if key in SERVICE_KEYS and not is_service_principal(value):
        return INVALID_SERVICE_PRINCIPAL_FORMAT, f"{shown(value)} is no service principal"
    return None


FAMILY = Family(
    "condition_values",
    rules=(
        TYPE_MISMATCH_BOOLEAN,
        TYPE_MISMATCH_NUMBER,
        TYPE_MISMATCH_DATE,
        INVALID_DATE_VALUE,
        TYPE_MISMATCH_IP_RANGE,
        TYPE_MISMATCH_STRING,
        INVALID_CONDITION_MULTIPLE_BOOLEAN,
        WILDCARD_WITHOUT_LIKE_OPERATOR,
        INVALID_REGION,
        INVALID_VPC_FORMAT,
        INVALID_VPCE_FORMAT,
        INVALID_KMS_KEY_VALUE,
        INVALID_SERVICE_PRINCIPAL_FORMAT,
    ),
    findings=findings,
)

"""The grammar of policy documents: every fault that its reader reports.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, analyzer_rule
from ecrgen.policy.check.model import PolicyView
from ecrgen.policy.check.shared_rules import INVALID_POLICY_ELEMENT, INVALID_PRINCIPAL_FORMAT

JSON_SYNTAX_ERROR = analyzer_rule(
    "JSON_SYNTAX_ERROR", "ERROR", "The text is not JSON, or JSON that IAM refuses", "Correct the JSON at that place."
)
DATA_TYPE_MISMATCH = analyzer_rule(
    "DATA_TYPE_MISMATCH", "ERROR", "A value has the wrong JSON type", "Write the type that the message names."
)
INVALID_VERSION = analyzer_rule(
    "INVALID_VERSION", "ERROR", "A Version that is none of the policy language", 'Write "Version": "2012-10-17".'
)
MISSING_STATEMENT = analyzer_rule(
    "MISSING_STATEMENT", "ERROR", "A document without statements", "Add a Statement element with a statement in it."
)
MISSING_EFFECT = analyzer_rule(
    "MISSING_EFFECT", "ERROR", "A statement without Effect", 'Add "Effect": "Allow" or "Effect": "Deny".'
)
INVALID_EFFECT = analyzer_rule(
    "INVALID_EFFECT", "ERROR", "An Effect other than Allow and Deny", 'Write "Allow" or "Deny", with that capital.'
)
MISSING_ACTION = analyzer_rule(
    "MISSING_ACTION", "ERROR", "A statement without Action and NotAction", "Add an Action element."
)
UNSUPPORTED_ELEMENT_COMBINATION = analyzer_rule(
    "UNSUPPORTED_ELEMENT_COMBINATION",
    "ERROR",
    "An element together with its Not… form in one statement",
    "Keep one of the two, or write two statements.",
)
INVALID_CONDITION_OPERATOR = analyzer_rule(
    "INVALID_CONDITION_OPERATOR", "ERROR", "A condition operator that IAM does not have", "Use an operator of IAM's."
)
NULL_WITH_IF_EXISTS = analyzer_rule(
    "NULL_WITH_IF_EXISTS", "ERROR", "The operator Null with IfExists", 'Write "Null" without IfExists.'
)

RULES = {
    rule.code: rule
    for rule in (
        JSON_SYNTAX_ERROR,
        DATA_TYPE_MISMATCH,
        INVALID_VERSION,
        MISSING_STATEMENT,
        MISSING_EFFECT,
        INVALID_EFFECT,
        MISSING_ACTION,
        UNSUPPORTED_ELEMENT_COMBINATION,
        INVALID_CONDITION_OPERATOR,
        NULL_WITH_IF_EXISTS,
        INVALID_POLICY_ELEMENT,
        INVALID_PRINCIPAL_FORMAT,
    )
}


def findings(policy: PolicyView) -> Iterator[Finding]:
    for fault in policy.faults:
        # what a statement has to name depends on the kind of policy: elements.py says it
        if fault.code != "MISSING_RESOURCE":
            yield RULES[fault.code].at(fault.path, fault.message)


FAMILY = Family("grammar", rules=tuple(RULES.values()), findings=findings, of_grammar=True)

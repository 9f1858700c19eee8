"""Conditions and actions together: keys that the requests of an action do not carry.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.check.carried import REQUEST_TAG, RESOURCE_TAG, TAG_KEYS, carried_key, lacks
from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, Rule, analyzer_rule
from ecrgen.policy.check.granted import among
from ecrgen.policy.check.model import ConditionView, PolicyView, StatementView
from ecrgen.policy.global_keys import VPCE_KEY_SERVICES
from ecrgen.policy.values import STRING
from ecrgen.policy.wildcards import is_wild

ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE = analyzer_rule(
    "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "SUGGESTION",
    "Allow by a resource's tag, of actions whose requests carry no resource tag: they are never allowed",
    "Move these actions to a statement without the tag condition.",
)
DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE = analyzer_rule(
    "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "SECURITY_WARNING",
    "Deny by a resource's tag, of actions whose requests carry no resource tag: they are never denied",
    "Move these actions to a statement without the tag condition.",
)
ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE = analyzer_rule(
    "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "SUGGESTION",
    "Allow with NotAction by a resource's tag, which leaves out all actions without resource tags",
    "Name the actions in Action.",
)
DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE = analyzer_rule(
    "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    "SECURITY_WARNING",
    "Deny with NotAction by a resource's tag, which does not deny actions without resource tags",
    "Name the actions in Action.",
)
UNSUPPORTED_ACTION_FOR_CONDITION_KEY = analyzer_rule(
    "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
    "ERROR",
    "A service's condition key with actions whose requests do not carry it",
    "Move these actions to a statement without the condition key.",
)
ECR_KEY_NOT_IN_REQUEST = Rule(
    "ECR_KEY_NOT_IN_REQUEST",
    "WARNING",
    "A condition key with actions whose requests do not carry it",
    "Move these actions to a statement without the condition key.",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/"
    "reference_policies_actions-resources-contextkeys.html",
)
MISSING_ACTION_FOR_CONDITION_KEY = analyzer_rule(
    "MISSING_ACTION_FOR_CONDITION_KEY",
    "ERROR",
    "A condition key without the one action it is about",
    "Move the condition key to a statement for the action that the message names.",
)
USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES = analyzer_rule(
    "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",
    "WARNING",
    "A key of the VPC endpoint's owner with services that do not support it",
    "Use it with actions of supported services only.",
)
MISSING_PAIRED_CONDITION_KEYS = analyzer_rule(
    "MISSING_PAIRED_CONDITION_KEYS",
    "SECURITY_WARNING",
    "aws:VpcSourceIp without the VPC, though every VPC may have that address",
    "Add aws:SourceVpc, aws:SourceVpce or aws:SourceVpcArn to the same condition.",
)
DYNAMODB_ATTRIBUTES_WITHOUT_SELECT = analyzer_rule(
    "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT",
    "SECURITY_WARNING",
    "dynamodb:Attributes without dynamodb:Select, so a request that names no attributes returns all",
    'Add "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}.',
)
S3_PREFIX_IN_NEGATIVE_CONTEXT = analyzer_rule(
    "S3_PREFIX_IN_NEGATIVE_CONTEXT",
    "SECURITY_WARNING",
    "s3:prefix that forbids prefixes, which a shorter prefix gets around",
    "Name the prefixes that are allowed: Allow with StringLike, or Deny with StringNotLike.",
)
IRRELEVANT_CONDITION_KEY_IN_POLICY = analyzer_rule(
    "IRRELEVANT_CONDITION_KEY_IN_POLICY",
    "SUGGESTION",
    "A key of the resource's owner in the resource's own policy, where it never changes",
    "Remove it, or use it in an identity policy.",
)

# How many actions a message names.
MOST = 5
# Keys that only one action's requests carry.
KEY_ACTIONS = {
    "iam:passedtoservice": "iam:PassRole",
    "iam:associatedresourcearn": "iam:PassRole",
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:transitivetagkeys": "sts:TagSession",
}
# Access Analyzer reports such keys of these services, and of no others.
SEVERE = ("dynamodb:", "kms:", "s3:", "sts:")
VPC_KEYS = ("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn")
OWNER_KEYS = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")
DYNAMODB_READS = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan")


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        if not statement.conditions:
            continue
        keys = {condition.lower for condition in statement.conditions}
        lacking = Lacking(statement)
        for condition in statement.conditions:
            if condition.lower.startswith("aws:resourcetag/") and condition.operator.needs_key:
                yield from tag_findings(statement, condition, lacking)
            yield from action_findings(statement, condition, lacking)
            yield from network_findings(statement, condition, keys)
            yield from data_findings(statement, condition, keys)
            if policy.kind.slot == "resource" and condition.lower in OWNER_KEYS and not any_variable(condition):
                message = f"{condition.key} is the same in every request to this resource"
                yield IRRELEVANT_CONDITION_KEY_IN_POLICY.at(condition.path, message)


def any_variable(condition: ConditionView) -> bool:
    return any("${" in value for _, value in condition.strings())


def actions_of(statement: StatementView) -> tuple[str, ...]:
    return statement.action.values if statement.action is not None else ()


def tag_findings(statement: StatementView, condition: ConditionView, lacking: Lacking) -> Iterator[Finding]:
    allow = statement.allows
    if statement.not_action is not None:
        rule = (
            ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
            if allow
            else DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
        )
        yield rule.at(condition.path, f"many of the actions that are not named do not carry {condition.key}")
    without = lacking.of(RESOURCE_TAG, wildcards=True, made=allow)
    if without and statement.effect is not None:
        rule = (
            ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
            if allow
            else DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
        )
        word = "allowed" if allow else "denied"
        yield rule.at(condition.path, f"never {word}, for they do not carry {condition.key}: {without}")


class Lacking:
    """The actions of a statement whose requests do not carry a key, looked up once for each key."""

    def __init__(self, statement: StatementView) -> None:
        self.actions = tuple(dict.fromkeys(actions_of(statement)))
        self.known: dict[tuple[str, bool, bool], str] = {}

    def of(self, key: str, wildcards: bool, made: bool = False) -> str:
        """The actions for a message, empty for none. An action with a wildcard lacks what all it names lack.

        `made` leaves out those whose requests carry tags for what they make: that has no tags yet.
        """
        asked = key, wildcards, made
        if asked not in self.known:
            names = [
                text
                for text in self.actions
                if (wildcards or not is_wild(text)) and lacks(text, key) and (not made or lacks(text, REQUEST_TAG))
            ]
            more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
            self.known[asked] = ", ".join(names[:MOST]) + more
        return self.known[asked]


def action_findings(statement: StatementView, condition: ConditionView, lacking: Lacking) -> Iterator[Finding]:
    """Service keys against the actions named in full; Access Analyzer leaves wildcards out, and so does this."""
    needed = KEY_ACTIONS.get(condition.lower)
    actions = actions_of(statement)
    if needed is not None and actions and not any(among(text, (needed,)) for text in actions):
        yield MISSING_ACTION_FOR_CONDITION_KEY.at(condition.path, f"only {needed} carries {condition.key}")
        return
    key = carried_key(condition.lower)
    if key is None or key == RESOURCE_TAG or not condition.operator.asks_value:
        return
    if key in (REQUEST_TAG, TAG_KEYS) and not condition.operator.needs_key:
        return
    if key == TAG_KEYS and not statement.allows:
        return  # of tag:TagResources, which AWS's own policies deny so, the reference does not list it
    without = lacking.of(key, wildcards=False)
    if without:
        rule = UNSUPPORTED_ACTION_FOR_CONDITION_KEY if key.startswith(SEVERE) else ECR_KEY_NOT_IN_REQUEST
        never = ", so they are never allowed" if statement.allows and condition.operator.needs_key else ""
        yield rule.at(condition.path, f"these do not carry {condition.key}{never}: {without}")


def network_findings(statement: StatementView, condition: ConditionView, keys: set[str]) -> Iterator[Finding]:
    if condition.lower == "aws:vpcsourceip" and keys.isdisjoint(VPC_KEYS):
        message = "addresses of other VPCs may be the same"
        yield MISSING_PAIRED_CONDITION_KEYS.at(condition.path, message)
    supported = VPCE_KEY_SERVICES.get(condition.lower)
    if supported is None:
        return
    others = [
        text
        for text in actions_of(statement)
        if text.partition(":")[0].lower() not in supported or text.lower() == "iam:passrole"
    ]
    if others or statement.not_action is not None:
        named = f" with {', '.join(others)}" if others else " with NotAction"
        message = f"{condition.key} is not in every request{named}"
        yield USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES.at(condition.path, message)


def data_findings(statement: StatementView, condition: ConditionView, keys: set[str]) -> Iterator[Finding]:
    """Two services' keys that protect less than they seem to."""
    unselected = condition.lower == "dynamodb:attributes" and statement.allows and "dynamodb:select" not in keys
    if unselected and any(among(text, DYNAMODB_READS) for text in actions_of(statement)):
        yield DYNAMODB_ATTRIBUTES_WITHOUT_SELECT.at(condition.path, "a read that names no attributes returns them all")
    if condition.lower == "s3:prefix" and condition.operator.type is STRING and statement.effect is not None:
        forbids = condition.operator.negated if statement.allows else not condition.operator.negated
        if forbids:
            message = "a request with a shorter prefix lists the objects all the same"
            yield S3_PREFIX_IN_NEGATIVE_CONTEXT.at(condition.path, message)


FAMILY = Family(
    "condition_actions",
    rules=(
        ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
        DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
        ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
        DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
        UNSUPPORTED_ACTION_FOR_CONDITION_KEY,
        ECR_KEY_NOT_IN_REQUEST,
        MISSING_ACTION_FOR_CONDITION_KEY,
        USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES,
        MISSING_PAIRED_CONDITION_KEYS,
        DYNAMODB_ATTRIBUTES_WITHOUT_SELECT,
        S3_PREFIX_IN_NEGATIVE_CONTEXT,
        IRRELEVANT_CONDITION_KEY_IN_POLICY,
    ),
    findings=findings,
)

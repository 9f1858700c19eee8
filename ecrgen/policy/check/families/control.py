"""The grammar of service control, resource control and trust policies, as far as it is narrower than IAM's.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-role-session
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, analyzer_rule, shown
from ecrgen.policy.check.model import PolicyView, StatementView
from ecrgen.policy.kinds import RESOURCE_CONTROL, SERVICE_CONTROL, TRUST

SCP_SYNTAX_ERROR_PRINCIPAL = analyzer_rule(
    "SCP_SYNTAX_ERROR_PRINCIPAL",
    "ERROR",
    "A Principal in a service control policy",
    "Remove it, and name callers by a condition on aws:PrincipalArn.",
)
RCP_SYNTAX_ERROR_ALLOW = analyzer_rule(
    "RCP_SYNTAX_ERROR_ALLOW",
    "ERROR",
    "An Allow in a resource control policy other than AWS's own RCPFullAWSAccess",
    "Write Deny statements only.",
)
RCP_SYNTAX_ERROR_PRINCIPAL = analyzer_rule(
    "RCP_SYNTAX_ERROR_PRINCIPAL",
    "ERROR",
    'A Principal in a resource control policy other than "*"',
    'Write "Principal": "*", and name callers by a condition on aws:PrincipalArn.',
)
RCP_SYNTAX_ERROR_NOTACTION = analyzer_rule(
    "RCP_SYNTAX_ERROR_NOTACTION", "ERROR", "NotAction in a resource control policy", "Name the actions in Action."
)
RCP_SYNTAX_ERROR_ACTION = analyzer_rule(
    "RCP_SYNTAX_ERROR_ACTION",
    "ERROR",
    "A star alone as the action of a resource control policy",
    "Name the services, such as ecr:*.",
)
ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL = analyzer_rule(
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
    "ERROR",
    "NotPrincipal in a role's trust policy",
    "Name in Principal who may assume the role.",
)
ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE = analyzer_rule(
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
    "ERROR",
    "A Resource in a role's trust policy",
    "Remove it: a trust policy is for its own role.",
)


def findings(policy: PolicyView) -> Iterator[Finding]:
    for statement in policy.statements:
        if policy.kind is SERVICE_CONTROL:
            for name in present(statement, "Principal", "NotPrincipal"):
                message = f"{policy.kind.words} is for all of the account's users and roles"
                yield SCP_SYNTAX_ERROR_PRINCIPAL.at(f"{statement.path}.{name}", message)
        elif policy.kind is RESOURCE_CONTROL and not is_aws_own(policy):
            yield from resource_control_findings(statement)
        elif policy.kind is TRUST:
            yield from trust_findings(statement)


def is_aws_own(policy: PolicyView) -> bool:
    """True for RCPFullAWSAccess: one statement, which allows everybody everything on everything."""
    if len(policy.statements) != 1:
        return False
    parts = policy.statements[0].parts
    return parts.effect == "Allow" and parts.principal == parts.action == parts.resource == "*" and not parts.condition


def resource_control_findings(statement: StatementView) -> Iterator[Finding]:
    parts, path = statement.parts, statement.path
    if parts.effect == "Allow":
        yield RCP_SYNTAX_ERROR_ALLOW.at(f"{path}.Effect", "a resource control policy gives nothing; it only denies")
    if "NotPrincipal" in parts.present:
        yield RCP_SYNTAX_ERROR_PRINCIPAL.at(f"{path}.NotPrincipal", 'the only principal is "*"')
    elif parts.principal not in (None, "*"):
        yield RCP_SYNTAX_ERROR_PRINCIPAL.at(f"{path}.Principal", 'the only principal is "*"')
    if "NotAction" in parts.present:
        yield RCP_SYNTAX_ERROR_NOTACTION.at(f"{path}.NotAction", "a resource control policy names its actions")
    for index, text in enumerate(statement.action.values if statement.action is not None else ()):
        if text == "*" and statement.action is not None:
            message = f"{shown(text)} also names services that no resource control policy is for"
            yield RCP_SYNTAX_ERROR_ACTION.at(statement.action.at(index), message)


def trust_findings(statement: StatementView) -> Iterator[Finding]:
    if "NotPrincipal" in statement.parts.present:
        message = "a trust policy names who may assume the role"
        yield ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL.at(f"{statement.path}.NotPrincipal", message)
    for name in present(statement, "Resource", "NotResource"):
        message = "a trust policy is for its own role"
        yield ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE.at(f"{statement.path}.{name}", message)


def present(statement: StatementView, *names: str) -> Iterator[str]:
    return (name for name in names if name in statement.parts.present)


FAMILY = Family(
    "control",
    rules=(
        SCP_SYNTAX_ERROR_PRINCIPAL,
        RCP_SYNTAX_ERROR_ALLOW,
        RCP_SYNTAX_ERROR_PRINCIPAL,
        RCP_SYNTAX_ERROR_NOTACTION,
        RCP_SYNTAX_ERROR_ACTION,
        ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL,
        ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE,
    ),
    findings=findings,
    of_grammar=True,
)

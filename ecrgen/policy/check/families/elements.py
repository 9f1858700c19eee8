"""Elements that a document of its kind needs, must not have, or leaves empty: Version, Id, Sid, Principal, Resource.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrgen.policy.check.family import Family
from ecrgen.policy.check.finding import Finding, analyzer_rule, shown
from ecrgen.policy.check.model import PRINCIPAL_KINDS, PolicyView, StatementView
from ecrgen.policy.check.shared_rules import INVALID_POLICY_ELEMENT
from ecrgen.policy.elements import Principals
from ecrgen.policy.kinds import SERVICE_CONTROL
from ecrgen.policy.paths import Steps, path_of

MISSING_VERSION = analyzer_rule(
    "MISSING_VERSION", "WARNING", "No Version, so variables are not replaced", 'Add "Version": "2012-10-17".'
)
MISSING_RESOURCE = analyzer_rule(
    "MISSING_RESOURCE",
    "ERROR",
    "A statement without Resource and NotResource, in a policy that is not on a resource of its own",
    'Add a Resource element: the ARNs, or "*".',
)
EMPTY_ARRAY_ACTION = analyzer_rule(
    "EMPTY_ARRAY_ACTION", "SUGGESTION", "An empty list of actions", "Name the actions, or remove the statement."
)
EMPTY_ARRAY_RESOURCE = analyzer_rule(
    "EMPTY_ARRAY_RESOURCE", "SUGGESTION", "An empty list of resources", "Name the resources, or remove the statement."
)
EMPTY_SID_VALUE = analyzer_rule("EMPTY_SID_VALUE", "SUGGESTION", "An empty Sid", "Give the Sid a value, or remove it.")
UNSUPPORTED_SID = analyzer_rule(
    "UNSUPPORTED_SID",
    "ERROR",
    "A Sid with other characters than letters and digits",
    "Use the letters A-Z and a-z and digits only.",
)
UNIQUE_SIDS_REQUIRED = analyzer_rule(
    "UNIQUE_SIDS_REQUIRED", "ERROR", "A Sid twice in an identity policy", "Give every statement a Sid of its own."
)
UNIQUE_SIDS_RECOMMENDED = analyzer_rule(
    "UNIQUE_SIDS_RECOMMENDED",
    "WARNING",
    "A Sid twice in a resource policy",
    "Give every statement a Sid of its own.",
)
UNSUPPORTED_PRINCIPAL = analyzer_rule(
    "UNSUPPORTED_PRINCIPAL",
    "ERROR",
    "A Principal in a policy that is for whom it is attached to",
    "Remove it: the policy is for whom it is attached to.",
)
MISSING_PRINCIPAL = analyzer_rule(
    "MISSING_PRINCIPAL", "ERROR", "A statement of a resource policy without Principal", "Add a Principal element."
)
INVALID_PRINCIPAL_KEY = analyzer_rule(
    "INVALID_PRINCIPAL_KEY",
    "ERROR",
    "A kind of principal that IAM does not have",
    "Use AWS, Service, Federated or CanonicalUser.",
)
EMPTY_ARRAY_PRINCIPAL = analyzer_rule(
    "EMPTY_ARRAY_PRINCIPAL", "SUGGESTION", "An empty list of principals", "Name the principals, or remove the list."
)
EMPTY_OBJECT_PRINCIPAL = analyzer_rule(
    "EMPTY_OBJECT_PRINCIPAL", "SUGGESTION", "An empty Principal", "Name the principals, or remove the statement."
)

PRINCIPALS = frozenset(("Principal", "NotPrincipal"))
SID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def findings(policy: PolicyView) -> Iterator[Finding]:
    if policy.parts is None:
        return
    if "Version" not in policy.parts.present:
        yield MISSING_VERSION.at("", "no Version: the policy is read as 2008-10-17, where variables are plain text")
    if policy.kind.principal == "refused" and "Id" in policy.parts.present:
        yield INVALID_POLICY_ELEMENT.at("Id", f"{policy.kind.words} has no Id")
    malformed = policy.malformed()
    first: dict[str, str] = {}
    for statement in policy.statements:
        yield from needed_findings(policy, statement)
        yield from sid_findings(policy, statement, first)
        for texts in statement.elements():
            if not texts.values:
                name = texts.path.rpartition(".")[2]
                if (*statement.parts.steps, name) not in malformed:
                    rule = EMPTY_ARRAY_ACTION if name.endswith("Action") else EMPTY_ARRAY_RESOURCE
                    yield rule.at(texts.path, "an empty list")
        if not PRINCIPALS.isdisjoint(statement.parts.present):
            yield from principals_findings(policy, statement, malformed)


def principals_findings(policy: PolicyView, statement: StatementView, malformed: frozenset[Steps]) -> Iterator[Finding]:
    """Principal and NotPrincipal where there is to be none, and where one is empty or of an unknown kind."""
    parts = statement.parts
    for name, principals in (("Principal", parts.principal), ("NotPrincipal", parts.not_principal)):
        if policy.kind.principal == "refused":
            if name in parts.present and policy.kind is not SERVICE_CONTROL:
                yield UNSUPPORTED_PRINCIPAL.at(f"{statement.path}.{name}", f"{policy.kind.words} has no {name}")
        elif principals is not None:
            yield from kind_findings(principals, (*parts.steps, name), malformed)


def needed_findings(policy: PolicyView, statement: StatementView) -> Iterator[Finding]:
    present = statement.parts.present
    if policy.kind.resource == "needed" and "Resource" not in present and "NotResource" not in present:
        message = f"a statement of {policy.kind.words} needs Resource or NotResource"
        yield MISSING_RESOURCE.at(statement.path, message)
    if policy.kind.principal == "needed" and "Principal" not in present and "NotPrincipal" not in present:
        yield MISSING_PRINCIPAL.at(statement.path, f"a statement of {policy.kind.words} needs Principal")


def sid_findings(policy: PolicyView, statement: StatementView, first: dict[str, str]) -> Iterator[Finding]:
    """Sids that are empty, have other characters, or are taken; `first` is the path of each Sid's first statement."""
    sid, path = statement.parts.sid, f"{statement.path}.Sid"
    if sid is None:
        return
    if not sid:
        yield EMPTY_SID_VALUE.at(path, "an empty Sid")
        return
    if policy.kind.principal == "refused" and not SID_CHARACTERS.issuperset(sid):
        yield UNSUPPORTED_SID.at(path, f"{shown(sid)} has characters that a Sid cannot have")
    if sid in first:
        rule = UNIQUE_SIDS_REQUIRED if policy.kind.principal == "refused" else UNIQUE_SIDS_RECOMMENDED
        yield rule.at(path, f"{shown(sid)} is the Sid of {first[sid]} too")
    else:
        first[sid] = statement.path


def kind_findings(principals: Principals, steps: Steps, malformed: frozenset[Steps]) -> Iterator[Finding]:
    if principals == "*":
        return
    if not principals and steps not in malformed:
        yield EMPTY_OBJECT_PRINCIPAL.at(path_of(steps), "names no principal")
    for kind, values in principals:
        path = path_of((*steps, kind))
        if kind not in PRINCIPAL_KINDS:
            message = f"no such kind of principal; one of: {', '.join(PRINCIPAL_KINDS)}"
            yield INVALID_PRINCIPAL_KEY.at(path, message)
        elif values == () and (*steps, kind) not in malformed:
            yield EMPTY_ARRAY_PRINCIPAL.at(path, "an empty list")


FAMILY = Family(
    "elements",
    rules=(
        MISSING_VERSION,
        MISSING_RESOURCE,
        EMPTY_ARRAY_ACTION,
        EMPTY_ARRAY_RESOURCE,
        EMPTY_SID_VALUE,
        UNSUPPORTED_SID,
        UNIQUE_SIDS_REQUIRED,
        UNIQUE_SIDS_RECOMMENDED,
        UNSUPPORTED_PRINCIPAL,
        MISSING_PRINCIPAL,
        INVALID_PRINCIPAL_KEY,
        EMPTY_ARRAY_PRINCIPAL,
        EMPTY_OBJECT_PRINCIPAL,
        INVALID_POLICY_ELEMENT,
    ),
    findings=findings,
    of_grammar=True,
)

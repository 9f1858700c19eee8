"""The grammar of policy documents: one reader of JSON values, which reports every fault and returns what it could read.

`PolicyDocument.from_dict` raises the first fault; the checks report all of them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ecrgen.messages import did_you_mean
from ecrgen.policy.elements import (
    DOCUMENT_ELEMENTS,
    STATEMENT_ELEMENTS,
    VERSIONS,
    ConditionBlock,
    Effect,
    Principals,
    Strings,
)
from ecrgen.policy.grammar.faults import Fault, FaultCode, Report, given, mismatch, raise_fault
from ecrgen.policy.grammar.values import read_conditions, read_principals, read_strings, read_text
from ecrgen.policy.paths import Steps

__all__ = [
    "DocumentParts",
    "Fault",
    "FaultCode",
    "Report",
    "StatementParts",
    "raise_fault",
    "read_conditions",
    "read_document",
    "read_statement",
]


class StatementParts(NamedTuple):
    """The elements of one statement: None for what is absent or malformed, lists without their malformed items.

    `present` are the names of the elements that are there, malformed or not; `steps` lead to the statement.
    """

    steps: Steps
    present: Collection[str]
    effect: Effect | None
    sid: str | None
    principal: Principals | None
    not_principal: Principals | None
    action: Strings | None
    not_action: Strings | None
    resource: Strings | None
    not_resource: Strings | None
    condition: ConditionBlock | None


class DocumentParts(NamedTuple):
    """The elements of a document, as in StatementParts; `listed` says if Statement is a list."""

    present: Collection[str]
    version: str | None
    id: str | None
    statements: tuple[StatementParts, ...]
    listed: bool


DOCUMENT = frozenset(DOCUMENT_ELEMENTS)
STATEMENT = frozenset(STATEMENT_ELEMENTS)
REACH = frozenset(("Resource", "NotResource", "Principal", "NotPrincipal"))
PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))


def read_document(data: object, report: Report) -> DocumentParts | None:
    """Read JSON values (dict, list, str, int, float, bool, None) as a policy document, and report every fault.

    None where they are no object.
    """
    if not isinstance(data, dict):
        report(mismatch("an object", data))
        return None
    if not data.keys() <= DOCUMENT:
        unknown_elements(data, DOCUMENT_ELEMENTS, (), report)
    version = read_version(data["Version"], report) if "Version" in data else None
    identifier = read_text(data["Id"], (), "Id", report) if "Id" in data else None
    statement = data.get("Statement")
    if "Statement" not in data:
        report(Fault("MISSING_STATEMENT", (), "a policy document needs Statement"))
        statements: tuple[StatementParts | None, ...] = ()
    elif isinstance(statement, list):
        if not statement:
            report(Fault("MISSING_STATEMENT", ("Statement",), "holds no statement"))
        statements = tuple([read_statement(item, ("Statement", index), report) for index, item in enumerate(statement)])
    else:
        statements = (read_statement(statement, ("Statement",), report),)
    found = tuple([one for one in statements if one is not None])
    return DocumentParts(data.keys(), version, identifier, found, isinstance(statement, list))


def read_version(version: object, report: Report) -> str | None:
    if isinstance(version, str) and version in VERSIONS:
        return version
    code: FaultCode = "INVALID_VERSION" if isinstance(version, str) else "DATA_TYPE_MISMATCH"
    message = f'must be "2012-10-17" (or the old "2008-10-17"), not {given(version)}'
    report(Fault(code, ("Version",), message))
    return None


def read_statement(data: object, steps: Steps, report: Report) -> StatementParts | None:
    """One statement of an identity or resource policy; None where it is no object."""
    if not isinstance(data, dict):
        report(mismatch("an object", data, *steps))
        return None
    present = data.keys()
    if not present <= STATEMENT:
        unknown_elements(data, STATEMENT_ELEMENTS, steps, report)
    effect = data.get("Effect")
    if effect != "Allow" and effect != "Deny":
        report(effect_fault(data, steps))
        effect = None
    if ("Action" in data) == ("NotAction" in data) or len(present & REACH) != 1:
        combination_faults(data, steps, report)
    return StatementParts(
        steps,
        present,
        effect,
        read_text(data["Sid"], steps, "Sid", report) if "Sid" in data else None,
        read_principals(data["Principal"], (*steps, "Principal"), report) if "Principal" in data else None,
        read_principals(data["NotPrincipal"], (*steps, "NotPrincipal"), report) if "NotPrincipal" in data else None,
        read_strings(data["Action"], steps, "Action", report) if "Action" in data else None,
        read_strings(data["NotAction"], steps, "NotAction", report) if "NotAction" in data else None,
        read_strings(data["Resource"], steps, "Resource", report) if "Resource" in data else None,
        read_strings(data["NotResource"], steps, "NotResource", report) if "NotResource" in data else None,
        read_conditions(data["Condition"], (*steps, "Condition"), report) if "Condition" in data else None,
    )


def combination_faults(data: dict[str, Any], steps: Steps, report: Report) -> None:
    """Elements that exclude each other, and those of which one is needed."""
    for element, other in PAIRS:
        if element in data and other in data:
            message = f"a statement has {element} or {other}, not both"
            report(Fault("UNSUPPORTED_ELEMENT_COMBINATION", steps, message))
    if "Action" not in data and "NotAction" not in data:
        report(Fault("MISSING_ACTION", steps, "a statement needs Action or NotAction"))
    if REACH.isdisjoint(data):
        message = "a statement needs Resource or NotResource (only a resource policy may leave it out)"
        report(Fault("MISSING_RESOURCE", steps, message))


def effect_fault(data: dict[str, Any], steps: Steps) -> Fault:
    if "Effect" not in data:
        return Fault("MISSING_EFFECT", steps, "a statement needs Effect")
    effect = data["Effect"]
    code: FaultCode = "INVALID_EFFECT" if isinstance(effect, str) else "DATA_TYPE_MISMATCH"
    return Fault(code, (*steps, "Effect"), f'must be "Allow" or "Deny", not {given(effect)}')


def unknown_elements(data: dict[str, Any], known: Collection[str], steps: Steps, report: Report) -> None:
    for element in data:
        if element not in known:
            hint = did_you_mean(str(element).capitalize(), known)
            report(Fault("INVALID_POLICY_ELEMENT", (*steps, str(element)), f"no such element; {hint}"))

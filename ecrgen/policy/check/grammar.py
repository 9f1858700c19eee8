"""The shape of a policy document: every fault of its JSON at once, and a view of what could be read.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Literal

from ecrgen.policy.check.finding import Report, Rule, shown, step
from ecrgen.policy.check.model import PolicyKind, StatementView, Texts
from ecrgen.policy.check.read_condition import read_conditions
from ecrgen.policy.check.read_principal import read_principals
from ecrgen.policy.check.shape_rules import (
    DATA_TYPE_MISMATCH,
    EMPTY_ARRAY_ACTION,
    EMPTY_ARRAY_RESOURCE,
    EMPTY_SID_VALUE,
    INVALID_EFFECT,
    INVALID_POLICY_ELEMENT,
    INVALID_VERSION,
    MISSING_ACTION,
    MISSING_EFFECT,
    MISSING_PRINCIPAL,
    MISSING_RESOURCE,
    MISSING_STATEMENT,
    MISSING_VERSION,
    UNIQUE_SIDS_RECOMMENDED,
    UNIQUE_SIDS_REQUIRED,
    UNSUPPORTED_ELEMENT_COMBINATION,
    UNSUPPORTED_SID,
)
from ecrgen.policy.elements import DOCUMENT_ELEMENTS, STATEMENT_ELEMENTS, VERSIONS, kind_of

PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
SID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


def read_document(data: object, kind: PolicyKind, report: Report) -> tuple[str | None, tuple[StatementView, ...]]:
    """Version and statements of a document of plain JSON values, every fault of its grammar reported."""
    if not isinstance(data, Mapping):
        report(DATA_TYPE_MISMATCH.at("", f"a policy document must be an object, not {kind_of(data)}"))
        return None, ()
    unknown_elements(data, DOCUMENT_ELEMENTS, "", report)
    if "Id" in data:
        if kind == "identity":
            report(INVALID_POLICY_ELEMENT.at("Id", "an identity policy has no Id"))
        elif not isinstance(data["Id"], str):
            report(DATA_TYPE_MISMATCH.at("Id", f"must be a string, not {kind_of(data['Id'])}"))
    return read_version(data, report), read_statements(data, kind, report)


def read_version(data: Mapping[str, object], report: Report) -> str | None:
    version = data.get("Version")
    if "Version" not in data:
        report(MISSING_VERSION.at("", "no Version: the policy is read as 2008-10-17, where variables are plain text"))
    elif not isinstance(version, str):
        report(DATA_TYPE_MISMATCH.at("Version", f"must be a string, not {kind_of(version)}"))
    elif version not in VERSIONS:
        report(INVALID_VERSION.at("Version", f"no such version: {shown(version)}"))
    else:
        return version
    return None


def read_statements(data: Mapping[str, object], kind: PolicyKind, report: Report) -> tuple[StatementView, ...]:
    statement = data.get("Statement")
    if "Statement" not in data:
        report(MISSING_STATEMENT.at("", "no Statement element"))
        return ()
    if isinstance(statement, list | tuple):
        if not statement:
            report(MISSING_STATEMENT.at("Statement", "holds no statement"))
        numbered = [(f"Statement[{index}]", item) for index, item in enumerate(statement)]
    else:
        numbered = [("Statement", statement)]
    views = []
    seen: dict[str, str] = {}
    for path, item in numbered:
        if isinstance(item, Mapping):
            view = read_statement(item, path, kind, report)
            views.append(view)
            duplicate_sid(view, kind, seen, report)
        else:
            report(DATA_TYPE_MISMATCH.at(path, f"a statement must be an object, not {kind_of(item)}"))
    return tuple(views)


def read_statement(data: Mapping[str, object], path: str, kind: PolicyKind, report: Report) -> StatementView:
    unknown_elements(data, STATEMENT_ELEMENTS, path, report)
    for element, other in PAIRS:
        if element in data and other in data:
            message = f"{element} and {other} in one statement"
            report(UNSUPPORTED_ELEMENT_COMBINATION.at(path, message))
    if "Action" not in data and "NotAction" not in data:
        report(MISSING_ACTION.at(path, "a statement needs Action or NotAction"))
    if kind == "identity" and "Resource" not in data and "NotResource" not in data:
        report(MISSING_RESOURCE.at(path, "a statement of an identity policy needs Resource or NotResource"))
    if kind != "identity" and "Principal" not in data and "NotPrincipal" not in data:
        report(MISSING_PRINCIPAL.at(path, "a statement of a resource policy needs Principal"))
    return StatementView(
        path,
        read_effect(data, path, report),
        read_texts(data, "Action", path, EMPTY_ARRAY_ACTION, report),
        read_texts(data, "NotAction", path, EMPTY_ARRAY_ACTION, report),
        read_texts(data, "Resource", path, EMPTY_ARRAY_RESOURCE, report),
        read_texts(data, "NotResource", path, EMPTY_ARRAY_RESOURCE, report),
        read_principals(data, "Principal", path, kind, report),
        read_principals(data, "NotPrincipal", path, kind, report),
        read_conditions(data["Condition"], f"{path}.Condition", report) if "Condition" in data else (),
        read_sid(data, path, kind, report),
    )


def unknown_elements(data: Mapping[str, object], known: tuple[str, ...], path: str, report: Report) -> None:
    for element in data:
        if element in known:
            continue
        near = get_close_matches(str(element)[:30].capitalize(), known, n=1)
        hint = f"; meant {near[0]}?" if near else f"; one of: {', '.join(known)}"
        place = f"{path}.{step(element)}" if path else step(element)
        report(INVALID_POLICY_ELEMENT.at(place, f"no such element{hint}"))


def read_effect(data: Mapping[str, object], path: str, report: Report) -> Literal["Allow", "Deny"] | None:
    effect = data.get("Effect")
    if "Effect" not in data:
        report(MISSING_EFFECT.at(path, "a statement needs Effect"))
    elif not isinstance(effect, str):
        report(DATA_TYPE_MISMATCH.at(f"{path}.Effect", f"must be a string, not {kind_of(effect)}"))
    elif effect == "Allow":
        return "Allow"
    elif effect == "Deny":
        return "Deny"
    else:
        report(INVALID_EFFECT.at(f"{path}.Effect", f"{shown(effect)} is neither Allow nor Deny"))
    return None


def read_texts(data: Mapping[str, object], element: str, path: str, empty: Rule, report: Report) -> Texts | None:
    """The strings of an element; what is no string is reported and left out."""
    if element not in data:
        return None
    value = data[element]
    place = f"{path}.{element}"
    if isinstance(value, str):
        return Texts(place, (value,))
    if not isinstance(value, list | tuple):
        report(DATA_TYPE_MISMATCH.at(place, f"must be a string or a list of strings, not {kind_of(value)}"))
        return None
    if not value:
        report(empty.at(place, "an empty list"))
    places = []
    for index, item in enumerate(value):
        if isinstance(item, str):
            places.append(index)
        else:
            report(DATA_TYPE_MISMATCH.at(f"{place}[{index}]", f"must be a string, not {kind_of(item)}"))
    return Texts(place, tuple(value[index] for index in places), tuple(places))


def read_sid(data: Mapping[str, object], path: str, kind: PolicyKind, report: Report) -> str | None:
    if "Sid" not in data:
        return None
    sid = data["Sid"]
    place = f"{path}.Sid"
    if not isinstance(sid, str):
        report(DATA_TYPE_MISMATCH.at(place, f"must be a string, not {kind_of(sid)}"))
        return None
    if not sid:
        report(EMPTY_SID_VALUE.at(place, "an empty Sid"))
    elif kind == "identity" and not SID_CHARACTERS.issuperset(sid):
        report(UNSUPPORTED_SID.at(place, f"{shown(sid)} has characters that a Sid cannot have"))
    return sid


def duplicate_sid(view: StatementView, kind: PolicyKind, seen: dict[str, str], report: Report) -> None:
    if not view.sid:
        return
    if view.sid in seen:
        rule = UNIQUE_SIDS_REQUIRED if kind == "identity" else UNIQUE_SIDS_RECOMMENDED
        report(rule.at(f"{view.path}.Sid", f"{shown(view.sid)} is the Sid of {seen[view.sid]} too"))
    else:
        seen[view.sid] = view.path

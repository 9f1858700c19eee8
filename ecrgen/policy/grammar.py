"""The grammar of policy documents: one reader of JSON values, which reports every fault and returns what it could read.

`PolicyDocument.from_dict` raises the first fault; the checks report all of them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import isfinite
from typing import Any, Literal, NamedTuple, NoReturn

from ecrgen.errors import PolicyError
from ecrgen.messages import did_you_mean, nearest
from ecrgen.policy.elements import (
    DOCUMENT_ELEMENTS,
    STATEMENT_ELEMENTS,
    VERSIONS,
    ConditionBlock,
    Effect,
    Principals,
    Scalar,
    Scalars,
    Strings,
    kind_of,
)
from ecrgen.policy.operators import CONDITION_OPERATORS, base_operators
from ecrgen.policy.places import Steps, path_of, shown

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

# IAM Access Analyzer's codes of the faults that make JSON values no policy document.
FaultCode = Literal[
    "JSON_SYNTAX_ERROR",
    "DATA_TYPE_MISMATCH",
    "INVALID_POLICY_ELEMENT",
    "INVALID_VERSION",
    "MISSING_STATEMENT",
    "MISSING_EFFECT",
    "INVALID_EFFECT",
    "MISSING_ACTION",
    "MISSING_RESOURCE",
    "UNSUPPORTED_ELEMENT_COMBINATION",
    "INVALID_PRINCIPAL_FORMAT",
    "INVALID_CONDITION_OPERATOR",
    "NULL_WITH_IF_EXISTS",
]


class Fault(NamedTuple):
    """One reason why JSON values are no policy document, and where: `steps` lead to the value."""

    code: FaultCode
    steps: Steps
    message: str

    @property
    def path(self) -> str:
        return path_of(self.steps)


# Takes a fault. One that raises makes the reader strict.
Report = Callable[[Fault], object]


def raise_fault(fault: Fault) -> NoReturn:
    """The strict report. Raises PolicyError."""
    raise PolicyError(fault.message, fault.path)


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


def read_principals(data: object, steps: Steps, report: Report) -> Principals | None:
    """Principal or NotPrincipal: `*`, or kinds (AWS, Service, …) with their values."""
    if data == "*":
        return "*"
    if not isinstance(data, dict):
        code: FaultCode = "INVALID_PRINCIPAL_FORMAT" if isinstance(data, str | list) else "DATA_TYPE_MISMATCH"
        message = f'must be "*" or an object such as {{"AWS": …}}, not {given(data)}'
        report(Fault(code, steps, message))
        return None
    kinds = []
    for kind, who in data.items():
        if not isinstance(kind, str):
            report(mismatch("a string", kind, *steps))
        elif (values := read_strings(who, steps, kind, report)) is not None:
            kinds.append((kind, values))
    return tuple(kinds)


def read_conditions(data: object, steps: Steps, report: Report) -> ConditionBlock:
    """A Condition element: operators, under each its condition keys, with each its values."""
    if not isinstance(data, dict):
        report(mismatch("an object", data, *steps))
        return ()
    block = []
    for operator, keys in data.items():
        if operator not in CONDITION_OPERATORS:
            report(operator_fault(str(operator), steps))
        elif not isinstance(keys, dict):
            report(mismatch("an object of condition keys", keys, *steps, operator))
        else:
            pairs = []
            for key, values in keys.items():
                if isinstance(key, str):
                    pairs.append((key, read_scalars(values, (*steps, operator), key, report)))
                else:
                    report(mismatch("a string", key, *steps, operator))
            block.append((operator, tuple(pairs)))
    return tuple(block)


def operator_fault(name: str, steps: Steps) -> Fault:
    qualifier, colon, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    if name.removesuffix("IfExists") in CONDITION_OPERATORS:
        message = f"no such condition operator; {base} already asks whether the key is there"
        return Fault("NULL_WITH_IF_EXISTS", (*steps, name), message)
    near = nearest(base, base_operators())
    hint = f"; meant {qualifier}{colon}{near}{rest[len(base) :]}?" if near else ""
    return Fault("INVALID_CONDITION_OPERATOR", (*steps, name), f"no such condition operator{hint}")


def read_scalars(value: object, steps: Steps, key: str, report: Report) -> Scalars:
    """The values of a condition key; the empty tuple for one that is malformed."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        scalar = read_scalar(value)
        if scalar is None:
            report(scalar_fault(value, *steps, key))
            return ()
        return scalar
    scalars = []
    for index, item in enumerate(value):
        scalar = read_scalar(item)
        if scalar is None:
            report(scalar_fault(item, *steps, key, index))
        else:
            scalars.append(scalar)
    return tuple(scalars)


def read_scalar(value: object) -> Scalar | None:
    if isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return value
    return None


def scalar_fault(value: object, *steps: object) -> Fault:
    if isinstance(value, float):
        return Fault("DATA_TYPE_MISMATCH", steps, "must be a number that JSON can write")
    return mismatch("a string, a number, true or false", value, *steps)


def read_strings(value: object, steps: Steps, name: str, report: Report) -> Strings | None:
    """A string or a list of strings, under a name."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        report(mismatch("a string or a list of strings", value, *steps, name))
        return None
    items = []
    for index, item in enumerate(value):
        if isinstance(item, str):
            items.append(item)
        else:
            report(mismatch("a string", item, *steps, name, index))
    return tuple(items)


def read_text(value: object, steps: Steps, name: str, report: Report) -> str | None:
    if isinstance(value, str):
        return value
    report(mismatch("a string", value, *steps, name))
    return None


def unknown_elements(data: dict[str, Any], known: Collection[str], steps: Steps, report: Report) -> None:
    for element in data:
        if element not in known:
            hint = did_you_mean(str(element).capitalize(), known)
            report(Fault("INVALID_POLICY_ELEMENT", (*steps, str(element)), f"no such element; {hint}"))


def mismatch(expected: str, value: object, *steps: object) -> Fault:
    return Fault("DATA_TYPE_MISMATCH", steps, f"must be {expected}, not {kind_of(value)}")


def given(value: object) -> str:
    """A wrong value in a message: a string itself, of all others the JSON type."""
    return shown(value) if isinstance(value, str) else kind_of(value)

"""Readers of what stands in the elements of a statement: texts, lists of them, principals, conditions.

Each reports every fault, and returns what it could read.
"""

from __future__ import annotations

from math import isfinite

from ecrgen.messages import nearest
from ecrgen.policy.elements import ConditionBlock, Principals, Scalar, Scalars, Strings
from ecrgen.policy.grammar.faults import Fault, FaultCode, Report, given, is_text, mismatch
from ecrgen.policy.paths import Steps

__all__ = ["read_conditions", "read_principals", "read_strings", "read_text"]


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
        if not is_text(kind):
            report(mismatch("a string", kind, *steps))
        elif (values := read_strings(who, steps, kind, report)) is not None:
            kinds.append((kind, values))
    return tuple(kinds)


def read_conditions(data: object, steps: Steps, report: Report) -> ConditionBlock:
    """A Condition element: operators, under each its condition keys, with each its values."""
    from ecrgen.policy.operators import CONDITION_OPERATORS  # for start-up: most documents that are rendered have none

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
                if is_text(key):
                    pairs.append((key, read_scalars(values, (*steps, operator), key, report)))
                else:
                    report(mismatch("a string", key, *steps, operator))
            block.append((operator, tuple(pairs)))
    return tuple(block)


def operator_fault(name: str, steps: Steps) -> Fault:
    from ecrgen.policy.operators import CONDITION_OPERATORS, base_operators  # for start-up, as above

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
    if is_text(value):
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
    if is_text(value) or isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return value
    return None


def scalar_fault(value: object, *steps: object) -> Fault:
    if isinstance(value, float):
        return Fault("DATA_TYPE_MISMATCH", steps, "must be a number that JSON can write")
    return mismatch("a string, a number, true or false", value, *steps)


def read_strings(value: object, steps: Steps, name: str, report: Report) -> Strings | None:
    """A string or a list of strings, under a name."""
    if is_text(value):
        return value
    if not isinstance(value, list):
        report(mismatch("a string or a list of strings", value, *steps, name))
        return None
    items = tuple([item for item in value if is_text(item)])
    if len(items) < len(value):
        for index, item in enumerate(value):
            if not is_text(item):
                report(mismatch("a string", item, *steps, name, index))
    return items


def read_text(value: object, steps: Steps, name: str, report: Report) -> str | None:
    if is_text(value):
        return value
    report(mismatch("a string", value, *steps, name))
    return None

"""The shape of a Condition element: operators, keys, values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from math import isfinite

from ecrgen.policy.check.finding import Report, Rule, shown, step
from ecrgen.policy.check.model import ConditionView, Operator, operator_named
from ecrgen.policy.check.shape_rules import (
    DATA_TYPE_MISMATCH,
    DUPLICATE_KEYS_WITH_DIFFERENT_CASE,
    EMPTY_ARRAY_CONDITION,
    EMPTY_ARRAY_CONDITION_FORALLVALUES,
    EMPTY_ARRAY_CONDITION_FORANYVALUE,
    EMPTY_ARRAY_CONDITION_IFEXISTS,
    EMPTY_OBJECT_CONDITION,
    INVALID_CONDITION_DATA_TYPE,
    INVALID_CONDITION_OPERATOR,
    NULL_WITH_IF_EXISTS,
)
from ecrgen.policy.elements import BASE_OPERATORS, Scalar, kind_of


def read_conditions(data: object, path: str, report: Report) -> tuple[ConditionView, ...]:
    """The conditions that could be read, every fault of the element's shape reported."""
    if not isinstance(data, Mapping):
        report(DATA_TYPE_MISMATCH.at(path, f"must be an object, not {kind_of(data)}"))
        return ()
    if not data:
        report(EMPTY_OBJECT_CONDITION.at(path, "an empty Condition"))
    return tuple(view for name, block in data.items() for view in read_block(str(name), block, path, report))


def read_block(name: str, block: object, path: str, report: Report) -> Iterator[ConditionView]:
    place = f"{path}.{step(name)}"
    operator = operator_named(name)
    if operator is None:
        unknown_operator(name, place, report)
        return
    if not isinstance(block, Mapping):
        report(DATA_TYPE_MISMATCH.at(place, f"must be an object of condition keys, not {kind_of(block)}"))
        return
    if not block:
        report(EMPTY_OBJECT_CONDITION.at(place, f"{name} without a condition key"))
    seen: dict[str, str] = {}
    for key, values in block.items():
        view = read_key(operator, str(key), values, place, report)
        if view.lower in seen:
            message = f"the same key as {shown(seen[view.lower])}"
            report(DUPLICATE_KEYS_WITH_DIFFERENT_CASE.at(view.path, message))
        seen[view.lower] = view.key
        yield view


def unknown_operator(name: str, place: str, report: Report) -> None:
    if name.removesuffix("IfExists").rpartition(":")[2] == "Null":
        report(NULL_WITH_IF_EXISTS.at(place, "Null already asks whether the key is there"))
        return
    near = get_close_matches(name.rpartition(":")[2].removesuffix("IfExists")[:30], sorted(BASE_OPERATORS), n=1)
    hint = f"; meant {near[0]}?" if near else ""
    report(INVALID_CONDITION_OPERATOR.at(place, f"no such condition operator{hint}"))


def read_key(operator: Operator, key: str, data: object, block: str, report: Report) -> ConditionView:
    listed = isinstance(data, list | tuple)
    items = data if isinstance(data, list | tuple) else (data,)
    values: list[Scalar] = []
    places: list[int] = []
    for index, item in enumerate(items):
        if isinstance(item, str | bool | int) or (isinstance(item, float) and isfinite(item)):
            values.append(item)
            places.append(index)
        else:
            place = f"{block}.{step(key)}[{index}]" if listed else f"{block}.{step(key)}"
            report(DATA_TYPE_MISMATCH.at(place, f"must be a string, a number, true or false, not {kind_of(item)}"))
    view = ConditionView(operator, key, key.lower(), tuple(values), block, tuple(places) if listed else None)
    if listed and not items:
        report(empty_rule(operator).at(view.path, f"{operator.name} without a value"))
    if len({kind_of(value) for value in values}) > 1:
        report(INVALID_CONDITION_DATA_TYPE.at(view.path, "values of several JSON types"))
    return view


def empty_rule(operator: Operator) -> Rule:
    if operator.qualifier == "ForAllValues":
        return EMPTY_ARRAY_CONDITION_FORALLVALUES
    if operator.qualifier == "ForAnyValue":
        return EMPTY_ARRAY_CONDITION_FORANYVALUE
    return EMPTY_ARRAY_CONDITION_IFEXISTS if operator.if_exists else EMPTY_ARRAY_CONDITION

"""The shape of Principal and NotPrincipal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrgen.policy.check.finding import Report, step
from ecrgen.policy.check.model import PolicyKind, PrincipalView
from ecrgen.policy.check.shape_rules import (
    DATA_TYPE_MISMATCH,
    EMPTY_ARRAY_PRINCIPAL,
    EMPTY_OBJECT_PRINCIPAL,
    INVALID_PRINCIPAL_KEY,
    UNSUPPORTED_PRINCIPAL,
)
from ecrgen.policy.check.shared_rules import INVALID_PRINCIPAL_FORMAT
from ecrgen.policy.elements import kind_of

PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


def read_principals(
    data: Mapping[str, object], element: str, path: str, kind: PolicyKind, report: Report
) -> tuple[PrincipalView, ...]:
    """The principals of a statement, every fault of the element's shape reported."""
    if element not in data:
        return ()
    place = f"{path}.{element}"
    if kind == "identity":
        report(UNSUPPORTED_PRINCIPAL.at(place, f"an identity policy has no {element}"))
        return ()
    value = data[element]
    if value == "*":
        return (PrincipalView("*", "*", place),)
    if isinstance(value, str | list | tuple):
        report(INVALID_PRINCIPAL_FORMAT.at(place, f'{kind_of(value)} other than "*" is no principal'))
        return ()
    if not isinstance(value, Mapping):
        report(DATA_TYPE_MISMATCH.at(place, f'must be "*" or an object, not {kind_of(value)}'))
        return ()
    if not value:
        report(EMPTY_OBJECT_PRINCIPAL.at(place, "names no principal"))
    return tuple(view for name, values in value.items() for view in read_kind(str(name), values, place, report))


def read_kind(name: str, values: object, path: str, report: Report) -> Iterator[PrincipalView]:
    place = f"{path}.{step(name)}"
    if name not in PRINCIPAL_KINDS:
        report(INVALID_PRINCIPAL_KEY.at(place, f"no such kind of principal; one of: {', '.join(PRINCIPAL_KINDS)}"))
        return
    if isinstance(values, str):
        yield PrincipalView(name, values, place)
        return
    if not isinstance(values, list | tuple):
        report(DATA_TYPE_MISMATCH.at(place, f"must be a string or a list of strings, not {kind_of(values)}"))
        return
    if not values:
        report(EMPTY_ARRAY_PRINCIPAL.at(place, "an empty list"))
    for index, value in enumerate(values):
        if isinstance(value, str):
            yield PrincipalView(name, value, f"{place}[{index}]")
        else:
            report(DATA_TYPE_MISMATCH.at(f"{place}[{index}]", f"must be a string, not {kind_of(value)}"))

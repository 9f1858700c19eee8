"""JSON values, read by the grammar, as the view of a policy that the families look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ecrgen.policy.check.model import (
    PRINCIPAL_KINDS,
    ConditionView,
    PolicyView,
    PrincipalKind,
    PrincipalView,
    StatementView,
    Texts,
)
from ecrgen.policy.elements import Principals, Strings
from ecrgen.policy.grammar import Fault, StatementParts, read_document
from ecrgen.policy.kinds import PolicyKind
from ecrgen.policy.operators import operator_of
from ecrgen.policy.paths import Steps, path_of, step

__all__ = ["read_policy"]

# For each list with malformed items, which its reader leaves out, their indexes.
LeftOut = Mapping[Steps, set[object]]


def read_policy(
    data: object, kind: PolicyKind, size: int, sent: int | None, principal_kind: PrincipalKind | None
) -> PolicyView:
    """The view of a document of JSON values, with every fault of its grammar."""
    faults: list[Fault] = []
    parts = read_document(data, faults.append)
    left_out: defaultdict[Steps, set[object]] = defaultdict(set)
    for fault in faults:
        if fault.steps and isinstance(fault.steps[-1], int):
            left_out[fault.steps[:-1]].add(fault.steps[-1])
    read = () if parts is None else parts.statements
    statements = tuple([statement_view(statement, kind, left_out) for statement in read])
    return PolicyView(kind, parts, statements, tuple(faults), size, sent, principal_kind)


def statement_view(parts: StatementParts, kind: PolicyKind, left_out: LeftOut) -> StatementView:
    path = path_of(parts.steps)
    nobody = kind.principal == "refused"
    return StatementView(
        path,
        parts,
        None if parts.action is None else texts(parts.action, "Action", path, parts.steps, left_out),
        None if parts.not_action is None else texts(parts.not_action, "NotAction", path, parts.steps, left_out),
        None if parts.resource is None else texts(parts.resource, "Resource", path, parts.steps, left_out),
        None if parts.not_resource is None else texts(parts.not_resource, "NotResource", path, parts.steps, left_out),
        # that a policy of a kind without principals names some is a finding of its own
        () if nobody or parts.principal is None else principals(parts.principal, (*parts.steps, "Principal"), left_out),
        ()
        if nobody or parts.not_principal is None
        else principals(parts.not_principal, (*parts.steps, "NotPrincipal"), left_out),
        tuple(conditions(parts, path, left_out)) if parts.condition else (),
    )


def texts(value: Strings, name: str, path: str, steps: Steps, left_out: LeftOut) -> Texts:
    path = f"{path}.{name}"
    if isinstance(value, str):
        return Texts(path, (value,))
    return Texts(path, value, indexes(len(value), (*steps, name), left_out))


def indexes(count: int, steps: Steps, left_out: LeftOut) -> Sequence[int]:
    """The indexes in the document of the items of a list that could be read."""
    missing = left_out.get(steps) if left_out else None
    if not missing:
        return range(count)
    return tuple(index for index in range(count + len(missing)) if index not in missing)


def principals(value: Principals, steps: Steps, left_out: LeftOut) -> tuple[PrincipalView, ...]:
    if value == "*":
        return (PrincipalView("*", "*", path_of(steps)),)
    views = []
    for kind, who in value:
        if kind in PRINCIPAL_KINDS:
            found = texts(who, kind, path_of(steps), steps, left_out)
            views += [PrincipalView(kind, text, found.at(index)) for index, text in enumerate(found.values)]
    return tuple(views)


def conditions(parts: StatementParts, path: str, left_out: LeftOut) -> Iterator[ConditionView]:
    for name, keys in parts.condition or ():
        operator = operator_of(name)
        block = f"{path}.Condition.{step(name)}"
        for key, values in keys:
            if isinstance(values, tuple):
                found = indexes(len(values), (*parts.steps, "Condition", name, key), left_out)
                yield ConditionView(operator, key, key.lower(), values, block, found)
            else:
                yield ConditionView(operator, key, key.lower(), (values,), block, None)

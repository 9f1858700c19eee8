"""IAM policy documents as immutable values: strict parse, the author's shape kept, canonical output.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ecrgen.policy.elements import VERSION, ConditionBlock, Effect, Principals, Scalar, Strings, parse_json
from ecrgen.policy.grammar import StatementParts, raise_fault, read_document, read_statement

__all__ = ["Condition", "PolicyDocument", "Statement", "conditions_of", "text_of", "with_condition"]

COMPACT = json.JSONEncoder(separators=(",", ":"))  # made once: json.dumps makes one for each text


class Condition(NamedTuple):
    """A condition of a statement in the normalised view: operator, key, and every value as text, in a tuple."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, each element as its author wrote it (a string or a tuple of strings); absent is None.

    `actions`, `not_actions`, `resources`, `not_resources`, `principals` and `conditions` are the normalised view:
    always tuples, empty when the element is absent.
    """

    effect: Effect
    sid: str | None = None
    principal: Principals | None = None
    not_principal: Principals | None = None
    action: Strings | None = None
    not_action: Strings | None = None
    resource: Strings | None = None
    not_resource: Strings | None = None
    condition: ConditionBlock | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """The values of Action, as written."""
        return as_tuple(self.action)

    @property
    def not_actions(self) -> tuple[str, ...]:
        """The values of NotAction, as written."""
        return as_tuple(self.not_action)

    @property
    def resources(self) -> tuple[str, ...]:
        """The values of Resource, as written."""
        return as_tuple(self.resource)

    @property
    def not_resources(self) -> tuple[str, ...]:
        """The values of NotResource, as written."""
        return as_tuple(self.not_resource)

    @property
    def principals(self) -> tuple[tuple[str, str], ...]:
        """The values of Principal as pairs of kind and value, `("AWS", ARN)`; `"Principal": "*"` is `("*", "*")`."""
        return principal_pairs(self.principal)

    @property
    def not_principals(self) -> tuple[tuple[str, str], ...]:
        """The values of NotPrincipal, as pairs like those of `principals`."""
        return principal_pairs(self.not_principal)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, one for each operator and key; all of them must hold."""
        return () if self.condition is None else conditions_of(self.condition)

    def to_dict(self) -> dict[str, Any]:
        """The statement as JSON values, in the canonical order of elements."""
        out: dict[str, Any] = {}
        if self.sid is not None:
            out["Sid"] = self.sid
        out["Effect"] = self.effect
        for element, principals in (("Principal", self.principal), ("NotPrincipal", self.not_principal)):
            if principals is not None:
                out[element] = principals if principals == "*" else {kind: plain(who) for kind, who in principals}
        for element, strings in (
            ("Action", self.action),
            ("NotAction", self.not_action),
            ("Resource", self.resource),
            ("NotResource", self.not_resource),
        ):
            if strings is not None:
                out[element] = plain(strings)
        if self.condition is not None:
            out["Condition"] = {
                operator: {key: plain(values) for key, values in keys} for operator, keys in self.condition
            }
        return out

    def normalised(self) -> Statement:
        """The same statement with sorted, distinct values in tuples, for comparing."""
        conditions: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for operator, key, values in self.conditions:
            # a list, because a key may stand there twice, in other cases
            conditions.setdefault(operator, []).append((key.lower(), distinct(values)))
        return Statement(
            effect=self.effect,
            sid=self.sid,
            principal=normalised_principals(self.principal),
            not_principal=normalised_principals(self.not_principal),
            action=None if self.action is None else distinct(a.lower() for a in self.actions),
            not_action=None if self.not_action is None else distinct(a.lower() for a in self.not_actions),
            resource=None if self.resource is None else distinct(self.resources),
            not_resource=None if self.not_resource is None else distinct(self.not_resources),
            condition=tuple(sorted((operator, tuple(sorted(keys))) for operator, keys in conditions.items())) or None,
        )

    @classmethod
    def from_dict(cls, data: object) -> Statement:
        """Read one statement of an identity or resource policy. Raises PolicyError at the first fault of grammar."""
        return statement_of(read_statement(data, ("Statement",), raise_fault))


def conditions_of(block: ConditionBlock) -> tuple[Condition, ...]:
    """The normalised view of a Condition element."""
    return tuple(
        [
            Condition(operator, key, tuple([text_of(value) for value in as_tuple(values)]))
            for operator, keys in block
            for key, values in keys
        ]
    )


def with_condition(statement: Statement, condition: ConditionBlock | None) -> Statement:
    """The statement under another Condition element; in a fourth of the time that `dataclasses.replace` takes."""
    return Statement(
        statement.effect,
        statement.sid,
        statement.principal,
        statement.not_principal,
        statement.action,
        statement.not_action,
        statement.resource,
        statement.not_resource,
        condition,
    )


def statement_of(parts: StatementParts | None) -> Statement:
    """The statement of parts that were read without a fault."""
    assert parts is not None, "a fault was not raised"
    assert parts.effect is not None, "a fault was not raised"
    return Statement(
        parts.effect,
        parts.sid,
        parts.principal,
        parts.not_principal,
        parts.action,
        parts.not_action,
        parts.resource,
        parts.not_resource,
        parts.condition,
    )


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """An identity policy or a resource policy. Equal documents have the same shape and the same order.

    `statement` is as written, one statement or a tuple; `statements` is always a tuple.
    """

    statement: Statement | tuple[Statement, ...]
    version: str | None = VERSION
    id: str | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements, also where the document has one that stands in no list."""
        return (self.statement,) if isinstance(self.statement, Statement) else self.statement

    @property
    def has_variables(self) -> bool:
        """True where `${…}` is a variable, as Version 2012-10-17 has it; without it, it is plain text."""
        return self.version == VERSION

    @property
    def size(self) -> int:
        """Characters of the document without white space, as IAM's quotas count it.

        Spaces inside strings are counted, so the figure is never below IAM's own.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        """
        return len(json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")))

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON values, elements in the canonical order (Version, Id, Statement)."""
        out: dict[str, Any] = {}
        if self.version is not None:
            out["Version"] = self.version
        if self.id is not None:
            out["Id"] = self.id
        if isinstance(self.statement, Statement):
            out["Statement"] = self.statement.to_dict()
        else:
            out["Statement"] = [statement.to_dict() for statement in self.statement]
        return out

    def to_json(self, indent: int | None = 2) -> str:
        """JSON text, ASCII only; `indent=None` gives the compact form."""
        return json.dumps(self.to_dict(), indent=indent) if indent else COMPACT.encode(self.to_dict())

    def normalised(self) -> PolicyDocument:
        """A document to compare: values sorted and distinct, statements in a stable order, Sids kept."""
        statements = sorted((statement.normalised() for statement in self.statements), key=repr)
        return replace(self, statement=tuple(statements), id=self.id)

    @classmethod
    def from_dict(cls, data: object) -> PolicyDocument:
        """Read a document from JSON values. Raises PolicyError, with its path, for the first fault of grammar."""
        parts = read_document(data, raise_fault)
        assert parts is not None, "a fault was not raised"
        statements = tuple([statement_of(statement) for statement in parts.statements])
        return cls(statements if parts.listed else statements[0], parts.version, parts.id)

    @classmethod
    def from_json(cls, source: str | bytes) -> PolicyDocument:
        """Read JSON text strictly. Raises PolicyError for bad JSON, duplicate keys at any depth, and bad grammar."""
        return cls.from_dict(parse_json(source))


def as_tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def text_of(value: Scalar) -> str:
    """A condition value as IAM compares it: `true` and `3600` are written as text."""
    return value if isinstance(value, str) else json.dumps(value)


def distinct(values: Iterator[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def principal_pairs(principals: Principals | None) -> tuple[tuple[str, str], ...]:
    if principals is None:
        return ()
    if principals == "*":
        return (("*", "*"),)
    return tuple((kind, value) for kind, values in principals for value in as_tuple(values))


def normalised_principals(principals: Principals | None) -> Principals | None:
    if principals is None or principals == "*":
        return principals
    return tuple(sorted((kind, distinct(as_tuple(values))) for kind, values in principals))

"""IAM policy documents as immutable values: strict parse, the author's shape kept, canonical output.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal, NamedTuple, NoReturn

from ecrgen.errors import PolicyError

__all__ = ["CONDITION_OPERATORS", "Condition", "PolicyDocument", "Statement", "parse_json"]

Effect = Literal["Allow", "Deny"]
Scalar = str | bool | int | float
Strings = str | tuple[str, ...]
Scalars = Scalar | tuple[Scalar, ...]
Principals = Literal["*"] | tuple[tuple[str, Strings], ...]
ConditionBlock = tuple[tuple[str, tuple[tuple[str, Scalars], ...]], ...]

VERSIONS = ("2012-10-17", "2008-10-17")
DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")
STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
BASE_OPERATORS = frozenset(
    f"{family}{comparison}"
    for family, comparisons in {
        "String": ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"),
        "Numeric": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
        "Date": ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"),
        "Arn": ("Equals", "NotEquals", "Like", "NotLike"),
        "": ("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
    }.items()
    for comparison in comparisons
)
CONDITION_OPERATORS = frozenset(
    f"{qualifier}{operator}{suffix}"
    for qualifier in ("", "ForAllValues:", "ForAnyValue:")
    for operator in BASE_OPERATORS
    for suffix in (("",) if operator == "Null" else ("", "IfExists"))
)


class Condition(NamedTuple):
    """One condition in the normalised view: every value as text, in a tuple."""

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
        return as_tuple(self.action)

    @property
    def not_actions(self) -> tuple[str, ...]:
        return as_tuple(self.not_action)

    @property
    def resources(self) -> tuple[str, ...]:
        return as_tuple(self.resource)

    @property
    def not_resources(self) -> tuple[str, ...]:
        return as_tuple(self.not_resource)

    @property
    def principals(self) -> tuple[tuple[str, str], ...]:
        """Pairs of kind and value; `"Principal": "*"` is `("*", "*")`."""
        return principal_pairs(self.principal)

    @property
    def not_principals(self) -> tuple[tuple[str, str], ...]:
        return principal_pairs(self.not_principal)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(
            Condition(operator, key, tuple(text_of(value) for value in as_tuple(values)))
            for operator, keys in self.condition or ()
            for key, values in keys
        )

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
    def from_dict(cls, data: object, path: str = "Statement") -> Statement:
        """Read one statement of an identity or resource policy. Raises PolicyError at the first fault of grammar."""
        statement = record(data, STATEMENT_ELEMENTS, path)
        effect = statement.get("Effect")
        if effect != "Allow" and effect != "Deny":
            missing = "Effect" not in statement
            fail("a statement needs Effect" if missing else 'must be "Allow" or "Deny"', f"{path}.Effect")
        for element, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
            if element in statement and other in statement:
                fail(f"a statement has {element} or {other}, not both", path)
        if "Action" not in statement and "NotAction" not in statement:
            fail("a statement needs Action or NotAction", path)
        if not {"Resource", "NotResource", "Principal", "NotPrincipal"} & statement.keys():
            fail("a statement needs Resource or NotResource (only a resource policy may leave it out)", path)
        condition = statement.get("Condition")
        return cls(
            effect=effect,
            sid=text(statement["Sid"], f"{path}.Sid") if "Sid" in statement else None,
            principal=read_principals(statement, "Principal", path),
            not_principal=read_principals(statement, "NotPrincipal", path),
            action=strings_of(statement, "Action", path),
            not_action=strings_of(statement, "NotAction", path),
            resource=strings_of(statement, "Resource", path),
            not_resource=strings_of(statement, "NotResource", path),
            condition=read_conditions(condition, f"{path}.Condition") if "Condition" in statement else None,
        )


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """An identity policy or a resource policy. Equal documents have the same shape and the same order.

    `statement` is as written, one statement or a tuple; `statements` is always a tuple.
    """

    statement: Statement | tuple[Statement, ...]
    version: str | None = "2012-10-17"
    id: str | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (self.statement,) if isinstance(self.statement, Statement) else self.statement

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
        return json.dumps(self.to_dict(), indent=indent, separators=None if indent else (",", ":"))

    def normalised(self) -> PolicyDocument:
        """A document to compare: values sorted and distinct, statements in a stable order, Sids kept."""
        statements = sorted((statement.normalised() for statement in self.statements), key=repr)
        return replace(self, statement=tuple(statements), id=self.id)

    @classmethod
    def from_dict(cls, data: object) -> PolicyDocument:
        """Read a document from JSON values. Raises PolicyError, with the place, at the first fault of grammar."""
        document = record(data, DOCUMENT_ELEMENTS, "")
        version = document.get("Version")
        if "Version" in document and version not in VERSIONS:
            fail('must be "2012-10-17" (or the old "2008-10-17")', "Version")
        if "Statement" not in document:
            fail("a policy document needs Statement")
        statement = document["Statement"]
        if isinstance(statement, list):
            if not statement:
                fail("holds no statement", "Statement")
            parsed: Statement | tuple[Statement, ...] = tuple(
                Statement.from_dict(item, f"Statement[{index}]") for index, item in enumerate(statement)
            )
        else:
            parsed = Statement.from_dict(statement)
        return cls(parsed, version, text(document["Id"], "Id") if "Id" in document else None)

    @classmethod
    def from_json(cls, source: str | bytes) -> PolicyDocument:
        """Read JSON text strictly. Raises PolicyError for bad JSON, duplicate keys at any depth, and bad grammar."""
        return cls.from_dict(parse_json(source))


def parse_json(source: str | bytes) -> Any:
    """JSON values of a text, refusing what JSON or IAM forbids: duplicate keys, NaN, lone surrogates.

    Raises PolicyError with line and column.
    """
    try:
        decoded = source if isinstance(source, str) else source.decode("utf-8-sig")
        data = json.loads(decoded, object_pairs_hook=unique_keys, parse_constant=no_constant)
        if "\\u" in decoded or not decoded.isascii():
            json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise PolicyError(f"not JSON: line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise PolicyError("not a policy: nested too deeply") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}") from None
    except UnicodeEncodeError:
        raise PolicyError("holds half of a surrogate pair, which is no character") from None
    except ValueError as error:
        # such as an integer of more digits than Python converts
        raise PolicyError(f"not JSON: {error}") from None
    return data


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise PolicyError(f"duplicate key {json.dumps(key)}; IAM allows a key once per object")
            seen.add(key)
    return out


def no_constant(name: str) -> NoReturn:
    raise PolicyError(f"{name} is not JSON")


def fail(message: str, path: str = "") -> NoReturn:
    raise PolicyError(message, path)


def kind_of(value: object) -> str:
    """What a JSON value is called in a message."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else f"a {type(value).__name__}")


def record(data: object, elements: tuple[str, ...], path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        fail(f"must be an object, not {kind_of(data)}", path)
    for element in data:
        if element not in elements:
            hint = nearest(str(element), elements) or f"one of: {', '.join(elements)}"
            fail(f"no such element; {hint}", f"{path}.{element}" if path else str(element))
    return data


def nearest(given: str, names: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(given, sorted(names), n=1)
    return f"meant {near[0]}?" if near else ""


def text(value: object, path: str) -> str:
    if not isinstance(value, str):
        fail(f"must be a string, not {kind_of(value)}", path)
    return value


def read_strings(value: object, path: str) -> Strings:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        fail(f"must be a string or a list of strings, not {kind_of(value)}", path)
    return tuple(text(item, f"{path}[{index}]") for index, item in enumerate(value))


def strings_of(statement: Mapping[str, object], element: str, path: str) -> Strings | None:
    return read_strings(statement[element], f"{path}.{element}") if element in statement else None


def read_principals(statement: Mapping[str, object], element: str, path: str) -> Principals | None:
    if element not in statement:
        return None
    value = statement[element]
    place = f"{path}.{element}"
    if value == "*":
        return "*"
    if not isinstance(value, dict):
        fail(f'must be "*" or an object such as {{"AWS": …}}, not {kind_of(value)}', place)
    return tuple((text(kind, place), read_strings(who, f"{place}.{kind}")) for kind, who in value.items())


def read_conditions(value: object, path: str) -> ConditionBlock:
    if not isinstance(value, dict):
        fail(f"must be an object, not {kind_of(value)}", path)
    block = []
    for operator, keys in value.items():
        place = f"{path}.{operator}"
        if operator not in CONDITION_OPERATORS:
            fail(f"no such condition operator; {nearest(str(operator), CONDITION_OPERATORS)}".rstrip("; "), place)
        if not isinstance(keys, dict):
            fail(f"must be an object of condition keys, not {kind_of(keys)}", place)
        pairs = ((text(key, place), read_scalars(values, f"{place}.{key}")) for key, values in keys.items())
        block.append((operator, tuple(pairs)))
    return tuple(block)


def read_scalars(value: object, path: str) -> Scalars:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return tuple(read_scalar(item, f"{path}[{index}]") for index, item in enumerate(value))
    return read_scalar(value, path)


def read_scalar(value: object, path: str) -> Scalar:
    if not isinstance(value, str | bool | int | float):
        fail(f"must be a string, a number, true or false, not {kind_of(value)}", path)
    if isinstance(value, float) and not isfinite(value):
        fail("must be a number that JSON can write", path)
    return value


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

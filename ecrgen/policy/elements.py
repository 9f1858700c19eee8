"""The elements of IAM's policy grammar: their names and types, and strict readers of JSON values.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any, Literal, NoReturn

from ecrgen.errors import PolicyError

__all__ = [
    "BASE_OPERATORS",
    "CONDITION_OPERATORS",
    "DOCUMENT_ELEMENTS",
    "STATEMENT_ELEMENTS",
    "VERSIONS",
    "ConditionBlock",
    "Effect",
    "Principals",
    "Scalar",
    "Scalars",
    "Strings",
    "kind_of",
    "parse_json",
    "read_conditions",
]

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

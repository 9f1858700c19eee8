"""The elements of IAM's policy grammar: their names and types, and JSON text.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from typing import Any, Literal, NoReturn

from ecrgen.errors import PolicyError
from ecrgen.messages import HALF_PAIR

__all__ = [
    "DOCUMENT_ELEMENTS",
    "STATEMENT_ELEMENTS",
    "VERSION",
    "VERSIONS",
    "ConditionBlock",
    "Effect",
    "Principals",
    "Scalar",
    "Scalars",
    "Strings",
    "parse_json",
]

Effect = Literal["Allow", "Deny"]
Scalar = str | bool | int | float
Strings = str | tuple[str, ...]
Scalars = Scalar | tuple[Scalar, ...]
Principals = Literal["*"] | tuple[tuple[str, Strings], ...]
ConditionBlock = tuple[tuple[str, tuple[tuple[str, Scalars], ...]], ...]

# The first has variables, the second has them as plain text.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
VERSION = "2012-10-17"
VERSIONS = (VERSION, "2008-10-17")
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


def parse_json(source: str | bytes) -> Any:
    """JSON values of a text, refusing what JSON or IAM forbids: duplicate keys, NaN, lone surrogates.

    Raises PolicyError with line and column.
    """
    try:
        decoded = source if isinstance(source, str) else source.decode("utf-8-sig")
        data = STRICT.decode(decoded)
        if "\\u" in decoded or not decoded.isascii():
            json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise PolicyError(f"not JSON: line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise PolicyError("not a policy: nested too deeply") from None
    except UnicodeDecodeError as error:
        raise PolicyError(f"not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}") from None
    except UnicodeEncodeError:
        raise PolicyError(HALF_PAIR) from None
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


STRICT = json.JSONDecoder(object_pairs_hook=unique_keys, parse_constant=no_constant)

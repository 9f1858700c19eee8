"""The catalog file's format, as data: what `load` checks a file against and what `ecrgen schema` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

from ecrgen.catalog.argument_types import TYPES
from ecrgen.catalog.grantees import GRANTEE_KINDS
from ecrgen.catalog.source import Place
from ecrgen.messages import did_you_mean, quoted, yaml_type
from ecrgen.policy.arn import PARTITIONS
from ecrgen.policy.names import ACCOUNT

__all__ = ["CATALOG", "json_schema", "near", "problems"]


@dataclass(frozen=True, slots=True)
class Text:
    """One scalar; `pattern` must match it whole, and `meaning` says so in words."""

    meaning: str = "text"
    pattern: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at most `most` items, where that is not 0; `or_one` also takes a single item in its place."""

    item: Shape
    or_one: bool = False
    empty: bool = False
    most: int = 0


@dataclass(frozen=True, slots=True)
class MapOf:
    """Names, each with its own value; `names` must match a name whole. At most `most`, where that is not 0."""

    value: Shape
    names: str
    meaning: str
    most: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with these keys and no others."""

    keys: dict[str, Shape] = field(hash=False)
    required: tuple[str, ...] = ()


Shape = Text | Flag | ListOf | MapOf | Record

# of what the value of a tag may hold: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
ID = r"[A-Za-z0-9._/:+=@-]{1,100}"
# short enough that ecrgen.<namespace>.<grant>.<part> stays within the 128 characters of a policy's name
NAME = r"[A-Za-z0-9_-]{1,56}"
# a persona's own options stand beside these on the command line and as keyword arguments
RESERVED = (
    *("account", "all", "as", "catalog", "concurrency", "context", "endpoint_url", "exit_code", "fail_on", "format"),
    *("guard", "guards", "help", "json", "managed", "name", "output", "partition", "plan_digest", "policy", "profile"),
    *("prune", "region", "regions", "self", "state", "to", "value", "yes", "access_analyzer"),
)
PARAMETER_NAME = rf"(?!(?:{'|'.join(RESERVED)})$)[a-z][a-z0-9_]{{0,31}}"
ACTION = r"[a-z0-9-]+:[A-Za-z0-9*?]+"
PERSONA_NAME = r"[a-z][a-z0-9-]{0,63}"
TEMPLATE = r"[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*"
INCLUDE = r"[^/\x00][^\x00]{0,1023}"
URL = r"https://\S+"

argument = ListOf(Text(), or_one=True)
source = Text("an https:// address", URL)
summary = Text("one line of text", r"[^\x00-\x1f\x7f-\x9f]+")
template = Text("a file below templates/, such as pull.json.j2", TEMPLATE)
guards = ListOf(Text("a guard: NAME or NAME=VALUE,…", r"[a-z][a-z0-9-]*(?:=.+)?"), or_one=True, empty=True)
arguments = MapOf(argument, r"[a-z][a-z0-9_]*", "a parameter's name")
grantees = ListOf(Text("a grantee, such as role/NAME, an ARN or account/ID"), or_one=True, empty=True)
account = Text("an account id, 12 digits", ACCOUNT)
region = ListOf(Text("the name of a region, such as us-east-1", "|".join(PARTITIONS.values())), or_one=True, most=100)

parameter: dict[str, Shape] = {
    "type": Text("a parameter type", choices=tuple(TYPES)),
    "many": Flag(),
    "pattern": Text("a regular expression"),
    "help": summary,
}
expectation = Record(
    {
        "with": arguments,
        "guards": guards,
        "to": grantees,
        "as": Text("a principal's ARN"),
        "context": MapOf(argument, r"\S+", "a condition key"),
        "allow": ListOf(Text("OPERATION [RESOURCE]"), or_one=True),
        "deny": ListOf(Text("OPERATION [RESOURCE]"), or_one=True),
    }
)
persona = Record(
    {
        "summary": summary,
        "source": source,
        "template": template,
        "policy": Text("where its statements stand", choices=("identity", "registry")),
        "to": ListOf(Text("a kind of grantees", choices=GRANTEE_KINDS), or_one=True),
        "managed_policy": Text("the name of an AWS managed policy", r"[\w+=,.@/-]+"),
        "parameters": MapOf(
            Record({**parameter, "default": argument, "required": Flag()}, required=("type",)),
            PARAMETER_NAME,
            "lower-case letters, digits and _, and not an option's own name such as region",
        ),
        "expect": ListOf(expectation),
    },
    required=("summary", "template"),
)
guard = Record(
    {
        "summary": summary,
        "source": source,
        "template": template,
        "parameter": Record(parameter, required=("type",)),
        "caution": summary,
        "for": Text("who can meet it", choices=("identities", "services")),
        "breaks": ListOf(Text("an action, such as ecr:GetAuthorizationToken or ecr:*", r"\*|" + ACTION), or_one=True),
    },
    required=("summary", "template"),
)
# HEAD, GET … and the path below /v2/REPOSITORY/ of the registry, or the name of an API's operation
REQUEST = r"(?:HEAD|GET|POST|PATCH|PUT|DELETE) \S+|[A-Za-z]+"
client_request = Record(
    {
        "request": Text("a request, such as HEAD blobs/DIGEST or CreateRepository", REQUEST),
        "actions": ListOf(Text("an action, such as ecr:PutImage", ACTION), or_one=True),
        "shows": summary,
    },
    required=("request", "actions", "shows"),
)
operation = Record(
    {
        "summary": summary,
        "source": source,
        "needs": ListOf(Text("an operation's name"), or_one=True),
        "actions": ListOf(Text("an action, such as ecr:PutImage", ACTION), or_one=True),
        "on": Text("what its actions are on", choices=("repository", "registry")),
        "message": summary,
        "clients": MapOf(ListOf(client_request), PERSONA_NAME, "lower-case letters, digits and -"),
    },
    required=("actions", "on"),
)
grant = Record(
    {
        "persona": Text("a persona's name"),
        "with": arguments,
        "guards": guards,
        "to": grantees,
        "managed": Flag(),
        "account": account,
        "region": region,
        "through": Text("where other accounts are let in", choices=("registry",)),
    },
    required=("persona",),
)
ignore = Record(
    {
        "code": Text("the code of a finding, such as ECR_PUBLIC_ACCESS", r"[A-Z][A-Z0-9_]*"),
        "where": ListOf(Text("the name of a persona or a grant", NAME), or_one=True),
        "because": summary,
    },
    required=("code", "where", "because"),
)
named_account = Record(
    {
        "id": account,
        "profile": Text("the name of a profile of the AWS configuration", summary.pattern),
        "role": Text("the ARN of a role to assume"),
    },
    required=("id",),
)
CATALOG = Record(
    {
        "version": Text("the version of this format", choices=("1",)),
        "extends": Text("the name of a catalog to build on", choices=("builtin",)),
        "include": ListOf(
            Text("a file or pattern below this one, such as grants/*.yaml", INCLUDE), or_one=True, most=100
        ),
        "namespace": Text("1 to 56 letters, digits, _ and -", NAME),
        "id": Text("1 to 100 letters, digits and . _ / : + = @ -", ID),
        "account": account,
        "accounts": MapOf(named_account, NAME, "1 to 56 letters, digits, _ and -"),
        "region": region,
        "partition": Text("a partition", choices=tuple(PARTITIONS)),
        "new_regions": region,
        "personas": MapOf(persona, PERSONA_NAME, "lower-case letters, digits and -"),
        "guards": MapOf(guard, PERSONA_NAME, "lower-case letters, digits and -"),
        "operations": MapOf(operation, PERSONA_NAME, "lower-case letters, digits and -", most=200),
        "grants": MapOf(grant, NAME, "1 to 56 letters, digits, _ and -"),
        "ignore": ListOf(ignore),
    },
    required=("version",),
)


class Problem(NamedTuple):
    """A place where a file is not of the format, and what would be right; `usable` if what is around it can be read."""

    place: Place
    message: str
    usable: bool = False


def problems(value: Any, shape: Shape, place: Place = ()) -> Iterator[Problem]:
    """Every place where a file's values are not of the format, with what would be right."""
    match shape:
        case Text():
            if not isinstance(value, str):
                yield Problem(place, f"must be {shape.meaning}, not {yaml_type(value)}")
            elif shape.choices and value not in shape.choices:
                yield Problem(place, f"{quoted(value)}: must be {shape.meaning}; {near(value, shape.choices)}")
            elif shape.pattern and not re.fullmatch(shape.pattern, value):
                yield Problem(place, f"{quoted(value)}: must be {shape.meaning}")
        case Flag():
            if value not in ("true", "false"):
                given = quoted(value) if isinstance(value, str) else yaml_type(value)
                yield Problem(place, f"must be true or false, not {given}")
        case ListOf():
            if shape.or_one and not isinstance(value, list):
                yield from problems(value, shape.item, place)
            elif not isinstance(value, list):
                yield Problem(place, f"must be a list, not {yaml_type(value)}")
            elif not value and not shape.empty:
                yield Problem(place, "the list is empty; leave the key out or give it an item")
            elif shape.most and len(value) > shape.most:
                yield Problem(place, f"has {len(value)} items, and {shape.most} are the most")
            else:
                for index, item in enumerate(value):
                    yield from problems(item, shape.item, (*place, index))
        case MapOf():
            if value is None:
                return  # a section with all its entries commented out
            if not isinstance(value, dict):
                yield Problem(place, f"must be a mapping of names, not {yaml_type(value)}")
                return
            if shape.most and len(value) > shape.most:
                yield Problem(place, f"has {len(value)} entries, and {shape.most} are the most")
                return
            for name, item in value.items():
                if not re.fullmatch(shape.names, name):
                    yield Problem((*place, name), f"{quoted(name)} is no name here: {shape.meaning}")
                yield from problems(item, shape.value, (*place, name))
        case Record():
            yield from record_problems(value, shape, place)
        case _:
            assert_never(shape)


def record_problems(value: Any, shape: Record, place: Place) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(
            place, f"must be a mapping with {', '.join(shape.required or shape.keys)}, not {yaml_type(value)}"
        )
        return
    for key, item in value.items():
        if key in shape.keys:
            yield from problems(item, shape.keys[key], (*place, key))
        else:
            yield Problem((*place, key), f"no such key; {near(key, tuple(shape.keys))}", usable=True)
    for key in shape.required:
        if key not in value:
            yield Problem(place, f"no {key}; {expected(shape.keys[key])}", usable=not place)


def expected(shape: Shape) -> str:
    match shape:
        case Text(choices=choices) if choices:
            return f"one of: {', '.join(choices)}" if len(choices) > 1 else f"the only one is {choices[0]}"
        case Text(meaning=meaning):
            return meaning
        case ListOf(item=item):
            return f"a list, each {expected(item)}"
        case Flag():
            return "true or false"
        case MapOf() | Record():
            return "a mapping"
        case _:
            assert_never(shape)


def near(given: str, choices: tuple[str, ...]) -> str:
    """`meant X?` for a likely slip, else what there is to choose from in a catalog."""
    if not choices:
        return "the catalog has none; `extends: builtin` brings those of ecrgen"
    return did_you_mean(given, choices)


# Of version 1 of the format: a name that stays, and needs no host that somebody would have to keep.
SCHEMA_ID = "urn:uuid:71c64b44-ed46-4f71-979c-10d11e9f03dd"


def json_schema() -> dict[str, Any]:
    """The format as JSON Schema (2020-12), for editors and other tools."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "ecrgen catalog",
        **schema_of(CATALOG),
    }


def schema_of(shape: Shape) -> dict[str, Any]:
    match shape:
        case Text(choices=("1",)):
            return {"const": 1, "description": shape.meaning}
        case Text():
            out: dict[str, Any] = {"type": "string", "description": shape.meaning}
            if shape.choices:
                out["enum"] = list(shape.choices)
            elif shape.pattern:
                out["pattern"] = f"^(?:{shape.pattern})$"
            elif shape.meaning == "text":
                # an argument: editors read an unquoted 3600 or true as a number or a boolean
                out["type"] = ["string", "integer", "boolean"]
            return out
        case Flag():
            return {"type": "boolean"}
        case ListOf():
            items = schema_of(shape.item)
            many: dict[str, Any] = {"type": "array", "items": items, **({} if shape.empty else {"minItems": 1})}
            if shape.most:
                many["maxItems"] = shape.most
            return {"anyOf": [items, many]} if shape.or_one else many
        case MapOf():
            return {
                # null is a section with all its entries commented out
                "type": ["object", "null"],
                "propertyNames": {"pattern": f"^(?:{shape.names})$"},
                "additionalProperties": schema_of(shape.value),
                **({"maxProperties": shape.most} if shape.most else {}),
            }
        case Record():
            return {
                "type": "object",
                "properties": {key: schema_of(value) for key, value in shape.keys.items()},
                "required": list(shape.required),
                "additionalProperties": False,
            }
        case _:
            assert_never(shape)

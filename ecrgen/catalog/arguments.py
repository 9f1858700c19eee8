"""Arguments: what the parameters of a persona or a guard are given, one or several values of the parameter's type."""

from __future__ import annotations

from dataclasses import dataclass

from ecrgen.catalog.argument_types import TYPES, Tag, Value, everyone
from ecrgen.catalog.patterns import automaton
from ecrgen.messages import quoted
from ecrgen.policy.regions import is_region, no_region

__all__ = ["Argument", "Parameter", "coerce"]

Argument = Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a persona or a guard needs: of what type, and how many.

    `many` takes one or more values, each of which `pattern` must match whole. `default` is already a value.
    `new_regions` are regions that the catalog takes beside those that are known.
    """

    name: str
    type: str
    help: str = ""
    many: bool = False
    required: bool = True
    default: Argument | None = None
    pattern: str | None = None
    new_regions: tuple[str, ...] = ()


# Types whose values Python code may give as an int.
NUMBERS = ("integer", "duration", "account")


def coerce(parameter: Parameter, given: object) -> Argument:
    """The argument that a caller's value makes: a text (or bool or int where the type is), or for `many` a list.

    Raises ValueError, in words, for a value the type refuses.
    """
    if isinstance(given, list | tuple):
        if not parameter.many:
            raise ValueError("takes one value, not a list")
        if not given:
            raise ValueError("needs at least one value")
        values = tuple(dict.fromkeys(coerce_one(parameter, item) for item in given))
        if parameter.type == "cidr" and everyone(map(str, values)):
            raise ValueError("name every public address together, which guards nothing")
        return values
    value = coerce_one(parameter, given)
    return (value,) if parameter.many else value


def coerce_one(parameter: Parameter, given: object) -> Value:
    match given:
        case bool() if parameter.type == "boolean":
            text = "true" if given else "false"
        case int() if parameter.type in NUMBERS:
            text = str(given)
        case str() | Tag():
            text = str(given)
        case _:
            raise ValueError(f"must be {TYPES[parameter.type].summary}, such as {TYPES[parameter.type].example}")
    if parameter.pattern is not None and not automaton(parameter.pattern).fullmatch(text):
        raise ValueError(f"{quoted(text)}: must match {parameter.pattern}")
    try:
        value = TYPES[parameter.type].parse(text)
        must_exist(region_in(parameter.type, text), parameter.new_regions)
    except ValueError as error:
        raise ValueError(f"{quoted(text)}: {error}") from None
    return value


def region_in(kind: str, text: str) -> str:
    """The region that a value of a type names; empty for none."""
    match kind:
        case "region":
            return text
        case "arn" | "arn-pattern":
            return text.split(":")[3]
        case _:
            return ""


def must_exist(named: str, new_regions: tuple[str, ...]) -> None:
    """Raises ValueError, with the nearest name, for the name of a region that AWS does not have."""
    if named and not is_region(named, new_regions):
        raise ValueError(no_region(named))

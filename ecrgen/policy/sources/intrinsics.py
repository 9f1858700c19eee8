"""CloudFormation's intrinsic functions, as far as a template alone tells what they give.

What hangs on parameters, on conditions, on other stacks or on where the stack is made stays open: it becomes a hole,
`${Name}` in a text. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ecrgen.errors import PolicyError
from ecrgen.policy.elements import STATEMENT_ELEMENTS
from ecrgen.policy.paths import Steps, path_of
from ecrgen.policy.sources.found import Hole

__all__ = ["resolved_policy"]

# Deeper than any policy and any function in it.
MAX_DEPTH = 64
SUBSTITUTE = re.compile(r"\$\{(!?)([^${}]*)\}")
# The name that Ref gives for a resource, and the ARN's form, where the template names the resource itself.
ARNS = {
    "AWS::ECR::Repository": (
        "RepositoryName",
        "arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:${{AWS::AccountId}}:repository/{}",
    ),
    "AWS::IAM::Role": ("RoleName", "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{path}{}"),
    "AWS::IAM::User": ("UserName", "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:user{path}{}"),
}
NOTHING = object()
# Elements that are asked for what they are: with a hole in their place, the statement says nothing that can be judged.
WHOLE = frozenset(STATEMENT_ELEMENTS) - {"Sid", "Action", "NotAction", "Resource", "NotResource"}


class Open(str):
    """A text that is a hole as a whole: no more is known of it than what it hangs on."""

    __slots__ = ()


class Resolver:
    """Resolves one policy of a template, and keeps what stays open."""

    def __init__(self, resources: Mapping[str, Any]) -> None:
        self.resources = resources
        self.holes: list[Hole] = []
        self.depth = 0

    def value(self, data: Any, steps: Steps) -> Any:
        """The value without functions: JSON values, Open for a hole, or NOTHING for what is removed."""
        if self.depth > MAX_DEPTH:
            raise PolicyError(f"nested more than {MAX_DEPTH} deep", path_of(steps[:4]))
        self.depth += 1
        found = self.resolved(data, steps)
        self.depth -= 1
        return found

    def resolved(self, data: Any, steps: Steps) -> Any:
        if isinstance(data, dict):
            function = str(next(iter(data))) if len(data) == 1 else ""
            if function == "Ref" or function.startswith("Fn::"):
                return self.called(function, data[function], steps)
            pairs = {key: self.value(one, (*steps, key)) for key, one in data.items()}
            return {key: one for key, one in pairs.items() if one is not NOTHING}
        if isinstance(data, list):
            items: list[Any] = []
            for one in data:
                found = self.value(one, (*steps, len(items)))
                items += () if found is NOTHING else (found,)
            return items
        return data

    def called(self, function: str, argument: Any, steps: Steps) -> Any:
        match function, argument:
            case "Ref", "AWS::NoValue":
                return NOTHING
            case "Ref", str():
                return self.reference(argument, steps)
            case "Fn::GetAtt", str():
                return self.attribute(argument, steps)
            case "Fn::GetAtt", [str() as name, str() as attribute]:
                return self.attribute(f"{name}.{attribute}", steps)
            case "Fn::Sub", str():
                return self.substituted(argument, {}, steps)
            case "Fn::Sub", [str() as text, dict() as names]:
                return self.substituted(text, names, steps)
            case "Fn::Join", [str() as between, list() as parts]:
                return self.joined(between, parts, steps)
            case _:
                return self.hole(function, steps)

    def joined(self, between: str, parts: Sequence[Any], steps: Steps) -> Any:
        texts = [text for one in parts if (text := self.value(one, steps)) is not NOTHING]
        if all(isinstance(text, str) for text in texts):
            return between.join(str(text) for text in texts)
        return self.hole("Fn::Join", steps)

    def reference(self, name: str, steps: Steps) -> Any:
        kind, properties = self.resource(name)
        given = properties.get(ARNS[kind][0]) if kind in ARNS else None
        return given if isinstance(given, str) else self.hole(name, steps)

    def attribute(self, text: str, steps: Steps) -> Any:
        name, _, attribute = text.partition(".")
        kind, properties = self.resource(name)
        if kind in ARNS and attribute == "Arn":
            key, form = ARNS[kind]
            given, path = properties.get(key), properties.get("Path", "/")
            if isinstance(given, str) and isinstance(path, str):
                return self.substituted(form.format(given, path=path), {}, steps)
        return self.hole(text, steps)

    def substituted(self, text: str, names: Mapping[str, Any], steps: Steps) -> Any:
        """Fn::Sub: `${Name}` and `${Name.Attribute}` replaced, `${!Name}` a literal `${Name}`."""

        def replaced(match: re.Match[str]) -> Any:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in names:
                found = self.value(names[name], steps)
            else:
                found = self.attribute(name, steps) if "." in name else self.reference(name, steps)
            return found if isinstance(found, str) else self.hole(name, steps)

        whole = SUBSTITUTE.fullmatch(text)
        return replaced(whole) if whole else SUBSTITUTE.sub(replaced, text)

    def resource(self, name: str) -> tuple[str, Mapping[str, Any]]:
        """The type and the properties of a resource; none of one that a condition may leave out."""
        found = self.resources.get(name)
        if not isinstance(found, dict) or "Condition" in found:
            return "", {}
        properties = found.get("Properties")
        return str(found.get("Type")), properties if isinstance(properties, dict) else {}

    def hole(self, name: str, steps: Steps) -> Open:
        words = re.sub(r"[^A-Za-z0-9:._-]", "_", name) or "_"
        self.holes.append(Hole(steps, words))
        return Open(f"${{{words}}}")


def resolved_policy(data: Any, resources: Mapping[str, Any]) -> tuple[Any, tuple[Hole, ...]]:
    """A policy of a template without functions, and its holes; None where nothing of it is known.

    A statement of which an element that must be known is open is left out, and the hole that says so has no steps.
    Raises PolicyError.
    """
    resolver = Resolver(resources)
    policy = resolver.value(data, ())
    holes = tuple(resolver.holes)
    if policy is NOTHING or isinstance(policy, Open):
        return None, holes or (Hole((), "AWS::NoValue"),)
    if not isinstance(policy, dict) or "Statement" not in policy:
        return policy, holes
    if isinstance(policy.get("Version"), Open):
        del policy["Version"]
    given = policy["Statement"]
    statements = given if isinstance(given, list) else [given]
    places = [index for index, statement in enumerate(statements) if not unknown(statement)]
    kept = [without_open_sid(statements[index]) for index in places]
    if statements and not kept:
        return None, holes
    policy["Statement"] = kept if isinstance(given, list) else kept[0]
    return policy, tuple(moved(hole, places) for hole in holes)


def unknown(statement: Any) -> bool:
    """True for a statement that is a hole, or has one where something must be known."""
    if not isinstance(statement, dict):
        return isinstance(statement, Open)
    known = [statement[name] for name in WHOLE & statement.keys()]
    conditions = statement.get("Condition")
    known += conditions.values() if isinstance(conditions, dict) else ()
    return any(isinstance(value, Open) for value in known)


def without_open_sid(statement: Any) -> Any:
    if isinstance(statement, dict) and isinstance(statement.get("Sid"), Open):
        return {key: value for key, value in statement.items() if key != "Sid"}
    return statement


def moved(hole: Hole, places: Sequence[int]) -> Hole:
    """A hole with its steps in what is left of the policy; without steps where its statement was left out."""
    match hole.steps:
        case ("Statement", int() as index, *rest):
            return Hole(("Statement", places.index(index), *rest) if index in places else (), hole.words)
        case _:
            return hole

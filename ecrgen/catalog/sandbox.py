"""The jinja environment of templates: JSON with JSON values in it, nothing to call but ARNs and macros, and an end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.loaders import split_template_path
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, StrictUndefined, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

from ecrgen.catalog.files import text_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn

__all__ = ["EndlessError", "bounded", "environment"]

# A policy is a few thousand characters; a template that writes a million has no end.
MAX_OUTPUT = 1_000_000
MAX_NUMBER = 2**64
FILTERS = ("default", "first", "last", "length", "list", "sort", "unique")


class EndlessError(Exception):
    """A template makes more than any policy has."""


@lru_cache(maxsize=32)
def environment(directory: Path) -> jinja2.Environment:
    """The environment of the templates below a directory; each is compiled once."""
    env = _Environment(loader=_Templates(directory), undefined=StrictUndefined, finalize=to_json, auto_reload=False)
    env.globals.clear()
    env.globals["arn"] = arn
    env.filters = {name: env.filters[name] for name in FILTERS}
    env.filters["string"] = string
    env.filters["repository_arn"] = repository_arn
    return env


class _Templates(jinja2.BaseLoader):
    """The templates below one directory, as `ecrgen.catalog.files` lets them be read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        path = self.directory.joinpath(*split_template_path(template))
        try:
            return text_of(self.directory, path), str(path), None
        except EcrgenError as error:
            raise EcrgenError(f"{template}: {error}") from None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise jinja2.TemplateNotFound(template) from None
        except OSError as error:
            raise EcrgenError(f"{template}: cannot be read: {error.strerror}") from None


class _Environment(SandboxedEnvironment):
    """The sandbox, with nothing to call but macros and ecrgen's own functions, and no values without an end."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def compile(self, source: Any, name: Any = None, filename: Any = None, *rest: Any, **options: Any) -> Any:
        tree = _Joins().visit(self.parse(source, name, filename))
        for node in tree.find_all((nodes.CallBlock, nodes.FilterBlock)):
            message = "{% call %} and {% filter %} write what is no JSON; use {{ … }}"
            raise jinja2.TemplateSyntaxError(message, node.lineno, name, filename)
        return super().compile(tree.set_environment(self), name, filename, *rest, **options)

    def is_safe_callable(self, obj: Any) -> bool:
        return obj in self.globals.values() or isinstance(obj, Macro | LoopContext | BlockReference)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) < MAX_NUMBER
        sequences = any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, list, tuple))
        if sequences and operator == "+":
            if len(left) + len(right) > MAX_OUTPUT:
                raise EndlessError(f"makes more than {MAX_OUTPUT} characters or items")
        elif not numbers or operator == "**":
            raise TypeError(f"{operator} is for whole numbers in a template, + and ~ also for text, ** for none")
        return super().call_binop(context, operator, left, right)


class _Joins(NodeTransformer):
    """`a ~ b` as the sum of two texts, for the sandbox to see it."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 (jinja's name for it)
        texts: list[nodes.Expr] = [
            nodes.Filter(self.visit(each), "string", [], [], None, None, lineno=node.lineno) for each in node.nodes
        ]
        return reduce(lambda left, right: nodes.Add(left, right, lineno=node.lineno), texts)


def bounded(pieces: Iterable[str]) -> str:
    """The pieces as one text. Raises EndlessError as soon as they are too long."""
    out, length = [], 0
    for piece in pieces:
        out.append(piece)
        length += len(piece)
        if length > MAX_OUTPUT:
            raise EndlessError(f"writes more than {MAX_OUTPUT} characters")
    return "".join(out)


def to_json(value: Any) -> str:
    """A value as JSON between tabs, which JSON allows between tokens and forbids inside a string."""
    if isinstance(value, Undefined):
        str(value)  # raises UndefinedError with the name
    if not isinstance(value, str):
        measure(value)
    return f"\t{json.dumps(value)}\t"


def measure(value: Any) -> None:
    """Raises EndlessError for a list of lists of lists …, which may be small and yet write without an end."""
    waiting, length = [value], 0
    while waiting:
        item = waiting.pop()
        length += len(item) if isinstance(item, str) else 1
        if length > MAX_OUTPUT:
            raise EndlessError(f"writes more than {MAX_OUTPUT} characters")
        if isinstance(item, list | tuple):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend((*item, *item.values()))


def string(value: Any) -> str:
    """The filter `string`: a text, a number or true and false as text."""
    if isinstance(value, list | tuple | dict):
        raise TypeError("a list or a mapping is no text")
    return value if isinstance(value, str) else to_json(value).strip("\t")


@jinja2.pass_context
def repository_arn(context: Context, repository: Any) -> Any:
    """The ARN of a repository, or of each of several, in every region: one as a string, several as a list.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    """
    return one_or_list(
        str(Arn(context["partition"], "ecr", region, context["account"], f"repository/{text(name)}"))
        for region in context["regions"]
        for name in as_list(repository)
    )


@jinja2.pass_context
def arn(context: Context, service: str, resource: Any, region: str = "", account: str | None = None) -> Any:
    """The ARN of a resource, or of each of several, in the target's partition and, unless said, account."""
    owner = context["account"] if account is None else account
    return one_or_list(
        str(Arn(context["partition"], text(service), text(region), text(owner), text(name)))
        for name in as_list(resource)
    )


def as_list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple | list) else (value,)


def text(value: Any) -> str:
    if not isinstance(value, str):
        if isinstance(value, Undefined):
            str(value)  # raises UndefinedError with the name
        raise TypeError(f"an ARN is made of text, not of {json.dumps(value, default=str)}")
    return value


def one_or_list(arns: Iterable[str]) -> str | list[str]:
    out = list(arns)
    if not out:
        raise TypeError("an ARN of nothing; the list is empty")
    return out[0] if len(out) == 1 else out

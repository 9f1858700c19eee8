"""The jinja environment of templates: JSON with JSON values in it, nothing to call but ARNs and macros, and an end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sized
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.filters import do_sort, sync_do_unique
from jinja2.lexer import Token, TokenStream
from jinja2.loaders import split_template_path
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, StrictUndefined, Undefined
from jinja2.sandbox import SandboxedEnvironment

from ecrgen.catalog.budget import (
    CHARACTERS,
    MAX_OUTPUT,
    MAX_TOKENS,
    SEQUENCES,
    EndlessError,
    budget,
    charge,
    measure,
)
from ecrgen.catalog.files import text_of
from ecrgen.catalog.metering import FILTERS, MAX_NUMBER, metered
from ecrgen.errors import EcrgenError
from ecrgen.policy.arn import Arn

__all__ = ["bounded", "environment"]

SUMMED = 4  # items that one step puts into a sum
OF_ARN = 8
OF_SORTING = 10
MARKS = ("{{", "{%", "{#")
TOO_MANY = f"has more than {MAX_TOKENS} names, signs and texts; divide it"
PLAIN_FILTERS = ("default", "first", "last", "length")


@lru_cache(maxsize=32)
def environment(directory: Path) -> jinja2.Environment:
    """The environment of the templates below a directory; each is compiled once."""
    env = _Environment(
        loader=_Templates(directory),
        undefined=StrictUndefined,
        finalize=to_json,
        auto_reload=False,
        optimized=False,  # which would run a part of the template before there is a budget
    )
    env.globals.clear()
    env.globals["arn"] = arn
    env.filters = {name: env.filters[name] for name in PLAIN_FILTERS}
    env.filters.update(FILTERS)
    env.filters["list"] = listed
    env.filters["sort"] = sort
    env.filters["unique"] = unique
    env.filters["string"] = string
    env.filters["repository_arn"] = repository_arn
    env.filters["public_repository_arn"] = public_repository_arn
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
    """The sandbox, with nothing to call but macros and ecrgen's own functions, and a budget for all that runs."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.tokens: dict[str, int] = {}  # of each template that is compiled, by its name

    def _tokenize(self, source: str, name: Any, filename: Any = None, state: Any = None) -> TokenStream:
        if sum(map(source.count, MARKS)) > MAX_TOKENS:
            raise jinja2.TemplateSyntaxError(TOO_MANY, 1, name, filename)
        stream = super()._tokenize(source, name, filename, state)
        return TokenStream(self.few(stream, name, filename), name, filename)

    def few(self, tokens: Iterable[Token], name: Any, filename: Any) -> Iterator[Token]:
        """The tokens. Raises TemplateSyntaxError where they are more than a rendering has, before any more is read."""
        for count, token in enumerate(tokens, 1):
            if count > MAX_TOKENS:
                raise jinja2.TemplateSyntaxError(TOO_MANY, token.lineno, name, filename)
            self.tokens[name] = count
            yield token

    def compile(
        self, source: Any, name: Any = None, filename: Any = None, raw: Any = False, defer_init: bool = False
    ) -> Any:
        try:
            tree = metered(self.parse(source, name, filename), name, filename)
            tree.set_environment(self)
            return super().compile(tree, name, filename, raw, defer_init)
        except RecursionError:
            raise EcrgenError(f"{name}: is nested too deeply; divide it") from None

    def _load_template(self, name: str, globals: Any) -> jinja2.Template:
        budget().load(name)
        template = super()._load_template(name, globals)
        budget().compiled(name, self.tokens.get(name, 0))
        return template

    def is_safe_callable(self, obj: Any) -> bool:
        return obj in self.globals.values() or isinstance(obj, Macro | LoopContext | BlockReference)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        charge(obj)  # of what cannot be called, the message shows all
        used = budget()
        used.enter()
        try:
            return super().call(context, obj, *args, **kwargs)
        finally:
            used.depth -= 1

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) < MAX_NUMBER
        sequences = any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, list, tuple))
        if sequences and operator == "+":
            length = len(left) + len(right)
            if length > MAX_OUTPUT:
                raise EndlessError(f"makes more than {MAX_OUTPUT} characters or items")
            budget().spend(1 + length // (CHARACTERS if isinstance(left, str) else SUMMED))
        elif not numbers or operator == "**":
            raise TypeError(f"{operator} is for whole numbers in a template, + and ~ also for text, ** for none")
        return super().call_binop(context, operator, left, right)


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
    return f"\t{json.dumps(value)}\t"


@jinja2.pass_environment
def sort(environment: jinja2.Environment, value: Any, *args: Any, **named: Any) -> list[Any]:
    """The filter `sort`, which looks at each item once for each doubling of their number."""
    items = listed(value)
    budget().spend(OF_SORTING + len(items).bit_length() * measure(items))
    return do_sort(environment, items, *args, **named)


@jinja2.pass_environment
def unique(environment: jinja2.Environment, value: Any, *args: Any, **named: Any) -> list[Any]:
    """The filter `unique`, as a list."""
    budget().spend(OF_SORTING)
    return list(sync_do_unique(environment, listed(value), *args, **named))


def listed(value: Any) -> list[Any]:
    """The filter `list`: a list of a text's characters, a mapping's keys, or the items of a list."""
    if isinstance(value, Sized):
        budget().spend(len(value))
    return list(value)


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
    partition, account = context["partition"], context["account"]
    prefixes = [str(Arn(partition, "ecr", region, account, "repository/")) for region in context["regions"]]
    return one_or_list(prefix + text(name) for prefix in prefixes for name in as_list(repository))


@jinja2.pass_context
def public_repository_arn(context: Context, repository: Any) -> Any:
    """The ARN of a repository of ECR Public, or of each of several. It has no region: a public registry is global.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistrypublic.html
    Raises EcrgenError in a partition other than `aws`, where there is no ECR Public.
    """
    if context["partition"] != "aws":
        raise EcrgenError(f"partition {context['partition']} has no ECR Public; only partition aws has")
    prefix = str(Arn("aws", "ecr-public", "", context["account"], "repository/"))
    return one_or_list(prefix + text(name) for name in as_list(repository))


@jinja2.pass_context
def arn(context: Context, service: str, resource: Any, region: Any = "", account: Any = None) -> Any:
    """The ARN of a resource in the target's partition and, unless said, account.

    Of several resources, regions or accounts, the ARN of each resource in each region of each account.
    """
    owners = as_list(context["account"] if account is None else account)
    return one_or_list(
        str(Arn(context["partition"], text(service), text(place), text(owner), text(name)))
        for owner in owners
        for place in as_list(region)
        for name in as_list(resource)
    )


def as_list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, SEQUENCES) else (value,)


def text(value: Any) -> str:
    if not isinstance(value, str):
        if isinstance(value, Undefined):
            str(value)  # raises UndefinedError with the name
        raise TypeError(f"an ARN is made of text, not of {json.dumps(value, default=str)}")
    return value


def one_or_list(arns: Iterable[str]) -> str | list[str]:
    out, used = [], budget()
    for each in arns:
        used.spend(OF_ARN + measure(each))
        out.append(each)
    if not out:
        raise TypeError("an ARN of nothing; the list is empty")
    return out[0] if len(out) == 1 else out

"""The jinja environment of templates: JSON with JSON values in it, nothing to call but ARNs and macros, and an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.lexer import Token, TokenStream
from jinja2.loaders import split_template_path
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, StrictUndefined, Undefined
from jinja2.sandbox import SandboxedEnvironment

from ecrgen.catalog.budget import (
    CHARACTERS,
    MAX_OUTPUT,
    MAX_TOKENS,
    EndlessError,
    budget,
)
from ecrgen.catalog.files import text_of
from ecrgen.catalog.functions import FUNCTIONS, arn, to_json
from ecrgen.catalog.metering import FILTERS, MAX_NUMBER, metered
from ecrgen.catalog.source import named
from ecrgen.errors import EcrgenError

__all__ = ["bounded", "environment"]

SUMMED = 4  # items that one step puts into a sum
MARKS = ("{{", "{%", "{#")
TOO_MANY = f"has more than {MAX_TOKENS} names, signs and texts; divide it"
NO_NAME = "a template is included by its name, which is a text"
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
    env.filters.update(FUNCTIONS)
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
            raise EcrgenError(f"{named(template)}: {error}") from None
        except UnicodeDecodeError:
            raise EcrgenError(f"{named(template)}: not UTF-8 text") from None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):  # ValueError: of no file at all
            raise jinja2.TemplateNotFound(template) from None
        except OSError as error:
            raise EcrgenError(f"{named(template)}: cannot be read: {error.strerror}") from None


class _Template(jinja2.Template):
    """A template whose rendering within another's counts as a call: Python's stack never ends before the budget."""

    @classmethod
    def _from_namespace(cls, environment: Any, namespace: Any, globals: Any) -> Any:
        made = super()._from_namespace(environment, namespace, globals)
        root = made.root_render_func

        def within(context: Context) -> Iterator[str]:
            used = budget()
            used.enter()
            try:
                yield from root(context)
            finally:
                used.depth -= 1

        made.root_render_func = within
        return made


class _Environment(SandboxedEnvironment):
    """The sandbox, with nothing to call but macros and ecrgen's own functions, and a budget for all that runs."""

    template_class = _Template

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

    def get_or_select_template(
        self, template_name_or_list: Any, parent: str | None = None, globals: Any = None
    ) -> jinja2.Template:
        names = template_name_or_list
        if not isinstance(names, str | list | tuple | Undefined):
            raise TypeError(NO_NAME)
        return super().get_or_select_template(template_name_or_list, parent, globals)

    def join_path(self, template: Any, parent: str) -> Any:
        if not isinstance(template, str | Undefined):
            raise TypeError(NO_NAME)
        return template

    def is_safe_callable(self, obj: Any) -> bool:
        return obj in self.globals.values() or isinstance(obj, Macro | LoopContext | BlockReference)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(obj, Undefined) and not self.is_safe_callable(obj):
            raise TypeError("only arn, macros and blocks can be called in a template; values have no methods")
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

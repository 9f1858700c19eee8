"""Typer's tricks: a function's options and arguments as typer has them, and typer without what it is slow at"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache, partial
from typing import Any, get_type_hints

import typer
from typer.core import TyperCommand

from ecrgen.cli.options import CatalogFiles

__all__ = [
    "Run",
    "build",
    "catalog_ahead",
    "catalog_parameter",
    "context_parameter",
    "grouped",
    "info_of",
    "light",
    "metavar_of",
    "own_parameters",
    "set_signature",
    "spellings",
]

Run = Callable[..., None]


def context_parameter() -> inspect.Parameter:
    return inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)


def catalog_parameter() -> inspect.Parameter:
    return inspect.Parameter("catalog", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=CatalogFiles)


def own_parameters(run: Run) -> list[inspect.Parameter]:
    """The typer options and arguments of `run(call, …)`, as keywords, those of a dataclass in its place."""
    own: list[inspect.Parameter] = []
    for parameter in signature(run):
        kind = parameter.annotation
        if is_dataclass(kind):
            hints = get_type_hints(kind, include_extras=True)
            own += (
                parameter.replace(name=each.name, default=default_of(each), annotation=hints[each.name])
                for each in fields(kind)
            )
        else:
            own.append(parameter)
    return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]


def default_of(field: Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default


def grouped(run: Run, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of typer's options as `run` takes them: those of a dataclass as one."""
    arguments = dict(values)
    for parameter in signature(run):
        make: Any = parameter.annotation
        if is_dataclass(parameter.annotation):
            names = [each.name for each in fields(parameter.annotation)]
            arguments[parameter.name] = make(**{name: arguments.pop(name) for name in names})
    return arguments


@cache
def signature(run: Run) -> tuple[inspect.Parameter, ...]:
    """The parameters of `run` after its call."""
    return tuple(inspect.signature(run, eval_str=True).parameters.values())[1:]


def info_of(parameter: inspect.Parameter) -> object:
    return next(iter(getattr(parameter.annotation, "__metadata__", ())), None)


def spellings(parameter: inspect.Parameter) -> set[object]:
    """How an option is spelled on the command line; nothing for an argument."""
    info = info_of(parameter)
    if not isinstance(info, typer.models.OptionInfo):
        return set()
    return {info.default, *(info.param_decls or ())}  # in Annotated, typer has the first spelling as the default


def takes_no_value(parameter: inspect.Parameter) -> bool:
    return getattr(parameter.annotation, "__origin__", None) is bool


def metavar_of(argument: inspect.Parameter) -> str:
    metavar = str(getattr(info_of(argument), "metavar", ""))
    return metavar if argument.default is inspect.Parameter.empty else f"[{metavar}]"


def set_signature(callback: Any, parameters: list[inspect.Parameter]) -> None:
    callback.__signature__ = inspect.Signature(parameters)
    callback.__annotations__ = {}


def build(callback: Any, parameters: list[inspect.Parameter], name: str, help_text: str | None) -> TyperCommand:
    set_signature(callback, parameters)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name or None, help=help_text)(callback)
    command: TyperCommand = light(typer.main.get_command(app))
    return command


def light(command: Any) -> Any:
    """The command, whose text options stay text: typer would load pydantic (about 55 ms) to turn str into str."""
    get_params = command.get_params

    def light_params(ctx: Any) -> list[Any]:
        parameters: list[Any] = get_params(ctx)
        for parameter in parameters:
            original = getattr(parameter, "get_runtime_param", None)
            if original is not None and "get_runtime_param" not in vars(parameter):
                vars(parameter)["get_runtime_param"] = partial(_Light, parameter, original)
            if parameter.param_type_name == "argument":  # of which help shows the Python type, beside its name
                vars(parameter)["display_type_rich"] = lambda ctx: None
        return parameters

    vars(command)["get_params"] = light_params
    return command


@dataclass(frozen=True)
class _Light:
    """Stands in for typer's coercion where there is nothing to coerce; everything else goes to the original."""

    parameter: Any
    original: Callable[[], Any]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if isinstance(value, bool) or self.parameter.type_descriptor.annotation in (str, list[str]):
            return value
        return self.original().coerce(value, param=param, ctx=ctx)


def catalog_ahead(run: Run, args: list[str]) -> tuple[list[str], list[str]]:
    """The values of --catalog among arguments that are yet to be read, and the other arguments.

    The catalog says which options may follow, so it has to be known before they are read. Nothing after `--` counts,
    nor what is the value of an option: all of them take one, but for the flags of `run`.
    """
    flags = {each for one in own_parameters(run) if takes_no_value(one) for each in spellings(one)} | {"-h", "--help"}
    found, others, waiting = [], [], list(args)
    while waiting and waiting[0] != "--":
        text = waiting.pop(0)
        option, equals, value = text.partition("=")
        if text in ("-c", "--catalog") and waiting:
            found.append(waiting.pop(0))
        elif option == "--catalog" and equals:
            found.append(value)
        elif text.startswith("-c") and text != "-c":
            found.append(text.removeprefix("-c"))
        else:
            others.append(text)
            is_option = text[:2] == "--" if len(text) > 2 else text[:1] == "-" and len(text) == 2
            if is_option and not equals and text not in flags and waiting:
                others.append(waiting.pop(0))
    return found, others + waiting

"""Typer's tricks, all of them here: commands loaded when used, and a subcommand for every persona.

A command is a function `run(call, …)`, whose other parameters are typer options and arguments, or dataclasses of
options that go together. `persona_group` makes it a group with a subcommand for each persona of the catalog, that
persona's parameters standing beside run's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, partial
from importlib import import_module
from typing import Annotated, Any, ClassVar, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from ecrgen.catalog.model import Persona
from ecrgen.cli.call import Call, catalog_of, option_name
from ecrgen.cli.escape import line

__all__ = ["Command", "LazyGroup", "info_of", "light", "own_parameters"]

Run = Callable[..., None]
# Before a persona's parameter, so that none is taken for a parameter of `run` or for a word of Python such as `from`.
ARGUMENT = "argument_"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the module that has its `run`, and with `personas`, what `persona_group` is to know."""

    module: str
    personas: bool = False
    group_only: tuple[str, ...] = ()
    instead: str = ""

    def built(self, name: str) -> Any:
        """The command as typer has it."""
        run = import_module(self.module).run
        return persona_group(run, name, self.group_only, self.instead) if self.personas else plain_command(run, name)


class LazyGroup(TyperGroup):
    """A group of commands, each imported when used."""

    table: ClassVar[Mapping[str, Command]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self.table[cmd_name].built(cmd_name) if cmd_name in self.table else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # typer looks for near names among the commands it has already built
        self.commands.update(dict.fromkeys(self.table))  # type: ignore[arg-type]
        return super().resolve_command(ctx, args)


def plain_command(run: Run, name: str) -> TyperCommand:
    """A command without personas: `run(call, **options)`."""

    def callback(ctx: typer.Context, **values: Any) -> None:
        run(Call(ctx, None, {}), **grouped(run, values))

    return build(callback, [context_parameter(), *own_parameters(run)], name, run.__doc__)


def persona_group(run: Run, name: str, group_only: tuple[str, ...] = (), instead: str = "") -> TyperGroup:
    """A group with a subcommand for each persona. Without a persona, `run` gets a call with persona None.

    Options may stand before the persona as well as after it; those of `group_only`, and those whose name a parameter
    of the persona has, only before: a parameter keeps its name when a command gets a new option. Where run takes
    arguments, a persona has to be named, or `instead` given: the name of an option that stands in a persona's place.
    """
    parameters = own_parameters(run)
    options = [parameter for parameter in parameters if isinstance(info_of(parameter), typer.models.OptionInfo)]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    def callback(ctx: typer.Context, **values: Any) -> None:
        if ctx.invoked_subcommand is None:
            run(Call(ctx, None, {}), **grouped(run, values))

    set_signature(callback, [context_parameter(), *options])
    arguments = " ".join(metavar_of(parameter) for parameter in parameters if parameter not in options)
    app.callback(
        cls=_PersonaGroup,
        invoke_without_command=not instead,
        help=run.__doc__,
        subcommand_metavar=f"PERSONA|{option_name(instead)} … {arguments}" if instead else "[PERSONA] …",
    )(callback)
    group: _PersonaGroup = light(typer.main.get_group(app))
    group.name, group.run, group.group_only, group.instead = name, run, group_only, instead
    return group


class _PersonaGroup(TyperGroup):
    run: Run
    group_only: tuple[str, ...]
    instead: str

    def list_commands(self, ctx: Any) -> list[str]:
        return list(catalog_of(ctx).personas)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        catalog = catalog_of(ctx)
        if cmd_name in catalog.personas:
            return persona_command(self, catalog.personas[cmd_name])
        return None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        catalog = catalog_of(ctx)
        option = option_name(self.instead)
        if self.instead and (ctx.params.get(self.instead) or any(arg.partition("=")[0] == option for arg in args)):
            return f"{option} …", persona_command(self, None), args  # a name is what its usage line shows
        if not args[0].startswith("-"):
            catalog.persona(args[0])  # raises with the nearest name
        return super().resolve_command(ctx, args)


def persona_command(group: _PersonaGroup, persona: Persona | None) -> TyperCommand:
    def callback(ctx: typer.Context, **values: Any) -> None:
        arguments = {}
        for name in persona.parameters if persona else ():
            value = values.pop(ARGUMENT + name)
            if value not in (None, []):
                arguments[name] = value
        for name, value in (ctx.parent.params if ctx.parent else {}).items():
            source = ctx.get_parameter_source(name)
            if source is None or source.name == "DEFAULT":  # not given after the persona
                values[name] = value
        group.run(Call(ctx, persona.name if persona else None, arguments), **grouped(group.run, values))

    own = [] if persona is None else [option_of(name, persona) for name in persona.parameters]
    named = {option_name(name) for name in persona.parameters} if persona else set()
    shared = [
        parameter
        for parameter in own_parameters(group.run)
        if parameter.name not in group.group_only and named.isdisjoint(spellings(parameter))
    ]
    name, help_text = (persona.name, line(persona.summary)) if persona else ("", group.run.__doc__)
    return build(callback, [context_parameter(), *own, *shared], name, help_text)


def option_of(name: str, persona: Persona) -> inspect.Parameter:
    parameter = persona.parameters[name]
    needed = "required" if parameter.required else "optional"
    help_text = f"{parameter.help or parameter.type} ({needed}{', repeatable' if parameter.many else ''})"
    option = typer.Option(option_name(name), metavar=parameter.type.upper(), help=line(help_text), show_default=False)
    annotation: Any = list[str] | None if parameter.many else str | None
    return inspect.Parameter(
        ARGUMENT + name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, option]
    )


def context_parameter() -> inspect.Parameter:
    return inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)


def own_parameters(run: Run) -> list[inspect.Parameter]:
    """The typer options and arguments of `run(call, …)`, as keywords, those of a dataclass in its place."""
    own: list[inspect.Parameter] = []
    for parameter in signature(run):
        kind = parameter.annotation
        if is_dataclass(kind):
            hints = get_type_hints(kind, include_extras=True)
            own += (
                parameter.replace(name=each.name, default=each.default, annotation=hints[each.name])
                for each in fields(kind)
            )
        else:
            own.append(parameter)
    return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]


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

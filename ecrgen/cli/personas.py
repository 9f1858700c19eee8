"""A command with a subcommand for each persona of the catalog and for each grant.

A persona's parameters stand beside those that the command's own `run` has.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ecrgen.catalog.model import Grant, Persona
from ecrgen.cli.call import Call, catalog_of, fixed, grant_words, named, option_name
from ecrgen.cli.escape import line
from ecrgen.cli.parameters import (
    Run,
    build,
    catalog_ahead,
    catalog_parameter,
    context_parameter,
    grouped,
    info_of,
    light,
    metavar_of,
    own_parameters,
    set_signature,
    spellings,
)
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words

__all__ = ["persona_group"]

# Before a persona's parameter, so that none is taken for a parameter of `run` or for a word of Python such as `from`.
ARGUMENT = "argument_"
# The help of a command names so many grants; completion knows all of them.
MAX_GRANTS = 20


def persona_group(
    run: Run, name: str, group_only: tuple[str, ...] = (), instead: tuple[str, ...] = (), help_text: str = ""
) -> TyperGroup:
    """A group with a subcommand for each persona and each grant. Without one, `run` gets a call that names neither.

    Options may stand before the persona as well as after it; those of `group_only`, and those whose name a parameter
    of the persona has, only before: a parameter keeps its name when a command gets a new option. A grant takes no
    arguments: the catalog fixes them. Where run takes arguments, a persona or a grant has to be named, or one of
    `instead` given: the names of options that stand in the place of one.
    """
    parameters = own_parameters(run)
    options = [parameter for parameter in parameters if isinstance(info_of(parameter), typer.models.OptionInfo)]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    def callback(ctx: typer.Context, **values: Any) -> None:
        values.pop("catalog")
        if ctx.invoked_subcommand is None and instead:
            given = any(ctx.params[name] for name in instead)
            missing = arguments if given else in_words(["a persona", "a grant", *map(option_name, instead)], "or")
            raise EcrgenError(f"{name}: needs {missing}; `ecrgen {name} --help` says what there is")
        if ctx.invoked_subcommand is None:
            run(Call(ctx, None, {}), **grouped(run, values))

    set_signature(callback, [context_parameter(), *options, catalog_parameter()])
    arguments = " ".join(metavar_of(parameter) for parameter in parameters if parameter not in options)
    app.callback(
        cls=_PersonaGroup,
        invoke_without_command=True,
        help=help_text,
        subcommand_metavar=f"[PERSONA|GRANT] … {arguments if instead else ''}".rstrip(),
    )(callback)
    group: _PersonaGroup = light(typer.main.get_group(app))
    group.name, group.run, group.group_only, group.instead = name, run, group_only, instead
    return group


class _PersonaGroup(TyperGroup):
    run: Run
    group_only: tuple[str, ...]
    instead: tuple[str, ...]

    def list_commands(self, ctx: Any) -> list[str]:
        catalog = catalog_of(ctx)
        return [*catalog.personas, *catalog.grants]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        catalog = catalog_of(ctx)
        if cmd_name in catalog.personas:
            return persona_command(self, catalog.personas[cmd_name])
        return grant_command(self, catalog.grants[cmd_name]) if cmd_name in catalog.grants else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        ahead, args = catalog_ahead(self.run, args)
        if ahead:
            ctx.params["catalog"] = [*(ctx.params.get("catalog") or ()), *ahead]
        catalog = catalog_of(ctx)
        for name in self.instead:
            option = option_name(name)
            if ctx.params.get(name) or any(arg.partition("=")[0] == option for arg in args):
                return f"{option} …", persona_command(self, None), args  # a name is what its usage line shows
        if not args[0].startswith("-"):
            named(catalog, args[0])  # raises with the nearest name
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        catalog = catalog_of(ctx)
        personas = [(name, line(persona.summary)) for name, persona in catalog.personas.items()]
        grants = [(name, line(grant_words(grant))) for name, grant in catalog.grants.items()]
        if len(grants) > MAX_GRANTS:
            grants = [*grants[:MAX_GRANTS], ("…", f"and {len(grants) - MAX_GRANTS} more, which `ecrgen list` shows")]
        for title, rows in (("Personas", personas), ("Grants", grants)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def persona_command(group: _PersonaGroup, persona: Persona | None) -> TyperCommand:
    """The command for a persona, which takes its parameters; for None, the one without a persona."""

    def callback(ctx: typer.Context, **values: Any) -> None:
        arguments = {}
        for name in persona.parameters if persona else ():
            value = values.pop(ARGUMENT + name)
            if value not in (None, []):
                arguments[name] = value
        call = Call(ctx, persona.name if persona else None, arguments)
        group.run(call, **grouped(group.run, with_those_before(ctx, values)))

    own = [] if persona is None else [option_of(name, persona) for name in persona.parameters]
    taken = {option_name(name) for name in persona.parameters} if persona else set()
    shared = [parameter for parameter in shared_parameters(group) if taken.isdisjoint(spellings(parameter))]
    name, help_text = (persona.name, line(persona.summary)) if persona else ("", group.help)
    return build(callback, [context_parameter(), *own, *shared], name, help_text)


def grant_command(group: _PersonaGroup, grant: Grant) -> TyperCommand:
    """The command for a grant. It knows the persona's options only to say that the catalog fixes what they say."""

    def callback(ctx: typer.Context, **values: Any) -> None:
        for parameter in own:
            if values.pop(parameter.name) not in (None, []):
                raise EcrgenError(fixed(grant, option_name(parameter.name.removeprefix(ARGUMENT))))
        group.run(Call(ctx, None, {}, grant), **grouped(group.run, with_those_before(ctx, values)))

    shared = shared_parameters(group)
    taken = {spelling for parameter in shared for spelling in spellings(parameter)}
    named = [name for name in grant.persona.parameters if option_name(name) not in taken]
    own = [option_of(name, grant.persona, hidden=True) for name in named]
    return build(callback, [context_parameter(), *own, *shared], grant.name, line(grant_words(grant)))


def shared_parameters(group: _PersonaGroup) -> list[inspect.Parameter]:
    """The options and arguments of a group's command that may stand after the name of a persona or grant."""
    own = (parameter for parameter in own_parameters(group.run) if parameter.name not in group.group_only)
    return [*own, catalog_parameter()]


def with_those_before(ctx: typer.Context, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a command's options, with those that stand before the name where none stands after it."""
    given = dict(values)
    for name, value in (ctx.parent.params if ctx.parent else {}).items():
        source = ctx.get_parameter_source(name)
        if source is None or source.name == "DEFAULT":  # not given after the name
            given[name] = value
    given.pop("catalog", None)  # catalog_of finds it in the context
    return given


def option_of(name: str, persona: Persona, *, hidden: bool = False) -> inspect.Parameter:
    parameter = persona.parameters[name]
    needed = "required" if parameter.required else "optional"
    help_text = f"{parameter.help or parameter.type} ({needed}{', repeatable' if parameter.many else ''})"
    option = typer.Option(
        option_name(name), metavar=parameter.type.upper(), help=line(help_text), show_default=False, hidden=hidden
    )
    annotation: Any = list[str] | None if parameter.many else str | None
    return inspect.Parameter(
        ARGUMENT + name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, option]
    )

"""The commands as typer has them: each loaded when used

A command is a function `run(call, …)`, whose other parameters are typer options and arguments, or dataclasses of
options that go together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from ecrgen.cli.call import Call
from ecrgen.cli.output import say
from ecrgen.cli.parameters import (
    Run,
    build,
    catalog_parameter,
    context_parameter,
    grouped,
    light,
    own_parameters,
)
from ecrgen.cli.personas import persona_group

__all__ = ["Command", "LazyGroup"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the module that has its `run`, and with `personas`, what `persona_group` is to know.

    Or a group of `commands`, in the package of that name. One with `catalog` reads it, and takes
    --catalog, too. `help` is for people: a sentence, which the list of commands shows, and what more there is to say,
    as paragraphs.
    """

    module: str
    help: str
    personas: bool = False
    catalog: bool = True
    group_only: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    commands: Mapping[str, Command] = field(default_factory=dict)

    def built(self, name: str) -> Any:
        """The command as typer has it."""
        if self.commands:
            return command_group(name, self.help, self.commands)
        run = import_module(self.module).run
        if self.personas:
            return persona_group(run, name, self.group_only, self.instead, self.help)
        return plain_command(run, name, self.help, catalog=self.catalog)


class LazyGroup(TyperGroup):
    """A group of commands, each imported when used."""

    table: ClassVar[Mapping[str, Command]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self.table[cmd_name].built(cmd_name) if cmd_name in self.table else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help.partition("\n")[0]) for name, command in self.table.items()])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("interrupted: no file and no policy is half written, so the same command can be run again")
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # typer looks for near names among the commands it has already built
        self.commands.update(dict.fromkeys(self.table))  # type: ignore[arg-type]
        return super().resolve_command(ctx, args)


def command_group(name: str, help_text: str, commands: Mapping[str, Command]) -> TyperGroup:
    """A group of commands, one of which has to be named."""
    kind = type("Group", (LazyGroup,), {"table": commands})
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.callback(cls=kind, help=help_text, no_args_is_help=True)(lambda: None)
    group: TyperGroup = light(typer.main.get_group(app))
    group.name = name
    return group


def plain_command(run: Run, name: str, help_text: str, *, catalog: bool) -> TyperCommand:
    """A command without personas: `run(call, **options)`."""

    def callback(ctx: typer.Context, **values: Any) -> None:
        values.pop("catalog", None)  # catalog_of finds it in the context
        run(Call(ctx, None, {}), **grouped(run, values))

    shared = [catalog_parameter()] if catalog else []
    return build(callback, [context_parameter(), *own_parameters(run), *shared], name, help_text)

"""The floor of a cold start: a bare typer app with ecrgen's commands, jinja2 and yaml, that renders nothing."""

from __future__ import annotations

from typing import Annotated

import jinja2
import typer
import yaml

app = typer.Typer()
Repo = Annotated[list[str], typer.Option("--repo")]


@app.command("list")
def list_() -> None:
    """Personas and guards."""


@app.command()
def show(name: str) -> None:
    """One persona."""


@app.command()
def render(persona: str, repo: Repo) -> None:
    """What would be the policy."""
    print(persona, repo, jinja2.__name__, yaml.__name__)


@app.command()
def check(name: str) -> None:
    """Findings."""


@app.command()
def can(persona: str, operation: str) -> None:
    """An answer."""


@app.command()
def diff(old: str, new: str) -> None:
    """The difference."""


@app.command()
def plan() -> None:
    """What would be done."""


@app.command()
def apply() -> None:
    """Do it."""


@app.command()
def schema() -> None:
    """The schema."""


@app.command()
def init() -> None:
    """A catalog."""


if __name__ == "__main__":
    app()

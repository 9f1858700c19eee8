"""Consent: a person says yes, or --yes does, before anything is written"""

from __future__ import annotations

import sys

import typer

from ecrgen.errors import EcrgenError

__all__ = ["confirm", "confirm_name"]


def confirm(question: str, yes: bool) -> None:
    """Ask a person; without one, and without --yes, nothing may be done. Raises EcrgenError, or Exit for a no."""
    if yes:
        return
    somebody_there()
    if not typer.confirm(question, err=True):
        typer.echo("nothing was done", err=True)
        raise typer.Exit(1)


def confirm_name(what: str, name: str, yes: bool) -> None:
    """Ask a person to type a name, as `confirm` asks for a yes."""
    if yes:
        return
    somebody_there()
    if typer.prompt(f"{what}? Type {name} to go on", default="", show_default=False, err=True).strip() != name:
        typer.echo(f"that is not {name}, so nothing was done", err=True)
        raise typer.Exit(1)


def somebody_there() -> None:
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):  # None: it is closed
        raise EcrgenError("nobody to ask at this terminal, so nothing was done; give --yes to go ahead unasked")

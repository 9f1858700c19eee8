"""The words that a person reads: help texts are short sentences, and help fits a narrow terminal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from command_line import EVERY, PROJECT, ecrgen, wordy
from typer.core import TyperOption
from typer.main import get_command
from typer.models import ArgumentInfo, OptionInfo

from ecrgen import Catalog
from ecrgen.cli.main import app
from ecrgen.cli.options import CatalogFiles
from ecrgen.cli.parameters import info_of, own_parameters

LONGEST = 200
BUILTIN = Catalog.load()


def infos(name: str) -> Iterator[tuple[str, OptionInfo | ArgumentInfo]]:
    """The options and arguments of a command."""
    for parameter in own_parameters(import_module(EVERY[name].module).run):
        info = info_of(parameter)
        assert isinstance(info, OptionInfo | ArgumentInfo)
        yield parameter.name, info


@pytest.mark.parametrize("name", EVERY)
def test_help_is_written_for_people(name: str) -> None:
    """Each command says in one line what it does, and no docstring of the code is shown."""
    command = EVERY[name]
    first, *more = command.help.split("\n\n")
    assert re.fullmatch(r"[A-Z][^\n]{10,85}\.", first)
    assert all(re.fullmatch(r"[A-Z][^\n]+\.", paragraph) and len(paragraph) <= LONGEST for paragraph in more)
    *group, own = name.split()
    shown = " ".join(ecrgen(*group, own, "--help").out.split())
    assert first in shown
    assert first in " ".join(ecrgen(*group, "--help").out.split())
    assert " ".join(str(import_module(command.module).run.__doc__).split()) not in shown


@pytest.mark.parametrize("name", EVERY)
def test_every_option_says_what_it_is_for(name: str) -> None:
    """No option and no argument is without a sentence of its own, of 200 characters at the most."""
    described = {parameter: str(info.help or "") for parameter, info in infos(name)}
    described["catalog"] = str(CatalogFiles.__metadata__[0].help)
    assert {parameter: text for parameter, text in described.items() if not re.fullmatch(r"\S.{9,}\.", text)} == {}
    assert {parameter: len(text) for parameter, text in described.items() if len(text) > LONGEST} == {}


def test_the_options_of_all_commands_are_documented() -> None:
    """docs/commands.md begins with what stands before a command; no option of it is hidden or without help."""
    page = (PROJECT / "docs/commands.md").read_text().partition("\n## ")[0]
    own = [each for each in get_command(app).params if isinstance(each, TyperOption)]
    assert len(own) > 3
    for option in own:
        assert re.fullmatch(r"\S.{9,}\.", option.help or "")
        assert not option.hidden
        assert all(re.search(rf"^ .*{each}(?![\w-])", page, re.MULTILINE) for each in option.opts)


@pytest.mark.parametrize("name", BUILTIN.personas)
def test_the_options_of_a_persona_say_what_they_are_for(name: str) -> None:
    """Every parameter of a built-in persona has a text in the help, and its summary fits a line."""
    persona = BUILTIN.personas[name]
    shown = " ".join(ecrgen("render", name, "--help").out.split())
    assert all(parameter.help and parameter.help in shown for parameter in persona.parameters.values())


def test_summaries_are_short() -> None:
    """What list, help and completion show of a built-in persona, guard or operation is a phrase of a line."""
    things = (*BUILTIN.personas.values(), *BUILTIN.guards.values(), *BUILTIN.operations.values())
    assert [thing.name for thing in things if not 10 <= len(thing.summary) <= 72] == []


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that are sentences, with their lines: no docstrings, no expressions, no files.

    A value in a text counts as ten characters.
    """
    tree = ast.parse(path.read_text())
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=values):
                text = "".join(str(each.value) if isinstance(each, ast.Constant) else "x" * 10 for each in values)
            case ast.Constant(value=str(text)) if id(node) not in inner:
                pass
            case _:
                continue
        if re.search(r"[a-z,] [a-z]", text) and not re.search(r"\n|\(\?|\\|\w\|\w", text):
            yield node.lineno, text


def test_no_message_is_long() -> None:
    """No text of the code that a person may read has more than 200 characters; what it quotes comes on top."""
    found = [(path.name, *each) for path in (PROJECT / "ecrgen").rglob("*.py") for each in texts(path)]
    assert len(found) > 500
    assert [each for each in found if len(each[2]) > LONGEST] == []
    assert wordy("error: " + "word " * 50 + "\nnote: " + "'word '" * 50 + " arn:aws:iam::1" * 50 + "\n") == [
        "error: " + "word " * 50
    ]


@pytest.mark.parametrize("name", ["", "stackset", *EVERY])
def test_help_fits_sixty_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 60 columns no line of help is longer, and nothing is cut off."""
    monkeypatch.setenv("COLUMNS", "60")
    result = ecrgen(*name.split(), "--help")
    assert result.code == 0
    assert [line for line in result.out.splitlines() if len(line) > 60] == []
    assert "..." not in result.out.partition("\n\n")[2]  # after the usage

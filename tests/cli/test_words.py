"""The words that a person reads: help texts are short sentences, and help fits a narrow terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from command_line import ecrgen
from typer.models import ArgumentInfo, OptionInfo

from ecrgen.cli.main import COMMANDS
from ecrgen.cli.options import CatalogFiles
from ecrgen.cli.parameters import info_of, own_parameters

LONGEST = 200


def infos(name: str) -> Iterator[tuple[str, OptionInfo | ArgumentInfo]]:
    """The options and arguments of a command."""
    for parameter in own_parameters(import_module(COMMANDS[name].module).run):
        info = info_of(parameter)
        assert isinstance(info, OptionInfo | ArgumentInfo)
        yield parameter.name, info


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_written_for_people(name: str) -> None:
    """Each command says in one line what it does, and no docstring of the code is shown."""
    command = COMMANDS[name]
    first, *more = command.help.split("\n\n")
    assert re.fullmatch(r"[A-Z][^\n]{10,85}\.", first)
    assert all(re.fullmatch(r"[A-Z][^\n]+\.", paragraph) and len(paragraph) <= LONGEST for paragraph in more)
    shown = " ".join(ecrgen(name, "--help").out.split())
    assert first in shown
    assert first in " ".join(ecrgen("--help").out.split())
    assert " ".join(str(import_module(command.module).run.__doc__).split()) not in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_for(name: str) -> None:
    """No option and no argument is without a sentence of its own, of 200 characters at the most."""
    described = {parameter: str(info.help or "") for parameter, info in infos(name)}
    described["catalog"] = str(CatalogFiles.__metadata__[0].help)
    assert {parameter: text for parameter, text in described.items() if not re.fullmatch(r"\S.{9,}\.", text)} == {}
    assert {parameter: len(text) for parameter, text in described.items() if len(text) > LONGEST} == {}


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_sixty_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 60 columns no line of help is longer, and nothing is cut off."""
    monkeypatch.setenv("COLUMNS", "60")
    result = ecrgen(*filter(None, (name, "--help")))
    assert result.code == 0
    assert [line for line in result.out.splitlines() if len(line) > 60] == []
    assert "..." not in result.out.partition("\n\n")[2]  # after the usage

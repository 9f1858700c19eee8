"""The table of commands: nothing is missing from it, and nothing of it from the documentation."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from command_line import EVERY
from typer.models import ArgumentInfo, OptionInfo

from ecrgen.cli import main
from ecrgen.cli.parameters import info_of, own_parameters

TOP = Path(__file__).parents[2]


def test_every_module_with_a_command_is_in_the_table() -> None:
    """What has a `run` is a command, under its module's name, and every command is documented in its module."""
    room = Path(str(main.__file__)).parent
    paths = [path.relative_to(room).with_suffix("").parts for path in room.rglob("*.py") if path.stem != "__init__"]
    modules = {" ".join(parts): import_module(".".join(("ecrgen.cli", *parts))) for parts in paths}
    runs = {name: module.run for name, module in modules.items() if hasattr(module, "run")}
    modules_of = {name: f"ecrgen.cli.{name.replace(' ', '.')}" for name in runs}
    assert {name: command.module for name, command in EVERY.items()} == modules_of
    assert [name for name, run in runs.items() if not run.__doc__] == []


@pytest.mark.parametrize("name", EVERY)
def test_every_command_is_documented(name: str) -> None:
    """docs/commands.md has every command, with each of its options and arguments; README or a page of docs uses it."""
    page = (TOP / "docs/commands.md").read_text()
    section = re.search(rf"^##+ {name}\n(.*?)(?=^## |^### |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert not re.search(r"<(str|list)", section[1])  # Python's types mean nothing to who reads help
    run = import_module(EVERY[name].module).run
    for parameter in own_parameters(run):
        match info_of(parameter):
            case OptionInfo() as option:
                declared = (option.default, *option.param_decls)  # in Annotated, typer has the first as default
                names = [each for each in declared if isinstance(each, str) and each.startswith("--")]
                assert names
                assert all(re.search(rf"^ .*{each}(?![\w-])", section[1], re.MULTILINE) for each in names)
            case ArgumentInfo(metavar=metavar):
                assert str(metavar) in section[1]
            case other:
                pytest.fail(f"{name}: {parameter.name}: {other} is no option and no argument")
    pages = [path.read_text() for path in (TOP / "README.md", *TOP.glob("docs/*.md")) if path.name != "commands.md"]
    assert any(re.search(rf"\becrgen( -c \S+)? {name}\b", text) for text in pages)

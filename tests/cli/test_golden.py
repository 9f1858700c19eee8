"""What a person sees of each command: at 60, 100 and 200 columns, with and without colours, and in a pipe.

`pytest tests/cli/test_golden.py --renew` writes tests/golden/ anew, to be read before it is committed.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest
from command_line import at_terminal, ecrgen

from ecrgen.cli.main import COMMANDS

GOLDEN = Path(__file__).parents[1] / "golden"
WIDTHS = (60, 100, 200)
LONGEST = 80  # lines of an output
# By the name of the file; a command is represented by what reads differently, not by each of its options.
RUNS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "show": (
        "show push",
        "show node-pull",
        "show payments-ci",
        "show source-ip",
        "show ECR_PUBLIC_ACCESS",
        "show pusch",
    ),
    "render": (
        "render payments-dev",
        "-c empty.yaml render pull --repo team/web --guard mfa --format compact",
        "render --all -o policies",
        "render payments-ci --repo other",
        "render pull --repo 'team/*' --guard via=cloudformation --account 1234",
        "-c wrong.yaml render --all",
    ),
    "check": (
        "check",
        "check policy.json",
        "check --fail-on suggestion --ignore ECR_PUBLIC_ACCESS pull push",
        "check policy.jsn",
    ),
    "can": (
        "can pull --repo team/web pull team/web",
        "can pull --repo team/web push team/web",
        "can payments-ci push payments/api",
        "can --policy policy.json ecr:PutImage payments/api",
        "can pull",
    ),
    "explain": (
        "explain 'denied: User: arn:aws:sts::111122223333:assumed-role/ci/job is not authorized to perform: "
        "ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:111122223333:repository/team/web because no "
        "identity-based policy allows the ecr:InitiateLayerUpload action'",
        "explain 'no basic auth credentials'",
        "explain hello",
    ),
    "diff": ("diff old.json new.json", "diff old.json old.json", "diff - -"),
    "schema": ("schema",),
    "init": ("init", "init new.yaml"),
}
ONLINE = {"plan", "apply", "history", "rollback", "destroy"}


@pytest.fixture(autouse=True)
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with colours, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def begin() -> None:
    """The working directory as every run finds it: catalogs, policies and an account's snapshot."""
    for path in Path().iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(GOLDEN / "site", ".", dirs_exist_ok=True)


def test_every_command_has_golden_output() -> None:
    """No command is without an example of what a person sees of it, and no file is without its runs."""
    assert RUNS.keys() >= COMMANDS.keys() - ONLINE
    assert {path.stem for path in GOLDEN.glob("*.txt")} == RUNS.keys()


@pytest.mark.parametrize("name", RUNS)
def test_what_a_person_sees(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is what tests/golden/ has, which was read by somebody; `--renew` writes it."""
    made = "".join(part for command in RUNS[name] for part in seen(command, monkeypatch))
    file = GOLDEN / f"{name}.txt"
    if request.config.getoption("--renew"):
        file.write_text(made)
    known = file.read_text()
    assert made == known, "\n".join(unified_diff(known.splitlines(), made.splitlines(), "golden", "now", n=1))


def seen(command: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A command with its output in a pipe, whose standard error comes last, and at terminals."""
    words = shlex.split(command)
    begin()
    code, out, err = ecrgen(*words)
    yield f"$ ecrgen {command}\n"
    yield from block("in a pipe", out)
    yield from block("on standard error", err)
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        begin()
        coloured = at_terminal(*words)
        yield from block(f"at {width} columns", with_names(coloured[1]))
        with monkeypatch.context() as plain:
            plain.setenv("NO_COLOR", "1")
            begin()
            assert at_terminal(*words) == (code, ESCAPE.sub("", coloured[1]))
    yield f"exit {code}\n\n"


ESCAPE = re.compile(r"\x1b\[(\d*)m")
NAMES = {"0": "</>", "1": "<bold>", "31": "<red>", "32": "<green>", "33": "<yellow>", "36": "<cyan>"}


def with_names(text: str) -> str:
    """The text with its colours by name."""
    return ESCAPE.sub(lambda match: NAMES[match[1]], text)


def block(title: str, text: str) -> Iterator[str]:
    """An output under its title; of a long one the beginning."""
    lines = text.splitlines()
    if lines:
        yield f"-- {title}\n"
        yield from (f"{line}\n" for line in lines[:LONGEST])
        yield from (["…\n"] if len(lines) > LONGEST else [])

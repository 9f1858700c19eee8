"""What a person sees of a command, as tests/golden/ has it: in a pipe, and at terminals with and without colours.

`pytest tests/cli/test_golden.py tests/aws/test_golden_account.py --renew` writes it anew, to be read before it is
committed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from difflib import unified_diff
from pathlib import Path

import pytest
from command_line import at_terminal, ecrgen

__all__ = ["GOLDEN", "agree", "seen", "with_names"]

GOLDEN = Path(__file__).parents[1] / "golden"
WIDTHS = (60, 100, 200)
LONGEST = 80  # lines of an output
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
DIGEST = re.compile(r"\b[0-9a-f]{16,64}\b")
ESCAPE = re.compile(r"\x1b\[(\d*)m")
NAMES = {"0": "</>", "1": "<bold>", "31": "<red>", "32": "<green>", "33": "<yellow>", "36": "<cyan>"}


def agree(name: str, made: str, request: pytest.FixtureRequest) -> None:
    """Fail where the output is not what the file of that name has; with --renew, write it."""
    file = GOLDEN / f"{name}.txt"
    if request.config.getoption("--renew"):
        file.write_text(made)
    known = file.read_text()
    difference = "\n".join(unified_diff(known.splitlines(), made.splitlines(), "golden", "now", n=1))
    assert made == known, f"{difference}\nWhere it is better now, renew it with --renew, and read the difference."


def seen(
    command: str, monkeypatch: pytest.MonkeyPatch, begin: Callable[[], None], answer: str | None = None
) -> Iterator[str]:
    """A command with its output in a pipe, whose standard error comes last, and at terminals.

    Each run is in the state that `begin` makes. With an `answer`, somebody types that, and there is nobody at a pipe.
    """
    words = shlex.split(command)
    begin()
    code, out, err = ecrgen(*words)
    yield f"$ ecrgen {command}\n"
    yield from block("in a pipe", out)
    yield from block("on standard error", err)
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        begin()
        code_there, coloured = at_terminal(*words, answer=answer or "")
        assert answer is not None or code_there == code
        yield from block(f"at {width} columns", with_names(coloured))
        with monkeypatch.context() as plain:
            plain.setenv("NO_COLOR", "1")
            begin()
            assert at_terminal(*words, answer=answer or "") == (code_there, ESCAPE.sub("", coloured))
    yield f"exit {code}\n\n" if answer is None else f"exit {code_there}\n\n"


def with_names(text: str) -> str:
    """The text with its colours by name, and no time of today and no digest."""
    named = ESCAPE.sub(lambda match: NAMES[match[1]], text)
    return DIGEST.sub("0123456789abcdef", MOMENT.sub("2026-01-01T00:00:00Z", named))


def block(title: str, text: str) -> Iterator[str]:
    """An output under its title; of a long one the beginning."""
    lines = with_names(text).splitlines()
    if lines:
        yield f"-- {title}\n"
        yield from (f"{line}\n" for line in lines[:LONGEST])
        yield from (["…\n"] if len(lines) > LONGEST else [])

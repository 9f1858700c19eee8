"""The command line as tests call it: in this process, or for what only a process can show as one."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from ecrgen.cli.call import load_catalog
from ecrgen.cli.main import COMMANDS, main

PROJECT = Path(__file__).parents[2]
# Every command by the words that call it; a group's are those of its commands.
EVERY = {
    f"{name} {inner}".strip(): command
    for name, outer in COMMANDS.items()
    for inner, command in (outer.commands or {"": outer}).items()
}


class Result(NamedTuple):
    code: int
    out: str
    err: str


def ecrgen(*arguments: str, stdin: bytes = b"") -> Result:
    """Run a command in this process. An exception that is not its exit is raised, as it would be a traceback."""
    load_catalog.cache_clear()
    streams = [stream(content=stdin), stream(), stream("backslashreplace")]
    code = 0
    with mock.patch.multiple(sys, argv=["ecrgen", *arguments], stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    out, err = (each.buffer.getvalue().decode() for each in streams[1:])  # type: ignore[attr-defined]
    assert not wordy(err), wordy(err)
    return Result(code, out, err)


def wordy(err: str) -> list[str]:
    """The messages of more than 200 characters, without what they quote: names, paths, ARNs, actions and texts."""
    messages = [line for line in err.splitlines() if line.startswith(("error: ", "note: "))]
    return [line for line in messages if len(re.sub(r"(?<!\w)'[^']*'|\S+[:/.@#]\S+|\S{30,}", "", line)) > 200]


class Terminal(io.TextIOWrapper):
    """A terminal, as far as a command asks."""

    def isatty(self) -> bool:
        return True


def at_terminal(*arguments: str, answer: str = "") -> tuple[int, str]:
    """The exit code of a command that is run in this process, and all that a person sees who runs it at a terminal."""
    seen = Terminal(io.BytesIO(), encoding="utf-8", write_through=True)
    typed = Terminal(io.BytesIO(answer.encode()), encoding="utf-8")
    code = 0
    with mock.patch.multiple(sys, argv=["ecrgen", *arguments], stdin=typed, stdout=seen, stderr=seen):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return code, seen.buffer.getvalue().decode()  # type: ignore[attr-defined]


def stream(errors: str = "strict", content: bytes = b"") -> io.TextIOWrapper:
    """A stream as Python's own are."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors=errors, write_through=True)


def ecrgen_process(*arguments: str, stdin: bytes = b"", cwd: Path = PROJECT) -> Result:
    """Run a command as a process."""
    command = [sys.executable, "-m", "ecrgen", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, env=environment(), check=False)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def environment() -> dict[str, str]:
    """The environment of a test, with this project to import from wherever it runs."""
    import os

    return {**os.environ, "PYTHONPATH": str(PROJECT)}

"""For cog: run a command as the page shows it, and print the command with its real output."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ECRGEN_"))},
    "PYTHONPATH": str(TOP),
    "COLUMNS": "100",
    "NO_COLOR": "1",
}
FOLDER = tempfile.mkdtemp(prefix="ecrgen-docs-")


def begin() -> None:
    """Let the following commands run in an empty directory."""
    global FOLDER
    FOLDER = tempfile.mkdtemp(prefix="ecrgen-docs-")


def show(command: str, expect: int = 0, lines: int | None = None) -> None:
    """Print `$ command` and what it writes, in a console block; at most so many lines of it."""
    print(f"```console\n$ {command}\n{run(command, expect, lines)}\n```")


def output(command: str, language: str, lines: int | None = None) -> None:
    """Print only what the command writes."""
    print(f"```{language}\n{run(command, 0, lines)}\n```")


def file(name: str, text: str, language: str = "yaml") -> None:
    """Print a file, and put it where the following commands run."""
    Path(FOLDER, name).write_text(text)
    if language == "yaml":
        print(f"```yaml\n# {name}\n{text.rstrip()}\n```")
    else:  # of which not every one has comments
        print(f"`{name}`:\n\n```{language}\n{text.rstrip()}\n```")


def run(command: str, expect: int, lines: int | None) -> str:
    words = shlex.split(command)
    assert words[0] == "ecrgen", "a page shows ecrgen's own commands"
    done = subprocess.run(
        [sys.executable, "-m", "ecrgen", *words[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=FOLDER,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == expect, f"{command}: exit {done.returncode}, not {expect}:\n{done.stdout}"
    shown = done.stdout.replace(str(TOP), "…").rstrip().splitlines()
    if lines is not None and len(shown) > lines:
        shown = [*shown[:lines], "…"]
    return "\n".join(line.rstrip() for line in shown)

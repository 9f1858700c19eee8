"""One case of the fuzzer, and how a command may end in it."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from command_line import Result
from server import Server

__all__ = ["SECRET", "Case", "ended", "fresh"]

SECRET = "aws_secret_access_key_of_somebody"
CODES = (0, 1, 2, 3)


@dataclass(frozen=True)
class Case:
    """One run: its directory, which is the working directory, its numbers, and the account behind the server."""

    directory: Path
    rng: random.Random
    server: Server


def ended(done: Result) -> str:
    """How a command ended; what it says holds no secret and no control character."""
    assert done.code in CODES, f"exit code {done.code}"
    assert SECRET not in done.out + done.err, "a secret is shown"
    assert done.code != 2 or done.err, "exit code 2 without a word"
    assert all(line.isprintable() for line in (done.out + done.err).replace("\t", " ").split("\n")), (
        "a control character"
    )
    return f"exit code {done.code}"


def fresh(directory: Path) -> None:
    """An empty directory, beside a file with a secret."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory.parent / "secret").write_text(f"{SECRET} = abc\n")

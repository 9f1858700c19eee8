"""Standard output and standard error: results on the one, notes, problems and progress on the other."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ecrgen.cli.escape import line
from ecrgen.cli.screen import Colour, screen_of
from ecrgen.errors import EcrgenError

__all__ = [
    "note",
    "output",
    "print_beside",
    "print_text",
    "progress",
    "say",
    "steps",
    "waiting",
    "warn_of_problems",
    "writing",
]

MAX_PROBLEMS = 50
MANY = 200  # things that take long enough to say so
Item = TypeVar("Item")


@contextmanager
def output() -> Iterator[None]:
    """Standard output for a command: what its encoding lacks is written as escapes, and all is written in the end.

    What is closed, as by `>&-`, takes everything. Where nobody reads on, the command ends with exit code 1. Raises
    EcrgenError where nothing can be written.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            with writing():
                sys.stdout.flush()
    except BrokenPipeError:
        forget_stdout()
        sys.exit(1)


@contextmanager
def writing() -> Iterator[None]:
    """A block in which writing to standard output may fail. Raises EcrgenError, or BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_stdout()
        raise EcrgenError(f"standard output: cannot be written: {error.strerror}") from None


def forget_stdout() -> None:
    """Keep the interpreter from writing once more, at its end, what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(message: str) -> None:
    """A line for people, beside the result."""
    write_line(f"note: {message}", "note:", "cyan")


def say(message: str) -> None:
    """A line for people that is no remark beside the result, such as what was done."""
    write_line(message)


def warn_of_problems(problems: Sequence[str]) -> None:
    """One line a problem, and how many more there are."""
    shown = list(problems[:MAX_PROBLEMS])
    shown += [f"… and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
    for problem in shown:
        write_line(f"error: {problem}", "error:", "bold red")


def write_line(text: str, marked: str = "", colour: Colour = "cyan") -> None:
    """One line on standard error, whatever the text quotes."""
    screen = screen_of(sys.stderr)
    rows = screen.fill(line(text))
    print_beside(screen.mark(rows, marked, colour) if marked else rows)


def print_beside(text: str) -> None:
    """Write to standard error what is made for it, as `print_text` does to standard output."""
    sys.stderr.write(text + "\n")


def print_text(text: str, end: str = "\n") -> None:
    """Write to standard output what is made for it: a format has escaped what it quotes."""
    with writing():
        sys.stdout.write(text + end)


@contextmanager
def waiting(what: str, total: int = MANY) -> Iterator[None]:
    """A block that may take long without a word: when a person looks, stderr says meanwhile what is done.

    Of a few things it does not.
    """
    if total < MANY or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # takes longer to import than a short command to run

    with Console(stderr=True).status(what):
        yield


@contextmanager
def steps(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """A block of several steps: when a person looks, stderr says meanwhile which it is, and how far it is."""
    if not sys.stderr.isatty():
        yield lambda step, done, total: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status(escape(what)) as status:

        def watch(step: str, done: int, total: int) -> None:
            status.update(escape(f"{what}: {step} {done}{f' of {total}' if total else ''}"))

        yield watch


def progress(items: Iterable[Item], total: int, what: str) -> Iterable[Item]:
    """The items, with a progress bar on stderr when a person looks and there are many."""
    if total < MANY or not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description=what, total=total, console=Console(stderr=True), transient=True)

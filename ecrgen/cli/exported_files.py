"""The files of an export: written together or not at all, and compared with what would be written"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import typer

from ecrgen.cli.files import check_file, others, outdated, write_files
from ecrgen.cli.output import note
from ecrgen.cli.views import COMPARED, WRITTEN, show
from ecrgen.cli.views.files import Compared, Written
from ecrgen.messages import in_words

__all__ = ["compare", "named", "write"]


def named(path: Path, texts: Sequence[str], *, divided: bool) -> list[tuple[str, str]]:
    """The name of each file and its text: the one that was named, or FILE-1.json, FILE-2.json …"""
    if not divided:
        (text,) = texts
        return [(path.name, text)]
    return [(f"{path.stem}-{number}{path.suffix}", text) for number, text in enumerate(texts, 1)]


def write(path: Path, files: Sequence[tuple[str, str]], json: bool) -> None:
    """Write the files, all or none, and say so, and which others are of another number of templates."""
    check_file(path.parent / files[0][0])
    names = write_files(path.parent, files)
    other = of_another_number(path, names)
    if json:
        show(WRITTEN, Written(str(path) if len(names) == 1 else str(path.parent), None, other, names))
        return
    note(f"wrote {in_words(str(path.parent / name) for name in names)}")
    if other:
        note(left_over(path, other))


def compare(path: Path, files: Sequence[tuple[str, str]], command: str, json: bool) -> None:
    """Say whether files are the export as a command would write it. Ends with exit 3 where they are not."""
    names, differing = outdated(path.parent, files, "--check")
    other = of_another_number(path, names)
    if json:
        show(COMPARED, Compared(str(path.parent), differing, other))
    else:
        if differing:
            them = "it" if len(differing) == 1 else "them"
            wrong = in_words(str(path.parent / name) for name in differing)
            note(f"{wrong}: not up to date; `{command}` renews {them}")
        else:
            note(f"{in_words(str(path.parent / name) for name in names)}: up to date")
        if other:
            note(left_over(path, other))
    if differing or other:
        raise typer.Exit(3)


def of_another_number(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The files that divide the same export otherwise, or hold it whole; none where it was not divided."""
    if names == (path.name,):
        return ()
    pattern = re.compile(rf"{re.escape(path.stem)}(-[0-9]+)?{re.escape(path.suffix)}")
    return tuple(name for name in others(path.parent, names) if pattern.fullmatch(name))


def left_over(path: Path, files: Sequence[str]) -> str:
    them = in_words(str(path.parent / each) for each in files)
    return f"{them}: of another number of templates; a policy that a stack has of one cannot be made by another"

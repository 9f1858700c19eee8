"""Files written whole or not at all: a temporary file beside the target, then a rename."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ecrgen.errors import EcrgenError

__all__ = ["write_file", "write_files"]


def write_file(path: Path, text: str) -> None:
    """Write one file, or the one that a link leads to. Raises EcrgenError where that cannot be, and changes nothing."""
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):
        raise EcrgenError(f"--output: {path}: is a directory; name a file")
    if os.path.lexists(target) and not os.path.isfile(target):
        raise EcrgenError(f"--output: {path}: is no file that can be replaced; leave --output out to print")
    write_files(target.parent, [(target.name, text)])


def write_files(directory: Path, files: Iterable[tuple[str, str]]) -> int:
    """Write files into a directory, all of them once the last is made, and say how many.

    The directory is made if it is not there. Raises EcrgenError for a name that would leave it, and where it cannot be
    written; whatever raises before the last file is made leaves everything as it was.
    """
    made = [each for each in (directory, *directory.parents) if not os.path.lexists(each)]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".ecrgen-", dir=directory) as temporary:
            names = []
            for name, text in files:
                check_name(directory, name)
                names.append(name)
                Path(temporary, name).write_text(text + "\n", encoding="utf-8")
            for name in names:
                os.replace(Path(temporary, name), directory / name)
    except BaseException as error:
        for each in made:
            with suppress(OSError):  # one that was not made, or that somebody else has put something into
                each.rmdir()
        if isinstance(error, OSError):
            raise EcrgenError(f"--output: {directory}: cannot be written: {error.strerror}") from None
        raise
    return len(names)


def check_name(directory: Path, name: str) -> None:
    if Path(name).name != name or name in ("", ".", ".."):
        raise EcrgenError(f"--output: {name!r} would leave the directory {directory}")
    if os.path.isdir(directory / name) and not os.path.islink(directory / name):
        raise EcrgenError(f"--output: {directory / name}: is a directory, where a file is to be")

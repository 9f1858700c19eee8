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
    """Write one file. Raises EcrgenError where that cannot be; then the file is as it was."""
    write_files(path.parent, [(path.name, text)])


def write_files(directory: Path, files: Iterable[tuple[str, str]]) -> int:
    """Write files into a directory, all of them once the last is made, and say how many.

    The directory is made if it is not there. Raises EcrgenError for a name that would leave it, and where it cannot be
    written; whatever raises before the last file is made leaves everything as it was.
    """
    made = not directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".ecrgen-", dir=directory) as temporary:
            names = []
            for name, text in files:
                if Path(name).name != name or name in (".", ".."):
                    raise EcrgenError(f"--output: {name!r} would leave the directory {directory}")
                names.append(name)
                Path(temporary, name).write_text(text + "\n", encoding="utf-8")
            for name in names:
                os.replace(Path(temporary, name), directory / name)
    except BaseException as error:
        if made:
            with suppress(OSError):  # other directories above it may have been there, or not be empty
                directory.rmdir()
        if isinstance(error, OSError):
            raise EcrgenError(f"--output: {directory}: cannot be written: {error.strerror}") from None
        raise
    return len(names)

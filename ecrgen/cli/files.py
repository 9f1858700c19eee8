"""Files written whole or not at all: a temporary file beside the target, then a rename."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ecrgen.errors import EcrgenError

__all__ = ["write_file", "write_files"]


def write_file(path: Path, text: str) -> None:
    """Write one file. Raises EcrgenError where that cannot be, and changes nothing.

    A link is not followed: a repository may hold one that leads anywhere, and /dev/stdout leads to a file where what
    stands before and after would be lost.
    """
    try:
        target = Path(os.path.realpath(path.parent), path.name)
    except FileNotFoundError:
        raise EcrgenError(f"--output: {path}: the working directory is gone; go to another") from None
    if os.path.isdir(path):
        raise EcrgenError(f"--output: {path}: is a directory; name a file")
    if os.path.lexists(path) and (os.path.islink(path) or not os.path.isfile(path)):
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
        with ended_by_exception(), TemporaryDirectory(prefix=".ecrgen-", dir=directory) as temporary:
            names = []
            for name, text in files:
                check_name(directory, name)
                names.append(name)
                file = Path(temporary, name)
                file.touch()
                keep_mode(directory / name, file)
                file.write_text(text + "\n", encoding="utf-8")
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


@contextmanager
def ended_by_exception() -> Iterator[None]:
    """SIGTERM as an exception, so that what is temporary goes. Only the main thread can take signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def keep_mode(old: Path, new: Path) -> None:
    """The permissions of a file that is replaced, so that a private one stays private."""
    if os.path.isfile(old) and not os.path.islink(old):
        new.chmod(stat.S_IMODE(old.stat().st_mode) | stat.S_IWUSR)


def check_name(directory: Path, name: str) -> None:
    if Path(name).name != name or name in ("", ".", ".."):
        raise EcrgenError(f"--output: {name!r} would leave the directory {directory}")
    if os.path.isdir(directory / name) and not os.path.islink(directory / name):
        raise EcrgenError(f"--output: {directory / name}: is a directory, where a file is to be")

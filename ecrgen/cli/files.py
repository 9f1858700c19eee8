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

__all__ = ["check_file", "others", "outdated", "write_file", "write_files"]


def write_file(path: Path, text: str) -> None:
    """Write one file. Raises EcrgenError where that cannot be, and changes nothing.

    A link is not followed: a repository may hold one that leads anywhere, and /dev/stdout leads to a file where what
    stands before and after would be lost.
    """
    target = check_file(path)
    write_files(target.parent, [(target.name, text)])


def check_file(path: Path) -> Path:
    """The file that `write_file` would write. Raises EcrgenError where it could not, as far as can be seen before."""
    try:
        target = Path(os.path.realpath(path.parent), path.name)
    except FileNotFoundError:
        raise EcrgenError(f"--output: {path}: the working directory is gone; go to another") from None
    if os.path.isdir(path):
        raise EcrgenError(f"--output: {path}: is a directory; name a file")
    if not os.path.isdir(target.parent):
        raise EcrgenError(f"--output: {path.parent}: is no directory; make it first")
    if os.path.lexists(path) and (os.path.islink(path) or not os.path.isfile(path)):
        raise EcrgenError(f"--output: {path}: is no file that can be replaced; leave --output out to print")
    return target


def write_files(directory: Path, files: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Write files into a directory, all of them once the last is made, and return their names.

    The directory is made if it is not there, but none above it. Raises EcrgenError for a name that would leave it, and
    where it cannot be written; whatever raises before the last file is made leaves everything as it was.
    """
    if not os.path.isdir(directory.parent):
        raise EcrgenError(f"--output: {directory.parent}: is no directory; make it first")
    made = not os.path.lexists(directory)
    try:
        directory.mkdir(exist_ok=True)
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
        if made:
            with suppress(OSError):  # it was not made, or somebody else has put something into it
                directory.rmdir()
        if isinstance(error, OSError):
            raise EcrgenError(f"--output: {directory}: cannot be written: {error.strerror}") from None
        raise
    return tuple(names)


def others(directory: Path, names: Iterable[str]) -> tuple[str, ...]:
    """The files of a directory, besides these, that hold policies by their names: those of an earlier run, maybe."""
    if not directory.is_dir():
        return ()
    policies = {path.name for path in directory.iterdir() if path.suffix in (".json", ".yaml") and path.is_file()}
    return tuple(sorted(policies - set(names)))


def outdated(
    directory: Path, files: Iterable[tuple[str, str]], option: str = "--output"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `write_files` would do: the names that it would write, and those of them that are not so there yet.

    Raises EcrgenError for a file that cannot be read.
    """
    names, differing = [], []
    for name, text in files:
        names.append(name)
        try:
            same = (directory / name).read_bytes() == f"{text}\n".encode()
        except (FileNotFoundError, NotADirectoryError):
            same = False
        except OSError as error:
            raise EcrgenError(f"{option}: {directory / name}: cannot be read: {error.strerror}") from None
        if not same:
            differing.append(name)
    return tuple(names), tuple(differing)


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

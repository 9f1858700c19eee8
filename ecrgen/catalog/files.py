"""The files that a catalog may be made of: regular ones, of at most 1 MiB, whose real path lies below their root.

A catalog and its templates come from pull requests, and git carries symbolic links. A link that stays below the root
is a file like any other; one that leads out of it would put somebody's credentials into a policy.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from errno import EISDIR
from fnmatch import translate
from pathlib import Path

from ecrgen.errors import EcrgenError

__all__ = ["MAX_BYTES", "MAX_NAMED", "matching", "real_path", "refusal", "text_of"]

MAX_BYTES = 2**20
MAX_NAMED = 2**24  # of a catalog that a caller names, where ten thousand grants may stand
# Not there on every system: do not wait for a pipe's writer, do not follow what became a link a moment ago.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
# A file descriptor that the caller of the process hands in, as `<(command)` does; no file of a repository is one: those
# have whole paths.
HANDED_IN = re.compile(r"-|/dev/(stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")


def real_path(root: Path, path: Path) -> Path:
    """The path without links. Raises EcrgenError, without naming the file, where it lies outside the root's real path.

    The root itself may be a link to a directory beside it.
    """
    return real_paths(root, path)[1]


def real_paths(root: Path, path: Path) -> tuple[Path, Path]:
    """The root and the path without links. Raises EcrgenError as `real_path` does."""
    top = Path(os.path.realpath(root))
    real = Path(os.path.realpath(path))
    if not top.is_relative_to(os.path.realpath(root.parent)) or not real.is_relative_to(top):
        raise EcrgenError(f"leads out of {root}; put the file itself there")
    return top, real


def text_of(root: Path, path: Path, most: int = MAX_BYTES) -> str:
    """The text of a file below the root.

    Raises EcrgenError, with words that follow the file's name, for what is outside, not regular or too large, OSError
    where it cannot be opened, and UnicodeDecodeError.
    """
    if HANDED_IN.fullmatch(str(path)):
        return read(os.dup(int(path.name) if path.name.isdigit() else 0), most).decode()
    descriptor = opened(*real_paths(root, path))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise (
            IsADirectoryError(EISDIR, os.strerror(EISDIR)) if stat.S_ISDIR(mode) else EcrgenError("is no regular file")
        )
    return read(descriptor, most).decode()


def opened(top: Path, real: Path) -> int:
    """A descriptor of a file below a directory, both without links; one that has come meanwhile is not followed.

    Each directory is opened in the one above it. Where a system cannot do that (Windows), only the last step is safe.
    Raises OSError.
    """
    if os.open not in os.supports_dir_fd:
        return os.open(real, FLAGS)
    *directories, name = real.relative_to(top).parts or (".",)
    above = os.open(top, FLAGS | os.O_DIRECTORY)
    try:
        for directory in directories:
            below = os.open(directory, FLAGS | os.O_DIRECTORY, dir_fd=above)
            os.close(above)
            above = below
        return os.open(name, FLAGS, dir_fd=above)
    finally:
        os.close(above)


def refusal(root: Path, path: Path) -> str | None:
    """Words that say why a file below the root cannot be read, or None. Nothing is read."""
    try:
        mode = os.lstat(real_path(root, path))
    except EcrgenError as error:
        return str(error)
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(mode.st_mode):
        return None
    if not stat.S_ISREG(mode.st_mode):
        return "is no regular file"
    return too_large() if mode.st_size > MAX_BYTES else None


def read(descriptor: int, most: int) -> bytes:
    with open(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise EcrgenError(too_large(most))
    return data


def too_large(most: int = MAX_BYTES) -> str:
    return f"has more than {most} bytes; divide it"


def matching(root: Path, directory: Path, pattern: str) -> list[Path]:
    """The files that a pattern of `include` names, sorted: `grants/*.yaml`, `**/grants.yaml`.

    Wildcards do not follow linked directories, and a directory is visited once for each part of the pattern, so that
    the time is linear in what lies below the root. Nothing is found outside of it.
    """
    places: Iterable[Path] = [directory]
    parts = pattern.split("/")
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        places = dict.fromkeys(place for found in places for place in step(root, found, part, last))
    return sorted(places)


def step(root: Path, directory: Path, part: str, last: bool) -> Iterable[Path]:
    """The entries of a directory that one part of a pattern names; only directories, where more parts follow."""
    if part == "..":
        return ()
    if part == "**" and not last:
        return (Path(place) for place, _, _ in os.walk(directory))
    if not any(mark in part for mark in "*?["):
        return literal(root, directory / part, last)
    try:
        with os.scandir(directory) as entries:
            matches = re.compile(translate(part)).match
            return [
                Path(entry.path)
                for entry in entries
                if matches(entry.name) and (last or entry.is_dir(follow_symlinks=False))
            ]
    except (OSError, re.error):
        return ()


def literal(root: Path, path: Path, last: bool) -> Iterable[Path]:
    """A path as such; a directory by its real path, which a circle of links has only one of."""
    try:
        if last:
            return (path,) if os.path.lexists(path) else ()
        real = real_path(root, path)
    except (EcrgenError, OSError, ValueError):
        return ()
    return (real,) if real.is_dir() else ()

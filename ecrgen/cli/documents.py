"""Policies that a command is given: a file that holds some, a directory of such, or `-` for standard input.

`FILE#PLACE` is one policy of several in a file, by the place that messages name; `aws:NAME` is a managed policy of
AWS's own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import in_words
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import parse_json
from ecrgen.policy.kinds import PolicyKind
from ecrgen.policy.recognise import recognise
from ecrgen.policy.sources import AWS, Found, aws_policy_named, policies_in

__all__ = ["Given", "Named", "read_files", "read_policies", "read_text"]

# What an account holds may be large; what is longer is no policy, and may have no end.
MAX_BYTES = 64 * 1024 * 1024
# The files of a directory that may hold policies; Terraform's configuration is not evaluated yet, so it holds none.
ENDINGS = (".json", ".yaml", ".yml")
NO_ENDING = ".tf.json"


@dataclass(frozen=True, slots=True)
class Given:
    """What was found in a file, the file's name, and its text, empty where there is no file."""

    file: str
    found: Found
    text: bytes = b""

    @property
    def name(self) -> str:
        """The file, and the place in it."""
        return f"{self.file}: {self.found.place}" if self.found.place else self.file


@dataclass(frozen=True, slots=True)
class Named:
    """A policy that was read, its name in messages, and its kind; `repository` is the one it lies on, where known."""

    name: str
    document: PolicyDocument
    kind: PolicyKind
    repository: str = ""


def read_files(names: Sequence[str]) -> tuple[Given, ...]:
    """The policies of these files, whatever they are. Raises EcrgenError with every problem, each after the file."""
    problems = Problems()
    given: list[Given] = []
    if names.count("-") > 1:
        raise EcrgenError("-: standard input can be read once only")
    for name in names:
        if name.startswith(AWS):
            with problems.collected(f"{name}: "):
                given.append(Given(name, aws_policy_named(name)))
            continue
        file, place = chosen(name)
        for one in files_of(file, problems):
            with problems.collected():
                text = read_text(one)
                with problems.collected(f"{one}: "):
                    given += [Given(one, found, text) for found in at(policies_in(text), place)]
    problems.stop()
    return tuple(given)


def read_policies(names: Sequence[str]) -> tuple[Named, ...]:
    """The documents of these files, to be asked together. Raises EcrgenError with every problem.

    A file in which several hold policies says nothing about any of them; one policy of it has to be named.
    """
    problems = Problems()
    documents: list[Named] = []
    for name in names:
        with problems.collected():
            given = read_files((name,))
            decisive = [one for one in given if one.found.kind is None or one.found.kind.slot is not None] or list(
                given
            )
            holders = dict.fromkeys(one.found.holder for one in decisive)
            if len(holders) > 1:
                places = [f"{one.file}#{one.found.place}" for one in decisive]
                some = in_words([*places[:3], f"{len(places) - 3} more"] if len(places) > 4 else places, "or")
                raise EcrgenError(f"{name}: holds the policies of {len(holders)}; name one of them: {some}")
            for one in decisive:
                with problems.collected(lambda problem, name=one.name: f"{name}: {problem}"):  # type: ignore[misc]
                    documents.append(read(one))
    problems.stop()
    return tuple(documents)


def read(given: Given) -> Named:
    """A policy that is whole. Raises EcrgenError for one that is not, or that is left open."""
    found = given.found
    if found.holes:
        places = ", ".join(dict.fromkeys(hole.path for hole in found.holes if hole.steps)) or "all of it"
        raise EcrgenError(f"is open: {places} hangs on {in_words(found.open)}, which the file does not tell")
    data = found.data if found.text is None else parse_json(found.text)
    kind = found.kind or recognise(data).kind
    return Named(given.name, PolicyDocument.from_dict(data), kind, found.repository)


def chosen(name: str) -> tuple[str, str]:
    """The file and the place in it that a name means."""
    if "#" not in name or Path(name).exists():
        return name, ""
    file, _, place = name.partition("#")
    return file, place


def at(found: Sequence[Found], place: str) -> Sequence[Found]:
    """Those at a place, given with or without the name in quotes; all where none is given. Raises EcrgenError."""
    if not place:
        return found
    there = [one for one in found if place in (one.place, one.place.partition(' "')[0])]
    if not there:
        places = in_words([one.place for one in found[:5]], "or")
        raise EcrgenError(f"holds no policy at {place}; it has {places}" + (" and more" if len(found) > 5 else ""))
    return there


def files_of(name: str, problems: Problems) -> Iterator[str]:
    """A file, or all files of a directory that may hold policies, in the order of their names."""
    if name == "-" or not Path(name).is_dir():
        yield name
        return
    try:
        inside = sorted(path for path in Path(name).iterdir() if path.name.endswith(ENDINGS) and path.is_file())
    except OSError as error:
        problems.add(f"{name}: cannot be read: {error.strerror}")
        return
    files = [str(path) for path in inside if not path.name.endswith(NO_ENDING) and not path.name.startswith(".")]
    if not files:
        problems.add(f"{name}: a directory without a policy: none of its files ends in {in_words(ENDINGS, 'or')}")
    yield from files


def read_text(name: str) -> bytes:
    """The bytes of a file or of standard input. Raises EcrgenError for what cannot be read or is too long."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise EcrgenError("-: standard input is closed; name a file")
            text = sys.stdin.buffer.read(MAX_BYTES + 1)
            if not text:
                raise EcrgenError("-: standard input is empty")
        else:
            with Path(name).open("rb") as file:
                text = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise EcrgenError(f"{name}: no such file") from None
    except OSError as error:
        raise EcrgenError(f"{name}: cannot be read: {error.strerror}") from None
    if len(text) > MAX_BYTES:
        raise EcrgenError(f"{name}: has more than {MAX_BYTES:,} bytes; a policy has a few thousand characters")
    return text

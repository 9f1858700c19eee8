"""Policy documents that a command is given: a file's name, or `-` for standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ecrgen.errors import EcrgenError, Problems
from ecrgen.policy.document import PolicyDocument

__all__ = ["read_policies", "read_text"]

# A policy has at most some ten thousand characters; what is longer is no policy, and may have no end.
MAX_BYTES = 1_000_000


def read_policies(names: Sequence[str]) -> tuple[PolicyDocument, ...]:
    """The documents of these files. Raises EcrgenError with every problem, each after the file's name."""
    problems = Problems()
    documents: list[PolicyDocument] = []
    if names.count("-") > 1:
        raise EcrgenError("-: standard input can be read once only")
    for name in names:
        with problems.collected():
            text = read_text(name)
            with problems.collected(f"{name}: "):
                documents.append(PolicyDocument.from_json(text))
    problems.stop()
    return tuple(documents)


def read_text(name: str) -> bytes:
    """The bytes of a file or of standard input. Raises EcrgenError for what cannot be read or is too long."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise EcrgenError("-: standard input is closed; name a file")
            text = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise EcrgenError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise EcrgenError(f"{name}: is a directory; name a policy's file") from None
    except OSError as error:
        raise EcrgenError(f"{name}: cannot be read: {error.strerror}") from None
    if len(text) > MAX_BYTES:
        raise EcrgenError(f"{name}: has more than {MAX_BYTES:,} bytes; a policy has a few thousand characters")
    return text

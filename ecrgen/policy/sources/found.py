"""A policy that was found in a file, and the readers of what a document can be inside another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ecrgen.errors import PolicyError
from ecrgen.messages import json_type
from ecrgen.policy.elements import parse_json
from ecrgen.policy.kinds import PolicyKind
from ecrgen.policy.paths import Steps, path_of

__all__ = ["Found", "Hole", "document", "item", "listed", "mapping", "named"]


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that the file leaves open: `steps` lead to it in the policy, `words` say what it hangs on."""

    steps: Steps
    words: str

    @property
    def path(self) -> str:
        return path_of(self.steps)


@dataclass(frozen=True, slots=True)
class Found:
    """A policy of a file.

    - `place` is where it stands, empty where the file is the policy.
    - `data` are its JSON values; `text` is the file's where it is the policy itself, or is nothing that is known, and
      then `data` is None for what is no JSON.
    - `steps` lead to it in the file's values, None where that is not known; `as_written` says that the values below are
      those of `data`, as they are not where functions were resolved.
    - `kind` is the kind that the place tells for certain, None where it tells none.
    - `holder` is whose it is among others in the file, empty where the file is of one.
    - `repository` is the one that it lies on, as `REGISTRY-ID/NAME`, where the file says so.
    - `holes` are what the file leaves open; a hole without steps stands for what was left out.
    """

    place: str
    data: Any
    kind: PolicyKind | None = None
    holder: str = ""
    repository: str = ""
    holes: tuple[Hole, ...] = ()
    text: bytes | None = None
    steps: Steps | None = None
    as_written: bool = True

    @property
    def is_open(self) -> bool:
        """True where nothing of the policy is known."""
        return self.data is None and bool(self.holes)

    @property
    def open(self) -> tuple[str, ...]:
        """What the file leaves open, each once."""
        return tuple(dict.fromkeys(hole.words for hole in self.holes))


def document(value: object, place: str) -> Any:
    """A policy inside an answer: JSON values, JSON text, or JSON text that is URL-encoded. Raises PolicyError."""
    if isinstance(value, str):
        text = unquote(value) if value.lstrip()[:3].upper() == "%7B" else value
        try:
            return parse_json(text)
        except PolicyError as error:
            raise PolicyError(error.message, place) from None
    return mapping(value, place)


def mapping(value: object, place: str) -> dict[str, Any]:
    """An object of JSON. Raises PolicyError."""
    if not isinstance(value, dict):
        raise PolicyError(f"must be an object, not {json_type(value)}", place)
    return value


def listed(value: object, place: str) -> list[Any]:
    """A list of JSON, empty where there is none. Raises PolicyError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise PolicyError(f"must be a list, not {json_type(value)}", place)
    return value


def item(value: dict[str, Any], key: str, place: str) -> Any:
    """What has to be there under a key. Raises PolicyError."""
    if key not in value:
        raise PolicyError(f"has no {key}", place)
    return value[key]


def named(place: str, name: object) -> str:
    """A place with the name of what stands there."""
    return f'{place} "{name}"' if isinstance(name, str) else place

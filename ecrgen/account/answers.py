"""JSON values from outside, read by name and type: what is not there, or is something else, is an error with its place

AWS's answers and snapshot files have the same shapes, and neither is trusted to have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecrgen.errors import EcrgenError
from ecrgen.messages import json_type

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value of an answer or a file, or a part of it; `path` is its place, such as `Policies[2].Arn`.

    `problem` is what an error begins with: what the whole is not, such as `FILE: no snapshot`. Every method raises
    EcrgenError for what is missing or of another type.
    """

    value: object
    problem: str
    path: str = ""

    def wrong(self, words: str) -> EcrgenError:
        """The error that says what is wrong at this place."""
        return EcrgenError(f"{self.problem}: {self.path} {words}" if self.path else f"{self.problem}: it {words}")

    def get(self, name: str) -> Answer | None:
        """The member of that name; None where there is none, or where it is null."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"is {json_type(self.value)}, not an object")
        value = self.value.get(name)
        return None if value is None else Answer(value, self.problem, f"{self.path}.{name}" if self.path else name)

    def member(self, name: str) -> Answer:
        """The member of that name."""
        found = self.get(name)
        if found is None:
            raise self.wrong(f"lacks {name}")
        return found

    def text(self, name: str) -> str:
        """The member of that name, a text."""
        found = self.member(name)
        if not isinstance(found.value, str):
            raise found.wrong(f"is {json_type(found.value)}, not a string")
        return found.value

    def flag(self, name: str) -> bool:
        """The member of that name, true or false; false where there is none."""
        found = self.get(name)
        if found is None:
            return False
        if not isinstance(found.value, bool):
            raise found.wrong(f"is {json_type(found.value)}, not true or false")
        return found.value

    def numbers(self) -> dict[str, int]:
        """All of an object, numbers by name."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"is {json_type(self.value)}, not an object")
        for name, value in self.value.items():
            if type(value) is not int:
                raise self.wrong(f"has {json_type(value)} for {name}, not a number")
        return self.value

    def items(self, name: str) -> Iterator[Answer]:
        """The items of the list of that name; none where there is no list."""
        found = self.get(name)
        if found is None:
            return
        if not isinstance(found.value, list):
            raise found.wrong(f"is {json_type(found.value)}, not a list")
        for number, item in enumerate(found.value):
            yield Answer(item, found.problem, f"{found.path}[{number}]")

"""The parts of ARNs that nobody names: the texts that stand for them, and how those are written in each format"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Part", "Unnamed", "mapped"]

Part = Literal["partition", "account", "region"]


@dataclass(frozen=True, slots=True)
class Unnamed:
    """For each part of ARNs that nobody names the text that stands for it, and nothing else has; empty for the others.

    The partition is only looked for where an ARN has it: `aws` is a part of too much else.
    """

    partition: str = ""
    account: str = ""
    region: str = ""

    @property
    def parts(self) -> dict[Part, str]:
        """The text that stands for each part that nobody names."""
        texts: dict[Part, str] = {"partition": self.partition, "account": self.account, "region": self.region}
        return {part: text for part, text in texts.items() if text}

    def pieces(self, text: str) -> Iterator[tuple[str, Part | None]]:
        """A text in pieces: each as it is written, or as one of the parts."""
        patterns = {part: re.escape(found) for part, found in self.parts.items()}
        if "partition" in patterns:
            patterns["partition"] = rf"(?<=\barn:){patterns['partition']}(?=:)"
        if not patterns:
            yield text, None
            return
        end = 0
        for match in re.finditer("|".join(f"(?P<{part}>{pattern})" for part, pattern in patterns.items()), text):
            if match.start() > end:
                yield text[end : match.start()], None
            yield match.group(), match.lastgroup  # type: ignore[misc]
            end = match.end()
        if end < len(text):
            yield text[end:], None

    def filled(self, value: Any, values: Mapping[Part, str]) -> Any:
        """JSON values with the texts of `values` in the place of the parts."""

        def fill(text: str) -> str:
            return "".join(values[part] if part else piece for piece, part in self.pieces(text))

        return mapped(value, fill)


def mapped(value: Any, text: Callable[[str], Any], key: Callable[[str], str] = str) -> Any:
    """JSON values with each text and each key as these functions have it."""
    match value:
        case str():
            return text(value)
        case list() | tuple():
            return [mapped(each, text, key) for each in value]
        case dict():
            return {key(name): mapped(each, text, key) for name, each in value.items()}
        case _:
            return value

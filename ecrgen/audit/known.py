"""A kind of message that is known by its words: what is behind it, and what to do"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Known"]


class Known(NamedTuple):
    """A kind of message: what it holds, its causes with the most likely first, and the operation or action behind it.

    `permission` says that a missing permission is one of the causes, so that the persona that gives it is shown.
    """

    pattern: str
    causes: tuple[str, ...]
    operation: str | None = None
    action: str | None = None
    permission: bool = False

    @property
    def vague(self) -> bool:
        """Whether it says no more than that something is denied."""
        return self.permission and self.operation is None

    def found(self, line: str) -> bool:
        return re.search(self.pattern, line, re.IGNORECASE) is not None

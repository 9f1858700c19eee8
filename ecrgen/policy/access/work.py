"""How much work one comparison may take.

What two policies can differ in grows with the product of what they tell apart: exclusions that cross make twice as many
cells each, and a pattern full of wildcards is compared with each of its kind. So the work is counted where it is done,
and not the patterns: what can be compared soon is compared, whatever it looks like.
"""

from __future__ import annotations

__all__ = ["MOST_STEPS", "ExhaustedError", "Work"]

# A step is one cell visited or one pair of patterns or conditions compared, 2 to 10 microseconds each, so a comparison
# ends within about a second. Two policies of IAM's 6,144 characters take a few thousand steps.
MOST_STEPS = 100_000


class ExhaustedError(Exception):
    """A comparison took more steps than it may."""


class Work:
    """The steps that one comparison has left."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def take(self, steps: int = 1) -> None:
        """Count steps. Raises ExhaustedError where there are no more."""
        self.left -= steps
        if self.left < 0:
            raise ExhaustedError

"""A row of the benchmark: what was measured, against what, and the ratio that counts."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Row"]


class Row(NamedTuple):
    """One line of the table. Ratios come from one run on one machine, so they can be compared; seconds cannot."""

    what: str
    ours: str
    theirs: str
    ratio: str
    goal: str

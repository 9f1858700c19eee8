"""A row of the benchmark: what was measured, against what, and the figure that has a goal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import process_time
from typing import Literal, NamedTuple, TypeVar

__all__ = ["Goal", "Row", "cpu_seconds", "each_of"]

Item = TypeVar("Item")


class Goal(NamedTuple):
    """A bound of a figure."""

    relation: Literal["<=", ">="]
    bound: float
    unit: str = "x"

    def __str__(self) -> str:
        return f"{self.relation} {self.bound:,g} {self.unit}"

    def is_met(self, figure: float) -> bool:
        return figure <= self.bound if self.relation == "<=" else figure >= self.bound


class Row(NamedTuple):
    """One line of the table. Ratios come from one run on one machine, so they can be compared; seconds cannot."""

    what: str
    ours: str
    theirs: str
    figure: float
    goal: Goal

    def __str__(self) -> str:
        mark = "" if self.goal.is_met(self.figure) else "   MISSED"
        shown = f"{self.figure:,.0f}" if self.figure >= 1000 else f"{self.figure:.2f}"
        measured = f"{self.what:<58} {self.ours:>14}   {self.theirs:<34}"
        return f"{measured} {shown:>9} {self.goal.unit:<4} {self.goal!s:<14}{mark}"


def each_of(work: Callable[[Item], object], items: Iterable[Item]) -> Callable[[], None]:
    """Work on one after the other, keeping nothing: what is kept costs collections of garbage."""

    def run() -> None:
        for item in items:
            work(item)

    return run


def cpu_seconds(work: Callable[[], object], rounds: int = 1) -> float:
    """The least time that this process's core worked, of some rounds: other processes don't count."""

    def once() -> float:
        start = process_time()
        work()
        return process_time() - start

    return min(once() for _ in range(rounds))

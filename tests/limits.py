"""A bound on time that fails for what hangs, and not because a machine is slow or busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

__all__ = ["within"]

# What `measure` takes of a processor that has nothing else to do, in seconds.
QUIET = 0.02


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails where the block takes more processor time: twice as much, times how much slower this machine is now."""
    began = process_time()
    yield
    taken = process_time() - began
    if taken > seconds:
        slower = max(1.0, *(measure() / QUIET for _ in range(5)))
        assert taken <= 2 * seconds * slower, f"took {taken:.2f} s on a machine {slower:.1f} times as slow"


def measure() -> float:
    began = process_time()
    assert sum(len(str(number)) for number in range(100_000)) == 488_890
    return process_time() - began

"""`python -m tests.fuzz --minutes 10 [--seed N] [--only KIND:NUMBER]`: hostile input at random.

Exit code 1 where anything ends in a traceback, takes more than 2 s of processor time, opens a file elsewhere, or shows
what it should not; each such case is printed with the arguments that repeat it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]


def main() -> int:
    sys.path[:0] = [str(TESTS / room) for room in (".", "aws", "cli", "unit")]
    from fuzz.run import fuzz  # for the path above, as pytest has it from pyproject.toml

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--only", default="", metavar="KIND:NUMBER")
    given = parser.parse_args()
    say(f"seed {given.seed}")
    ends, failures = fuzz(for_minutes(given.minutes), given.seed, given.only)
    for end, count in sorted(ends.items()):
        say(f"{count:7} {end}")
    say(*failures, f"{len(failures)} failed")
    return int(bool(failures))


def for_minutes(minutes: float) -> Iterator[None]:
    """Rounds until the time is over."""
    until = time.monotonic() + minutes * 60
    while time.monotonic() < until:
        yield


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

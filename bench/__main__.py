"""`python -m bench [AREA …]`: the benchmark as one table. Needs the extras `bench` and `sandbox`."""

from __future__ import annotations

import sys
from importlib import import_module

AREAS = ("render", "decisions", "check", "pack", "provision")


def main(areas: tuple[str, ...]) -> None:
    line = "{:<46} {:>18}   {:<34} {:>16}   {}"
    print(line.format("what", "ours", "against", "ratio", "goal"))
    for area in areas:
        for row in import_module(f"bench.{area}").rows():
            print(line.format(*row), flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or AREAS)

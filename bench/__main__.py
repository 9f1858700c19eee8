"""`python -m bench [AREA …]`: the benchmark as one table. Needs the extras `bench` and `sandbox`.

An area whose peer is not installed is left out, which is said. `--short` leaves out what takes minutes: planning and
applying.
"""

from __future__ import annotations

import sys
from importlib import import_module

AREAS = ("render", "decisions", "check", "pack", "account", "simulate", "export", "growth", "provision", "documents")
SHORT = ("render", "decisions", "check", "pack", "account", "simulate", "export", "growth")


def main(arguments: list[str]) -> None:
    areas = [each for each in arguments if each != "--short"] or (SHORT if "--short" in arguments else AREAS)
    missed = 0
    print(f"{'what':<58} {'ours':>14}   {'against':<34} {'figure':>14} goal")
    for area in areas:
        try:
            rows = import_module(f"bench.{area}").rows()
            for row in rows:
                print(row, flush=True)
                missed += not row.goal.is_met(row.figure)
        except ModuleNotFoundError as error:
            print(f"{area}: left out, {error.name} is not installed")
    print(f"\n{missed} missed" if missed else "\nevery goal is met")


if __name__ == "__main__":
    main(sys.argv[1:])

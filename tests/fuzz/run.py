"""The loop of the fuzzer: one case after the other, each by its own seed, each within its bounds."""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from command_line import PROJECT
from fuzz.case import Case, fresh
from fuzz.kinds import KINDS
from opens import opens
from server import Server
from strict import strict_iam

__all__ = ["fuzz"]

SECONDS = 2.0  # of processor time that a case may take
# What any run may open beside its own directory: this project, Python and its packages, and the system's time zones.
ROOTS = (PROJECT / "ecrgen", PROJECT / "templates", PROJECT / "catalog.yaml", Path(sys.prefix), Path(sys.base_prefix))
ROOTS += (Path("/usr/share/zoneinfo"), Path("/dev/null"), Path("/dev/urandom"))
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}


def fuzz(rounds: Iterable[object], seed: int, only: str = "") -> tuple[Counter[str], list[str]]:
    """Rounds of cases of every kind: how each ended, and what went wrong, each with how to repeat it.

    `only` is one case, `KIND:NUMBER`, as a failure names it.
    """
    ends: Counter[str] = Counter()
    failures: list[str] = []
    with surroundings() as (directory, server):
        for kind in KINDS:  # imports are done, and what is kept is there
            run(kind, "warm-up", directory, server)
        turns = [kind for kind, times in KINDS.items() for _ in range(times)]
        if only:
            turns = [kind for kind in KINDS if kind.__name__ == only.partition(":")[0]]
        number = 0
        for _ in rounds:
            for kind in turns:
                name = only or f"{kind.__name__}:{number}"
                failed, end = run(kind, f"{seed}:{name}", directory, server)
                ends[f"{kind.__name__}: {end}"] += 1
                number += 1
                if failed:
                    failures.append(f"--seed {seed} --only {name}: {failed}")
            if only:
                break
    return ends, failures


@contextmanager
def surroundings() -> Iterator[tuple[Path, Server]]:
    """A directory to work in, a server that answers for AWS, and no settings from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ECRGEN_"))}
    here = Path.cwd()
    with TemporaryDirectory() as directory, strict_iam():
        server = Server()
        server.start()
        try:
            with mock.patch.dict(os.environ, {**kept, **ENVIRONMENT, "AWS_ENDPOINT_URL": server.url}, clear=True):
                yield Path(directory).resolve() / "site", server
        finally:
            os.chdir(here)
            server.stop()


def run(kind: Callable[[Case], str], seed: str, directory: Path, server: Server) -> tuple[str, str]:
    """One case: what went wrong, if anything, and how it ended."""
    fresh(directory)
    os.chdir(directory)
    failed, end = "", "failed"
    began = time.process_time()
    unraisable: list[object] = []  # what Python would print as a traceback and go on
    with opens() as opened, mock.patch.object(sys, "unraisablehook", unraisable.append):
        try:
            end = kind(Case(directory, random.Random(seed), server))
        except Exception:
            failed = traceback.format_exc()
    taken = time.process_time() - began
    outside = sorted({path for path in opened if not inside(path, directory)})
    if unraisable:
        failed += f"ignored {unraisable}"
    if outside:
        failed += f"opened {', '.join(outside)}"
    if taken > SECONDS:
        failed += f"took {taken:.1f} s"
    return failed, end


def inside(path: str, directory: Path) -> bool:
    real = Path(os.path.realpath(path))
    return (
        path == str(PROJECT)
        or any(real.is_relative_to(root) or Path(path).is_relative_to(root) for root in ROOTS)
        or real.is_relative_to(directory)
    )

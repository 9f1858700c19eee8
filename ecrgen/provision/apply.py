"""Carry out a plan. Decides nothing: what is done, and what it waits for, is in the plan."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from queue import SimpleQueue
from threading import current_thread, main_thread
from typing import Literal, assert_never

from ecrgen.account.connection import Connection
from ecrgen.account.desired import DesiredPolicy
from ecrgen.account.faults import AwsError
from ecrgen.errors import EcrgenError
from ecrgen.provision.changes import Attach, Change, Create, Delete, Detach, Plan, SetDefault, Update
from ecrgen.provision.iam import Iam

__all__ = ["Outcome", "Result", "apply"]

Status = Literal["done", "failed", "held", "skipped", "stopped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step, with words where it failed or was not begun.

    held: it waits for `--prune` · skipped: what it needs was not done · stopped: the run ended before it
    """

    change: Change
    status: Status
    words: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a plan, step by step in the plan's order."""

    outcomes: tuple[Outcome, ...]
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything was done but what waits for `--prune`."""
        return all(outcome.status in ("done", "held") for outcome in self.outcomes)


def apply(
    plan: Plan, connection: Connection, *, prune: bool, finished: Callable[[Outcome], None] = lambda outcome: None
) -> Result:
    """Do the plan's steps, as many at once as the connection allows, none before what it needs is done.

    A step that fails stops only the steps that need it. An interrupt (Ctrl-C), or a fault that every call would meet,
    starts no further step; what is under way is finished. `finished` is told every outcome as it is known.
    """
    return Run(plan, connection, prune, finished).result()


class Run:
    """A plan under way. Workers say what has landed, and with which error; one thread does everything else."""

    def __init__(self, plan: Plan, connection: Connection, prune: bool, finished: Callable[[Outcome], None]) -> None:
        self.plan = plan
        self.iam = Iam(connection, plan.namespace.name)
        self.concurrency = connection.concurrency
        self.finished = finished
        self.outcomes: dict[int, Outcome] = {}
        self.landings: SimpleQueue[tuple[int, Exception | None] | None] = SimpleQueue()
        self.flying = 0
        self.stopped: str | None = None
        self.interrupted = False
        self.followers: list[list[int]] = [[] for _ in plan.steps]
        self.open = [len(step.needs) for step in plan.steps]
        for number, step in enumerate(plan.steps):
            for need in step.needs:
                self.followers[need].append(number)
        for number in sorted(plan.held(prune=prune)):
            self.settle(number, "held")
        self.ready = [number for number, count in enumerate(self.open) if not count and number not in self.outcomes]
        heapify(self.ready)

    def result(self) -> Result:
        with interrupts(self.interrupt), ThreadPoolExecutor(self.concurrency) as pool:
            while self.flying or (self.ready and self.stopped is None):
                self.turn(pool)
        for number in range(len(self.plan.steps)):
            self.settle(number, "stopped", self.stopped or "")
        return Result(tuple(self.outcomes[number] for number in range(len(self.plan.steps))), self.interrupted)

    def interrupt(self) -> None:
        self.interrupted, self.stopped = True, "interrupted before it began"
        self.landings.put(None)

    def turn(self, pool: ThreadPoolExecutor) -> None:
        """Start what can start, then wait for one that lands, or for an interrupt."""
        while self.ready and self.stopped is None and self.flying < self.concurrency:
            self.flying += 1
            pool.submit(self.fly, heappop(self.ready))
        landed = self.landings.get()
        if landed is not None:
            self.flying -= 1
            self.land(*landed)

    def fly(self, number: int) -> None:
        error: Exception | None = None
        try:
            carry_out(self.plan.steps[number].change, self.iam)
        except Exception as raised:
            error = raised
        self.landings.put((number, error))

    def land(self, number: int, error: Exception | None) -> None:
        if error is None:
            self.settle(number, "done")
            return
        if not isinstance(error, EcrgenError):
            raise error
        if isinstance(error, AwsError) and error.hopeless:
            self.stopped = "the run ended before it began"
        self.settle(number, "failed", str(error))

    def settle(self, number: int, status: Status, words: str = "") -> None:
        """Note what became of a step, and what follows for those that need it."""
        if number in self.outcomes:
            return
        outcome = self.outcomes[number] = Outcome(self.plan.steps[number].change, status, words)
        self.finished(outcome)
        for follower in self.followers[number]:
            if status == "done":
                self.open[follower] -= 1
                if not self.open[follower] and follower not in self.outcomes:
                    heappush(self.ready, follower)
            elif status in ("failed", "skipped"):
                self.settle(follower, "skipped", "what it needs was not done")


@contextmanager
def interrupts(tell: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C is told, instead of raised in the midst of whatever is done just then; a second one is raised."""
    previous = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(previous):
        yield
        return

    def handler(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, previous)
        tell()

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def carry_out(change: Change, iam: Iam) -> None:
    match change:
        case Create(policy):
            iam.create_policy(policy.arn, policy.document, tags(policy))
        case Update(policy, actual, spare):
            iam.update_policy(policy.arn, policy.document, tags(policy), expected=actual.default_version, spare=spare)
        case SetDefault(actual, version):
            iam.set_default_version(actual.arn, version.id)
        case Attach(attachment):
            iam.attach(attachment)
        case Detach(attachment):
            iam.detach(attachment)
        case Delete(actual):
            iam.delete_policy(actual.arn)
        case _:
            assert_never(change)


def tags(policy: DesiredPolicy) -> dict[str, str]:
    return {"ecrgen:grant": policy.grant, "ecrgen:persona": policy.persona}

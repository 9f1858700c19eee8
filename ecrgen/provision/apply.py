"""Carry out a plan: what is done, and what it waits for, is in the plan, and nothing is decided here"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from queue import SimpleQueue
from threading import current_thread, main_thread
from typing import Literal, assert_never

from ecrgen.account.connection import Connection
from ecrgen.account.desired import DesiredPolicy
from ecrgen.account.faults import AwsError
from ecrgen.account.fingerprint import fingerprint
from ecrgen.account.provenance import InForce, tags_of
from ecrgen.errors import EcrgenError
from ecrgen.messages import in_words
from ecrgen.provision.across import Order
from ecrgen.provision.changes import Attach, Change, Create, Delete, Detach, Plan, SetDefault, Update, name_of
from ecrgen.provision.ecr import Ecr
from ecrgen.provision.iam import Iam
from ecrgen.provision.set_statements import SetStatements

__all__ = ["Outcome", "Result", "apply", "apply_in_order"]

INTERRUPTED = "interrupted before it began"
Status = Literal["done", "failed", "held", "skipped", "stopped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a step, with words where it failed or was not begun.

    held: it waits for `--prune` · skipped: what it needs was not done · stopped: the run ended before it
    """

    change: Change
    status: Status
    words: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of every step, in the plan's order."""

    outcomes: tuple[Outcome, ...]
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """True where everything was done but what waits for `--prune`."""
        return all(outcome.status in ("done", "held") for outcome in self.outcomes)


def apply(
    plan: Plan,
    connection: Connection,
    *,
    prune: bool,
    digest: str = "",
    finished: Callable[[Outcome], None] = lambda outcome: None,
) -> Result:
    """Do the plan's steps, as many at once as the connection allows, none before what it needs is done.

    A step that fails stops only the steps that need it. An interrupt (Ctrl-C), or a fault that every call would meet,
    starts no further step; what is under way is finished. `finished` is told every outcome as it is known. `digest` is
    what a person agreed to, if that was more than this plan.
    """
    return Run(plan, connection, prune, digest or plan.digest_of(prune=prune), finished).result()


def apply_in_order(
    order: Order,
    plans: Mapping[str, Plan],
    connections: Mapping[str, Connection],
    *,
    prune: bool,
    digest: str,
    finished: Callable[[Outcome], None] = lambda outcome: None,
) -> dict[str, Result]:
    """Apply the plans of several accounts, one account after the other. Answers what became of each.

    Where one is not done whole, those that need it first are not begun. An interrupt begins no further account.
    """
    done: dict[str, Result] = {}
    for account in order.accounts:
        lacking = [each for each in order.before.get(account, ()) if not done[each].complete]
        if any(each.interrupted for each in done.values()):
            done[account] = not_begun(plans[account], prune, "stopped", INTERRUPTED)
        elif lacking:
            why = f"account {in_words(sorted(lacking))} has to be done before"
            done[account] = not_begun(plans[account], prune, "skipped", why)
        else:
            done[account] = apply(plans[account], connections[account], prune=prune, digest=digest, finished=finished)
    return done


def not_begun(plan: Plan, prune: bool, status: Status, why: str) -> Result:
    """The result of a plan of which nothing was done."""
    held = plan.held(prune=prune)
    return Result(
        tuple(
            Outcome(step.change, "held") if number in held else Outcome(step.change, status, why)
            for number, step in enumerate(plan.steps)
        )
    )


class Run:
    """A plan under way. Workers send changes and put (number, error) into `landings`; one thread does everything else.

    A step becomes ready when all that it needs is done, and the lowest number starts first. A held, failed or skipped
    step is never reported to the topological sorter as done, so nothing that needs it becomes ready.
    """

    def __init__(
        self, plan: Plan, connection: Connection, prune: bool, digest: str, finished: Callable[[Outcome], None]
    ) -> None:
        self.plan = plan
        self.run = digest[:8]  # of the digest that a person agreed to
        self.iam = Iam(connection, plan.namespace.name)
        self.ecr = Ecr(connection, plan.namespace.name)
        self.concurrency = connection.concurrency
        self.finished = finished
        self.outcomes: dict[int, Outcome] = {}
        self.landings: SimpleQueue[tuple[int, Exception | None] | None] = SimpleQueue()
        self.flying = 0
        self.stopped: str | None = None
        self.interrupted = False
        held = plan.held(prune=prune)
        for number in sorted(held):
            self.settle(number, "held")
        self.graph = TopologicalSorter({number: plan.needs(number, held) for number in range(len(plan.steps))})
        self.graph.prepare()
        self.ready: list[int] = []
        self.find_ready()

    def result(self) -> Result:
        with interrupts(self.interrupt), ThreadPoolExecutor(self.concurrency) as pool:
            while self.flying or (self.ready and self.stopped is None):
                self.turn(pool)
        for number in range(len(self.plan.steps)):
            self.settle(number, "stopped", self.stopped or "")
        return Result(tuple(self.outcomes[number] for number in range(len(self.plan.steps))), self.interrupted)

    def interrupt(self) -> None:
        self.interrupted, self.stopped = True, INTERRUPTED
        self.landings.put(None)

    def turn(self, pool: ThreadPoolExecutor) -> None:
        """Start what can start, then wait for one that lands, or for an interrupt."""
        while self.ready and self.stopped is None and self.flying < self.concurrency:
            self.flying += 1
            pool.submit(self.fly, self.ready.pop(0))
        landed = self.landings.get()
        if landed is not None:
            self.flying -= 1
            self.land(*landed)

    def fly(self, number: int) -> None:
        error: Exception | None = None
        try:
            carry_out(self.plan.steps[number].change, self.iam, self.ecr, self.plan, self.run)
        except Exception as raised:
            error = raised
        self.landings.put((number, error))

    def land(self, number: int, error: Exception | None) -> None:
        if error is None:
            self.settle(number, "done")
            return
        words = str(error)
        if not isinstance(error, EcrgenError):  # a mistake of ours: what was done before it is still to be reported
            words = f"{name_of(self.plan.steps[number].change)}: a fault in ecrgen: {type(error).__name__}: {error}"
        if not isinstance(error, EcrgenError) or (isinstance(error, AwsError) and error.hopeless):
            self.stopped = "the run ended before it began"
        self.settle(number, "failed", words)

    def settle(self, number: int, status: Status, words: str = "") -> None:
        """Record the end of a step: a step that is done frees others, one that failed skips all that need it."""
        if number in self.outcomes:
            return
        outcome = self.outcomes[number] = Outcome(self.plan.steps[number].change, status, words)
        self.finished(outcome)
        if status == "done":
            self.graph.done(number)
            self.find_ready()
        elif status == "failed":
            lost = {number}
            for later, step in enumerate(self.plan.steps):  # a step needs earlier ones only
                if step.needs & lost and later not in self.outcomes:
                    lost.add(later)
                    self.settle(later, "skipped", "what it needs was not done")

    def find_ready(self) -> None:
        self.ready += [number for number in self.graph.get_ready() if number not in self.outcomes]
        self.ready.sort()


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


def carry_out(change: Change, iam: Iam, ecr: Ecr, plan: Plan, run: str) -> None:
    match change:
        case SetStatements():
            ecr.set_statements(change)
        case Create(policy):
            iam.create_policy(policy.arn, policy.document, tags(policy, plan), in_force(policy, run))
        case Update(policy, actual, spare):
            newest = in_force(policy, run)
            expected = actual.default_version
            iam.update_policy(policy.arn, policy.document, tags(policy, plan), newest, expected=expected, spare=spare)
        case SetDefault(actual, version, parts):
            iam.set_default_version(actual.arn, version.id, InForce(fingerprint(version.content), run, parts))
        case Attach(attachment):
            iam.attach(attachment)
        case Detach(attachment):
            iam.detach(attachment)
        case Delete(actual):
            iam.delete_policy(actual.arn, actual.bounds)
        case _:
            assert_never(change)


def in_force(policy: DesiredPolicy, run: str) -> InForce:
    return InForce(fingerprint(policy.document.to_dict()), run, policy.parts)


def tags(policy: DesiredPolicy, plan: Plan) -> dict[str, str]:
    return tags_of(policy.grant, policy.persona, plan.catalog)

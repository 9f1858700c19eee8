"""Carry out the plan of a stack set: what is done is in the plan, and nothing is decided here

AWS does one operation in a set at a time, by itself: it goes on whatever becomes of ecrgen, and what is under way is
waited for. Each has an id of ours, so that a call whose answer was lost is not done twice.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.errors import EcrgenError
from ecrgen.export.stackset.calls import CAPABILITIES, Pace, automatic, call_of
from ecrgen.export.stackset.fetch import Place, read_operation, read_results, running
from ecrgen.export.stackset.plan import SetPlan
from ecrgen.export.stackset.values import (
    AccountResult,
    CreateSet,
    DeleteSet,
    Operation,
    Outcome,
    Result,
    Step,
)

__all__ = ["Progress", "Run", "StillRunningError"]

# Told the words of what is under way, how many results there are by now, and of how many.
Progress = Callable[[str, int, int], None]
# The pause between two looks grows for so many of them.
GROWING = 8
# So often the results of an operation that has ended are read until each says how it ended.
LATE = 5
ALL_AT_ONCE = {"MaxConcurrentPercentage": 100, "FailureTolerancePercentage": 100}


class StillRunningError(EcrgenError):
    """An operation that has not ended in the time that it is waited for."""

    exit_code = 1

    def __init__(self, place: Place, operation: Operation) -> None:
        super().__init__(
            f"stack set {place.name}: operation {operation.id} ({operation.action}) still runs; the same command waits "
            f"on, and `aws cloudformation stop-stack-set-operation` stops it"
        )
        self.operation = operation


@dataclass(frozen=True, slots=True)
class Run:
    """The calls that change one stack set, and the waiting for them."""

    connection: Connection
    place: Place
    pace: Pace
    watch: Progress = lambda what, done, total: None

    def carry_out(self, plan: SetPlan) -> Result:
        """Do the steps one after the other, and none after one that fails."""
        outcomes: list[Outcome] = []
        for step in plan.steps:
            stopped = any(each.status != "done" for each in outcomes)
            outcomes.append(Outcome(step, "skipped") if stopped else self.done(step, plan))
        return Result(tuple(outcomes))

    def done(self, step: Step, plan: SetPlan) -> Outcome:
        operation = ""
        try:
            match step:
                case CreateSet():
                    self.create_set(plan)
                case DeleteSet():
                    self.delete_set()
                case _:
                    operation = self.begin(*call_of(step, plan, self.pace))
                    return self.end_of(step, operation)
        except StillRunningError as error:
            return Outcome(step, "waiting", operation or error.operation.id, str(error))
        except EcrgenError as error:
            return Outcome(step, "failed", operation, str(error))
        return Outcome(step, "done")

    def create_set(self, plan: SetPlan) -> None:
        tags = [{"Key": key, "Value": value} for key, value in (plan.tags or {}).items()]
        self.send(
            "CreateStackSet",
            {
                "TemplateBody": plan.template,
                "Capabilities": CAPABILITIES,
                "PermissionModel": "SERVICE_MANAGED",
                "AutoDeployment": automatic(plan),
                "Tags": tags,
                "ClientRequestToken": str(uuid4()),
            },
        )

    def delete_set(self) -> None:
        self.send("DeleteStackSet", {}, gone_is_done=True)

    def begin(self, action: str, parameters: Mapping[str, Any]) -> str:
        """Start an operation, and return its id."""
        identifier = str(uuid4())

        def known() -> bool:
            return bool(read_operation(self.connection, self.place, identifier).id)

        answer = self.send(action, {**parameters, "OperationId": identifier}, done=known)
        return Answer(answer, action).text("OperationId") if answer else identifier

    def send(
        self,
        action: str,
        parameters: Mapping[str, Any],
        *,
        done: Callable[[], bool] = lambda: False,
        gone_is_done: bool = False,
    ) -> Mapping[str, Any] | None:
        """Send a call that changes the set, after whatever runs in it. Raises AwsError, and StillRunningError."""
        end = time.monotonic() + self.pace.patience
        look = 0
        while True:
            try:
                return self.connection.send(
                    action,
                    self.place.name,
                    {**self.place.parameters, **parameters},
                    region=self.place.region,
                    done=done,
                    gone_is_done=gone_is_done,
                )
            except AwsError as error:
                if error.fault.code != "OperationInProgressException" or time.monotonic() > end:
                    raise
            other = running(self.connection, self.place)
            if other is not None:
                self.wait_for(other)
            else:  # the list does not have it yet
                look += 1
                self.connection.wait(min(look, GROWING))

    def wait_for(self, operation: Operation) -> Operation:
        """Wait until an operation has ended. Raises AwsError, and StillRunningError."""
        end = time.monotonic() + self.pace.patience
        look = 0
        while operation.runs:
            if time.monotonic() > end:
                raise StillRunningError(self.place, operation)
            results = read_results(self.connection, self.place, operation.id)
            self.watch(f"operation {operation.id} ({operation.action})", sum(map(ended, results)), len(results))
            look += 1
            self.connection.wait(min(look, GROWING))
            operation = read_operation(self.connection, self.place, operation.id)
        return operation

    def end_of(self, step: Step, identifier: str) -> Outcome:
        """Wait for an operation, and say what became of it in each account."""
        operation = self.wait_for(read_operation(self.connection, self.place, identifier))
        results = self.results_of(identifier)
        made = Outcome(step, "done", identifier, operation.reason, results)
        if operation.status == "SUCCEEDED" and not made.unsuccessful:
            return made
        return replace(made, status="failed", words=operation.reason or f"the operation {operation.status.lower()}")

    def results_of(self, identifier: str) -> tuple[AccountResult, ...]:
        """The results of an operation that has ended, which AWS lists with some delay."""
        for look in range(LATE):
            self.connection.wait(look)
            results = read_results(self.connection, self.place, identifier)
            if all(map(ended, results)):
                break
        return results

    def detect_drift(self) -> Operation:
        """Let AWS compare every instance with the template, and wait for it."""
        begun = self.begin("DetectStackSetDrift", {"OperationPreferences": ALL_AT_ONCE})
        return self.wait_for(read_operation(self.connection, self.place, begun))


def ended(result: AccountResult) -> bool:
    return result.status not in ("PENDING", "RUNNING")

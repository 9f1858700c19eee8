"""The calls that start the operations of steps, and how those go through the accounts"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecrgen.export.stackset.plan import SetPlan
from ecrgen.export.stackset.values import CreateInstances, DeleteInstances, Targets, UpdateSet

__all__ = ["CAPABILITIES", "Pace", "automatic", "call_of"]

CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


@dataclass(frozen=True, slots=True)
class Pace:
    """In how many accounts an operation is at once, in how many it may fail, and how many seconds it is waited for.

    More at once than it may fail in needs SOFT_FAILURE_TOLERANCE: those under way are finished when one fails.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
    """

    concurrent: int = 1
    tolerance: int = 0
    patience: float = 3600

    @property
    def preferences(self) -> dict[str, Any]:
        counts = {"FailureToleranceCount": self.tolerance, "MaxConcurrentCount": self.concurrent}
        if self.concurrent > self.tolerance + 1:
            return {**counts, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}
        return counts


def automatic(plan: SetPlan) -> dict[str, bool]:
    """Accounts that leave the units lose the stacks, where accounts that come to them get them.

    RetainStacksOnAccountRemoval may be said only where Enabled is true.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_AutoDeployment.html
    """
    return {"Enabled": True, "RetainStacksOnAccountRemoval": False} if plan.automatic else {"Enabled": False}


def call_of(
    step: UpdateSet | CreateInstances | DeleteInstances, plan: SetPlan, pace: Pace
) -> tuple[str, dict[str, Any]]:
    """The call that starts the operation of a step."""
    preferences = {"OperationPreferences": pace.preferences}
    match step:
        case UpdateSet():
            return "UpdateStackSet", {
                "TemplateBody": plan.template,
                "Capabilities": CAPABILITIES,
                "AutoDeployment": automatic(plan),
                **preferences,
            }
        case CreateInstances(targets, regions):
            return "CreateStackInstances", {**targeted(targets, regions), **preferences}
        case DeleteInstances(targets, regions):
            return "DeleteStackInstances", {**targeted(targets, regions), "RetainStacks": False, **preferences}


def targeted(targets: Targets, regions: tuple[str, ...]) -> dict[str, Any]:
    """Units, or only some accounts of them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/account-level-targets.html
    """
    units: dict[str, Any] = {"OrganizationalUnitIds": list(targets.units)}
    if targets.accounts:
        units |= {"Accounts": list(targets.accounts), "AccountFilterType": "INTERSECTION"}
    return {"DeploymentTargets": units, "Regions": list(regions)}

"""StackSets with service-managed permissions as AWS has them, in front of moto's organizations and IAM.

moto's own are without units in what they list, without account filters, operations that take time, updates, deletions
and failures. Its stacks make the resources in each account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.organizations.models import OrganizationsBackend, organizations_backends

INLINE = 51_200
PAGE = 7  # so many items a page has at most, whatever is asked for
MANAGEMENT = "123456789012"


@dataclass
class Fakes:
    """What a test decides: in which accounts an operation fails and why, how many looks it takes, who is delegated."""

    failing: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    delegated: set[str] = field(default_factory=set)
    drifted: set[str] = field(default_factory=set)
    sets: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]


FAKES = Fakes()


def refused(code: str, message: str) -> CloudFormationError:
    return CloudFormationError(code, message)


def organization() -> Any:
    return organizations_backends[MANAGEMENT]["aws"]


def accounts_of(units: list[str]) -> dict[str, tuple[str, bool]]:
    """The accounts of units and of those within, each with the unit named, and if it is active."""
    found: dict[str, tuple[str, bool]] = {}
    for unit in units:
        within, waiting = [], [unit]
        while waiting:
            within.append(waiting.pop())
            waiting += [each.id for each in organization().ou if each.parent_id == within[-1]]
        for account in organization().accounts:
            if account.parent_id in within and account.id != MANAGEMENT:
                found[account.id] = (unit, account.status == "ACTIVE")
    return found


class Sets:
    """The responses, each a method of moto's class of them while they are patched in."""

    current_account: str
    region: str
    params: dict[str, Any]

    def of_set(self) -> dict[str, Any]:
        self.caller()
        name = self.params["StackSetName"]
        if (self.region, name) not in FAKES.sets:
            raise refused("StackSetNotFoundException", f"StackSet {name} not found")
        return FAKES.sets[self.region, name]

    def caller(self) -> None:
        delegated = self.params.get("CallAs") == "DELEGATED_ADMIN"
        allowed = self.current_account in FAKES.delegated if delegated else self.current_account == MANAGEMENT
        if not allowed:
            raise refused("ValidationError", "You must be the management account or delegated admin account")

    def create_stack_set(self) -> ActionResult:
        self.caller()
        given, key = self.params, (self.region, self.params["StackSetName"])
        if given.get("ClientRequestToken") in FAKES.tokens:
            return ActionResult({"StackSetId": FAKES.tokens[given["ClientRequestToken"]]})
        if key in FAKES.sets:
            raise refused("NameAlreadyExistsException", "The specified name is already in use.")
        if given.get("PermissionModel") == "SERVICE_MANAGED" and "AutoDeployment" not in given:
            raise refused("ValidationError", "AutoDeployment is required with SERVICE_MANAGED")
        checked(given)
        identifier = f"{key[1]}:{uuid4()}"
        FAKES.sets[key] = {
            "StackSetName": key[1],
            "StackSetId": identifier,
            "Status": "ACTIVE",
            "TemplateBody": given["TemplateBody"],
            "Tags": {each["Key"]: each["Value"] for each in given.get("Tags", [])},  # as moto's responses write them
            "Parameters": {},
            "PermissionModel": given.get("PermissionModel", "SELF_MANAGED"),
            "AutoDeployment": given.get("AutoDeployment"),
            "instances": {},
            "operations": [],
            "units": set(),
        }
        FAKES.tokens[given["ClientRequestToken"]] = identifier
        return ActionResult({"StackSetId": identifier})

    def describe_stack_set(self) -> ActionResult:
        found = self.of_set()
        about = {
            name: value for name, value in found.items() if name not in ("instances", "operations", "units", "drift")
        }
        drift = {"StackSetDriftDetectionDetails": {"DriftStatus": found["drift"]}} if "drift" in found else {}
        return ActionResult({"StackSet": {**about, "OrganizationalUnitIds": sorted(found["units"]), **drift}})

    def list_stack_instances(self) -> ActionResult:
        return self.page(list(self.of_set()["instances"].values()))

    def list_stack_set_operations(self) -> ActionResult:
        return self.page([about(each) for each in self.of_set()["operations"][::-1]])

    def page(self, items: list[dict[str, Any]]) -> ActionResult:
        start = int(self.params.get("NextToken", 0))
        more = {"NextToken": str(start + PAGE)} if start + PAGE < len(items) else {}
        return ActionResult({"Summaries": items[start : start + PAGE], **more})

    def operation(self) -> dict[str, Any]:
        for each in self.of_set()["operations"]:
            if each["OperationId"] == self.params["OperationId"]:
                return each  # type: ignore[no-any-return]
        raise refused("OperationNotFoundException", "The specified ID refers to an operation that doesn't exist.")

    def describe_stack_set_operation(self) -> ActionResult:
        found = self.operation()
        look(self.of_set(), found)
        return ActionResult({"StackSetOperation": about(found)})

    def list_stack_set_operation_results(self) -> ActionResult:
        return self.page(self.operation()["results"])

    def update_stack_set(self) -> ActionResult:
        found = self.of_set()
        if "AutoDeployment" in self.params and ("DeploymentTargets" in self.params or "Regions" in self.params):
            raise refused("ValidationError", "AutoDeployment and DeploymentTargets exclude each other")
        checked(self.params)
        targets = [key for key, each in found["instances"].items() if each["Status"] != "INOPERABLE"]

        def begin() -> None:
            for key in targets:
                found["instances"][key]["Status"] = "OUTDATED"
            found["AutoDeployment"] = self.params.get("AutoDeployment", found["AutoDeployment"])
            found["old"], found["TemplateBody"] = found["TemplateBody"], self.params["TemplateBody"]

        return self.begin("UPDATE", targets, begin)

    def create_stack_instances(self) -> ActionResult:
        found = self.of_set()
        targets = self.targets()

        def begin() -> None:
            found["units"] |= set(self.params["DeploymentTargets"]["OrganizationalUnitIds"])
            for (account, region), unit in targets.items():
                found["instances"][account, region] = {
                    "StackSetId": found["StackSetId"],
                    "Account": account,
                    "Region": region,
                    "OrganizationalUnitId": unit,
                    "Status": "OUTDATED",
                    "StackInstanceStatus": {"DetailedStatus": "PENDING"},
                }

        return self.begin("CREATE", list(targets), begin)

    def delete_stack_instances(self) -> ActionResult:
        found = self.of_set()
        targets = [key for key in self.targets(everything=True) if key in found["instances"]]

        def begin() -> None:
            if "Accounts" not in self.params["DeploymentTargets"]:
                found["units"] -= set(self.params["DeploymentTargets"]["OrganizationalUnitIds"])

        return self.begin("DELETE", targets, begin)

    def detect_stack_set_drift(self) -> ActionResult:
        return self.begin("DETECT_DRIFT", list(self.of_set()["instances"]), lambda: None)

    def targets(self, *, everything: bool = False) -> dict[tuple[str, str], str]:
        given = self.params["DeploymentTargets"]
        kind, named = given.get("AccountFilterType", "NONE"), given.get("Accounts", [])
        if bool(named) != (kind == "INTERSECTION"):
            raise refused("ValidationError", "Accounts need an AccountFilterType")
        return {
            (account, region): unit
            for account, (unit, active) in accounts_of(given["OrganizationalUnitIds"]).items()
            for region in self.params["Regions"]
            if (active or everything) and (not named or account in named)
        }

    def begin(self, action: str, targets: list[tuple[str, str]], effect: Any) -> ActionResult:
        found, given = self.of_set(), self.params
        if any(each["OperationId"] == given["OperationId"] for each in found["operations"]):
            raise refused("OperationIdAlreadyExistsException", "The specified operation ID already exists.")
        if any(each["Status"] == "RUNNING" for each in found["operations"]):
            raise refused("OperationInProgressException", "Another operation is currently in progress")
        preferences = given["OperationPreferences"]
        concurrent, tolerance = preferences.get("MaxConcurrentCount", 1), preferences.get("FailureToleranceCount", 0)
        if concurrent > tolerance + 1 and preferences.get("ConcurrencyMode") != "SOFT_FAILURE_TOLERANCE":
            raise refused("ValidationError", "MaxConcurrentCount is at most one more than FailureToleranceCount")
        effect()
        made = {
            "OperationId": given["OperationId"],
            "Action": action,
            "Status": "RUNNING",
            "looks": FAKES.looks,
            "tolerance": tolerance,
            "targets": targets,
            "results": [{"Account": account, "Region": region, "Status": "PENDING"} for account, region in targets],
        }
        found["operations"].append(made)
        if not FAKES.looks:
            look(found, made)
        return ActionResult({"OperationId": made["OperationId"]})

    def delete_stack_set(self) -> EmptyResult:
        found = self.of_set()
        if found["instances"]:
            raise refused("StackSetNotEmptyException", "StackSet is not empty")
        del FAKES.sets[self.region, found["StackSetName"]]
        return EmptyResult()


def checked(given: dict[str, Any]) -> None:
    if len(given["TemplateBody"].encode()) > INLINE:
        raise refused("ValidationError", "TemplateBody is too long")
    if "CAPABILITY_NAMED_IAM" not in given.get("Capabilities", []):
        raise refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]")


def about(operation: dict[str, Any]) -> dict[str, Any]:
    return {name: operation[name] for name in ("OperationId", "Action", "Status")}


def look(found: dict[str, Any], operation: dict[str, Any]) -> None:
    """Time passes: at the last look, an operation is done in every account, until it has failed in too many."""
    if operation["Status"] != "RUNNING":
        return
    operation["looks"] -= 1
    if operation["looks"] > 0:
        return
    failed = 0
    for result in operation["results"]:
        account, region = result["Account"], result["Region"]
        if failed > operation["tolerance"]:
            result |= {"Status": "CANCELLED", "StatusReason": "Cancelled since failure tolerance has exceeded"}
        else:
            try:
                done_in(found, operation["Action"], account, region)
                result["Status"] = "SUCCEEDED"
            except CloudFormationError as error:
                failed += 1
                result |= {"Status": "FAILED", "StatusReason": error.message}
        instance = found["instances"].get((account, region))
        if instance and operation["Action"] != "DETECT_DRIFT":
            instance["StackInstanceStatus"] = {"DetailedStatus": result["Status"]}
            instance["Status"] = "CURRENT" if result["Status"] == "SUCCEEDED" else "OUTDATED"
            instance["StatusReason"] = result.get("StatusReason", "")
    operation["Status"] = "FAILED" if failed > operation["tolerance"] else "SUCCEEDED"
    if operation["Action"] == "DETECT_DRIFT":
        found["drift"] = "DRIFTED" if FAKES.drifted else "IN_SYNC"


def done_in(found: dict[str, Any], action: str, account: str, region: str) -> None:
    """The effect of an operation in an account's IAM."""
    if account in FAKES.failing:
        raise refused("", FAKES.failing[account])
    if action == "DETECT_DRIFT":
        drift = "DRIFTED" if account in FAKES.drifted else "IN_SYNC"
        found["instances"][account, region]["DriftStatus"] = drift
        return
    if action != "CREATE":
        taken_away(found["old"] if action == "UPDATE" else found["TemplateBody"], account, region)
    if action == "DELETE":
        del found["instances"][account, region]
        return
    registry = json.loads(found["TemplateBody"])["Resources"].get("RegistryPolicy")
    if registry is not None:
        put_registry_policy(registry["Properties"]["PolicyText"], account, region)
        return
    stack = Stack("id", found["StackSetName"], found["TemplateBody"], {}, account, region, cross_stack_resources={})
    stack.create_resources()


def put_registry_policy(document: Any, account: str, region: str) -> None:
    """What AWS::ECR::RegistryPolicy does, which moto has not; a policy that is there already is somebody else's."""
    registry = ecr_backends[account][region]
    if registry.registry_policy:
        raise refused("", "Resource of type 'AWS::ECR::RegistryPolicy' already exists.")
    text = json.dumps(document)
    text = re.sub(r'\{"Fn::Sub": ("[^"]*")\}', r"\1", text)
    registry.registry_policy = text.replace("${AWS::AccountId}", account).replace("${AWS::Region}", region)


def taken_away(template: str, account: str, region: str) -> None:
    """moto's stacks leave their policies when they are deleted."""
    iam = iam_backends[account]["aws"]
    for resource in json.loads(template)["Resources"].values():
        if resource["Type"] == "AWS::ECR::RegistryPolicy":
            ecr_backends[account][region].registry_policy = None
            continue
        name = resource["Properties"]["ManagedPolicyName"]
        for arn in [arn for arn, policy in iam.managed_policies.items() if policy.name == name]:
            for holder in (*iam.roles.values(), *iam.users.values(), *iam.groups.values()):
                holder.managed_policies.pop(arn, None)
            del iam.managed_policies[arn]


def seen_by_delegates(name: str) -> Any:
    """What the management account may read, a delegated administrator may, too; moto says that nothing is there."""
    plain = getattr(OrganizationsBackend, name)
    return lambda self, **given: plain(organization() if self.account_id in FAKES.delegated else self, **given)


@contextmanager
def strict_stack_sets() -> Iterator[None]:
    """moto with these StackSets in the place of its own."""
    names = [name for name in vars(Sets) if not name.startswith("_") and callable(getattr(Sets, name))]
    with ExitStack() as patches:
        for name in ("list_accounts_for_parent", "list_organizational_units_for_parent"):
            patches.enter_context(patch.object(OrganizationsBackend, name, seen_by_delegates(name)))
        for name in names:
            patches.enter_context(patch.object(CloudFormationResponse, name, vars(Sets)[name], create=True))
        yield

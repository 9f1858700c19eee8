"""Reading a stack set, and the accounts of organizational units

A delegated administrator says so with every call. A set is strongly consistent to read, and so is an operation by its
id; the list of operations is not.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-delegated-admin.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.errors import Problems
from ecrgen.export.stackset.values import AccountResult, Instance, Operation, StackSet

__all__ = ["Members", "Place", "administrator", "members_of", "read_operation", "read_results", "read_set", "running"]


@dataclass(frozen=True, slots=True)
class Place:
    """Which stack set: its name, the region that it is in, and as whom the caller asks for it."""

    name: str
    region: str
    call_as: Literal["SELF", "DELEGATED_ADMIN"] = "SELF"

    @property
    def parameters(self) -> dict[str, str]:
        return {"StackSetName": self.name, "CallAs": self.call_as}


@dataclass(frozen=True, slots=True)
class Members:
    """The active accounts of units, each with the unit of those asked for that it is in, and the suspended ones."""

    active: dict[str, str]
    suspended: tuple[str, ...]


def administrator(connection: Connection) -> str:
    """The organization's management account, which no stack of a set is ever in. Raises AwsError."""
    return connection.call("DescribeOrganization").member("Organization").text("MasterAccountId")


def members_of(connection: Connection, units: tuple[str, ...], management: str) -> Members:
    """Every account of these units and of those within. Raises AwsError, and EcrgenError for a unit within another.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
    """
    problems = Problems()
    active: dict[str, str] = {}
    suspended: list[str] = []
    for unit in units:
        for within in (unit, *below(connection, unit)):
            if within != unit and within in units:
                problems.add(f"--ou: {within} is within {unit}, which is named, too; leave it out")
            for page in connection.pages("ListAccountsForParent", within, ParentId=within):
                for each in page.items("Accounts"):
                    account = each.text("Id")
                    state = each.text("State" if each.get("State") else "Status")
                    if account != management and state == "ACTIVE":
                        active[account] = unit
                    elif account != management:
                        suspended.append(account)
    problems.stop()
    return Members(active, tuple(sorted(suspended)))


def below(connection: Connection, unit: str) -> Iterator[str]:
    """The units within a unit, at every depth."""
    for page in connection.pages("ListOrganizationalUnitsForParent", unit, ParentId=unit):
        for each in page.items("OrganizationalUnits"):
            child = each.text("Id")
            yield child
            yield from below(connection, child)


def read_set(connection: Connection, place: Place) -> StackSet | None:
    """The stack set with its instances, and the operation that runs in it; None where there is none."""
    try:
        about = connection.call("DescribeStackSet", place.name, place.region, **place.parameters).member("StackSet")
    except AwsError as error:
        if error.fault.meaning == "absent":
            return None
        raise
    automatic = about.get("AutoDeployment")
    drift = about.get("StackSetDriftDetectionDetails")
    instances = tuple(sorted(instances_of(connection, place), key=lambda each: (each.account, each.region)))
    return StackSet(
        about.text("StackSetName"),
        about.text("TemplateBody"),
        {each.text("Key"): each.text("Value") for each in about.items("Tags")},
        service_managed=optional(about, "PermissionModel") == "SERVICE_MANAGED",
        automatic=automatic is not None and automatic.flag("Enabled"),
        units=frozenset(str(each.value) for each in about.items("OrganizationalUnitIds"))
        | {each.unit for each in instances if each.unit},
        instances=instances,
        operation=running(connection, place),
        drift=optional(drift, "DriftStatus") if drift else "",
    )


def instances_of(connection: Connection, place: Place) -> Iterator[Instance]:
    for page in connection.pages("ListStackInstances", place.name, place.region, **place.parameters):
        for each in page.items("Summaries"):
            detail = each.get("StackInstanceStatus")
            yield Instance(
                each.text("Account"),
                each.text("Region"),
                optional(each, "OrganizationalUnitId"),
                each.text("Status"),
                optional(detail, "DetailedStatus") if detail else "",
                optional(each, "StatusReason"),
                optional(each, "DriftStatus"),
            )


def running(connection: Connection, place: Place) -> Operation | None:
    """The operation that runs in the set. The newest are listed first, and one that runs is among the first hundred."""
    page = connection.call("ListStackSetOperations", place.name, place.region, **place.parameters)
    return next((found for found in map(operation_of, page.items("Summaries")) if found.runs), None)


def read_operation(connection: Connection, place: Place, operation: str) -> Operation:
    """An operation by its id. Raises AwsError, also where there is none."""
    answer = connection.call(
        "DescribeStackSetOperation", place.name, place.region, **place.parameters, OperationId=operation
    )
    return operation_of(answer.member("StackSetOperation"))


def read_results(connection: Connection, place: Place, operation: str) -> tuple[AccountResult, ...]:
    """What became of an operation in each account and region, as far as AWS says by now."""
    pages = connection.pages(
        "ListStackSetOperationResults", place.name, place.region, **place.parameters, OperationId=operation
    )
    found = (
        AccountResult(each.text("Account"), each.text("Region"), each.text("Status"), optional(each, "StatusReason"))
        for page in pages
        for each in page.items("Summaries")
    )
    return tuple(sorted(found, key=lambda each: (each.account, each.region)))


def operation_of(about: Answer) -> Operation:
    return Operation(
        about.text("OperationId"), about.text("Action"), about.text("Status"), optional(about, "StatusReason")
    )


def optional(about: Answer, name: str) -> str:
    """The text of that name, empty where there is none."""
    return about.text(name) if about.get(name) else ""

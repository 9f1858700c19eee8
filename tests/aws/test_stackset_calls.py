"""The calls that change a stack set, each with its parameters, held against the service model by botocore's Stubber."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber
from stubbed import client_of

from ecrgen.account.connection import Connection
from ecrgen.export.stackset.calls import Pace
from ecrgen.export.stackset.carry_out import Run
from ecrgen.export.stackset.fetch import Place, read_set
from ecrgen.export.stackset.plan import SetPlan
from ecrgen.export.stackset.values import (
    CreateInstances,
    CreateSet,
    DeleteInstances,
    DeleteSet,
    Outcome,
    Step,
    Targets,
    UpdateSet,
)

TEMPLATE = '{"Resources": {}}'
UNIT, ONE, TWO = "ou-ab12-cdef3456", "111122223333", "444455556666"
NAMED = {"StackSetName": "ecr-access", "CallAs": "SELF"}
META = {"ResponseMetadata": {"RequestId": "1", "HTTPStatusCode": 200}}
ONE_BY_ONE = {"FailureToleranceCount": 0, "MaxConcurrentCount": 1}


@pytest.fixture
def client() -> Any:
    """A client that could not sign a real request, and is stubbed."""
    return client_of("cloudformation", "eu-west-1")


@pytest.fixture
def run(client: Any) -> Callable[..., Run]:
    sts: Any = SimpleNamespace(get_caller_identity=lambda: {"Arn": f"arn:aws:sts::{ONE}:assumed-role/admin/x", **META})
    connection = Connection(sts, sts, lambda service, region: client, pause=0.0)

    def make(call_as: Any = "SELF", **pace: Any) -> Run:
        return Run(connection, Place("ecr-access", "eu-west-1", call_as), Pace(**pace))

    return make


def plan(*steps: Step, automatic: bool = True) -> SetPlan:
    tags = {"ecrgen:namespace": "pay"}
    return SetPlan("ecr-access", steps, "digest", template=TEMPLATE, tags=tags, automatic=automatic)


def operation(status: str, reason: str = "", action: str = "UPDATE") -> dict[str, Any]:
    about = {"OperationId": "op-1", "Action": action, "Status": status, **({"StatusReason": reason} if reason else {})}
    return {"StackSetOperation": about, **META}


def results(*found: tuple[str, str, str]) -> dict[str, Any]:
    rows = [
        {"Account": account, "Region": "eu-west-1", "Status": status, **({"StatusReason": reason} if reason else {})}
        for account, status, reason in found
    ]
    return {"Summaries": rows, **META}


def ends(stub: Stubber, status: str, *found: tuple[str, str, str], reason: str = "", named: Any = NAMED) -> None:
    """An operation that has ended when it is looked at first, and its results."""
    stub.add_response("describe_stack_set_operation", operation(status, reason), {**named, "OperationId": "op-1"})
    asked = {**named, "OperationId": "op-1", "MaxResults": 100}
    stub.add_response("list_stack_set_operation_results", results(*found), asked)


def started(stub: Stubber, method: str, **expected: Any) -> None:
    stub.add_response(method, {"OperationId": "op-1", **META}, {**NAMED, "OperationId": ANY, **expected})


UPDATE = {
    "TemplateBody": TEMPLATE,
    "Capabilities": ["CAPABILITY_NAMED_IAM"],
    "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False},
    "OperationPreferences": ONE_BY_ONE,
}


def outcome(run: Run, *steps: Step, automatic: bool = True) -> Outcome:
    (found,) = run.carry_out(plan(*steps, automatic=automatic)).outcomes
    return found


def test_create(stub: Stubber, run: Callable[..., Run]) -> None:
    """Service-managed, with the tags that say whose it is, and no stack in any account yet."""
    expected = {
        **NAMED,
        "TemplateBody": TEMPLATE,
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": False},
        "Tags": [{"Key": "ecrgen:namespace", "Value": "pay"}],
        "ClientRequestToken": ANY,
    }
    stub.add_response("create_stack_set", {"StackSetId": "ecr-access:1", **META}, expected)
    assert outcome(run(), CreateSet(), automatic=False).status == "done"


def test_update(stub: Stubber, run: Callable[..., Run]) -> None:
    """The template goes to every instance; the tags stay, as none are named."""
    started(stub, "update_stack_set", **UPDATE)
    ends(stub, "SUCCEEDED", (ONE, "SUCCEEDED", ""), (TWO, "SUCCEEDED", ""))
    assert outcome(run(), UpdateSet(("another template",))).status == "done"


def test_instances_of_accounts(stub: Stubber, run: Callable[..., Run]) -> None:
    """Only these accounts of the unit; more at once than may fail needs the soft kind of tolerance."""
    started(
        stub,
        "create_stack_instances",
        DeploymentTargets={
            "OrganizationalUnitIds": [UNIT],
            "Accounts": [ONE],
            "AccountFilterType": "INTERSECTION",
        },
        Regions=["eu-west-1"],
        OperationPreferences={
            "FailureToleranceCount": 1,
            "MaxConcurrentCount": 5,
            "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
        },
    )
    ends(stub, "SUCCEEDED", (ONE, "SUCCEEDED", ""))
    step = CreateInstances(Targets((UNIT,), (ONE,)), ("eu-west-1",))
    assert outcome(run(concurrent=5, tolerance=1), step).status == "done"


def test_delete(stub: Stubber, run: Callable[..., Run]) -> None:
    """The stacks go, too, and then the set; one that is gone already is no failure."""
    targets = {"OrganizationalUnitIds": [UNIT]}
    expected = {"DeploymentTargets": targets, "Regions": ["eu-west-1"], "OperationPreferences": ONE_BY_ONE}
    started(stub, "delete_stack_instances", **expected, RetainStacks=False)
    ends(stub, "SUCCEEDED", (ONE, "SUCCEEDED", ""))
    stub.add_client_error("delete_stack_set", "StackSetNotFoundException", http_status_code=404)
    steps = (DeleteInstances(Targets((UNIT,)), ("eu-west-1",)), DeleteSet())
    assert run().carry_out(plan(*steps)).complete


def test_a_delegated_administrator(stub: Stubber, run: Callable[..., Run]) -> None:
    """Every call says so."""
    named = {**NAMED, "CallAs": "DELEGATED_ADMIN"}
    stub.add_response("update_stack_set", {"OperationId": "op-1", **META}, {**named, **UPDATE, "OperationId": ANY})
    ends(stub, "SUCCEEDED", (ONE, "SUCCEEDED", ""), named=named)
    assert outcome(run("DELEGATED_ADMIN"), UpdateSet(("x",))).status == "done"


def test_some_accounts_fail(stub: Stubber, run: Callable[..., Run]) -> None:
    """Each has AWS's reason, and what stands behind it is not begun."""
    started(stub, "update_stack_set", **UPDATE)
    ends(stub, "FAILED", (ONE, "FAILED", "Role ci is not there"), (TWO, "CANCELLED", ""), reason="Tolerance exceeded")
    first, second = run().carry_out(plan(UpdateSet(("x",)), DeleteSet())).outcomes
    assert (first.status, first.words) == ("failed", "Tolerance exceeded")
    assert [(each.account, each.reason) for each in first.unsuccessful] == [(ONE, "Role ci is not there"), (TWO, "")]
    assert second.status == "skipped"


def test_a_failure_within_the_tolerance(stub: Stubber, run: Callable[..., Run]) -> None:
    """AWS calls the operation a success; an account in which it failed is a failure still."""
    started(
        stub,
        "update_stack_set",
        **{**UPDATE, "OperationPreferences": {"FailureToleranceCount": 1, "MaxConcurrentCount": 1}},
    )
    ends(stub, "SUCCEEDED", (ONE, "FAILED", "no"), (TWO, "SUCCEEDED", ""))
    assert outcome(run(tolerance=1), UpdateSet(("x",))).status == "failed"


def test_results_come_late(stub: Stubber, run: Callable[..., Run]) -> None:
    """An operation has ended before its results say so: they are read again."""
    started(stub, "update_stack_set", **UPDATE)
    ends(stub, "SUCCEEDED", (ONE, "RUNNING", ""))
    asked = {**NAMED, "OperationId": "op-1", "MaxResults": 100}
    stub.add_response("list_stack_set_operation_results", results((ONE, "SUCCEEDED", "")), asked)
    assert outcome(run(), UpdateSet(("x",))).status == "done"


def test_throttling(stub: Stubber, run: Callable[..., Run]) -> None:
    """A call that AWS is too busy for is sent again, with the same id."""
    stub.add_client_error("update_stack_set", "Throttling")
    started(stub, "update_stack_set", **UPDATE)
    stub.add_client_error("describe_stack_set_operation", "Throttling")
    ends(stub, "SUCCEEDED", (ONE, "SUCCEEDED", ""))
    assert outcome(run(), UpdateSet(("x",))).status == "done"


def test_an_id_that_is_known_already(stub: Stubber, run: Callable[..., Run]) -> None:
    """The first answer was lost, and AWS says that it knows the id: the operation is ours, and waited for."""
    asked: list[str] = []

    def noted(params: dict[str, Any], **rest: Any) -> None:
        asked.append(params["OperationId"])

    run_ = run()
    client: Any = run_.connection.client("cloudformation", "eu-west-1")
    for name in ("UpdateStackSet", "DescribeStackSetOperation"):
        client.meta.events.register(f"provide-client-params.cloudformation.{name}", noted)
    stub.add_client_error("update_stack_set", "InternalFailure", http_status_code=500)
    stub.add_client_error("describe_stack_set_operation", "OperationNotFoundException", http_status_code=404)
    stub.add_client_error("update_stack_set", "OperationIdAlreadyExistsException", http_status_code=409)
    for _ in range(2):  # is it there? and how is it?
        stub.add_response("describe_stack_set_operation", operation("SUCCEEDED"), {**NAMED, "OperationId": ANY})
    stub.add_response(
        "list_stack_set_operation_results",
        results((ONE, "SUCCEEDED", "")),
        {**NAMED, "OperationId": ANY, "MaxResults": 100},
    )
    assert outcome(run_, UpdateSet(("x",))).status == "done"
    assert len(asked) == 5
    assert len(set(asked)) == 1


def test_an_operation_is_in_progress(stub: Stubber, run: Callable[..., Run]) -> None:
    """What runs in the set is waited for, also where the list has it only later, and then the call is sent again."""
    listed = {"OperationId": "op-0", "Action": "CREATE", "Status": "RUNNING"}
    stub.add_client_error("update_stack_set", "OperationInProgressException", http_status_code=409)
    stub.add_response("list_stack_set_operations", {"Summaries": [], **META}, NAMED)
    stub.add_client_error("update_stack_set", "OperationInProgressException", http_status_code=409)
    stub.add_response("list_stack_set_operations", {"Summaries": [listed], **META}, NAMED)
    other = {**NAMED, "OperationId": "op-0"}
    stub.add_response("list_stack_set_operation_results", results((ONE, "RUNNING", "")), {**other, "MaxResults": 100})
    stub.add_response("describe_stack_set_operation", operation("SUCCEEDED"), other)
    started(stub, "update_stack_set", **UPDATE)
    ends(stub, "SUCCEEDED", (ONE, "SUCCEEDED", ""))
    assert outcome(run(), UpdateSet(("x",))).status == "done"


def test_a_stuck_operation(stub: Stubber, run: Callable[..., Run]) -> None:
    """After the time that it is waited for, it is said which one runs, and nothing else is begun."""
    started(stub, "update_stack_set", **UPDATE)
    stub.add_response("describe_stack_set_operation", operation("RUNNING"), {**NAMED, "OperationId": "op-1"})
    first, second = run(patience=-1.0).carry_out(plan(UpdateSet(("x",)), DeleteSet())).outcomes
    assert (first.status, first.operation, second.status) == ("waiting", "op-1", "skipped")
    assert "operation op-1 (UPDATE) still runs; the same command waits on" in first.words


def test_denied(stub: Stubber, run: Callable[..., Run]) -> None:
    """It is said what is lacking, and which persona has it."""
    stub.add_client_error("update_stack_set", "AccessDenied", http_status_code=403)
    found = outcome(run(), UpdateSet(("x",)))
    assert found.status == "failed"
    assert "lacks cloudformation:UpdateStackSet; persona stackset-operator grants it" in found.words


def test_a_set_as_it_is(stub: Stubber, run: Callable[..., Run]) -> None:
    """Every page of the instances is read; what AWS leaves out of an answer is not made up."""
    about = {
        "StackSetName": "ecr-access",
        "TemplateBody": TEMPLATE,
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": True},
        "OrganizationalUnitIds": [UNIT],
        "Tags": [{"Key": "ecrgen:namespace", "Value": "pay"}],
    }
    stub.add_response("describe_stack_set", {"StackSet": about, **META}, NAMED)
    row = {"Region": "eu-west-1", "Status": "CURRENT"}
    first = {"Summaries": [{**row, "Account": TWO}], "NextToken": "more", **META}
    stub.add_response("list_stack_instances", first, {**NAMED, "MaxResults": 100})
    last = {"Summaries": [{**row, "Account": ONE, "OrganizationalUnitId": "ou-ab12-other001"}], **META}
    stub.add_response("list_stack_instances", last, {**NAMED, "MaxResults": 100, "NextToken": "more"})
    stub.add_response("list_stack_set_operations", {"Summaries": [], **META}, NAMED)
    made = run()
    found = read_set(made.connection, made.place)
    assert found is not None
    assert [(each.account, each.unit, each.drift) for each in found.instances] == [
        (ONE, "ou-ab12-other001", ""),
        (TWO, "", ""),
    ]
    assert found.units == {UNIT, "ou-ab12-other001"}
    assert (found.service_managed, found.automatic, found.operation) == (True, True, None)


def test_no_set(stub: Stubber, run: Callable[..., Run]) -> None:
    """That a set is not there is an answer."""
    stub.add_client_error("describe_stack_set", "StackSetNotFoundException", http_status_code=404)
    made = run()
    assert read_set(made.connection, made.place) is None

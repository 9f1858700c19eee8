"""Which stack has a policy, by the answers that CloudFormation's service model has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from accounts import ACCOUNT, PREFIX
from botocore.stub import Stubber

from ecrgen.account.connection import Connection
from ecrgen.account.stacks import stack_of
from ecrgen.errors import EcrgenError

OPERATION = "describe_stack_resources"
ARN = f"{PREFIX}ecrgen.pay.ci"
IDENTITY = {"UserId": "x", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ops"}
SENT = {"ResponseMetadata": {"RequestId": "1"}}
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}


def resource(status: str, arn: str | None = ARN) -> dict[str, Any]:
    physical = {} if arn is None else {"PhysicalResourceId": arn}
    made = {"LogicalResourceId": "Policyci", "ResourceType": "AWS::IAM::ManagedPolicy", "ResourceStatus": status}
    return {"StackName": "access", "Timestamp": datetime(2026, 1, 1, tzinfo=UTC), **made, **physical}


@pytest.mark.parametrize(
    ("resources", "stack"),
    [
        ([resource("CREATE_COMPLETE")], "access in eu-west-1"),
        ([resource("IMPORT_COMPLETE")], "access in eu-west-1"),
        ([resource("UPDATE_ROLLBACK_COMPLETE")], "access in eu-west-1"),
        ([resource("DELETE_IN_PROGRESS")], "access in eu-west-1"),
        ([resource("DELETE_FAILED")], "access in eu-west-1"),
        ([resource("DELETE_SKIPPED")], ""),
        ([resource("DELETE_COMPLETE")], ""),
        ([resource("DELETE_SKIPPED"), resource("IMPORT_COMPLETE")], "access in eu-west-1"),
        ([resource("CREATE_COMPLETE", f"{ARN}.2"), resource("CREATE_IN_PROGRESS", None)], ""),
        ([], ""),
    ],
)
def test_the_stack_that_has_a_policy(resources: list[dict[str, Any]], stack: str) -> None:
    """The one that has it now: not one that kept it when it was deleted, nor one that has another policy."""
    answer = {"StackResources": resources, **SENT}
    assert asked(lambda stub, given: stub.add_response(OPERATION, answer, given)) == stack


def test_no_stack_and_no_answer() -> None:
    """That no stack has a policy is an error in CloudFormation's words; any other error is one."""
    none = "Stack for arn:aws:iam::123456789012:policy/ecrgen/pay/ecrgen.pay.ci does not exist"
    assert failed("ValidationError", none) == ""
    for code, words in (("ValidationError", "Stack name or physical id must be specified"), ("AccessDenied", none)):
        with pytest.raises(EcrgenError, match=f"DescribeStackResources of ecrgen.pay.ci in eu-west-1.*{words}"):
            failed(code, words)


def failed(code: str, words: str) -> str:
    return asked(lambda stub, given: stub.add_client_error(OPERATION, code, words))


def asked(answer: Any) -> str:
    """What is made of an answer to the one call that there may be."""
    sts, client = boto3.client("sts", **KEYS), boto3.client("cloudformation", **KEYS)
    with Stubber(sts) as identity, Stubber(client) as stub:
        identity.add_response("get_caller_identity", {**IDENTITY, **SENT})
        answer(stub, {"PhysicalResourceId": ARN})
        connection = Connection(boto3.client("iam", **KEYS), sts, lambda service, region: client)
        found = stack_of(connection, ARN, "eu-west-1")
        stub.assert_no_pending_responses()
        return found

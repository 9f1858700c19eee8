"""Stacks of CloudFormation, asked which of them has a policy: the type of a managed policy takes no tags

A stack lies in one region, and IAM in none, so that each region in which there may be one has to be asked.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from ecrgen.account.answers import Answer
from ecrgen.account.connection import Connection
from ecrgen.account.faults import AwsError
from ecrgen.account.state import IamState
from ecrgen.errors import EcrgenError

__all__ = ["Asked", "with_stacks"]

# A resource that a stack no longer has is told for 90 days after the stack's end.
LET_GO = ("DELETE_COMPLETE", "DELETE_SKIPPED")
ATTEMPTS = 3  # an answer is worth no long wait: where there is none, that is said


@dataclass(frozen=True, slots=True)
class Asked:
    """The state with the stacks that were found, and why one is not known, for each region that did not answer."""

    state: IamState
    unknown: tuple[str, ...]


def with_stacks(connection: Connection, actual: IamState, names: Iterable[str], regions: Iterable[str]) -> Asked:
    """The state with the stack of each own policy of these names, a call for each policy and region.

    A region that does not answer for one policy is not asked for another.
    """
    unknown: dict[str, str] = {}
    policies = dict(actual.policies)
    for region in regions:
        asked = [name for name in sorted(names) if not policies[name].stack]

        def ask(name: str, region: str = region) -> str:
            if region in unknown:
                return ""
            try:
                return stack_of(connection, actual.policies[name].arn, region)
            except EcrgenError as error:
                unknown[region] = str(error)
                return ""

        found = [ask(name) for name in asked[:1]]  # which says whether it answers at all
        with ThreadPoolExecutor(connection.concurrency) as pool:
            found += pool.map(ask, asked[1:])
        told = zip(asked, found, strict=True)
        policies.update({name: replace(policies[name], stack=stack) for name, stack in told if stack})
    return Asked(replace(actual, policies=policies), tuple(unknown.values()))


def stack_of(connection: Connection, arn: str, region: str) -> str:
    """The name and the region of the stack that has a policy; empty where none there has it. Raises EcrgenError."""
    entity = f"of {arn.rpartition('/')[2]} in {region}"
    parameters = {"PhysicalResourceId": arn}
    try:
        found = connection.send("DescribeStackResources", entity, parameters, region=region, attempts=ATTEMPTS)
    except AwsError as error:
        if error.fault.code == "ValidationError" and "does not exist" in error.fault.message:
            return ""
        raise
    answer = Answer(found, f"DescribeStackResources {entity}: AWS did not answer properly")
    for each in answer.items("StackResources"):
        own = each.get("PhysicalResourceId") is not None and each.text("PhysicalResourceId") == arn
        if own and each.text("ResourceStatus") not in LET_GO:
            return f"{each.text('StackName')} in {region}"
    return ""

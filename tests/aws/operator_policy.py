"""What IAM is asked when ecrgen calls it, and the policy of persona `operator` that should allow exactly that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from accounts import ACCOUNT, READ_ONLY
from server import Call

from ecrgen.account.faults import service_of
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.policy.arn import Arn
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import Request, evaluate


class Ask(NamedTuple):
    """An action on a resource, with the policy that is attached or detached (None: it is about none)."""

    action: str
    resource: str
    policy: str | None = None


REGIONS = ("us-east-1", "eu-west-1")
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/access/0b2d5f1e"


def operator(**arguments: str) -> PolicyDocument:
    """The built-in persona for the namespace that the tests use, with one policy of AWS's own to attach."""
    given = {"namespace": "pay", "managed_policy": READ_ONLY, **arguments}
    return Catalog.load(builtin_file()).render("operator", account=ACCOUNT, region=REGIONS, **given)


def asks(call: Call) -> Iterable[Ask]:
    """What a call needs. GetCallerIdentity needs no permission, and CreatePolicy with tags needs TagPolicy too.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
    """
    operation, given = call.operation, call.parameters
    if service_of(operation) == "organizations":
        yield Ask(f"organizations:{operation}", "*")
        return
    if operation == "DescribeStackResources":
        yield Ask(f"cloudformation:{operation}", STACK)
        return
    if service_of(operation) == "cloudformation":
        yield from asks_of_sets(call)
        return
    if call.region or call.public:
        all_of_them = "*" if operation == "DescribeRepositories" else ""
        name = given.get("repositoryName", all_of_them)
        service = "ecr-public" if call.public else "ecr"
        resource = f"arn:aws:{service}:{call.region}:{ACCOUNT}:repository/{name}" if name else "*"
        yield Ask(f"{service}:{operation}", given.get("resourceArn", resource))
        return
    if operation == "GetCallerIdentity":
        return
    for kind in ("Role", "User", "Group"):
        if f"{kind}Name" in given:
            resource = f"arn:aws:iam::{ACCOUNT}:{kind.lower()}/{given[f'{kind}Name']}"
            yield Ask(f"iam:{operation}", resource, given.get("PolicyArn"))
            return
    if operation == "CreatePolicy":
        arn = f"arn:aws:iam::{ACCOUNT}:policy{given['Path']}{given['PolicyName']}"
        yield Ask("iam:CreatePolicy", arn)
        if any(name.startswith("Tags") for name in given):
            yield Ask("iam:TagPolicy", arn)
        return
    yield Ask(f"iam:{operation}", given.get("PolicyArn", "*"))


def asks_of_sets(call: Call) -> Iterable[Ask]:
    """What a call about a stack set needs: the set, each unit or account that it reaches, and the types of resources.

    A set has tags when it is made, and a delegated administrator has to be able to see that it is one.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
    """
    given, place = call.parameters, f"arn:aws:cloudformation:{call.region}:{ACCOUNT}"
    name = f"{given['StackSetName']}:0b2d5f1e-9c3a-4d7e-8f60-1a2b3c4d5e6f"
    if given.get("CallAs") == "DELEGATED_ADMIN":
        yield Ask("organizations:ListDelegatedAdministrators", "*")
    if call.operation == "CreateStackSet":
        yield Ask("cloudformation:CreateStackSet", "*")
        yield Ask("cloudformation:TagResource", f"{place}:stackset/{name}")
        return
    action = f"cloudformation:{call.operation}"
    yield Ask(action, f"{place}:stackset/{name}")
    if call.operation in ("CreateStackInstances", "DeleteStackInstances", "UpdateStackSet"):
        for kind in ("IAM-ManagedPolicy", "ECR-RegistryPolicy"):
            yield Ask(action, f"{place}:type/resource/AWS-{kind}")
        yield Ask(action, f"{place}:stackset-target/{name}/ou-ab12-cdef3456")


def allowed(policy: PolicyDocument, ask: Ask) -> bool:
    """Whether the policy, on a role of the resource's own account, allows it."""
    arn = Arn.parse(ask.resource)
    caller = f"arn:aws:iam::{arn.account if arn and arn.account.isdigit() else ACCOUNT}:role/operator"
    context = {"iam:PolicyARN": ask.policy} if ask.policy else {}
    if ask.action == "cloudformation:CreateStackSet":
        context["aws:RequestTag/ecrgen:namespace"] = "pay"
    return evaluate(Request(ask.action, ask.resource, caller, context), identity=[policy]).allowed
